//! The demo's orders: an import file in parts, each with what happens to it afterwards.

use super::goods::{Goods, Wanted, is_plain};
use anyhow::bail;
use app::parcel::ParcelStatus;
use domain::ItemStatus;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What happens to an order after it was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// Nothing.
    Stays,
    /// It is booked, and then this follows.
    Booked(After),
}

/// What follows a booking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    /// It must be paid within so many seconds.
    ToPay(u32),
    /// Only so many units of its item are booked.
    UnitsOnly(u8),
    /// It is paid.
    Paid,
    /// Its first line is on the way.
    PartlySent,
    /// Everything is on the way.
    Sent,
    /// Everything was signed for at the warehouse.
    Signed,
    /// The warehouse has it, and it came this far.
    Warehouse(ItemStatus),
    /// It went on in a parcel, which came this far.
    Parcel(ParcelStatus),
    /// The seller closed it unpaid.
    Closed,
    /// It was paid and refunded.
    Refunded,
    /// The seller asks for more than was agreed.
    Raised,
    /// The seller closed one of its lines.
    LineClosed,
    /// It was unbound alive.
    Unbound,
    /// The request is lost: nobody knows, and there is no order.
    Lost,
    /// The answer is lost, and searches do not find the order for a while.
    Hidden,
}

/// An order of the demo.
pub(super) struct DemoOrder {
    /// Number.
    pub(super) number: String,
    /// As an import file says it.
    pub(super) file: Value,
    /// The marketplaces of its goods.
    pub(super) markets: Vec<&'static str>,
    /// What happens to it.
    pub(super) fate: Fate,
}

/// What changes at the marketplace once the orders are in.
pub(super) struct OfferChange {
    /// Marketplace's code.
    pub(super) market: &'static str,
    /// Item.
    pub(super) item: String,
    /// As the machine interface takes it.
    pub(super) change: Value,
}

/// Everything that the demo begins with.
pub(super) struct DemoData {
    /// Orders.
    pub(super) orders: Vec<DemoOrder>,
    /// Changes of offers.
    pub(super) changes: Vec<OfferChange>,
}

struct Customer(&'static str, &'static str, &'static str);

const CUSTOMERS: &[Customer] = &[
    Customer(
        "C1042",
        "Иван Петров",
        "Международная служба доставки China Post",
    ),
    Customer("C1043", "Ольга Смирнова", "EMS Почта России"),
    Customer("C1051", "Дмитрий Коваленко", "СДЭК, пункт выдачи"),
    Customer("C1060", "Айгуль Сапарова", "Авиа, Алматы"),
    Customer("C1077", "Anna Kowalska", "China Post registered"),
    Customer("C1081", "Сергей Лебедев", "Авто карго, Москва"),
    Customer("C1090", "Marta Novák", "EMS"),
    Customer("C1102", "Елена Васильева", "Почта России, 1 класс"),
    Customer("C1110", "Тимур Ахметов", "Авиа, Алматы"),
    Customer("C1123", "Jonas Weber", "DHL eCommerce"),
    Customer("C1130", "Наталья Орлова", "Boxberry"),
    Customer("C1144", "Павел Зайцев", "Железная дорога, Екатеринбург"),
];

const COMMENTS: &[(&str, &str)] = &[
    ("Пожалуйста, проверьте цвет перед отправкой", ""),
    ("", "Постоянный клиент, скидка 3 %"),
    ("Please pack as a gift", ""),
    ("", ""),
    ("", "Ждёт вторую половину заказа"),
    ("Нужно до 15 числа", ""),
    ("", ""),
];

/// Currency, hundredths of a fen for one unit of it, and the rate as an order carries it.
const CURRENCIES: &[(&str, i64, &str)] = &[
    ("USD", 71_200, "7.1200"),
    ("EUR", 82_450, "8.2450"),
    ("RUB", 885, "0.0885"),
    ("USD", 71_200, "7.1200"),
];

/// The customer pays this share of the price, in percent.
const MARGIN: i64 = 128;

/// Goods that something happens to: nobody else may want them.
struct Special {
    risen: Wanted,
    empty: Wanted,
    few: Wanted,
    odd: Wanted,
    gone: Wanted,
    shut: Wanted,
    hoodie: Wanted,
    vase: Wanted,
}

impl Special {
    fn reserve(goods: &mut Goods) -> anyhow::Result<Self> {
        let is = |wanted: &'static str| move |offer: &Value| offer["item_id"] == wanted;
        Ok(Self {
            vase: goods.reserve(is("42602653803"))?,
            hoodie: goods.reserve(is("553112086341"))?,
            risen: goods.reserve(is_plain)?,
            empty: goods.reserve(is_plain)?,
            few: goods.reserve(|o| {
                o["tradable"] == true
                    && o["minimum"].as_i64() >= Some(4)
                    && o["lot"].is_null()
                    && o["mixed"] == false
            })?,
            odd: goods.reserve(|o| {
                o["tradable"] == true && o["lot"].as_i64() >= Some(3) && o["mixed"] == false
            })?,
            gone: goods.reserve(|o| {
                is_plain(o) && o["specifications"].as_array().is_some_and(|s| s.len() >= 4)
            })?,
            shut: goods.reserve(|o| o["tradable"] == false)?,
        })
    }
}

struct Writer {
    goods: Goods,
    /// Those of the other marketplaces.
    others: Vec<Goods>,
    now: Timestamp,
    number: u32,
    data: DemoData,
}

/// How much of an order is paid.
#[derive(Clone, Copy)]
enum Paid {
    All,
    Part,
    Nothing,
}

/// The demo's data at `now`: goods of each marketplace, of which the first has most orders.
///
/// # Errors
/// When the catalogue lacks an offer that is needed.
pub(super) fn data(goods: Vec<Goods>, now: Timestamp) -> anyhow::Result<DemoData> {
    let mut others = goods;
    if others.is_empty() {
        bail!("no marketplace");
    }
    let mut goods = others.remove(0);
    let special = Special::reserve(&mut goods)?;
    let mut writer = Writer {
        goods,
        others,
        now,
        number: 100,
        data: DemoData {
            orders: Vec::new(),
            changes: Vec::new(),
        },
    };
    writer.past()?;
    writer.bought()?;
    writer.waiting()?;
    writer.special(special)?;
    writer.elsewhere()?;
    Ok(writer.data)
}

impl Writer {
    fn add(&mut self, lines: Vec<Wanted>, paid: Paid, fate: Fate) {
        self.number += 1;
        let turn = self.number as usize;
        let (currency, fen, rate) = CURRENCIES[turn % CURRENCIES.len()];
        let Customer(code, name, service) = &CUSTOMERS[turn % CUSTOMERS.len()];
        let (comment, operator_comment) = COMMENTS[turn % COMMENTS.len()];
        // Older orders have smaller numbers; the last ones came in within the hour.
        let age = i64::from(189_u32.saturating_sub(self.number)).pow(2) * 600 + 240;
        let created = self.now - SignedDuration::from_secs(age);
        let items: Vec<Value> = lines
            .iter()
            .map(|wanted| wanted.line(fen, MARGIN))
            .collect();
        let mut markets: Vec<&'static str> = lines.iter().map(|wanted| wanted.market).collect();
        markets.sort_unstable();
        markets.dedup();
        let paid = match paid {
            Paid::All => sum(&items, 12),
            Paid::Part => sum(&items[..items.len() - 1], 0),
            Paid::Nothing => "0".to_owned(),
        };
        let number = format!("ORD-{:09}", self.number);
        let file = json!({
            "number": number,
            "created_at": created.to_string(),
            "currency": currency,
            "customer": {"code": code, "name": name},
            "delivery": {"service": service, "cost": "12"},
            "paid": paid,
            "exchange_rate": {"yuan": rate, "date": created.to_string()[..10]},
            "comment": comment,
            "operator_comment": operator_comment,
            "items": items,
        });
        self.data.orders.push(DemoOrder {
            number,
            file,
            markets,
            fate,
        });
    }

    fn change(&mut self, wanted: &Wanted, mut change: Value) {
        if let Some(spec) = wanted.spec_id() {
            change["spec_id"] = json!(spec);
        }
        self.data.changes.push(OfferChange {
            market: wanted.market,
            item: wanted.item().to_owned(),
            change,
        });
    }

    /// What was finished before this desk was in use.
    fn past(&mut self) -> anyhow::Result<()> {
        for turn in 0..7 {
            let mut lines = vec![self.goods.plain()?.status("received")];
            if turn % 2 == 0 {
                lines.push(self.goods.plain()?.status("received"));
            }
            if turn == 3 {
                lines.push(self.goods.plain()?.status("returned"));
            }
            self.add(lines, Paid::All, Fate::Stays);
            if let Some(order) = self.data.orders.last_mut() {
                for item in order.file["items"].as_array_mut().into_iter().flatten() {
                    item["bought_elsewhere"] = json!("before this desk was in use");
                }
            }
        }
        Ok(())
    }

    /// What was bought, at every stage.
    fn bought(&mut self) -> anyhow::Result<()> {
        use After::{
            Closed, Hidden, LineClosed, Lost, Paid as IsPaid, Parcel, PartlySent, Raised, Refunded,
            Sent, Signed, ToPay, Unbound, UnitsOnly, Warehouse,
        };
        let fates = [
            Parcel(ParcelStatus::Delivered),
            Parcel(ParcelStatus::Shipped),
            Parcel(ParcelStatus::Shipped),
            Parcel(ParcelStatus::Draft),
            Warehouse(ItemStatus::ReadyToShip),
            Warehouse(ItemStatus::Packing),
            Warehouse(ItemStatus::Inspection),
            Warehouse(ItemStatus::AtWarehouse),
            Warehouse(ItemStatus::AtWarehouse),
            Warehouse(ItemStatus::Returned),
            Signed,
            Signed,
            Sent,
            Sent,
            Sent,
            Sent,
            PartlySent,
            PartlySent,
            IsPaid,
            IsPaid,
            IsPaid,
            IsPaid,
            Refunded,
            Raised,
            LineClosed,
            Closed,
            Unbound,
            ToPay(43_200),
            ToPay(40_000),
            ToPay(14_400),
            ToPay(5_400),
            ToPay(1_500),
            UnitsOnly(3),
            Lost,
            Hidden,
        ];
        for (turn, after) in fates.into_iter().enumerate() {
            let two = matches!(after, PartlySent | LineClosed) || turn % 3 == 0;
            let lines = match after {
                UnitsOnly(_) => vec![self.goods.plain()?.units(5)],
                Lost | Hidden => vec![self.goods.plain()?],
                _ if two => {
                    let (first, second) = self.goods.pair()?;
                    vec![first.units(2), second]
                }
                _ => vec![self.goods.plain()?.units(1 + i64::try_from(turn % 4)?)],
            };
            self.add(lines, Paid::All, Fate::Booked(after));
        }
        Ok(())
    }

    /// Goods of the other marketplaces, alone and in one order with others.
    fn elsewhere(&mut self) -> anyhow::Result<()> {
        use After::{
            Closed, LineClosed, Paid as IsPaid, Parcel, PartlySent, Raised, Sent, Signed, ToPay,
            Warehouse,
        };
        for place in 0..self.others.len() {
            let fates = [
                (Parcel(ParcelStatus::Shipped), false),
                (Warehouse(ItemStatus::AtWarehouse), true),
                (Signed, false),
                (Sent, true),
                (PartlySent, false),
                (IsPaid, true),
                (IsPaid, false),
                (LineClosed, false),
                (Raised, false),
                (Closed, false),
                (ToPay(43_200), true),
                (ToPay(9_000), false),
            ];
            for (after, mixed) in fates {
                let mut lines = if matches!(after, PartlySent | LineClosed) {
                    let (first, second) = self.others[place].pair()?;
                    vec![first, second.units(2)]
                } else {
                    vec![self.others[place].plain()?]
                };
                if mixed {
                    lines.insert(0, self.goods.plain()?.units(2));
                }
                self.add(lines, Paid::All, Fate::Booked(after));
            }
            // Ready to be booked.
            for _ in 0..2 {
                let other = self.others[place].plain()?;
                self.add(vec![other.units(2)], Paid::All, Fate::Stays);
            }
            for turn in 0..3 {
                let (first, second) = self.others[place].pair()?;
                let mut lines = vec![self.goods.plain()?, first];
                if turn > 0 {
                    lines.extend([self.goods.plain()?.units(3), second]);
                }
                self.add(lines, Paid::All, Fate::Stays);
            }
        }
        Ok(())
    }

    /// What waits for money or for a word.
    fn waiting(&mut self) -> anyhow::Result<()> {
        for turn in 0..6 {
            let mut lines = vec![self.goods.plain()?];
            if turn % 2 == 1 {
                lines.push(self.goods.plain()?.units(3));
            }
            self.add(lines, Paid::Nothing, Fate::Stays);
        }
        let (first, second) = self.goods.pair()?;
        self.add(vec![first.units(4), second], Paid::Part, Fate::Stays);
        for status in [
            "price_confirmation",
            "price_confirmation",
            "unavailable",
            "unavailable",
            "cancelled",
            "cancelled",
        ] {
            let lines = vec![self.goods.plain()?.status(status), self.goods.plain()?];
            self.add(lines, Paid::All, Fate::Stays);
        }
        Ok(())
    }

    /// What is ready to be booked, and what may come in between.
    fn special(&mut self, special: Special) -> anyhow::Result<()> {
        let Special {
            risen,
            empty,
            few,
            odd,
            gone,
            shut,
            hoodie,
            vase,
        } = special;
        // The price rose since the customer paid.
        let fen = risen.expected_fen.unwrap_or(1_000) * 112 / 100;
        self.change(&risen, json!({"price_fen": fen}));
        let other = self.goods.plain()?;
        self.add(vec![risen, other], Paid::All, Fate::Stays);

        // Out of stock.
        self.change(&empty, json!({"stock": 0}));
        let other = self.goods.plain()?;
        self.add(vec![empty, other], Paid::All, Fate::Stays);

        // Below the seller's minimum, and not a whole lot.
        self.add(vec![few.units(2)], Paid::All, Fate::Stays);
        self.add(vec![odd.units(7)], Paid::All, Fate::Stays);

        // The specification is gone.
        self.change(&gone, json!({"gone": true}));
        self.add(vec![gone], Paid::All, Fate::Stays);

        // Not for sale online.
        self.add(vec![shut], Paid::All, Fate::Stays);

        // Nobody knows what it should cost.
        let mut unpriced = self.goods.plain()?;
        unpriced.expected_fen = None;
        self.add(vec![unpriced], Paid::All, Fate::Stays);

        // Several specifications of one offer, and the same goods in two items.
        let lines = [0, 1, 5].map(|at| Wanted {
            specification: Some(at),
            quantity: 1 + i64::from(at == 1),
            ..hoodie.clone()
        });
        self.add(lines.to_vec(), Paid::All, Fate::Stays);
        let twice = self.goods.plain()?;
        self.add(vec![twice.clone().units(2), twice], Paid::All, Fate::Stays);

        // Two customers at one seller.
        let (one, two) = self.goods.pair()?;
        self.add(vec![one], Paid::All, Fate::Stays);
        self.add(vec![two.units(3)], Paid::All, Fate::Stays);

        // A large order at three sellers.
        let mut lines = Vec::new();
        for _ in 0..3 {
            let (first, second) = self.goods.pair()?;
            lines.extend([first.units(2), second]);
        }
        self.add(lines, Paid::All, Fate::Stays);

        // Two items, ready for two clicks.
        let (first, second) = (self.goods.plain()?, self.goods.plain()?);
        self.add(vec![first, second], Paid::All, Fate::Stays);

        self.sample(vase);
        Ok(())
    }

    /// The order that every description of the trade begins with.
    fn sample(&mut self, mut vase: Wanted) {
        vase.price = Some("33.974774905192626351667");
        let item = vase.line(61_340, 100);
        let file = json!({
            "number": "ORD-000000053",
            "created_at": "2015-12-02T10:48:15Z",
            "currency": "USD",
            "customer": {"code": "C0007", "name": "Иван Петров"},
            "delivery": {"service": "Международная служба доставки China Post", "cost": "2"},
            "paid": "36",
            "exchange_rate": {"yuan": "6.3986", "date": "2015-12-02"},
            "items": [item],
        });
        self.data.orders.push(DemoOrder {
            number: "ORD-000000053".to_owned(),
            file,
            markets: vec![vase.market],
            fate: Fate::Stays,
        });
    }
}

/// The sum of lines and of the delivery's whole units, exactly.
fn sum(items: &[Value], delivery: i128) -> String {
    const SCALE: i128 = 1_000_000_000_000;
    let mut total = delivery * SCALE;
    for item in items {
        let text = item["price"].as_str().unwrap_or("0");
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part: i128 = format!("{part:0<12}")[..12].parse().unwrap_or(0);
        let price = whole.parse::<i128>().unwrap_or(0) * SCALE + part;
        total += price * i128::from(item["quantity"].as_i64().unwrap_or(0));
    }
    format!("{}.{:012}", total / SCALE, total % SCALE)
}
