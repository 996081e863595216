//! "Make it happen now": what control and console do to orders, offers and accounts.

use super::{done, problem};
use crate::catalogue::Offer;
use crate::fault::Error;
use crate::incoming::{Incoming, Reply};
use crate::marketplace::{Desk, Marketplace};
use crate::sandbox::Sandbox;
use crate::state::Market;
use crate::trade::{
    Close, Closer, DraftLine, PriceChange, RefundWish, Refusal, Shipment, Status, order_view,
};
use serde_json::{Value, json};

/// A field that is a whole number, also when it comes as text.
fn whole(value: &Value, name: &str) -> Result<Option<i64>, Refusal> {
    let parsed = match value.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    parsed
        .map(Some)
        .ok_or_else(|| Refusal::value(format!("`{name}`: expected a whole number")))
}

fn needed(value: &Value, name: &str) -> Result<i64, Refusal> {
    whole(value, name)?.ok_or_else(|| Refusal::value(format!("`{name}` is missing")))
}

fn text(value: &Value, name: &str) -> Option<String> {
    match value.get(name) {
        Some(Value::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Refusal> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(Refusal::value(format!("`{name}`: expected a list"))),
    }
}

/// The names of an action's fields; others are refused, so that a slip of the pen is noticed.
fn only(body: &Value, known: &[&str]) -> Result<(), Refusal> {
    let Value::Object(map) = body else {
        return Err(Refusal::value("expected a JSON object"));
    };
    match map.keys().find(|name| !known.contains(&name.as_str())) {
        Some(odd) => Err(Refusal::value(format!(
            "there is no field `{odd}`; fields are: {}",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

/// Does one of the order's actions.
pub(crate) fn act(
    desk: &mut Desk<'_>,
    number: &str,
    action: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    let now = desk.now.0;
    let world = desk.world;
    let market = &mut *desk.market;
    market.order(number)?;
    match action {
        "build" => {
            only(body, &[])?;
            market.order_build(number, now)?;
        }
        "pay" => {
            only(body, &["way"])?;
            market.order_pay(
                number,
                &text(body, "way").unwrap_or_else(|| "alipay".into()),
                now,
            )?;
        }
        "price" => {
            only(body, &["goods_fen", "freight_fen", "discount_fen", "lines"])?;
            let mut change = PriceChange {
                goods_fen: whole(body, "goods_fen")?,
                freight_fen: whole(body, "freight_fen")?,
                discount_fen: whole(body, "discount_fen")?,
                lines: Vec::new(),
            };
            for line in list(body, "lines")? {
                only(line, &["line", "amount_fen", "price_fen"])?;
                let id = needed(line, "line")?;
                let amount = match (whole(line, "amount_fen")?, whole(line, "price_fen")?) {
                    (Some(amount), None) => amount,
                    (None, Some(price)) => price.saturating_mul(
                        market
                            .order(number)?
                            .line(id)
                            .map_or(0, |line| line.quantity),
                    ),
                    _ => {
                        return Err(Refusal::value(
                            "`lines`: give either `amount_fen` or `price_fen`",
                        ));
                    }
                };
                change.lines.push((id, amount));
            }
            market.order_price(number, &change, now)?;
        }
        "ship" => {
            only(body, &["lines", "company", "tracking"])?;
            let mut shipment = Shipment {
                lines: Vec::new(),
                company_no: text(body, "company"),
                tracking: text(body, "tracking"),
            };
            for line in list(body, "lines")? {
                only(line, &["line", "quantity"])?;
                shipment
                    .lines
                    .push((needed(line, "line")?, needed(line, "quantity")?));
            }
            market.order_ship(number, &shipment, world)?;
        }
        "tracking" => {
            only(body, &["delivery", "company", "tracking"])?;
            let delivery =
                text(body, "delivery").ok_or_else(|| Refusal::value("`delivery` is missing"))?;
            market.order_tracking(
                number,
                &delivery,
                &text(body, "company").unwrap_or_default(),
                &text(body, "tracking").unwrap_or_default(),
                now,
            )?;
        }
        "sign" => {
            only(body, &[])?;
            market.order_sign(number, now)?;
        }
        "confirm" => {
            only(body, &["lines"])?;
            let lines: Vec<i64> = list(body, "lines")?
                .iter()
                .filter_map(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()))
                .collect();
            market.order_confirm(number, &lines, now)?;
        }
        "complete" => {
            only(body, &[])?;
            market.order_complete(number, now)?;
        }
        "close" => {
            only(body, &["reason", "line", "by", "remark"])?;
            let reason = text(body, "reason");
            let by = match text(body, "by").as_deref() {
                None | Some("seller") => Closer::Seller,
                Some("buyer") => Closer::Buyer,
                Some("system") => Closer::System,
                Some(_) => {
                    return Err(Refusal::value("`by`: expected seller, buyer or system"));
                }
            };
            let reason = reason.unwrap_or_else(|| {
                let usual = market.marketplace.close_reasons(by).first();
                usual.copied().unwrap_or_default().to_owned()
            });
            if let Some(line) = whole(body, "line")? {
                market.order_close_line(number, line, by, &reason, now)?;
            } else {
                market.order_close(
                    number,
                    Close {
                        by,
                        reason,
                        remark: text(body, "remark").unwrap_or_default(),
                    },
                    now,
                )?;
            }
        }
        "refund" => refund(market, number, body, world)?,
        "status" => {
            only(body, &["status", "word"])?;
            let state = match text(body, "status") {
                None => None,
                Some(name) => Some(Status::parse(&name).ok_or_else(|| {
                    Refusal::value(format!("`status`: there is no status `{name}`"))
                })?),
            };
            let odd = body.get("word").and_then(Value::as_str).map(str::to_owned);
            market.order_force(number, state, odd, now)?;
        }
        _ => {
            return Err(Refusal::missing(format!(
                "there is no action `{action}`; actions are: build, pay, price, ship, tracking, sign, confirm, complete, close, refund, status"
            )));
        }
    }
    Ok(Value::Null)
}

fn refund(
    market: &mut Market,
    number: &str,
    body: &Value,
    world: &world::World,
) -> Result<(), Refusal> {
    only(
        body,
        &[
            "amount_fen",
            "freight_fen",
            "line",
            "lines",
            "reason",
            "step",
            "refund",
            "with_return",
        ],
    )?;
    let now = world.now().0;
    let step = text(body, "step");
    if let Some(id) = text(body, "refund") {
        return match step.as_deref() {
            None | Some("agree") => market.refund_agree(number, &id, now),
            Some("refuse") => market.refund_refuse(number, &id, now),
            Some("sent") => market.refund_sent(number, &id, now),
            Some("returned") => market.refund_returned(number, &id, now),
            Some("withdraw") => market.refund_withdraw(number, &id, now),
            Some(_) => Err(Refusal::value(
                "`step`: expected agree, refuse, sent, returned or withdraw",
            )),
        };
    }
    let mut lines: Vec<i64> = list(body, "lines")?
        .iter()
        .filter_map(|id| id.as_i64().or_else(|| id.as_str()?.parse().ok()))
        .collect();
    lines.extend(whole(body, "line")?);
    let wish = RefundWish {
        lines,
        goods_fen: whole(body, "amount_fen")?,
        freight_fen: whole(body, "freight_fen")?,
        with_return: body
            .get("with_return")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        reason: text(body, "reason").unwrap_or_else(|| "不想要了".into()),
        description: String::new(),
    };
    match step.as_deref() {
        None | Some("done") => market.refund_now(number, wish, world).map(|_| ()),
        Some("open") => market.refund_open(number, wish, world).map(|_| ()),
        Some(_) => Err(Refusal::value(
            "`step`: expected open or done; steps of an open refund also need `refund`",
        )),
    }
}

/// `POST …/orders/{number}/{action}`: answers with the order as it is then.
pub(super) async fn order(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    call: &Incoming,
    number: &str,
    action: &str,
    body: &Value,
) -> Result<Reply, Error> {
    sandbox
        .work(marketplace, call.base.as_deref(), Vec::new(), |desk| {
            let result = act(desk, number, action, body);
            done(result.and_then(|_| {
                desk.market
                    .order(number)
                    .map(|order| order_view(order, &marketplace.words(desk.market, order)))
            }))
        })
        .await
}

/// `POST …/orders`: an order made by hand.
pub(super) async fn order_by_hand(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    call: &Incoming,
    body: &Value,
) -> Result<Reply, Error> {
    let wanted = || -> Result<(String, Vec<DraftLine>, Option<String>), Refusal> {
        only(body, &["account", "lines", "reference"])?;
        let account =
            text(body, "account").ok_or_else(|| Refusal::value("`account` is missing"))?;
        let mut lines = Vec::new();
        for line in list(body, "lines")? {
            only(line, &["item_id", "spec_id", "quantity"])?;
            let quantity = whole(line, "quantity")?.unwrap_or(1);
            if !(1..=10_000_000).contains(&quantity) {
                return Err(Refusal::value(
                    "`quantity`: expected a whole number from 1 on",
                ));
            }
            lines.push(DraftLine::new(
                text(line, "item_id").ok_or_else(|| Refusal::value("`item_id` is missing"))?,
                text(line, "spec_id"),
                quantity,
            ));
        }
        Ok((account, lines, text(body, "reference")))
    };
    let (account, lines, reference) = match wanted() {
        Ok(wanted) => wanted,
        Err(refusal) => return Ok(super::refused(&refusal)),
    };
    sandbox
        .work(marketplace, call.base.as_deref(), Vec::new(), |desk| {
            let made = marketplace.order_by_hand(desk, &account, lines, reference);
            done(made.and_then(|number| {
                desk.market
                    .order(&number)
                    .map(|order| order_view(order, &marketplace.words(desk.market, order)))
            }))
        })
        .await
}

/// `POST …/accounts/{account}/{action}`.
pub(super) async fn account(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    account: &str,
    action: &str,
) -> Result<Reply, Error> {
    sandbox
        .work(marketplace, None, Vec::new(), |desk| {
            if !desk.market.accounts.contains(account) {
                return problem(404, &format!("there is no account {account}"));
            }
            let now = desk.now;
            match action {
                "revoke" => Reply::json(200, &json!({"revoked": desk.market.revoke(account, now)})),
                "expire" => Reply::json(
                    200,
                    &json!({"expired": desk.market.expire_access(Some(account), now)}),
                ),
                _ => problem(
                    404,
                    &format!("there is no action `{action}`; actions are: revoke, expire"),
                ),
            }
        })
        .await
}

/// An offer as control shows it.
pub(super) fn offer_view(market: &Market, offer: &Offer) -> Value {
    let seller = market.sellers.get(&offer.seller);
    json!({
        "item_id": offer.item_id,
        "order_id": offer.order_id,
        "title": offer.title,
        "title_en": offer.title_en,
        "category": offer.category,
        "seller_id": offer.seller,
        "seller_name": seller.map(|seller| seller.shop.clone()),
        "specifications": offer.specifications.iter().map(|spec| json!({
            "spec_id": spec.spec_id,
            "sku_id": spec.sku_id,
            "order_id": spec.order_id,
            "attributes": spec.attributes.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
            "price_fen": offer.unit_price(Some(spec), offer.minimum),
            "stock": spec.stock,
            "gone": spec.gone,
        })).collect::<Vec<_>>(),
        "price_fen": offer.unit_price(None, offer.minimum),
        "ranges": offer.ranges.iter().map(|(from, price)| json!({"from": from, "price_fen": price})).collect::<Vec<_>>(),
        "stock": offer.stock_total(),
        "minimum": offer.minimum,
        "lot": offer.lot,
        "mixed": offer.mixed,
        "mix_amount_fen": seller.and_then(|seller| seller.mix).map(|mix| mix.amount_fen),
        "mix_pieces": seller.and_then(|seller| seller.mix).map(|mix| mix.pieces),
        "unit": offer.unit,
        "weight_g": offer.weight_g,
        "tradable": offer.tradable,
        "status": offer.status,
    })
}

/// Changes an offer: price, stock, a specification gone or back, minimum, tradable.
pub(crate) fn offer_change(market: &mut Market, id: &str, body: &Value) -> Result<(), Refusal> {
    only(
        body,
        &[
            "spec_id",
            "price_fen",
            "stock",
            "minimum",
            "tradable",
            "gone",
        ],
    )?;
    let spec_id = text(body, "spec_id");
    let (price, stock, minimum) = (
        whole(body, "price_fen")?,
        whole(body, "stock")?,
        whole(body, "minimum")?,
    );
    for (name, value, least) in [
        ("price_fen", price, 0),
        ("stock", stock, 0),
        ("minimum", minimum, 1),
    ] {
        if value.is_some_and(|value| !(least..=1_000_000_000).contains(&value)) {
            return Err(Refusal::value(format!("`{name}` is out of range")));
        }
    }
    let Some(offer) = market.offers.get_mut(id) else {
        return Err(Refusal::missing(format!("there is no offer {id}")));
    };
    if let Some(spec_id) = &spec_id
        && !offer
            .specifications
            .iter()
            .any(|spec| spec.spec_id == *spec_id)
    {
        return Err(Refusal::missing(format!(
            "offer {id} has no specification {spec_id}"
        )));
    }
    if let Some(price) = price {
        offer.reprice(spec_id.as_deref(), price);
    }
    if let Some(stock) = stock {
        if !offer.has_specifications() {
            offer.stock = stock;
        }
        for spec in offer
            .specifications
            .iter_mut()
            .filter(|spec| spec_id.as_ref().is_none_or(|id| *id == spec.spec_id))
        {
            spec.stock = stock;
        }
    }
    if let Some(minimum) = minimum {
        offer.minimum = minimum;
    }
    if let Some(tradable) = body.get("tradable").and_then(Value::as_bool) {
        offer.tradable = tradable;
    }
    if let (Some(spec_id), Some(gone)) = (&spec_id, body.get("gone").and_then(Value::as_bool)) {
        for spec in offer
            .specifications
            .iter_mut()
            .filter(|spec| spec.spec_id == *spec_id)
        {
            spec.gone = gone;
        }
    }
    Ok(())
}

/// `POST …/offers/{id}`.
pub(super) async fn offer(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    id: &str,
    body: &Value,
) -> Result<Reply, Error> {
    sandbox
        .work(marketplace, None, Vec::new(), |desk| {
            let changed = offer_change(desk.market, id, body);
            done(changed.and_then(|()| {
                desk.market
                    .offers
                    .get(id)
                    .map(|offer| offer_view(desk.market, offer))
                    .ok_or_else(|| Refusal::missing("gone"))
            }))
        })
        .await
}

/// `PUT …/push`: where messages go.
pub(super) async fn push_url(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    body: &Value,
) -> Result<Reply, Error> {
    let url = match body.get("url") {
        Some(Value::Null) => None,
        Some(Value::String(url)) if url.starts_with("http://") || url.starts_with("https://") => {
            Some(url.clone())
        }
        _ => {
            return Ok(problem(
                400,
                "`url`: expected an http address, or null for none",
            ));
        }
    };
    let app_key = text(body, "app_key");
    sandbox
        .work(marketplace, None, Vec::new(), |desk| {
            let keys = desk
                .market
                .apps
                .keys_where(|app| app_key.as_ref().is_none_or(|key| app.key == *key));
            for key in &keys {
                if let Some(app) = desk.market.apps.get_mut(key) {
                    app.push_url.clone_from(&url);
                }
            }
            if keys.is_empty() {
                problem(404, "there is no such app")
            } else {
                Reply::json(200, &json!({"apps": keys, "url": url}))
            }
        })
        .await
}

/// `PUT …/redirects`: hosts to which the authorise page sends people back, beside loopback.
pub(super) async fn redirects(
    sandbox: &Sandbox,
    marketplace: &'static dyn Marketplace,
    body: &Value,
) -> Result<Reply, Error> {
    let Some(Value::Array(hosts)) = body.get("hosts") else {
        return Ok(problem(400, "`hosts`: expected a list of host names"));
    };
    let hosts: Vec<String> = hosts
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    sandbox
        .work(marketplace, None, Vec::new(), |desk| {
            for key in desk.market.apps.keys_where(|_| true) {
                if let Some(app) = desk.market.apps.get_mut(&key) {
                    app.redirect_hosts.clone_from(&hosts);
                }
            }
            Reply::json(200, &json!({"hosts": hosts}))
        })
        .await
}
