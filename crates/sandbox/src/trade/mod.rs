//! Orders, in words of no marketplace: each marketplace writes them in its own.
//!
//! Money is fen, times are microseconds since 1970.

mod make;
mod moves;
mod price;
mod refunds;
mod tasks;
mod view;

pub(crate) use make::{Build, Draft, DraftLine, LineTrouble, freight, split};
pub(crate) use moves::{CARRIERS, Shipment};
pub(crate) use price::PriceChange;
pub(crate) use refunds::RefundWish;
pub(crate) use tasks::{Failure, Task};
pub(crate) use view::{Said, order_view};

use crate::state::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where an order, or a line of it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The platform is still making it.
    Building,
    /// Made, not paid.
    Unpaid,
    /// Paid, not wholly shipped.
    Paid,
    /// Shipped, the carrier has not collected it.
    Collecting,
    /// Wholly shipped.
    Shipped,
    /// At the door, the signature is missing.
    Signing,
    /// The buyer signed for it.
    Signed,
    /// The buyer confirmed the receipt.
    Received,
    /// Closed well.
    Success,
    /// Closed without business.
    Cancelled,
    /// Ended after payment.
    Terminated,
}

impl Status {
    /// Nothing moves any more.
    pub(crate) const fn ended(self) -> bool {
        matches!(self, Self::Success | Self::Cancelled | Self::Terminated)
    }

    /// A word for people and for the control interface.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::Collecting => "collecting",
            Self::Shipped => "shipped",
            Self::Signing => "signing",
            Self::Signed => "signed",
            Self::Received => "received",
            Self::Success => "success",
            Self::Cancelled => "cancelled",
            Self::Terminated => "terminated",
        }
    }

    /// The statuses by their word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [
            Self::Building,
            Self::Unpaid,
            Self::Paid,
            Self::Collecting,
            Self::Shipped,
            Self::Signing,
            Self::Signed,
            Self::Received,
            Self::Success,
            Self::Cancelled,
            Self::Terminated,
        ]
        .into_iter()
        .find(|status| status.word() == word)
    }
}

/// Who closed an order, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Close {
    pub by: Closer,
    pub reason: String,
    pub remark: String,
}

/// Who closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closer {
    Buyer,
    Seller,
    System,
}

/// A line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub id: i64,
    pub item_id: String,
    pub spec_id: Option<String>,
    pub sku_id: Option<i64>,
    pub title: String,
    pub attributes: Vec<(String, String)>,
    pub unit: String,
    pub quantity: i64,
    pub price_fen: i64,
    /// What the seller added to the line's sum; negative = a reduction.
    pub discount_fen: i64,
    pub status: Status,
    pub shipped: i64,
    pub close_reason: Option<String>,
    /// The seller took it out of an order that lived on: nobody pays for it.
    pub left_out: bool,
    pub closed_at: Option<i64>,
    /// Why the platform could not order it.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// What only its marketplace keeps with it.
    #[serde(default)]
    pub extra: Value,
    pub weight_g: i64,
}

impl Line {
    /// What the line costs; nothing once it was taken out.
    pub(crate) const fn amount_fen(&self) -> i64 {
        if self.left_out {
            0
        } else {
            self.price_fen * self.quantity + self.discount_fen
        }
    }
}

/// A shipment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub id: String,
    /// Line and pieces.
    pub lines: Vec<(i64, i64)>,
    pub company_no: String,
    pub company: String,
    pub tracking: String,
    pub at: i64,
    pub signed_at: Option<i64>,
    /// Oldest first.
    pub trace: Vec<(i64, String)>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    WaitSellerAgree,
    WaitBuyerModify,
    WaitBuyerSend,
    WaitSellerReceive,
    Success,
    Closed,
}

/// Money back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub id: String,
    pub lines: Vec<i64>,
    pub goods_fen: i64,
    pub freight_fen: i64,
    pub status: RefundStatus,
    /// Goods go back first.
    pub with_return: bool,
    pub after_sale: bool,
    pub reason: String,
    pub description: String,
    pub made: i64,
    pub changed: i64,
    pub done: Option<i64>,
}

impl Refund {
    pub(crate) const fn open(&self) -> bool {
        !matches!(self.status, RefundStatus::Success | RefundStatus::Closed)
    }
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub number: String,
    /// Order of making, for lists.
    pub sequence: i64,
    pub account: String,
    pub app_key: Option<String>,
    pub seller: String,
    pub reference: Option<String>,
    pub status: Status,
    /// A word of its own in place of the status, set by a knob.
    pub odd_word: Option<String>,
    pub lines: Vec<Line>,
    pub freight_fen: i64,
    /// What the seller added to or took off the goods' sum, for show: the lines carry it.
    pub discount_fen: i64,
    pub address: Address,
    pub message: String,
    pub flow: String,
    pub trade_type: String,
    pub made: i64,
    pub changed: i64,
    pub pay_seconds: i64,
    pub paid: Option<i64>,
    pub pay_way: Option<String>,
    pub shipped: Option<i64>,
    pub received: Option<i64>,
    pub completed: Option<i64>,
    pub close: Option<Close>,
    pub deliveries: Vec<Delivery>,
    pub refunds: Vec<Refund>,
    /// Searches do not find it before.
    pub visible_from: i64,
    pub memo: String,
    pub memo_icon: Option<String>,
    pub feedback: String,
    pub deleted: bool,
    /// What will happen by itself: moment and task.
    #[serde(default)]
    pub tasks: Vec<(i64, Task)>,
    /// What only its marketplace keeps with it.
    #[serde(default)]
    pub extra: Value,
    /// What happened, for people: moment and text.
    pub story: Vec<(i64, String)>,
}

impl Order {
    /// Goods without freight.
    pub(crate) fn goods_fen(&self) -> i64 {
        self.lines.iter().map(Line::amount_fen).sum()
    }

    /// Everything the buyer pays.
    pub(crate) fn total_fen(&self) -> i64 {
        self.goods_fen() + self.freight_fen
    }

    /// The moment after which it is closed unpaid.
    pub(crate) const fn pay_by(&self) -> i64 {
        self.made + self.pay_seconds * 1_000_000
    }

    pub(crate) fn line(&self, id: i64) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// Something changed at `now`: the modify time moves, never back.
    pub(crate) fn touch(&mut self, now: i64, what: impl Into<String>) {
        self.changed = self.changed.max(now);
        self.story.push((now, what.into()));
    }

    /// Money given back.
    pub(crate) fn refunded_fen(&self) -> i64 {
        self.refunds
            .iter()
            .filter(|refund| refund.status == RefundStatus::Success)
            .map(|refund| refund.goods_fen + refund.freight_fen)
            .sum()
    }
}

/// Something that somebody may want to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub order: String,
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Made,
    /// Its making ended well, at least for some lines.
    Built,
    PriceChanged,
    LineClosed,
    Paid,
    PartShipped,
    Shipped,
    Received,
    Completed,
    ClosedByBuyer,
    ClosedBySeller,
    ClosedBySystem,
    Refund {
        id: String,
        action: &'static str,
        operator: &'static str,
    },
    Trace {
        delivery: String,
        change: &'static str,
    },
    TrackingChanged {
        delivery: String,
        old_tracking: String,
        old_company_no: String,
    },
    BatchPaid {
        results: Vec<(String, bool)>,
    },
}

/// A move that is not allowed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub kind: RefusalKind,
    pub text: String,
}

/// Of what sort the refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// There is no such thing.
    Missing,
    /// It is not in the right state.
    State,
    /// A value makes no sense.
    Value,
}

impl Refusal {
    pub(crate) fn missing(text: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::Missing,
            text: text.into(),
        }
    }

    pub(crate) fn state(text: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::State,
            text: text.into(),
        }
    }

    pub(crate) fn value(text: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::Value,
            text: text.into(),
        }
    }
}
