//! The 1688 connector: one function per call, each a form out and an answer in.

use super::convert;
use super::error::{self, CANCEL_NOT_BEFORE_SECONDS};
use super::ordering;
use super::wire::{
    self, ADDRESSES, Answer, Api, CANCEL, CREATE, CURRENT_TIME, LOGISTICS, ORDER, ORDERS, PAY_LINK,
    PREVIEW, PRODUCT_DETAIL, PRODUCT_INFO, account_call, account_call_with, said,
};
use super::{
    ADDRESS_CHARACTERS, LINES_PER_ORDER, NOTE_CHARACTERS, PAGE_SIZE, PAY_LINK_ORDERS, oauth, offer,
    preview, push, texts,
};
use crate::exchange::{Form, constant, has_more, left_of};
use crate::json::{Gap, Node};
use crate::{
    Address, AddressFault, Addresses, AppCheck, AppKey, Basket, Caller, Capabilities, Create,
    Created, ErrorKind, Listing, MarketDelivery, MarketError, MarketOrder, Marketplace, Offer,
    Once, Pace, Page, PayLink, Preview, PushHint, PushRefusal, PushRequest, SavedAddress, Tokens,
    moments,
};
use async_trait::async_trait;
use domain::VerdictKind;
use secrecy::SecretString;
use serde_json::Value;
use world::Boot;

const CAPABILITIES: Capabilities = Capabilities {
    cancel: true,
    cancel_not_before_seconds: CANCEL_NOT_BEFORE_SECONDS,
    pay_link_orders: Some(PAY_LINK_ORDERS),
    pay_by_api_orders: None,
    push: true,
    search_by_reference: true,
    split_orders: true,
    asynchronous_create: false,
    lines_per_order: LINES_PER_ORDER,
    one_seller_per_order: true,
    address_characters: ADDRESS_CHARACTERS,
    note_characters: NOTE_CHARACTERS,
    saved_addresses: true,
    refunds: true,
    orders_have_own_ids: false,
    reads_other_numbers: false,
};

/// 1688.com. Keeps nothing between calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct M1688;

fn site_form(number_field: &str, number: &str) -> Form {
    Form::default()
        .with("webSite", "1688")
        .with(number_field, number)
}

impl M1688 {
    async fn offer_detail(self, caller: &Caller<'_>, item: &str) -> Result<Offer, MarketError> {
        let parameter = Value::from_iter([
            ("offerId".to_owned(), number(item)?),
            ("country".to_owned(), Value::from("en")),
        ]);
        let form = Form::default().with("offerDetailParam", parameter.to_string());
        let answer = account_call(caller, caller.deadline, PRODUCT_DETAIL, form, None).await?;
        let outer = answer.node().at("result");
        refuse_no(&answer, &[outer, answer.node()])?;
        let result = if outer.at("result").is_object() {
            outer.at("result")
        } else {
            outer
        };
        offer::detail(result).map_err(|gap| answer.gap(&gap))
    }

    async fn offer_info(
        self,
        caller: &Caller<'_>,
        item: &str,
        started: Boot,
    ) -> Result<Offer, MarketError> {
        let form = Form::default().with("productId", item);
        let deadline = left_of(caller, started);
        let answer = account_call(caller, deadline, PRODUCT_INFO, form, None).await?;
        let root = answer.node();
        refuse_no(&answer, &[root])?;
        let info = root.at("productInfo");
        if !info.is_object() {
            return Err(answer.gap(&Gap("productInfo".to_owned())));
        }
        offer::info(info).map_err(|gap| answer.gap(&gap))
    }

    /// A read in the name of the account; a readable no in its envelope becomes an error.
    async fn read(self, caller: &Caller<'_>, api: Api, form: Form) -> Result<Answer, MarketError> {
        let answer = account_call(caller, caller.deadline, api, form, None).await?;
        refuse_no(&answer, &[answer.node()])?;
        Ok(answer)
    }
}

/// Orders that a payment link does not cover: those that the answer names, and those that the
/// link itself leaves out (its numbers are text and cannot have been rounded).
fn left_out(root: Node<'_>, link: Option<&url::Url>, asked: &[String]) -> Vec<String> {
    let listed: Vec<String> = match root.at("payFailureOrderList").value() {
        Some(Value::Array(list)) => list.iter().filter_map(|v| Node::of(v).id()).collect(),
        _ => Vec::new(),
    };
    let covered: Vec<String> = link
        .map(|url| texts::ORDER_NUMBERS.read(url.as_str()))
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .collect();
    asked
        .iter()
        .filter(|number| {
            listed.contains(number) || (!covered.is_empty() && !covered.contains(number))
        })
        .cloned()
        .collect()
}

/// The first level that says a readable no, as an error of a read.
fn refuse_no(answer: &Answer, levels: &[Node<'_>]) -> Result<(), MarketError> {
    for level in levels.iter().filter(|level| level.is_object()) {
        let said = said(*level);
        if said.is_no() {
            let mut error = error::read_error(&said);
            if answer.server_failed() {
                error.kind = ErrorKind::Unclear;
            }
            return Err(error);
        }
    }
    Ok(())
}

fn number(text: &str) -> Result<Value, MarketError> {
    text.parse::<u64>().map(Value::from).map_err(|_| {
        MarketError::new(
            ErrorKind::Parameters,
            "this is no number of 1688; nothing was sent",
        )
    })
}

#[async_trait]
impl Marketplace for M1688 {
    fn code(&self) -> &'static str {
        "1688"
    }

    fn name(&self) -> &'static str {
        "1688"
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn real_addresses(&self) -> Addresses {
        Addresses {
            gateway: constant("https://gw.open.1688.com/"),
            login: constant("https://auth.1688.com/"),
            site: constant("https://www.1688.com/"),
        }
    }

    fn registration_url(&self) -> &'static str {
        "https://open.1688.com/"
    }

    /// The platform's quotas are not published; this is slow enough for every report that was read.
    fn usual_pace(&self) -> Pace {
        Pace {
            app_millis: 100,
            session_millis: 250,
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

    fn address_check(&self, address: &Address) -> Result<(), AddressFault> {
        texts::address_check(address)
    }

    async fn app_check(&self, caller: &Caller<'_>) -> Result<AppCheck, MarketError> {
        let answer = wire::call(caller, CURRENT_TIME, Form::default()).await?;
        let said = answer.node().text();
        let Some(theirs) = said.and_then(|text| moments::read(&text)) else {
            refuse_no(&answer, &[answer.node()])?;
            return Err(answer.gap(&Gap("system/currentTime".to_owned())));
        };
        Ok(AppCheck {
            server_time: Some(theirs),
        })
    }

    async fn token_exchange(
        &self,
        caller: &Caller<'_>,
        code: &str,
        redirect: &url::Url,
    ) -> Result<Tokens, MarketError> {
        oauth::exchange(caller, code, redirect).await
    }

    async fn token_refresh(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        oauth::refresh(caller, refresh).await
    }

    async fn token_prolong(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        oauth::prolong(caller, refresh).await
    }

    fn prolong_days(&self) -> Option<i64> {
        Some(oauth::PROLONG_DAYS)
    }

    async fn offer_read(&self, caller: &Caller<'_>, item: &str) -> Result<Offer, MarketError> {
        let started = caller.clock.boot();
        number(item)?;
        match self.offer_detail(caller, item).await {
            // Which of the two an app may call depends on the solution that it subscribed to.
            Err(refused) if refused.kind == ErrorKind::Permission => {
                self.offer_info(caller, item, started).await
            }
            other => other,
        }
    }

    async fn order_preview(
        &self,
        caller: &Caller<'_>,
        basket: &Basket,
    ) -> Result<Preview, MarketError> {
        // Without a flow the marketplace compares its channels and names the best one.
        let form = ordering::basket_form(basket)?;
        let answer = account_call(caller, caller.deadline, PREVIEW, form, None).await?;
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
        self::number(number)?;
        let form = site_form("orderId", number).with("includeFields", "NativeLogistics");
        let answer = self.read(caller, ORDER, form).await?;
        let info = answer.node().at("result");
        if !info.is_object() {
            return Err(answer.gap(&Gap("result".to_owned())));
        }
        let order = convert::order(info).map_err(|gap| answer.gap(&gap))?;
        if order.number == number {
            Ok(order)
        } else {
            Err(answer.gap(&Gap(format!("baseInfo.idOfStr = {number}"))))
        }
    }

    async fn order_list(
        &self,
        caller: &Caller<'_>,
        listing: &Listing,
        page: u32,
    ) -> Result<Page, MarketError> {
        let page = page.max(1);
        let date = |moment, up| {
            moments::gateway_date(moment, up).ok_or_else(|| {
                MarketError::new(
                    ErrorKind::Parameters,
                    "this moment cannot be written as a date; nothing was sent",
                )
            })
        };
        let form = Form::default()
            .with("page", page.to_string())
            .with("pageSize", PAGE_SIZE.to_string());
        let form = match listing {
            Listing::Reference(reference) => form.with("outOrderId", reference),
            Listing::Modified { from, to } => form
                .with("modifyStartTime", date(*from, false)?)
                .with("modifyEndTime", date(*to, true)?),
            Listing::Created { from, to } => form
                .with("createStartTime", date(*from, false)?)
                .with("createEndTime", date(*to, true)?),
        };
        let answer = self.read(caller, ORDERS, form).await?;
        let root = answer.node();
        let list = root.at("result");
        let total = root
            .at("totalRecord")
            .count()
            .and_then(|n| u64::try_from(n).ok());
        if !list.is_list() && total != Some(0) {
            return Err(answer.gap(&Gap("result".to_owned())));
        }
        let orders = list
            .items()
            .into_iter()
            .map(convert::listed)
            .collect::<Result<Vec<_>, Gap>>()
            .map_err(|gap| answer.gap(&gap))?;
        Ok(Page {
            more: has_more(page, PAGE_SIZE, orders.len(), total),
            total,
            orders,
            server_time: moments::http_date(&answer.headers),
        })
    }

    async fn order_cancel(
        &self,
        caller: &Caller<'_>,
        number: &str,
        once: Once,
    ) -> Result<(), MarketError> {
        self::number(number)?;
        let asked = caller.clock.now();
        let form = site_form("tradeID", number).with("cancelReason", "buyerCancel");
        let answer = account_call(caller, caller.deadline, CANCEL, form, Some(once)).await?;
        let said = said(answer.node());
        if said.is_no() {
            let mut error = error::cancel_error(&said, asked);
            if answer.server_failed() {
                error.kind = ErrorKind::Unclear;
            }
            return Err(error);
        }
        if said.success == Some(true) && !answer.server_failed() {
            Ok(())
        } else {
            Err(answer.gap(&Gap("success".to_owned())))
        }
    }

    async fn pay_link(
        &self,
        caller: &Caller<'_>,
        numbers: &[String],
    ) -> Result<PayLink, MarketError> {
        let most = usize::try_from(PAY_LINK_ORDERS).unwrap_or(usize::MAX);
        if numbers.is_empty() || numbers.len() > most {
            return Err(MarketError::new(
                ErrorKind::Parameters,
                "a payment link takes 1 to 30 orders; nothing was sent",
            ));
        }
        let list = numbers
            .iter()
            .map(|text| number(text))
            .collect::<Result<Vec<_>, _>>()?;
        let form = Form::default().with("orderIdList", Value::from(list).to_string());
        let answer = account_call(caller, caller.deadline, PAY_LINK, form, None).await?;
        let root = answer.node();
        let link = root.at("payUrl").text();
        let url = link
            .as_deref()
            .and_then(|text| url::Url::parse(text).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let excluded = left_out(root, url.as_ref(), numbers);
        match url {
            // A link that covers some is worth having even beside a word of failure.
            Some(url) if excluded.len() < numbers.len() => Ok(PayLink { url, excluded }),
            _ => {
                let said = said(root);
                if !said.is_no() || answer.server_failed() {
                    return Err(answer.gap(&Gap("payUrl".to_owned())));
                }
                Err(match error::listed(error::PAYING, &said) {
                    Some(means) => error::refusal(means, &said, caller.clock.now()),
                    // Nothing was to change, so even an unlisted no may be taken at its word.
                    None => said.error(ErrorKind::Refused(Box::new(error::verdict(
                        VerdictKind::Other,
                        &said,
                    )))),
                })
            }
        }
    }

    async fn deliveries_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<Vec<MarketDelivery>, MarketError> {
        self::number(number)?;
        // Sender and receiver stay unasked: nobody here needs them.
        let form = site_form("orderId", number).with("fields", "company.name,sendgood");
        let answer = account_call(caller, caller.deadline, LOGISTICS, form, None).await?;
        let said = said(answer.node());
        // Not sent yet, so there is nothing to tell: no error for us.
        if said.code.as_deref() == Some("500_2") && !answer.server_failed() {
            return Ok(Vec::new());
        }
        refuse_no(&answer, &[answer.node()])?;
        let list = answer.node().at("result");
        if !list.is_list() && said.success != Some(true) {
            return Err(answer.gap(&Gap("result".to_owned())));
        }
        let found = convert::deliveries(list, number);
        if found.is_empty() && !list.items().is_empty() {
            return Err(answer.gap(&Gap("result.logisticsId".to_owned())));
        }
        Ok(found)
    }

    async fn addresses_read(&self, caller: &Caller<'_>) -> Result<Vec<SavedAddress>, MarketError> {
        let answer = self.read(caller, ADDRESSES, Form::default()).await?;
        convert::addresses(answer.node().at("result")).map_err(|gap| answer.gap(&gap))
    }

    fn push_read(
        &self,
        apps: &[AppKey],
        push: PushRequest<'_>,
    ) -> Result<(usize, Vec<PushHint>), PushRefusal> {
        push::read(apps, push)
    }
}
