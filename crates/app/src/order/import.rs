//! Takes orders in from a JSON file; `docs/import.md` tells its form.
//!
//! A number that is known already changes nothing when its content is the same, records a payment
//! when more was paid, and is refused with the difference otherwise. An order with a fault is not
//! taken in at all; the other orders of the file are.

use crate::history::{self, Change};
use crate::order::intake::{self, ImportFault, Intake, IntakeItem, exact_sum};
use crate::order::json::{self, Node, Place, Value};
use crate::order::{payment, settle};
use crate::{AppError, Ctx, Message, settings};
use domain::{Amount, HistoryKind, ItemStatus};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::Db;
use store::items::{self, ItemRow};
use store::orders::{self, OrderRow, PaymentRow};
use store::pushes;

/// Bytes of one file, at most.
pub const MOST_BYTES: usize = 64 << 20;
/// Orders of one file, at most.
pub const MOST_ORDERS: usize = 100_000;
/// Orders in one transaction. A file of thousands then costs tens of commits.
const TOGETHER: usize = 50;
/// Differences told of one order, at most.
const MOST_DIFFERENCES: usize = 50;

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct ImportReport {
    /// Faults of the file as a whole; then nothing of it was taken in.
    pub faults: Vec<ImportFault>,
    /// Its orders, in the order of the file.
    pub orders: Vec<ImportedOrder>,
}

impl ImportReport {
    /// Everything in the file was taken in, or was here already.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty() && self.orders.iter().all(|o| o.outcome.is_good())
    }

    fn broken(place: Place, message: Message) -> Self {
        Self {
            faults: vec![ImportFault {
                place,
                field: String::new(),
                message,
            }],
            orders: Vec::new(),
        }
    }
}

/// What became of one order of a file.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ImportedOrder {
    /// Its number, as far as it could be read.
    pub number: Option<String>,
    /// Where it begins.
    pub place: Place,
    /// What became of it.
    pub outcome: ImportOutcome,
}

/// What became of one order.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ImportOutcome {
    /// Taken in.
    Created,
    /// Known with the same content; nothing changed.
    Unchanged,
    /// Known with the same content; more was paid, which was recorded.
    PaymentRecorded {
        /// How much was recorded.
        amount: Amount,
    },
    /// Known with other content: refused, nothing changed.
    Differs {
        /// Where.
        differences: Vec<Difference>,
    },
    /// Not taken in.
    Faulty {
        /// Why.
        faults: Vec<ImportFault>,
    },
    /// Could not be stored; nothing changed. Running the import again will do.
    NotStored {
        /// The error.
        error: String,
    },
}

impl ImportOutcome {
    /// It is here now.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(
            self,
            Self::Created | Self::Unchanged | Self::PaymentRecorded { .. }
        )
    }
}

/// A field whose content is another than when the order was taken in.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Difference {
    /// Path: `items[0].price`.
    pub field: String,
    /// What was taken in; none when the field was not there.
    pub was: Option<String>,
    /// What the file says; none when the field is not there.
    pub is: Option<String>,
}

/// Takes in the orders of a file.
///
/// # Errors
/// The database's, after the orders are stored. What is wrong with the file, or with an order of
/// it, is told in the report.
pub async fn import(ctx: &Ctx, json_text: &str) -> Result<ImportReport, AppError> {
    if json_text.len() > MOST_BYTES {
        return Ok(ImportReport::broken(
            Place { line: 1, column: 1 },
            Message::of("import-file_size").with("most", MOST_BYTES >> 20),
        ));
    }
    let node = match json::read(json_text) {
        Ok(node) => node,
        Err(broken) => return Ok(ImportReport::broken(broken.place, broken.message())),
    };
    let (nodes, path) = match orders_in(&node) {
        Ok(found) => found,
        Err(message) => return Ok(ImportReport::broken(node.place, message)),
    };
    if nodes.len() > MOST_ORDERS {
        return Ok(ImportReport::broken(
            node.place,
            Message::of("import-orders_count").with("most", MOST_ORDERS),
        ));
    }
    let (mut orders, good) = check(ctx, &nodes, path);
    for together in good.chunks(TOGETHER) {
        for (index, outcome) in store_together(ctx, together).await {
            orders[index].outcome = outcome;
        }
    }
    if good.len() > TOGETHER {
        // So many orders leave many added rows beside each counter that every list reads.
        ctx.app
            .store
            .write::<_, AppError, _>(|db| {
                Box::pin(async move { Ok(pushes::fold_counts(db).await?) })
            })
            .await?;
    }
    Ok(ImportReport {
        faults: Vec::new(),
        orders,
    })
}

/// A file holds one order, a list of orders, or an object with the list `orders`.
fn orders_in(node: &Node) -> Result<(Vec<&Node>, &'static str), Message> {
    match &node.value {
        Value::List(nodes) if nodes.is_empty() => Err(Message::of("import-no_orders")),
        Value::List(nodes) => Ok((nodes.iter().collect(), "list")),
        Value::Object(members) => match members.as_slice() {
            [only] if only.name == "orders" => match &only.node.value {
                Value::List(nodes) if !nodes.is_empty() => Ok((nodes.iter().collect(), "orders")),
                _ => Err(Message::of("import-no_orders")),
            },
            _ => Ok((vec![node], "")),
        },
        other => Err(Message::of("import-no_object").with("found", other.kind())),
    }
}

/// Checks every order by itself and against the others; gives the report so far, and what may be
/// stored with its index in the report.
fn check(ctx: &Ctx, nodes: &[&Node], path: &str) -> (Vec<ImportedOrder>, Vec<(usize, Intake)>) {
    let marketplaces: BTreeSet<String> = ctx
        .app
        .markets
        .all()
        .map(|m| m.connector.code().to_owned())
        .collect();
    let mut lines: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for node in nodes {
        if let Some(number) = intake::number_of(node) {
            lines.entry(number).or_default().push(node.place.line);
        }
    }
    let mut orders = Vec::with_capacity(nodes.len());
    let mut good = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let field = match path {
            "" => String::new(),
            "list" => format!("[{index}]"),
            path => format!("{path}[{index}]"),
        };
        let number = intake::number_of(node);
        let twice = number
            .as_ref()
            .and_then(|n| lines.get(n))
            .filter(|lines| lines.len() > 1);
        let outcome = match (intake::read(node, &field, &marketplaces), twice) {
            (Err(faults), _) => ImportOutcome::Faulty { faults },
            (Ok(_), Some(lines)) => {
                let lines = lines
                    .iter()
                    .take(10)
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                let message = Message::of("import-number_twice").with("lines", lines);
                let field = if field.is_empty() {
                    "number".to_owned()
                } else {
                    format!("{field}.number")
                };
                ImportOutcome::Faulty {
                    faults: vec![ImportFault {
                        place: node.place,
                        field,
                        message,
                    }],
                }
            }
            (Ok(intake), None) => {
                good.push((index, intake));
                ImportOutcome::Unchanged
            }
        };
        orders.push(ImportedOrder {
            number,
            place: node.place,
            outcome,
        });
    }
    (orders, good)
}

/// Stores several orders in one transaction. When that fails, each is tried by itself, so that one
/// order that cannot be stored does not keep the others out.
async fn store_together(ctx: &Ctx, orders: &[(usize, Intake)]) -> Vec<(usize, ImportOutcome)> {
    match store_once(ctx, orders.to_vec()).await {
        Ok(outcomes) => outcomes,
        Err(error) if orders.len() == 1 => failed(&orders[0], &error),
        Err(_) => {
            let mut out = Vec::with_capacity(orders.len());
            for order in orders {
                match store_once(ctx, vec![order.clone()]).await {
                    Ok(outcomes) => out.extend(outcomes),
                    Err(error) => out.extend(failed(order, &error)),
                }
            }
            out
        }
    }
}

fn failed(order: &(usize, Intake), error: &AppError) -> Vec<(usize, ImportOutcome)> {
    tracing::warn!(number = order.1.number, %error, "an order could not be stored");
    vec![(
        order.0,
        ImportOutcome::NotStored {
            error: error.to_string(),
        },
    )]
}

async fn store_once(
    ctx: &Ctx,
    mut orders: Vec<(usize, Intake)>,
) -> Result<Vec<(usize, ImportOutcome)>, AppError> {
    // In one order of numbers, so that two imports do not wait for each other in a circle.
    orders.sort_by(|a, b| a.1.number.cmp(&b.1.number));
    let ctx = ctx.clone();
    ctx.app
        .store
        .clone()
        .write::<_, AppError, _>(move |db| {
            let (ctx, orders) = (ctx.clone(), orders.clone());
            Box::pin(async move {
                let mut out = Vec::with_capacity(orders.len());
                for (index, intake) in &orders {
                    out.push((*index, take_in(&ctx, db, intake).await?));
                }
                Ok(out)
            })
        })
        .await
}

async fn take_in(ctx: &Ctx, db: &mut Db, intake: &Intake) -> Result<ImportOutcome, AppError> {
    if let Some(order) = orders::lock_number(db, &intake.number).await? {
        return compare(ctx, db, order, intake).await;
    }
    if create(ctx, db, intake).await? {
        return Ok(ImportOutcome::Created);
    }
    // Somebody else took the same number in between.
    let order = orders::lock_number(db, &intake.number)
        .await?
        .ok_or(AppError::NotFound("order"))?;
    compare(ctx, db, order, intake).await
}

async fn create(ctx: &Ctx, db: &mut Db, intake: &Intake) -> Result<bool, AppError> {
    let settings = settings::load(db).await?;
    let now = ctx.now();
    let paid = settings.is_paid(&intake.total, &intake.paid);
    let statuses: Vec<ItemStatus> = intake
        .items
        .iter()
        .map(|item| {
            item.status.unwrap_or(if paid {
                ItemStatus::Paid
            } else {
                ItemStatus::AwaitingPayment
            })
        })
        .collect();
    let order = OrderRow {
        id: ctx.id(),
        number: intake.number.clone(),
        created_at: intake.created_at,
        imported_at: now,
        customer_code: intake.customer_code.clone(),
        customer_name: intake.customer_name.clone(),
        status: domain::order_status::shown(&statuses, None),
        person_status: None,
        currency: intake.currency.code().to_owned(),
        goods: intake.goods.clone(),
        delivery_cost: intake.delivery_cost.clone(),
        delivery_service: intake.delivery_service.clone(),
        total: intake.total.clone(),
        paid: intake.paid.clone(),
        weight_g: None,
        rate: intake
            .rate
            .as_ref()
            .map(|(yuan, _)| yuan.as_text().to_owned()),
        rate_day: intake.rate.as_ref().map(|(_, day)| day.clone()),
        comment_customer: intake.comment.clone(),
        comment_operator: intake.operator_comment.clone(),
        items_count: 0,
        item_counts: "{}".to_owned(),
        ready_items: 0,
        marketplaces: String::new(),
        open_exceptions: 0,
        open_unknown: 0,
        last_session_id: None,
        version: 1,
    };
    if !orders::insert(db, &order).await? {
        return Ok(false);
    }
    orders::save_source(db, order.id, &source(intake, &intake.paid).to_string()).await?;
    for (position, (item, status)) in (1_i64..).zip(intake.items.iter().zip(statuses)) {
        items::insert(db, &item_row(ctx, order.id, position, item, status)).await?;
    }
    let change = Change {
        facts: Some(json!({ "items": intake.items.len(), "total": intake.total })),
        ..Change::default()
    };
    history::add(ctx, db, order.id, HistoryKind::Imported, change).await?;
    if intake.paid > Amount::zero() {
        let id = ctx.id();
        let payment = PaymentRow {
            id,
            order_id: order.id,
            amount: intake.paid.clone(),
            note: String::new(),
            actor: ctx.actor.to_string(),
            at: now,
            request_id: format!("intake-{id}"),
        };
        orders::add_payment(db, &payment).await?;
    }
    settle(ctx, db, order.id, &BTreeMap::new()).await?;
    Ok(true)
}

fn item_row(
    ctx: &Ctx,
    order_id: i64,
    position: i64,
    item: &IntakeItem,
    status: ItemStatus,
) -> ItemRow {
    // A status beyond `paid` that comes with the order was reached without a purchase of ours.
    let further = status.is_at_least(ItemStatus::Booked) || status == ItemStatus::Returned;
    ItemRow {
        id: ctx.id(),
        order_id,
        position,
        marketplace: item.marketplace.clone(),
        item: item.item.clone(),
        specification: item.specification.clone(),
        seller: item.seller.clone(),
        seller_name: item.seller_name.clone(),
        title_original: item.title_original.clone(),
        title: item.title.clone(),
        configuration_original: item.configuration_original.clone(),
        configuration: item.configuration.clone(),
        image: item.image.clone(),
        unit: item.unit.clone(),
        quantity: item.quantity,
        units_taken: 0,
        price: item.price.clone(),
        expected_fen: item.expected_fen.map(domain::Fen),
        weight_g: item.weight_g,
        status,
        status_by_person: item.status.is_some(),
        status_at: ctx.now(),
        bought_elsewhere: further.then(|| item.bought_elsewhere.clone().unwrap_or_default()),
        note: None,
        marketplace_says: None,
        comment_customer: item.comment.clone(),
        comment_operator: item.operator_comment.clone(),
        customers_original: None,
        version: 1,
    }
}

async fn compare(
    ctx: &Ctx,
    db: &mut Db,
    mut order: OrderRow,
    intake: &Intake,
) -> Result<ImportOutcome, AppError> {
    let known: serde_json::Value = orders::source(db, order.id)
        .await?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(serde_json::Value::Null);
    let told = known
        .get("paid")
        .and_then(|p| p.as_str())
        .and_then(|p| p.parse::<Amount>().ok())
        .unwrap_or_else(Amount::zero);
    // A higher paid amount is no difference: it is a payment.
    let paid = if intake.paid > told {
        &told
    } else {
        &intake.paid
    };
    let mut differences = Vec::new();
    differ("", &known, &source(intake, paid), &mut differences);
    if !differences.is_empty() {
        differences.truncate(MOST_DIFFERENCES);
        return Ok(ImportOutcome::Differs { differences });
    }
    if intake.paid <= told {
        return Ok(ImportOutcome::Unchanged);
    }
    orders::save_source(db, order.id, &source(intake, &intake.paid).to_string()).await?;
    // What a person recorded meanwhile is part of what the file tells, and not recorded again.
    let counted = if told > order.paid {
        told
    } else {
        order.paid.clone()
    };
    if intake.paid <= counted {
        return Ok(ImportOutcome::Unchanged);
    }
    let amount = intake
        .paid
        .minus(&counted)
        .map_err(|e| AppError::Broken(e.to_string()))?;
    if exact_sum(&counted, &amount).as_ref() != Some(&intake.paid) {
        return Err(AppError::Broken(
            "the payment needs more than 28 digits".to_owned(),
        ));
    }
    let id = ctx.id();
    payment::add(ctx, db, &mut order, &amount, "", &format!("intake-{id}")).await?;
    settle(ctx, db, order.id, &BTreeMap::new()).await?;
    Ok(ImportOutcome::PaymentRecorded { amount })
}

/// An order's content in a fixed form: equal content gives equal text, however it was written.
fn source(intake: &Intake, paid: &Amount) -> serde_json::Value {
    let items: Vec<serde_json::Value> = intake.items.iter().map(item_source).collect();
    json!({
        "number": intake.number,
        "created_at": jiff::Timestamp::from_microsecond(intake.created_at.0).map_or_else(|_| String::new(), |t| t.to_string()),
        "currency": intake.currency.code(),
        "customer": { "code": intake.customer_code, "name": intake.customer_name },
        "delivery": { "service": intake.delivery_service, "cost": plain(&intake.delivery_cost) },
        "paid": plain(paid),
        "exchange_rate": intake.rate.as_ref().map(|(yuan, day)| json!({ "yuan": plain(yuan), "date": day })),
        "comment": intake.comment,
        "operator_comment": intake.operator_comment,
        "items": items,
    })
}

fn item_source(item: &IntakeItem) -> serde_json::Value {
    json!({
        "marketplace": item.marketplace,
        "item": item.item,
        "specification": item.specification,
        "seller": { "id": item.seller, "name": item.seller_name },
        "title": { "original": item.title_original, "translated": item.title },
        "configuration": { "original": item.configuration_original, "translated": item.configuration },
        "image": item.image,
        "unit": item.unit,
        "quantity": item.quantity,
        "price": plain(&item.price),
        "expected_price_fen": item.expected_fen,
        "weight_g": item.weight_g,
        "status": item.status.map(ItemStatus::code),
        "bought_elsewhere": item.bought_elsewhere,
        "comment": item.comment,
        "operator_comment": item.operator_comment,
    })
}

/// Without zeros at the end: `1.50` and `1.5` are the same content.
fn plain(amount: &Amount) -> String {
    let value: Decimal = amount.value().normalize();
    value.to_string()
}

fn differ(field: &str, was: &serde_json::Value, is: &serde_json::Value, out: &mut Vec<Difference>) {
    use serde_json::Value as V;
    let inner = |name: &str| {
        if field.is_empty() {
            name.to_owned()
        } else {
            format!("{field}.{name}")
        }
    };
    match (was, is) {
        (V::Object(a), V::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                differ(
                    &inner(name),
                    a.get(name).unwrap_or(&V::Null),
                    b.get(name).unwrap_or(&V::Null),
                    out,
                );
            }
        }
        (V::Array(a), V::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                differ(
                    &format!("{field}[{index}]"),
                    a.get(index).unwrap_or(&V::Null),
                    b.get(index).unwrap_or(&V::Null),
                    out,
                );
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(Difference {
            field: field.to_owned(),
            was: brief(a),
            is: brief(b),
        }),
    }
}

fn brief(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(json::shown(text)),
        other => Some(json::shown(&other.to_string())),
    }
}
