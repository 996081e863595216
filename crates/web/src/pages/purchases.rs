//! Purchases across orders: to pay by deadline, to be sent, on the way, trouble.

use super::{Paging, Shell, Tab};
use crate::Tr;
use crate::fmt::Countdown;
use crate::parts::{Choice, Counted, Empty, Fault, Link, Outside, Tag};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "purchases.html", blocks = ["main"])]
pub struct PurchasesPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// To pay, to be sent, on the way, trouble, all.
    pub tabs: Vec<Tab>,
    /// Value of the tab's parameter, kept by the session filter.
    pub view: String,
    /// All sessions, or one.
    pub sessions: Vec<Choice>,
    /// The purchases.
    pub rows: Vec<PurchaseRow>,
    /// Rows can be chosen for one payment link.
    pub paying: Option<PayBar>,
    /// The tab shows until when each must be paid, instead of where it is.
    pub deadlines: bool,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
    /// Neighbouring pages.
    pub paging: Paging,
}

/// The bar under the list that pays what is chosen.
#[derive(Clone, Debug, Default)]
pub struct PayBar {
    /// The button for a payment page, counting what is chosen: `Pay 2`; where a purchase has one.
    pub pay: Option<Counted>,
    /// The button that pays through the interface; where that is switched on for a purchase.
    pub by_api: Option<Counted>,
    /// What to do about purchases that cannot be paid from here.
    pub notes: Vec<String>,
}

/// One purchase.
#[derive(Clone, Debug, Default)]
pub struct PurchaseRow {
    /// Row id.
    pub id: i64,
    /// The marketplace's number.
    pub number: Outside,
    /// The marketplace.
    pub marketplace: Tag,
    /// Account that placed it and that has to pay.
    pub account: String,
    /// Only purchases of one account fit into one payment link.
    pub pay_group: String,
    /// It can be chosen for payment.
    pub payable: bool,
    /// How: `link`, `api`, or both.
    pub ways: String,
    /// How many purchases of its marketplace are paid at once.
    pub most: u32,
    /// Fen, added up by the page as rows are chosen.
    pub fen: i64,
    /// Seller.
    pub seller: String,
    /// Our status.
    pub status: Tag,
    /// The marketplace's own word.
    pub said_status: String,
    /// What that means.
    pub said_means: Option<String>,
    /// Until when it must be paid.
    pub deadline: Option<Countdown>,
    /// Carrier and tracking code.
    pub tracking: Vec<(String, Outside)>,
    /// Sum.
    pub total: String,
    /// Orders it is for.
    pub orders: Vec<Link>,
    /// How old this is, and where from.
    pub age: String,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// What comes after pressing Pay when some purchases could not go into the link.
#[derive(Clone, Debug, Template)]
#[template(path = "pay_link.html")]
pub struct PayLinkPage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The marketplace's payment page; absent when none could be had.
    pub url: Option<String>,
    /// `Pay on 1688`.
    pub text: String,
    /// Account to log in with there.
    pub account: String,
    /// What the link covers: `2 purchases · ¥ 1,262.50`.
    pub covers: String,
    /// Orders that could not be included, and why.
    pub excluded: Vec<Fault>,
    /// The marketplace's page opens by itself in a moment.
    pub opens: bool,
}
