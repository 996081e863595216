//! The Taobao connector: one function per call, each a form out and an answer in.

use super::wire::{
    Answer, CANCEL, CREATE, LOGISTICS, ORDERS, PAY, PRODUCT, RENDER, TOKEN_REFRESH, account_call,
    account_call_with, call_with, loudest, read, refuse_no, said,
};
use super::{
    ADDRESS_CHARACTERS, LINES_PER_ORDER, NOTE_CHARACTERS, PAGE_SIZE, PAY_ORDERS, convert, error,
    oauth, offer, ordering, preview, push, texts,
};
use crate::exchange::{Form, constant, has_more, left_of};
use crate::json::{Gap, Node, need};
use crate::{
    Address, AddressFault, Addresses, AppCheck, AppKey, Basket, Caller, Capabilities, Create,
    Created, Deadline, ErrorKind, ListedOrder, Listing, MarketDelivery, MarketError, MarketOrder,
    Marketplace, Offer, Once, Pace, Page, PayAccepted, PayLink, PayRefused, Preview, PushHint,
    PushRefusal, PushRequest, SavedAddress, Tokens, moments,
};
use async_trait::async_trait;
use domain::VerdictKind;
use secrecy::SecretString;
use serde_json::Value;
use world::{Boot, Timestamp};

const CAPABILITIES: Capabilities = Capabilities {
    cancel: true,
    cancel_not_before_seconds: 0,
    pay_link_orders: None,
    pay_by_api_orders: Some(PAY_ORDERS),
    push: true,
    search_by_reference: true,
    split_orders: true,
    asynchronous_create: true,
    lines_per_order: LINES_PER_ORDER,
    one_seller_per_order: false,
    address_characters: ADDRESS_CHARACTERS,
    note_characters: NOTE_CHARACTERS,
    saved_addresses: false,
    refunds: true,
    orders_have_own_ids: true,
    reads_other_numbers: false,
};

/// Most lines whose parcels are asked for one by one in one read.
const LINES_ASKED: usize = 10;
/// Two days: what the platform advises for renewing a login.
const RENEW_AHEAD_SECONDS: i64 = 48 * 3_600;
/// A refresh token that nobody has.
const MADE_UP: &str = "autopurchase-checks-this-key";
const DAY_SECONDS: i64 = 86_400;

/// Taobao and Tmall, for distributors. Keeps nothing between calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taobao;

fn number(text: &str) -> Result<u64, MarketError> {
    text.parse().map_err(|_| {
        MarketError::new(
            ErrorKind::Parameters,
            "this is no number of Taobao; nothing was sent",
        )
    })
}

fn numbers(list: &[String]) -> Result<String, MarketError> {
    let list = list
        .iter()
        .map(|text| number(text).map(Value::from))
        .collect::<Result<Vec<Value>, _>>()?;
    Ok(Value::Array(list).to_string())
}

/// A page of the orders query: the rows, and how many there are in all.
fn rows(answer: &Answer) -> Result<(Vec<Node<'_>>, Option<u64>), MarketError> {
    let data = answer.data();
    let list = data.at("purchase_orders");
    let total = data
        .at("results_total")
        .count()
        .and_then(|n| u64::try_from(n).ok());
    if list.is_list() || total == Some(0) {
        Ok((list.items(), total))
    } else {
        Err(answer.gap(&Gap("purchase_orders".to_owned())))
    }
}

impl Taobao {
    /// A read in the name of the account; a readable no in its envelope becomes an error.
    async fn read(
        self,
        caller: &Caller<'_>,
        deadline: Deadline,
        api: super::wire::Api,
        form: Form,
    ) -> Result<Answer, MarketError> {
        let answer = account_call(caller, deadline, api, form, None).await?;
        refuse_no(&answer)?;
        Ok(answer)
    }

    /// The answer that holds exactly this order.
    async fn order(self, caller: &Caller<'_>, number: &str) -> Result<Answer, MarketError> {
        let form = Form::default()
            .with("purchase_ids", numbers(&[number.to_owned()])?)
            .with("page_no", "1")
            .with("page_size", PAGE_SIZE.to_string());
        self.read(caller, caller.deadline, ORDERS, form).await
    }

    /// Parcels of a line: by the gateway's id of it, else by Taobao's; which of the two the gateway
    /// wants is not sure.
    async fn parcels(
        self,
        caller: &Caller<'_>,
        started: Boot,
        line: &str,
        other: Option<&str>,
    ) -> Result<Vec<MarketDelivery>, MarketError> {
        let by = async |id: &str| {
            let form = Form::default().with("purchase_order_line_id", id);
            match self
                .read(caller, left_of(caller, started), LOGISTICS, form)
                .await
            {
                Ok(answer) => Ok(convert::parcels(answer.data(), line)),
                Err(error) if error.code.as_deref() == Some(error::NO_PARCELS) => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        let first = by(line).await;
        let is_final = match &first {
            Ok(told) => !told.is_empty(),
            Err(error) => matches!(
                error.kind,
                ErrorKind::Throttled { .. } | ErrorKind::UsedUp { .. } | ErrorKind::Token
            ),
        };
        match other.filter(|_| !is_final) {
            Some(other) => by(other).await.or(first),
            None => first,
        }
    }
}

fn the_order<'a>(answer: &'a Answer, number: &str) -> Result<Node<'a>, MarketError> {
    let (rows, _) = rows(answer)?;
    for row in rows {
        let own =
            need(row.at("purchase_id").id(), "purchase_id").map_err(|gap| answer.gap(&gap))?;
        if own == number {
            return Ok(row);
        }
    }
    Err(MarketError {
        kind: ErrorKind::NotFound,
        code: None,
        text: "this account has no order of that number".to_owned(),
        request_id: answer.request_id(),
    })
}

/// Which rows of a query a listing asks for. The query knows only the time of the last change, so that
/// a listing by creation takes what changed since; nothing is created after its last change.
struct Asked {
    form: Form,
    created: Option<(Timestamp, Timestamp)>,
}

impl Asked {
    fn of(listing: &Listing, now: Timestamp) -> Self {
        // Microseconds are cut at the beginning and rounded up at the end.
        let span = |form: Form, from: Timestamp, to: Timestamp| {
            form.with("modify_time_start", from.millis().to_string())
                .with(
                    "modify_time_end",
                    Timestamp(to.0.saturating_add(999)).millis().to_string(),
                )
                .with("sort_field", "modify_time")
                // An order that changes while pages are read moves to the front: what follows comes
                // twice rather than never.
                .with("sort_type", "DESC")
        };
        let form = Form::default();
        match listing {
            Listing::Reference(reference) => Self {
                form: form.with("outer_purchase_id", reference),
                created: None,
            },
            Listing::Modified { from, to } => Self {
                form: span(form, *from, *to),
                created: None,
            },
            Listing::Created { from, to } => Self {
                // Beyond now, so that no order leaves the span while its pages are read.
                form: span(form, *from, (*to).max(now.plus_seconds(DAY_SECONDS))),
                created: Some((*from, *to)),
            },
        }
    }

    fn wants(&self, row: &ListedOrder) -> bool {
        match (self.created, row.created) {
            (Some((from, to)), Some(created)) => from <= created && created <= to,
            _ => true,
        }
    }
}

/// Orders of `asked` that a payment's answer does not pay, with its reasons.
fn unpaid(data: Node<'_>, asked: &[String], accepted: &[String]) -> Vec<PayRefused> {
    let reasons = data.at("pay_failed_results").items();
    let listed = ids(data.at("pay_failure_purchase_order_ids"));
    asked
        .iter()
        .filter(|number| !accepted.contains(number))
        .filter_map(|number| {
            let reason = reasons.iter().find(|entry| {
                let id = entry.any(&["gspOrderId", "purchase_order_id", "purchaseOrderId"]);
                id.id().as_ref() == Some(number)
            });
            if reason.is_none() && !listed.contains(number) {
                return None;
            }
            let said = reason.map(|entry| said(*entry)).unwrap_or_default();
            Some(PayRefused {
                number: number.clone(),
                verdict: error::verdict(VerdictKind::Other, &said),
            })
        })
        .collect()
}

fn ids(list: Node<'_>) -> Vec<String> {
    match list.value() {
        Some(Value::Array(list)) => list.iter().filter_map(|v| Node::of(v).id()).collect(),
        Some(other) => Node::of(other).id().into_iter().collect(),
        None => Vec::new(),
    }
}

#[async_trait]
impl Marketplace for Taobao {
    fn code(&self) -> &'static str {
        "taobao"
    }

    fn name(&self) -> &'static str {
        "Taobao"
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn real_addresses(&self) -> Addresses {
        Addresses {
            gateway: constant("https://api.taobao.global/"),
            login: constant("https://api.taobao.global/"),
            site: constant("https://item.taobao.com/"),
        }
    }

    fn registration_url(&self) -> &'static str {
        "https://open.taobao.global/"
    }

    /// The platform's rates are not published; integrators stay at about one call a second for each
    /// interface.
    fn usual_pace(&self) -> Pace {
        Pace {
            app_millis: 500,
            session_millis: 500,
        }
    }

    fn authorize_url(
        &self,
        app: &AppKey,
        addresses: &Addresses,
        redirect: &url::Url,
        state: &str,
    ) -> url::Url {
        oauth::authorize_url(app, &addresses.login, redirect, state)
    }

    fn connect_caveat(&self) -> Option<&'static str> {
        Some("connect-caveat-taobao")
    }

    fn refresh_ahead_seconds(&self) -> i64 {
        RENEW_AHEAD_SECONDS
    }

    fn item_url(&self, addresses: &Addresses, item: &str) -> Option<url::Url> {
        texts::item_url(addresses, item)
    }

    fn order_url(&self, addresses: &Addresses, number: &str) -> Option<url::Url> {
        texts::order_url(addresses, number)
    }

    fn item_from_text(&self, text: &str) -> Option<String> {
        texts::item(text)
    }

    fn order_numbers_from_text(&self, text: &str) -> Vec<Result<String, String>> {
        texts::ORDER_NUMBERS.read(text)
    }

    /// The gateway's own numbers have twelve digits, those that Taobao shows to people nineteen.
    fn is_other_number(&self, number: &str) -> bool {
        number.len() > texts::OWN_NUMBER_DIGITS
    }

    fn address_check(&self, address: &Address) -> Result<(), AddressFault> {
        texts::address_check(address)
    }

    /// Asks to renew a login that does not exist: only a gateway that accepts key and signature gets as
    /// far as refusing that.
    async fn app_check(&self, caller: &Caller<'_>) -> Result<AppCheck, MarketError> {
        let form = oauth::refresh_form(MADE_UP);
        let now = caller.clock.now();
        call_with(caller, TOKEN_REFRESH, form, |response| {
            match read(response, now) {
                Err(error) if error.code.as_deref() == Some(error::DEAD_REFRESH_TOKEN) => {
                    Ok(AppCheck {
                        server_time: moments::http_date(&response.headers),
                    })
                }
                Err(error) => Err(error),
                Ok(answer) => Err(answer.gap(&Gap(error::DEAD_REFRESH_TOKEN.to_owned()))),
            }
        })
        .await
    }

    async fn token_exchange(
        &self,
        caller: &Caller<'_>,
        code: &str,
        _redirect: &url::Url,
    ) -> Result<Tokens, MarketError> {
        oauth::exchange(caller, code).await
    }

    async fn token_refresh(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        oauth::refresh(caller, refresh).await
    }

    async fn offer_read(&self, caller: &Caller<'_>, item: &str) -> Result<Offer, MarketError> {
        number(item)?;
        let form = Form::default().with("item_id", item);
        let answer = self.read(caller, caller.deadline, PRODUCT, form).await?;
        let data = answer.data();
        if !data.is_object() {
            return Err(answer.gap(&Gap("data".to_owned())));
        }
        offer::read(data).map_err(|gap| answer.gap(&gap))
    }

    async fn order_preview(
        &self,
        caller: &Caller<'_>,
        basket: &Basket,
    ) -> Result<Preview, MarketError> {
        if let Some(refused) = preview::without_ids(basket) {
            return Ok(refused);
        }
        let form = ordering::render_form(basket)?;
        let answer = account_call(caller, caller.deadline, RENDER, form, None).await?;
        preview::read(&answer, basket, caller.clock.now())
    }

    async fn order_create(
        &self,
        caller: &Caller<'_>,
        create: &Create<'_>,
    ) -> Result<Created, MarketError> {
        let form = ordering::create_form(create)?;
        let now = caller.clock.now();
        account_call_with(
            caller,
            caller.deadline,
            CREATE,
            form,
            Some(create.once),
            |response| ordering::created(response, create.basket, now),
        )
        .await
    }

    async fn order_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<MarketOrder, MarketError> {
        let answer = self.order(caller, number).await?;
        convert::order(the_order(&answer, number)?).map_err(|gap| answer.gap(&gap))
    }

    async fn order_list(
        &self,
        caller: &Caller<'_>,
        listing: &Listing,
        page: u32,
    ) -> Result<Page, MarketError> {
        let page = page.max(1);
        let asked = Asked::of(listing, caller.clock.now());
        let form = asked
            .form
            .clone()
            .with("page_no", page.to_string())
            .with("page_size", PAGE_SIZE.to_string());
        let answer = self.read(caller, caller.deadline, ORDERS, form).await?;
        let (rows, total) = rows(&answer)?;
        let orders = rows
            .into_iter()
            .map(convert::listed)
            .collect::<Result<Vec<_>, Gap>>()
            .map_err(|gap| answer.gap(&gap))?;
        Ok(Page {
            more: has_more(page, PAGE_SIZE, orders.len(), total),
            total,
            orders: orders.into_iter().filter(|row| asked.wants(row)).collect(),
            server_time: moments::http_date(&answer.headers),
        })
    }

    /// The marketplace cancels behind its answer: that it began is all that is told.
    async fn order_cancel(
        &self,
        caller: &Caller<'_>,
        number: &str,
        once: Once,
    ) -> Result<(), MarketError> {
        self::number(number)?;
        let form = Form::default()
            .with("purchase_id", number)
            .with("cancel_reason", "cancelled by the buyer");
        let answer = account_call(caller, caller.deadline, CANCEL, form, Some(once)).await?;
        let [data, result, root] = answer.levels();
        if let Some(no) = loudest(&[data, result, root]) {
            return Err(answer.error(&no, error::change_kind(&no, caller.clock.now())));
        }
        let began = [result, root]
            .iter()
            .any(|level| said(*level).success == Some(true));
        if began && !answer.server_failed() {
            Ok(())
        } else {
            Err(answer.gap(&Gap("success".to_owned())))
        }
    }

    async fn pay_link(
        &self,
        _caller: &Caller<'_>,
        _numbers: &[String],
    ) -> Result<PayLink, MarketError> {
        Err(MarketError::new(
            ErrorKind::Unsupported,
            "this marketplace has no payment page for several orders",
        ))
    }

    async fn order_pay(
        &self,
        caller: &Caller<'_>,
        numbers: &[String],
        once: Once,
    ) -> Result<PayAccepted, MarketError> {
        let most = usize::try_from(PAY_ORDERS).unwrap_or(usize::MAX);
        if numbers.is_empty() || numbers.len() > most {
            return Err(MarketError::new(
                ErrorKind::Parameters,
                "a payment takes 1 to 10 orders; nothing was sent",
            ));
        }
        let form = Form::default().with("purchaseOrderIdList", self::numbers(numbers)?);
        let answer = account_call(caller, caller.deadline, PAY, form, Some(once)).await?;
        let data = answer.data();
        let mut accepted = ids(data.at("will_pay_purchase_order_ids"));
        accepted.retain(|number| numbers.contains(number));
        let failed = if answer.server_failed() {
            Vec::new()
        } else {
            unpaid(data, numbers, &accepted)
        };
        if accepted.is_empty() && failed.is_empty() {
            return Err(match loudest(&answer.levels()) {
                Some(no) => answer.error(&no, error::change_kind(&no, caller.clock.now())),
                None => answer.gap(&Gap("will_pay_purchase_order_ids".to_owned())),
            });
        }
        Ok(PayAccepted { accepted, failed })
    }

    async fn deliveries_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<Vec<MarketDelivery>, MarketError> {
        let started = caller.clock.boot();
        let answer = self.order(caller, number).await?;
        let row = the_order(&answer, number)?;
        let order = convert::order(row).map_err(|gap| answer.gap(&gap))?;
        let mut known = order.deliveries;
        // Lines that share their parcels need one question.
        let mut asked: Vec<Vec<String>> = Vec::new();
        for line in order.lines.iter().filter(|line| line.status.is_sent()) {
            let own: Vec<String> = known
                .iter()
                .filter(|parcel| parcel.lines.contains(&line.line))
                .map(|parcel| parcel.tracking.clone())
                .collect();
            if asked.len() >= LINES_ASKED || (!own.is_empty() && asked.contains(&own)) {
                continue;
            }
            asked.push(own);
            let other = row
                .at("sub_purchase_orders")
                .items()
                .into_iter()
                .find(|sub| sub.at("sub_purchase_order_id").id().as_ref() == Some(&line.line))
                .and_then(|sub| sub.at("purchase_order_line_outer_id").id());
            match self
                .parcels(caller, started, &line.line, other.as_deref())
                .await
            {
                Ok(told) => convert::join(&mut known, told),
                // The tracking codes are known; how far the parcels are is worth no failure.
                Err(_) if !known.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    async fn addresses_read(&self, _caller: &Caller<'_>) -> Result<Vec<SavedAddress>, MarketError> {
        Err(MarketError::new(
            ErrorKind::Unsupported,
            "this marketplace keeps no addresses",
        ))
    }

    fn push_read(
        &self,
        apps: &[AppKey],
        push: PushRequest<'_>,
    ) -> Result<(usize, Vec<PushHint>), PushRefusal> {
        push::read(apps, push)
    }
}
