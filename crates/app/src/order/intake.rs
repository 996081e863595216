//! One order of an import file, from JSON to checked values. Every fault of an order is told, each
//! with its place; an order with a fault is not taken in at all.

use crate::Message;
use crate::order::json::{Member, Node, Place, Value, shown};
use crate::order::terms::number_parts;
use domain::money::MoneyError;
use domain::{Amount, Currency, ItemStatus};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use world::Timestamp;

/// Items in one order, at most.
pub(crate) const MOST_ITEMS: usize = 500;
const MOST_UNITS: i64 = 1_000_000;
const MOST_FEN: i64 = 1_000_000_000_000;
const MOST_GRAMS: i64 = 100_000_000;
/// Faults told of one order, at most.
const MOST_FAULTS: usize = 50;
/// 2000-01-01 and 2100-01-01: an order outside is a slip.
const MOMENTS: RangeInclusive<i64> = 946_684_800_000_000..=4_102_444_800_000_000;

/// What is wrong in a file, and where.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct ImportFault {
    /// Line and column.
    pub place: Place,
    /// Path of the field, `items[0].price`; empty where no field can be named.
    pub field: String,
    /// What was expected, and what was found.
    pub message: Message,
}

/// An order that may be taken in.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pub(crate) number: String,
    pub(crate) created_at: Timestamp,
    pub(crate) currency: Currency,
    pub(crate) customer_code: String,
    pub(crate) customer_name: String,
    pub(crate) delivery_service: String,
    pub(crate) delivery_cost: Amount,
    pub(crate) paid: Amount,
    /// Yuan for one unit of the customer's currency, and the day.
    pub(crate) rate: Option<(Amount, String)>,
    pub(crate) comment: String,
    pub(crate) operator_comment: String,
    pub(crate) items: Vec<IntakeItem>,
    pub(crate) goods: Amount,
    pub(crate) total: Amount,
}

#[derive(Clone, Debug)]
pub(crate) struct IntakeItem {
    pub(crate) marketplace: String,
    pub(crate) item: String,
    pub(crate) specification: Option<String>,
    pub(crate) seller: Option<String>,
    pub(crate) seller_name: String,
    pub(crate) title_original: String,
    pub(crate) title: String,
    pub(crate) configuration_original: String,
    pub(crate) configuration: String,
    pub(crate) image: Option<String>,
    pub(crate) unit: String,
    pub(crate) quantity: i64,
    pub(crate) price: Amount,
    pub(crate) expected_fen: Option<i64>,
    pub(crate) weight_g: Option<i64>,
    pub(crate) status: Option<ItemStatus>,
    pub(crate) bought_elsewhere: Option<String>,
    pub(crate) comment: String,
    pub(crate) operator_comment: String,
}

/// Reads an order; `marketplaces` are the words that may stand in an item.
pub(crate) fn read(
    node: &Node,
    path: &str,
    marketplaces: &BTreeSet<String>,
) -> Result<Intake, Vec<ImportFault>> {
    let mut faults = Vec::new();
    let intake = order(node, path, marketplaces, &mut faults);
    faults.truncate(MOST_FAULTS);
    match intake {
        Some(intake) if faults.is_empty() => Ok(intake),
        _ => Err(faults),
    }
}

/// The number of an order, as far as it can be read, for reports on orders with faults.
pub(crate) fn number_of(node: &Node) -> Option<String> {
    let Value::Object(members) = &node.value else {
        return None;
    };
    match &members.iter().find(|m| m.name == "number")?.node.value {
        Value::Text(text) => Some(shown(text)),
        _ => None,
    }
}

type Faults = Vec<ImportFault>;

fn fault(faults: &mut Faults, place: Place, field: &str, message: Message) {
    faults.push(ImportFault {
        place,
        field: field.to_owned(),
        message,
    });
}

/// The fields of one object: each is asked for by name, the rest are unknown.
struct Fields<'a> {
    path: String,
    place: Place,
    members: &'a [Member],
    asked: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    fn of(node: &'a Node, path: &str, faults: &mut Faults) -> Option<Self> {
        let Value::Object(members) = &node.value else {
            fault(
                faults,
                node.place,
                path,
                Message::of("import-object").with("found", node.value.kind()),
            );
            return None;
        };
        Some(Self {
            path: path.to_owned(),
            place: node.place,
            members,
            asked: BTreeSet::new(),
        })
    }

    fn field(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A field's value; `null` is as good as absent.
    fn get(&mut self, name: &'static str) -> Option<&'a Node> {
        self.asked.insert(name);
        let node = &self.members.iter().find(|m| m.name == name)?.node;
        (node.value != Value::Null).then_some(node)
    }

    fn needed(&mut self, name: &'static str, faults: &mut Faults) -> Option<&'a Node> {
        let node = self.get(name);
        if node.is_none() {
            fault(
                faults,
                self.place,
                &self.field(name),
                Message::of("import-missing"),
            );
        }
        node
    }

    fn text(&mut self, name: &'static str, most: usize, faults: &mut Faults) -> String {
        self.get(name)
            .and_then(|node| text_in(node, &self.field(name), most, faults))
            .unwrap_or_default()
    }

    fn needed_text(
        &mut self,
        name: &'static str,
        most: usize,
        faults: &mut Faults,
    ) -> Option<(String, Place)> {
        let node = self.needed(name, faults)?;
        let text = text_in(node, &self.field(name), most, faults)?;
        if text.trim().is_empty() {
            fault(
                faults,
                node.place,
                &self.field(name),
                Message::of("import-empty"),
            );
            return None;
        }
        Some((text, node.place))
    }

    /// An id of a marketplace: a text without blanks, or a whole number.
    fn id(&mut self, name: &'static str, faults: &mut Faults) -> Option<String> {
        let node = self.get(name)?;
        let text = match &node.value {
            Value::Text(text) => text.trim().to_owned(),
            Value::Number(number) => number.clone(),
            other => {
                fault(
                    faults,
                    node.place,
                    &self.field(name),
                    Message::of("import-id").with("found", other.kind()),
                );
                return None;
            }
        };
        if text.is_empty() && matches!(node.value, Value::Text(_)) {
            return None;
        }
        let known_form = text.len() <= 64
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'));
        if !known_form {
            fault(
                faults,
                node.place,
                &self.field(name),
                Message::of("import-id").with("found", shown(&text)),
            );
            return None;
        }
        Some(text)
    }

    fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i64>,
        faults: &mut Faults,
    ) -> Option<i64> {
        let node = self.get(name)?;
        let found = match &node.value {
            Value::Number(number) => number.as_str(),
            other => other.kind(),
        };
        let value = found.parse::<i64>().ok().filter(|n| range.contains(n));
        if value.is_none() {
            let message = Message::of("import-integer")
                .with("least", range.start())
                .with("most", range.end())
                .with("found", shown(found));
            fault(faults, node.place, &self.field(name), message);
        }
        value
    }

    fn amount(&mut self, name: &'static str, faults: &mut Faults) -> Option<Amount> {
        let node = self.get(name)?;
        let text = match &node.value {
            Value::Text(text) | Value::Number(text) => text.as_str(),
            other => {
                fault(
                    faults,
                    node.place,
                    &self.field(name),
                    Message::of("import-amount").with("found", other.kind()),
                );
                return None;
            }
        };
        let key = match text.parse::<Amount>() {
            Ok(amount) if amount < Amount::zero() => "import-amount_negative",
            Ok(amount) => return Some(amount),
            Err(MoneyError::TooManyDigits | MoneyError::TooLarge) => "import-amount_digits",
            Err(_) => "import-amount",
        };
        fault(
            faults,
            node.place,
            &self.field(name),
            Message::of(key).with("found", shown(text)),
        );
        None
    }

    fn object(&mut self, name: &'static str, faults: &mut Faults) -> Option<Fields<'a>> {
        let node = self.get(name)?;
        Fields::of(node, &self.field(name), faults)
    }

    fn list(&mut self, name: &'static str, faults: &mut Faults) -> Option<(&'a [Node], Place)> {
        let node = self.needed(name, faults)?;
        if let Value::List(nodes) = &node.value {
            return Some((nodes, node.place));
        }
        fault(
            faults,
            node.place,
            &self.field(name),
            Message::of("import-list").with("found", node.value.kind()),
        );
        None
    }

    fn place_of(&self, name: &str) -> Place {
        self.members
            .iter()
            .find(|m| m.name == name)
            .map_or(self.place, |m| m.node.place)
    }

    /// Every field that nobody asked for is unknown.
    fn end(self, faults: &mut Faults) {
        for member in self
            .members
            .iter()
            .filter(|m| !self.asked.contains(m.name.as_str()))
        {
            let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
            fault(
                faults,
                member.place,
                &self.field(&shown(&member.name)),
                Message::of("import-unknown_field").with("known", known),
            );
        }
    }
}

fn text_in(node: &Node, field: &str, most: usize, faults: &mut Faults) -> Option<String> {
    let Value::Text(text) = &node.value else {
        fault(
            faults,
            node.place,
            field,
            Message::of("import-text")
                .with("most", most)
                .with("found", node.value.kind()),
        );
        return None;
    };
    if text.contains('\0') {
        fault(faults, node.place, field, Message::of("import-nul"));
        return None;
    }
    if text.chars().count() > most {
        fault(
            faults,
            node.place,
            field,
            Message::of("import-too_long")
                .with("most", most)
                .with("found", text.chars().count()),
        );
        return None;
    }
    Some(text.clone())
}

fn order(
    node: &Node,
    path: &str,
    marketplaces: &BTreeSet<String>,
    faults: &mut Faults,
) -> Option<Intake> {
    let mut fields = Fields::of(node, path, faults)?;
    let number = number(&mut fields, faults);
    let created_at = created_at(&mut fields, faults);
    let currency = currency(&mut fields, faults);
    let mut customer_code = None;
    let mut customer_name = String::new();
    if fields.needed("customer", faults).is_some()
        && let Some(mut customer) = fields.object("customer", faults)
    {
        customer_code = customer
            .needed_text("code", 64, faults)
            .map(|(text, _)| text.trim().to_owned());
        customer_name = customer.text("name", 200, faults);
        customer.end(faults);
    }
    let mut delivery_service = String::new();
    let mut delivery_cost = Amount::zero();
    if let Some(mut delivery) = fields.object("delivery", faults) {
        delivery_service = delivery.text("service", 200, faults);
        delivery_cost = delivery.amount("cost", faults).unwrap_or_else(Amount::zero);
        delivery.end(faults);
    }
    let paid = fields.amount("paid", faults).unwrap_or_else(Amount::zero);
    let rate = rate(&mut fields, faults);
    let comment = fields.text("comment", 4_000, faults);
    let operator_comment = fields.text("operator_comment", 4_000, faults);
    let items = items(&mut fields, marketplaces, faults);
    let items_place = fields.place_of("items");
    let items_field = fields.field("items");
    fields.end(faults);
    let items = items?;
    let Some((goods, total)) = sums(&items, &delivery_cost) else {
        fault(
            faults,
            items_place,
            &items_field,
            Message::of("import-sum_digits"),
        );
        return None;
    };
    Some(Intake {
        number: number?,
        created_at: created_at?,
        currency: currency?,
        customer_code: customer_code?,
        customer_name,
        delivery_service,
        delivery_cost,
        paid,
        rate,
        comment,
        operator_comment,
        items,
        goods,
        total,
    })
}

fn number(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let (text, place) = fields.needed_text("number", 64, faults)?;
    if number_parts(&text).is_some() {
        return Some(text);
    }
    fault(
        faults,
        place,
        &fields.field("number"),
        Message::of("import-number").with("found", shown(&text)),
    );
    None
}

/// A moment with its zone, or without one: then it is UTC.
fn created_at(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Timestamp> {
    let (text, place) = fields.needed_text("created_at", 64, faults)?;
    let moment = moment(&text).filter(|at| MOMENTS.contains(&at.0));
    if moment.is_none() {
        fault(
            faults,
            place,
            &fields.field("created_at"),
            Message::of("import-moment").with("found", shown(&text)),
        );
    }
    moment
}

fn moment(text: &str) -> Option<Timestamp> {
    if !text.contains(':') {
        return None;
    }
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let moment = match zoned {
        Some(moment) => moment,
        None => text
            .parse::<jiff::civil::DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp(),
    };
    Some(Timestamp(moment.as_microsecond()))
}

fn currency(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Currency> {
    let (text, place) = fields.needed_text("currency", 64, faults)?;
    let currency = text.parse::<Currency>().ok();
    if currency.is_none() {
        fault(
            faults,
            place,
            &fields.field("currency"),
            Message::of("import-currency").with("found", shown(&text)),
        );
    }
    currency
}

fn rate(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Amount, String)> {
    let mut rate = fields.object("exchange_rate", faults)?;
    rate.needed("yuan", faults);
    let yuan = rate.amount("yuan", faults);
    let day = rate.needed_text("date", 64, faults);
    let place = rate.place_of("yuan");
    if yuan.as_ref().is_some_and(|yuan| *yuan == Amount::zero()) {
        fault(
            faults,
            place,
            &rate.field("yuan"),
            Message::of("import-rate_zero"),
        );
    }
    let day = day.and_then(|(text, place)| {
        let known_form = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
        if !known_form {
            fault(
                faults,
                place,
                &rate.field("date"),
                Message::of("import-day").with("found", shown(&text)),
            );
        }
        known_form.then_some(text)
    });
    rate.end(faults);
    Some((yuan?, day?))
}

fn items(
    fields: &mut Fields<'_>,
    marketplaces: &BTreeSet<String>,
    faults: &mut Faults,
) -> Option<Vec<IntakeItem>> {
    let (nodes, place) = fields.list("items", faults)?;
    if nodes.is_empty() || nodes.len() > MOST_ITEMS {
        let message = Message::of("import-items_count")
            .with("most", MOST_ITEMS)
            .with("found", nodes.len());
        fault(faults, place, &fields.field("items"), message);
        return None;
    }
    let mut out = Vec::with_capacity(nodes.len());
    let mut complete = true;
    for (index, node) in nodes.iter().enumerate() {
        match item(
            node,
            &format!("{}[{index}]", fields.field("items")),
            marketplaces,
            faults,
        ) {
            Some(item) => out.push(item),
            None => complete = false,
        }
    }
    complete.then_some(out)
}

fn item(
    node: &Node,
    path: &str,
    marketplaces: &BTreeSet<String>,
    faults: &mut Faults,
) -> Option<IntakeItem> {
    let mut fields = Fields::of(node, path, faults)?;
    let marketplace = marketplace(&mut fields, marketplaces, faults);
    fields.needed("item", faults);
    let item = fields.id("item", faults);
    if item.is_none()
        && matches!(&fields.get("item").map(|n| &n.value), Some(Value::Text(text)) if text.trim().is_empty())
    {
        fault(
            faults,
            fields.place_of("item"),
            &fields.field("item"),
            Message::of("import-empty"),
        );
    }
    let specification = fields.id("specification", faults);
    let (mut seller, mut seller_name) = (None, String::new());
    if let Some(mut inner) = fields.object("seller", faults) {
        seller = inner.id("id", faults);
        seller_name = inner.text("name", 200, faults);
        inner.end(faults);
    }
    let (title_original, title) = both(&mut fields, "title", 1_000, faults);
    let (configuration_original, configuration) = both(&mut fields, "configuration", 2_000, faults);
    let image = image(&mut fields, faults);
    let unit = fields.text("unit", 32, faults);
    fields.needed("quantity", faults);
    let quantity = fields.integer("quantity", 1..=MOST_UNITS, faults);
    fields.needed("price", faults);
    let price = fields.amount("price", faults);
    let expected_fen = fields.integer("expected_price_fen", 0..=MOST_FEN, faults);
    let weight_g = fields.integer("weight_g", 0..=MOST_GRAMS, faults);
    let status = status(&mut fields, faults);
    let bought_elsewhere =
        Some(fields.text("bought_elsewhere", 500, faults)).filter(|text| !text.trim().is_empty());
    let comment = fields.text("comment", 4_000, faults);
    let operator_comment = fields.text("operator_comment", 4_000, faults);
    fields.end(faults);
    Some(IntakeItem {
        marketplace: marketplace?,
        item: item?,
        specification,
        seller,
        seller_name,
        title_original,
        title,
        configuration_original,
        configuration,
        image,
        unit,
        quantity: quantity?,
        price: price?,
        expected_fen,
        weight_g,
        status,
        bought_elsewhere,
        comment,
        operator_comment,
    })
}

fn marketplace(
    fields: &mut Fields<'_>,
    known: &BTreeSet<String>,
    faults: &mut Faults,
) -> Option<String> {
    fields.needed("marketplace", faults);
    // `1688` looks like a number, and many a file writes it as one.
    let text = fields.id("marketplace", faults)?;
    if known.contains(&text) {
        return Some(text);
    }
    let words = known.iter().cloned().collect::<Vec<_>>().join(", ");
    let message = Message::of("import-marketplace")
        .with("known", words)
        .with("found", shown(&text));
    fault(
        faults,
        fields.place_of("marketplace"),
        &fields.field("marketplace"),
        message,
    );
    None
}

/// The marketplace's words and ours: `{"original": …, "translated": …}`.
fn both(
    fields: &mut Fields<'_>,
    name: &'static str,
    most: usize,
    faults: &mut Faults,
) -> (String, String) {
    let Some(mut inner) = fields.object(name, faults) else {
        return (String::new(), String::new());
    };
    let out = (
        inner.text("original", most, faults),
        inner.text("translated", most, faults),
    );
    inner.end(faults);
    out
}

fn image(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let text = fields.text("image", 2_000, faults);
    if text.is_empty() {
        return None;
    }
    let known_form = url::Url::parse(&text)
        .is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    if !known_form {
        fault(
            faults,
            fields.place_of("image"),
            &fields.field("image"),
            Message::of("import-address").with("found", shown(&text)),
        );
    }
    known_form.then_some(text)
}

fn status(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<ItemStatus> {
    let text = fields.text("status", 64, faults);
    if text.is_empty() {
        return None;
    }
    // `booked` says that a purchase of ours covers the units, which no file can know.
    let status = ItemStatus::from_code(&text).filter(|s| *s != ItemStatus::Booked);
    if status.is_none() {
        let known = ItemStatus::ALL
            .into_iter()
            .filter(|s| *s != ItemStatus::Booked)
            .map(ItemStatus::code);
        let message = Message::of("import-status")
            .with("known", known.collect::<Vec<_>>().join(", "))
            .with("found", shown(&text));
        fault(
            faults,
            fields.place_of("status"),
            &fields.field("status"),
            message,
        );
    }
    status
}

fn sums(items: &[IntakeItem], delivery: &Amount) -> Option<(Amount, Amount)> {
    let mut goods = Amount::zero();
    for item in items {
        goods = exact_sum(&goods, &item.price.times(item.quantity).ok()?)?;
    }
    let total = exact_sum(&goods, delivery)?;
    Some((goods, total))
}

/// The sum of two amounts, if it can be kept to its last digit.
pub(crate) fn exact_sum(a: &Amount, b: &Amount) -> Option<Amount> {
    let sum = a.plus(b).ok()?;
    (sum.value().scale() >= a.value().scale().max(b.value().scale())).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_a_zone_or_are_utc() {
        let utc = moment("2015-12-02T10:48:15Z").unwrap();
        assert_eq!(moment("2015-12-02T10:48:15"), Some(utc));
        assert_eq!(moment("2015-12-02 10:48:15"), Some(utc));
        assert_eq!(moment("2015-12-02T13:48:15+03:00"), Some(utc));
        assert_eq!(
            moment("2015-12-02T10:48:15.000001Z"),
            Some(Timestamp(utc.0 + 1))
        );
        for wrong in [
            "2015-12-02",
            "02.12.2015 10:48",
            "2015-13-02T10:48:15Z",
            "yesterday",
            "10:48",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sum_that_would_be_rounded_is_none() {
        let a: Amount = "1234567890123456789012345678".parse().unwrap();
        let b: Amount = "0.0000000001".parse().unwrap();
        assert!(exact_sum(&a, &b).is_none());
        assert_eq!(exact_sum(&b, &b).unwrap().as_text(), "0.0000000002");
    }
}
