//! The Purchase tab: choose a session, book what is ready, follow what is being booked, look after
//! what was bought.

use super::Shell;
use super::activities::ActivityRow;
use super::order::OrderHead;
use crate::Tr;
use crate::fmt::Countdown;
use crate::parts::{
    Choice, Configuration, Counted, Empty, Fault, Goods, Link, Outside, State, Tag,
};
use askama::Template;

/// The whole tab.
#[derive(Clone, Debug, Template)]
#[template(path = "order/purchase.html")]
pub struct PurchasePage {
    /// The texts.
    pub tr: Tr,
    /// Around it.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// What the tab holds.
    pub purchase: Purchase,
}

/// What changes while one looks at it. Sent again as a whole when something moved.
#[derive(Clone, Debug, Template)]
#[template(path = "order/purchase_live.html")]
pub struct PurchaseLive {
    /// The texts.
    pub tr: Tr,
    /// For the ids of its forms.
    pub shell: Shell,
    /// The order's head.
    pub head: OrderHead,
    /// What the tab holds.
    pub purchase: Purchase,
}

/// The sections of the tab.
#[derive(Clone, Debug, Default)]
pub struct Purchase {
    /// One row per marketplace of the order.
    pub bars: Vec<SessionBar>,
    /// Differences that belong to no purchase shown here.
    pub loose: Vec<Difference>,
    /// Runs that wait for an answer.
    pub waiting: Vec<WaitingRun>,
    /// Items with free units.
    pub ready: Ready,
    /// Open bookings.
    pub open: Vec<OpenBooking>,
    /// Purchases and the units they cover.
    pub bought: Bought,
    /// The last runs of this order.
    pub activities: Vec<ActivityRow>,
    /// What the person may do here.
    pub may: PurchaseRights,
}

/// A run of the order that waits for an answer.
#[derive(Clone, Debug, Default)]
pub struct WaitingRun {
    /// `Book 2 items, begun today 10:12, waits for your decision.`
    pub text: String,
    /// Its page, which htmx shows as a window.
    pub url: String,
}

/// What a person may do on the tab; what is not allowed is not shown.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag for each right, set by name"
)]
pub struct PurchaseRights {
    /// Book, bind, unbind, adopt, release.
    pub buy: bool,
    /// Change statuses.
    pub change_status: bool,
    /// Start a synchronization.
    pub synchronize: bool,
    /// Connect sessions.
    pub connect: bool,
    /// Get payment links.
    pub pay: bool,
}

/// One marketplace's row of the session bar.
#[derive(Clone, Debug, Default)]
pub struct SessionBar {
    /// Code of the marketplace.
    pub marketplace: String,
    /// The marketplace.
    pub tag: Tag,
    /// Its sessions; empty when there is none yet.
    pub sessions: Vec<Choice>,
    /// Logs in at the marketplace and comes back here.
    pub connect_url: String,
    /// What kind of account it must be, while there is none.
    pub caveat: Option<String>,
    /// State of the authorisation: `valid, 212 days left`.
    pub state: State,
    /// The session's authorisation ended: where to log in again.
    pub login_again: Option<String>,
    /// Bookings used today.
    pub used: i64,
    /// Bookings allowed today; unknown when 0.
    pub allowed: i64,
    /// `37 / 50`.
    pub bookings: String,
    /// `2 minutes ago`.
    pub synchronized: String,
    /// Why nothing can be booked through it now.
    pub fault: Option<Fault>,
}

/// Items that are paid and have free units.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// `2 items · ¥ 241.60`.
    pub summary: String,
    /// The button, counting what is chosen.
    pub book: Counted,
    /// By marketplace and seller.
    pub groups: Vec<ReadyGroup>,
    /// What stands there when there are none.
    pub empty: Option<Empty>,
}

/// What one purchase would hold: one seller at one marketplace.
#[derive(Clone, Debug, Default)]
pub struct ReadyGroup {
    /// The marketplace.
    pub marketplace: Tag,
    /// The seller's name as the marketplace writes it.
    pub seller: String,
    /// `one purchase · freight ¥ 6.00`.
    pub note: String,
    /// Why this cannot be booked as it is.
    pub fault: Option<Fault>,
    /// Its items.
    pub rows: Vec<ReadyRow>,
}

/// One item with free units.
#[derive(Clone, Debug, Default)]
pub struct ReadyRow {
    /// Row id of the item.
    pub id: i64,
    /// Ticked when the page opens.
    pub chosen: bool,
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: Configuration,
    /// `2 of 5`.
    pub quantity: String,
    /// Several units are free, so how many are booked can be typed: proposed units, and `of 5`.
    pub free: Option<(String, String)>,
    /// Unit, minimum and lot: `件 · min 2 · lot 2`.
    pub unit: String,
    /// The customer's price.
    pub price: String,
    /// The customer's price exactly.
    pub price_exact: String,
    /// Expected marketplace price.
    pub expected: String,
    /// Price now, or `—`.
    pub now: String,
    /// How old that is, and where from.
    pub age: String,
    /// `▲ 8 %`, `=`.
    pub drift: Option<Tag>,
    /// Stock now, or `—`.
    pub stock: String,
    /// The stock does not suffice.
    pub stock_short: bool,
    /// Margin, or `—`.
    pub margin: String,
    /// That its share of the freight is not taken off yet.
    pub margin_note: Option<String>,
    /// The margin is a loss.
    pub loss: bool,
    /// Weight.
    pub weight: String,
    /// Sum.
    pub sum: String,
    /// Status.
    pub status: Tag,
    /// Why it came back, what was refused, what stands in the way.
    pub faults: Vec<Fault>,
    /// What the customer or the operator wrote.
    pub comments: Vec<String>,
}

/// An open booking.
#[derive(Clone, Debug, Default)]
pub struct OpenBooking {
    /// Our reference.
    pub reference: String,
    /// The marketplace.
    pub marketplace: Tag,
    /// Through which session.
    pub session: String,
    /// From whom.
    pub seller: String,
    /// `№ 53-1 × 2, № 53-2 × 1`.
    pub lines: String,
    /// What it costs.
    pub total: String,
    /// Its state.
    pub state: Tag,
    /// What is being done.
    pub step: String,
    /// Since when.
    pub since: String,
    /// What happens next, and when.
    pub next: String,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// The marketplace is still making it.
    pub building: bool,
    /// The outcome is unknown, or an order is still being made: what a person can do.
    pub unknown: Option<UnknownActions>,
    /// Withdraws it, while nothing has been sent.
    pub withdraw: Option<String>,
}

/// The three ways out of an unknown outcome.
#[derive(Clone, Debug, Default)]
pub struct UnknownActions {
    /// Looks again now; not for one that was placed in part.
    pub look_again: Option<String>,
    /// Opens the window that asks for the order's number; not for one that was placed in part.
    pub adopt: Option<String>,
    /// Opens the window that asks before releasing.
    pub release: Option<String>,
    /// When releasing will be offered, while it is not; empty when it is out of place.
    pub release_later: String,
}

/// What was bought.
#[derive(Clone, Debug, Default)]
pub struct Bought {
    /// `2 items in 2 purchases`.
    pub summary: String,
    /// The button, counting what is chosen.
    pub unbind: Counted,
    /// By purchase.
    pub groups: Vec<BoughtGroup>,
}

/// One purchase.
#[derive(Clone, Debug, Default)]
pub struct BoughtGroup {
    /// The marketplace's number.
    pub number: Outside,
    /// The marketplace.
    pub marketplace: Tag,
    /// Through which session.
    pub session: String,
    /// From whom.
    pub seller: String,
    /// Our status.
    pub status: Tag,
    /// The marketplace's own word.
    pub said_status: String,
    /// What that means.
    pub said_means: Option<String>,
    /// Until when it must be paid.
    pub deadline: Option<Countdown>,
    /// `paid 18 Nov`.
    pub paid: Option<String>,
    /// Goods and freight together.
    pub total: String,
    /// `goods ¥ 52.00 + freight ¥ 6.00`.
    pub total_parts: String,
    /// Pays at the marketplace.
    pub pay: Option<PayButton>,
    /// Opens the window that pays it through the marketplace's interface.
    pub pay_by_api: Option<Link>,
    /// There is no page to pay it at: what to do instead.
    pub no_link: Option<String>,
    /// Why paying is withheld.
    pub withheld: Option<String>,
    /// How old this is, and where from: `2 minutes ago · push`.
    pub age: String,
    /// Shipments.
    pub deliveries: Vec<DeliveryLine>,
    /// Differences that need a person.
    pub differences: Vec<Difference>,
    /// Remarks: bound by hand, surplus units, what the marketplace says otherwise.
    pub notes: Vec<String>,
    /// The units of this order's items that it covers.
    pub rows: Vec<BoughtRow>,
}

/// The way to the marketplace's payment page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayButton {
    /// Where the link is fetched.
    pub url: String,
    /// `Pay on 1688`.
    pub text: String,
    /// `Log in there as cn_buyer_01`.
    pub hint: String,
}

/// A shipment from the seller.
#[derive(Clone, Debug, Default)]
pub struct DeliveryLine {
    /// Carrier.
    pub carrier: String,
    /// Tracking code.
    pub tracking: Outside,
    /// What is known of it.
    pub status: String,
}

/// A difference that needs a person, with what can be done.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// What differs.
    pub fault: Fault,
    /// What can be done; each posts at once.
    pub actions: Vec<Link>,
    /// What is asked before the purchase is cancelled, the only one of `actions` that cannot be taken
    /// back.
    pub asks_first: Option<String>,
    /// What opens a window first.
    pub windows: Vec<Link>,
}

/// Units of one item covered by a purchase.
#[derive(Clone, Debug, Default)]
pub struct BoughtRow {
    /// Row id of the allocation.
    pub id: i64,
    /// What it is.
    pub goods: Goods,
    /// Its configuration.
    pub configuration: Configuration,
    /// `3 of 5`.
    pub quantity: String,
    /// Price at the marketplace.
    pub price: String,
    /// Sum at the marketplace.
    pub sum: String,
    /// Margin, or `—`.
    pub margin: String,
    /// The margin is a loss.
    pub loss: bool,
    /// Status of the item.
    pub status: Tag,
    /// `3 of 5 purchased`, what the marketplace says otherwise.
    pub note: Option<String>,
    /// Faults of this line.
    pub faults: Vec<Fault>,
}
