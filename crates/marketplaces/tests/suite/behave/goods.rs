//! Offers, and what a preview says of a basket before anything is ordered.

use crate::bench::{Behaviour, Shown, behaviour, ensure, no, ok};
use crate::desk::{Desk, text};
use domain::VerdictKind as Kind;
use marketplaces::{ErrorKind, OrderLine};
use serde_json::{Value, json};

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour!("product: an offer as the seller has it", [], product),
        behaviour!("product: one that is not there", [], nobodys),
        behaviour!("preview: prices, sums and freight", [], prices),
        behaviour!("verdict: off sale", [], off_sale),
        behaviour!("verdict: out of stock", [], out_of_stock),
        behaviour!("verdict: more than the stock", [], too_many),
        behaviour!("verdict: wrong specification", [], wrong_specification),
        behaviour!("verdict: specification taken away", [], gone),
        behaviour!("verdict: below the minimum", [], below_minimum),
        behaviour!("verdict: no multiple of the lot", [], lot),
        behaviour!("verdict: a price of zero", [], zero),
    ]
}

async fn product(desk: &Desk) -> Shown {
    let told = desk.control("GET", "offers", Value::Null).await;
    let offers = told["offers"].as_array().unwrap();
    let forms = (desk.stand.forms)();
    let chosen = offers
        .iter()
        .enumerate()
        .filter(|(at, there)| at % 7 == 0 || there["status"] != "published");
    for (at, there) in chosen {
        desk.form(&forms[at % forms.len()]).await;
        let item = text(&there["item_id"]);
        let on_sale = there["status"] == "published";
        let offer = match desk.market.offer_read(&desk.caller(), &item).await {
            Ok(offer) => offer,
            // What is off sale need not be shown at all.
            Err(error) if !on_sale && error.kind == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{item}: {error:?}")),
        };
        ensure!(offer.item == item, "{item}: {}", offer.item);
        ensure!(!offer.title.is_empty(), "{item}: no title");
        ensure!(
            Some(offer.minimum) == there["minimum"].as_i64(),
            "{item}: {offer:?}"
        );
        ensure!(
            offer.on_sale == on_sale,
            "{item}: on sale? {offer:?} {there}"
        );
        ensure!(
            offer.stock == there["stock"].as_i64(),
            "{item}: {offer:?} {there}"
        );
        let rows = there["specifications"].as_array().unwrap();
        ensure!(
            offer.specifications.len() == rows.len() || rows.len() == 1,
            "{item}: {offer:?}"
        );
        for (own, row) in offer.specifications.iter().zip(rows) {
            ensure!(own.id == text(&row["spec_id"]), "{item}: {own:?} {row}");
            ensure!(own.stock == row["stock"].as_i64(), "{item}: {own:?} {row}");
            ensure!(!own.name.is_empty(), "{item}: {own:?}");
            let price = offer.price_of(Some(&own.id), offer.minimum);
            let wanted = row["price_fen"].as_i64();
            ensure!(price.map(|p| p.0) == wanted, "{item}: {offer:?} {row}");
        }
        for step in there["ranges"].as_array().unwrap() {
            let from = step["from"].as_i64().unwrap();
            let price = offer.price_of(None, from).map(|p| p.0);
            ensure!(
                price == step["price_fen"].as_i64(),
                "{item}: {offer:?} {step}"
            );
        }
        let page = desk
            .market
            .item_url(&desk.addresses, &item)
            .ok_or("no page")?;
        let back = desk.market.item_from_text(page.as_str());
        ensure!(back.as_deref() == Some(item.as_str()), "{page}: {back:?}");
    }
    Ok(())
}

async fn nobodys(desk: &Desk) -> Shown {
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let read = desk
            .market
            .offer_read(&desk.caller(), desk.stand.nobodys_item)
            .await;
        let error = no(read, "an offer that is not there")?;
        ensure!(error.kind == ErrorKind::NotFound, "{error:?}");
    }
    Ok(())
}

async fn prices(desk: &Desk) -> Shown {
    let lines = desk.lines(2).await?;
    for form in (desk.stand.forms)() {
        desk.form(&form).await;
        let preview = desk.good_preview(&lines).await?;
        let sum: i64 = preview
            .lines
            .iter()
            .filter_map(|l| l.goods)
            .map(|g| g.0)
            .sum();
        ensure!(
            preview.lines.len() == 2 && preview.orders == 1,
            "{preview:?}"
        );
        ensure!(preview.goods.0 == sum && sum > 0, "{preview:?}");
        ensure!(preview.total.0 == sum + preview.freight.0, "{preview:?}");
        for (told, line) in preview.lines.iter().zip(&lines) {
            let offer = desk.offer(&line.item).await?;
            let price = offer.price_of(line.specification.as_deref(), line.quantity);
            ensure!(told.unit_price == price, "{told:?} {price:?}");
        }
    }
    Ok(())
}

/// `lines[bad]` is refused by preview, for that reason and alone, and by a create that knows nothing
/// of it yet; and nothing is made.
async fn refused(
    desk: &Desk,
    lines: &[OrderLine],
    bad: usize,
    kinds: &[Kind],
    good: &[OrderLine],
    spoil: impl AsyncFn(),
) -> Shown {
    let before = desk.good_preview(good).await?;
    spoil().await;
    let preview = desk.preview(lines).await?;
    for (at, told) in preview.lines.iter().enumerate() {
        let kind = told.verdict.kind;
        if at == bad {
            ensure!(kinds.contains(&kind), "line {at}: {kind:?}; {preview:?}");
        } else {
            ensure!(kind == Kind::Ok, "line {at}: {kind:?}; {preview:?}");
        }
    }
    ensure!(!preview.is_ok(), "{preview:?}");
    let error = no(desk.create("APNO", lines, &before).await, "create")?;
    ensure!(error.is_definite(), "a known reason is certain: {error:?}");
    if let ErrorKind::Refused(verdict) = &error.kind {
        ensure!(kinds.contains(&verdict.kind), "{error:?}");
    }
    desk.nothing_made("APNO").await
}

/// Changes the offer of a line, or only its specification.
async fn change(desk: &Desk, line: &OrderLine, change: Value) {
    let path = format!("offers/{}", line.item);
    desk.control("POST", &path, change).await;
}

/// The specification of a line as the sandbox names it, also where an offer has only one.
async fn row_of(desk: &Desk, line: &OrderLine) -> Value {
    if let Some(id) = &line.specification {
        return json!(id);
    }
    let path = format!("offers/{}", line.item);
    let offer = desk.control("GET", &path, Value::Null).await;
    offer["specifications"][0]["spec_id"].clone()
}

/// Two lines of one seller: two offers, or two specifications of one.
async fn pair(desk: &Desk) -> Result<Vec<OrderLine>, String> {
    desk.lines(2).await
}

/// One line of an offer of its own.
async fn alone(desk: &Desk) -> Result<Vec<OrderLine>, String> {
    desk.lines(1).await
}

async fn off_sale(desk: &Desk) -> Shown {
    let lines = alone(desk).await?;
    let kinds = [Kind::NotForSale, Kind::NotByApi];
    let spoil = async || change(desk, &lines[0], json!({"tradable": false})).await;
    refused(desk, &lines, 0, &kinds, &lines, spoil).await
}

async fn out_of_stock(desk: &Desk) -> Shown {
    let lines = pair(desk).await?;
    let row = row_of(desk, &lines[1]).await;
    let spoil = async || change(desk, &lines[1], json!({"spec_id": row, "stock": 0})).await;
    refused(desk, &lines, 1, &[Kind::OutOfStock], &lines, spoil).await?;
    let offer = desk.offer(&lines[1].item).await?;
    let left = offer.stock_of(lines[1].specification.as_deref());
    ensure!(left == Some(0), "{offer:?}");
    Ok(())
}

async fn too_many(desk: &Desk) -> Shown {
    let good = pair(desk).await?;
    let mut lines = good.clone();
    let offer = desk.offer(&lines[1].item).await?;
    let stock = offer.stock_of(lines[1].specification.as_deref());
    lines[1].quantity = stock.ok_or("no stock told")? + 1;
    refused(desk, &lines, 1, &[Kind::OutOfStock], &good, async || {}).await
}

async fn wrong_specification(desk: &Desk) -> Shown {
    let good = pair(desk).await?;
    let mut lines = good.clone();
    let wrong = |id: &mut String| *id = id.chars().rev().collect();
    match &mut lines[1].orderable {
        Some(ids) => ids.specification.iter_mut().for_each(wrong),
        None => lines[1].specification.iter_mut().for_each(wrong),
    }
    ensure!(lines != good, "the offer has no specifications: {good:?}");
    let kinds = [Kind::NoSuchSpecification];
    refused(desk, &lines, 1, &kinds, &good, async || {}).await
}

async fn gone(desk: &Desk) -> Shown {
    let lines = pair(desk).await?;
    let row = row_of(desk, &lines[1]).await;
    let spoil = async || change(desk, &lines[1], json!({"spec_id": row, "gone": true})).await;
    refused(desk, &lines, 1, &[Kind::NoSuchSpecification], &lines, spoil).await
}

async fn below_minimum(desk: &Desk) -> Shown {
    let lines = alone(desk).await?;
    let more = json!({"minimum": lines[0].quantity + 1});
    let spoil = async || change(desk, &lines[0], more.clone()).await;
    refused(desk, &lines, 0, &[Kind::BelowMinimum], &lines, spoil).await
}

async fn lot(desk: &Desk) -> Shown {
    let mut offers = desk.sandbox.offers(desk.stand.code).await;
    offers.retain(|offer| {
        offer.tradable && !offer.mixed && offer.price_fen > 0 && offer.lot > Some(1)
    });
    for known in offers {
        let offer = desk.offer(&known.item_id).await?;
        ensure!(Some(offer.lot) == known.lot, "{offer:?} {known:?}");
        let row = offer.specifications.iter().find(|s| s.stock > Some(1_000));
        let row = row.map(|s| s.id.clone());
        if offer.stock_of(row.as_deref()) <= Some(1_000) {
            continue;
        }
        let good = [OrderLine {
            item: offer.item.clone(),
            orderable: offer.orderable_of(row.as_deref()),
            specification: row,
            quantity: (offer.minimum + offer.lot - 1) / offer.lot * offer.lot,
        }];
        let mut lines = good.clone();
        lines[0].quantity += 1;
        return refused(desk, &lines, 0, &[Kind::BelowMinimum], &good, async || {}).await;
    }
    Err("no goods are sold in lots".to_owned())
}

async fn zero(desk: &Desk) -> Shown {
    let lines = alone(desk).await?;
    let free = async || {
        change(desk, &lines[0], json!({"price_fen": 0})).await;
        let row = row_of(desk, &lines[0]).await;
        if !row.is_null() {
            change(desk, &lines[0], json!({"price_fen": 0, "spec_id": row})).await;
        }
    };
    refused(desk, &lines, 0, &[Kind::ZeroPrice], &lines, free).await?;
    ok(desk.offer(&lines[0].item).await, "the offer itself is read")?;
    Ok(())
}
