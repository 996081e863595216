//! The one trait that every marketplace fulfils, and the words it speaks.
//!
//! Amounts are fen, moments are UTC, ids and numbers of a marketplace are strings. Fields that a
//! marketplace does not tell are `None`; words that we do not know are kept as they came.

use crate::{Deadline, MarketError, Once, Transport};
use async_trait::async_trait;
use domain::{Fen, PurchaseStatus, Verdict};
use secrecy::SecretString;
use std::collections::BTreeMap;
use world::{Clock, Timestamp};

/// What a marketplace can do. Pages and tests ask this; nothing is discovered by failing.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a list of independent answers, each asked by its name"
)]
pub struct Capabilities {
    /// An unpaid order can be cancelled through the interface.
    pub cancel: bool,
    /// Seconds after creation before which a cancel is refused.
    pub cancel_not_before_seconds: i64,
    /// A link to the marketplace's own payment page can be fetched, for this many orders at once.
    pub pay_link_orders: Option<u32>,
    /// Orders can be paid through the interface, this many at once.
    pub pay_by_api_orders: Option<u32>,
    /// Push messages are delivered to a callback address.
    pub push: bool,
    /// Orders can be searched by our reference.
    pub search_by_reference: bool,
    /// One create may make several orders.
    pub split_orders: bool,
    /// A create may be answered before the orders exist.
    pub asynchronous_create: bool,
    /// Most lines in one create.
    pub lines_per_order: usize,
    /// Lines of one create must belong to one seller.
    pub one_seller_per_order: bool,
    /// Longest delivery address, in characters.
    pub address_characters: usize,
    /// Longest note to the seller, in characters.
    pub note_characters: usize,
    /// Saved addresses of the account can be read.
    pub saved_addresses: bool,
    /// Refunds can be read.
    pub refunds: bool,
    /// Orders speak of goods by other ids than offers do: [`OrderLine::orderable`] must be given, and
    /// [`MarketLine`] and [`FailedLine`] carry those ids. Offers tell which belong together.
    pub orders_have_own_ids: bool,
    /// [`Marketplace::order_read`] also takes a number out of [`MarketOrder::other_numbers`]. Where it
    /// does not and there are such numbers, an order is found by them in listings only.
    pub reads_other_numbers: bool,
}

/// An app: the agent's developer key at a marketplace.
#[derive(Clone)]
pub struct AppKey {
    /// Public part.
    pub key: String,
    /// Secret part.
    pub secret: SecretString,
}

/// Where a marketplace is reached. The real addresses by default, the sandbox's in the demo.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Base of the gateway, without trailing slash.
    pub gateway: url::Url,
    /// Base of the login and consent page that a person's browser opens.
    pub login: url::Url,
    /// Base of the site that people see (offers, orders, cashier).
    pub site: url::Url,
}

/// What every call needs: the app, the account's token where one is needed, the way out.
pub struct Caller<'a> {
    /// The app.
    pub app: &'a AppKey,
    /// The account's access token; absent on calls that need none.
    pub access_token: Option<&'a SecretString>,
    /// The way out of the process.
    pub transport: &'a dyn Transport,
    /// Where the marketplace is reached.
    pub addresses: &'a Addresses,
    /// For timestamps in signatures.
    pub clock: &'a dyn Clock,
    /// For the whole call.
    pub deadline: Deadline,
}

/// What a login, a refresh or a prolongation gave.
#[derive(Clone)]
pub struct Tokens {
    /// For calls.
    pub access: SecretString,
    /// When `access` ends.
    pub access_ends: Timestamp,
    /// For renewal; absent when the answer held none (then the old one stays).
    pub refresh: Option<SecretString>,
    /// When `refresh` ends and a person must log in again, where told.
    pub refresh_ends: Option<Timestamp>,
    /// The account's id at the marketplace (`b2b-…`). Always there after a login; empty when the
    /// answer to a refresh did not repeat it (a good token is not thrown away for that).
    pub account: String,
    /// The account's login name, for people. Empty only when `account` is.
    pub login: String,
}

/// The ids under which goods are ordered, where they are not those of the offer's page.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Orderable {
    /// In place of the item id.
    pub item: String,
    /// In place of the specification id. May be there for an offer without specifications.
    #[serde(default)]
    pub specification: Option<String>,
}

/// One line to order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderLine {
    /// Marketplace's item id.
    pub item: String,
    /// Specification id; absent where the offer has none.
    pub specification: Option<String>,
    /// Whole sale units.
    pub quantity: i64,
    /// The ids to order by, from [`Offer::orderable_of`]; needed where
    /// [`Capabilities::orders_have_own_ids`], unused elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orderable: Option<Orderable>,
}

/// Where the seller sends the goods: the agent's warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// Id of an address saved at the marketplace; then the marketplace ignores the texts, so a
    /// template that needs `{order}` or `{customer_code}` must leave this empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_id: Option<String>,
    /// Receiver.
    pub full_name: String,
    /// Mobile number.
    pub mobile: String,
    /// Landline, digits and dashes.
    #[serde(default)]
    pub phone: String,
    /// Post code.
    #[serde(default)]
    pub post_code: String,
    /// 省
    pub province: String,
    /// 市
    pub city: String,
    /// 区 / 县
    pub area: String,
    /// 镇 / 街道; may be empty.
    #[serde(default)]
    pub town: String,
    /// Street, house, room.
    pub street: String,
    /// District code where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_code: Option<String>,
}

/// An address that the account keeps at the marketplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedAddress {
    /// The address, its `saved_id` set.
    pub address: Address,
    /// The account's default.
    pub is_default: bool,
}

/// One specification (SKU) of an offer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Specification {
    /// Id under which it is ordered.
    pub id: String,
    /// `Colour: grey; Size: L`, in the marketplace's language.
    pub name: String,
    /// Price for one unit, where it has its own.
    pub price: Option<Fen>,
    /// Units in stock, where told.
    pub stock: Option<i64>,
    /// Picture, where it has its own.
    pub image: Option<String>,
    /// Id of the specification in orders, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orderable: Option<String>,
}

/// What a marketplace tells of an offer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Offer {
    /// Marketplace's item id.
    pub item: String,
    /// Title in the marketplace's language.
    pub title: String,
    /// Can it be ordered now?
    pub on_sale: bool,
    /// The marketplace's own status word.
    pub raw_status: Option<String>,
    /// Seller's id, where told.
    pub seller: Option<String>,
    /// Seller's shop name, where told.
    pub seller_name: Option<String>,
    /// Sale unit (件, 个…).
    pub unit: Option<String>,
    /// Smallest quantity.
    pub minimum: i64,
    /// Pieces per lot; quantities must be its multiples. 1 when free.
    pub lot: i64,
    /// Prices by quantity: from so many units on, this price. Empty when each specification has its own.
    pub price_ranges: Vec<(i64, Fen)>,
    /// Units in stock over all specifications, where told.
    pub stock: Option<i64>,
    /// Specifications; empty where the offer has none.
    pub specifications: Vec<Specification>,
    /// Pictures.
    pub images: Vec<String>,
    /// Weight of one unit in grams, where told.
    pub weight_grams: Option<i64>,
    /// Ids of the offer in orders, where those are others: the item's, and the specification's when
    /// the offer has no specifications to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orderable: Option<Orderable>,
}

impl Offer {
    /// The price of one unit when `quantity` units of `specification` are bought, where known.
    #[must_use]
    pub fn price_of(&self, specification: Option<&str>, quantity: i64) -> Option<Fen> {
        let own = specification
            .and_then(|id| self.specifications.iter().find(|s| s.id == id))
            .and_then(|s| s.price);
        own.or_else(|| {
            self.price_ranges
                .iter()
                .filter(|(from, _)| *from <= quantity)
                .max_by_key(|(from, _)| *from)
                .or(self.price_ranges.first())
                .map(|(_, price)| *price)
        })
    }

    /// The ids by which `specification` (or the offer) is ordered, where the offer tells them.
    #[must_use]
    pub fn orderable_of(&self, specification: Option<&str>) -> Option<Orderable> {
        let offer = self.orderable.as_ref()?;
        let Some(id) = specification else {
            return Some(offer.clone());
        };
        let own = self.specifications.iter().find(|s| s.id == id)?;
        Some(Orderable {
            item: offer.item.clone(),
            specification: Some(own.orderable.clone()?),
        })
    }

    /// Units in stock of `specification` (or of the offer), where told.
    #[must_use]
    pub fn stock_of(&self, specification: Option<&str>) -> Option<i64> {
        match specification {
            Some(id) => self
                .specifications
                .iter()
                .find(|s| s.id == id)
                .and_then(|s| s.stock),
            None => self.stock,
        }
    }
}

/// What to preview or order.
#[derive(Clone, Debug)]
pub struct Basket {
    /// Lines, each offer + specification once.
    pub lines: Vec<OrderLine>,
    /// Where to send the goods.
    pub address: Address,
}

/// What the preview says of one line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PreviewLine {
    /// Position of the line in the basket.
    pub line: usize,
    /// Verdict.
    pub verdict: Verdict,
    /// Price of one unit for exactly this quantity, where told.
    pub unit_price: Option<Fen>,
    /// Goods of the line.
    pub goods: Option<Fen>,
}

/// What the marketplace would charge for a basket, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Preview {
    /// One entry per line of the basket.
    pub lines: Vec<PreviewLine>,
    /// A reason that concerns the whole basket.
    pub whole: Option<Verdict>,
    /// Goods, after discounts. Sums mean something only when [`Preview::is_ok`]: the marketplace
    /// prices no basket that it refuses, and the sums are then zero.
    pub goods: Fen,
    /// Freight.
    pub freight: Fen,
    /// All in.
    pub total: Fen,
    /// Into how many orders the marketplace would split the basket.
    pub orders: usize,
    /// Terms that create must repeat (flow, trade type…): opaque to everyone but the connector.
    pub terms: BTreeMap<String, String>,
}

impl Preview {
    /// Every line and the whole may be ordered.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.whole.as_ref().is_none_or(Verdict::is_ok)
            && self.lines.iter().all(|l| l.verdict.is_ok())
    }
}

/// An order to make, once.
pub struct Create<'a> {
    /// Our reference; goes into the field that the marketplace offers for it.
    pub reference: &'a str,
    /// Lines and address.
    pub basket: &'a Basket,
    /// Terms from the preview that this rests on.
    pub terms: &'a BTreeMap<String, String>,
    /// Note to the seller; empty for none.
    pub note: &'a str,
    /// What we expect to pay, all in (for marketplaces that compare).
    pub planned_total: Fen,
    /// The permit.
    pub once: Once,
}

/// An order that a create made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CreatedOrder {
    /// Marketplace's number.
    pub number: String,
    /// All in, where told.
    pub total: Option<Fen>,
    /// Freight, where told.
    pub freight: Option<Fen>,
}

/// A line that a create left out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FailedLine {
    /// Marketplace's item id, as orders speak of it ([`Capabilities::orders_have_own_ids`]).
    pub item: String,
    /// Specification, where told, as orders speak of it.
    pub specification: Option<String>,
    /// Why.
    pub verdict: Verdict,
}

impl FailedLine {
    /// Is it exactly these goods that failed? A failure that names only an offer with specifications
    /// says nothing of one among several; the connector completes the name where only one was sent.
    #[must_use]
    pub fn names(&self, item: &str, specification: Option<&str>) -> bool {
        self.item == item && self.specification.as_deref() == specification
    }
}

/// A readable answer to a create that names at least one order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Created {
    /// Orders made; never empty.
    pub orders: Vec<CreatedOrder>,
    /// Lines left out by name.
    pub failed: Vec<FailedLine>,
    /// The marketplace is still making them.
    pub building: bool,
}

/// One line of an order at the marketplace.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarketLine {
    /// The line's own id, where there is one.
    pub line: String,
    /// Marketplace's item id, as orders speak of it ([`Capabilities::orders_have_own_ids`]).
    pub item: String,
    /// Specification id, where the line has one, as orders speak of it.
    pub specification: Option<String>,
    /// Title as ordered.
    pub title: String,
    /// Specification in words.
    pub configuration: String,
    /// Picture.
    pub image: Option<String>,
    /// Whole sale units.
    pub quantity: i64,
    /// Price of one unit.
    pub price: Fen,
    /// What the line costs, after discounts, without freight.
    pub amount: Fen,
    /// Our word.
    pub status: PurchaseStatus,
    /// The marketplace's word.
    pub raw_status: String,
    /// The marketplace's word for a refund on the line, where there is one.
    pub raw_refund: Option<String>,
    /// Money of the line went back, or is to go back.
    pub refunded: bool,
    /// Why the line is closed, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_for: Option<Verdict>,
}

/// An order as the marketplace shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarketOrder {
    /// Marketplace's number.
    pub number: String,
    /// Further numbers under which people know the order or a line of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_numbers: Vec<String>,
    /// Our reference, exactly as the order carries it.
    pub reference: Option<String>,
    /// Account that bought it (the marketplace's account id).
    pub account: Option<String>,
    /// Seller's id.
    pub seller: Option<String>,
    /// Seller's name.
    pub seller_name: Option<String>,
    /// Our word.
    pub status: PurchaseStatus,
    /// The marketplace's word.
    pub raw_status: String,
    /// The marketplace's word for a refund, where there is one.
    pub raw_refund: Option<String>,
    /// All in.
    pub total: Fen,
    /// Goods, without freight.
    pub goods: Fen,
    /// Freight.
    pub freight: Fen,
    /// Paid back so far, where told.
    pub refunded: Fen,
    /// Made at.
    pub created: Option<Timestamp>,
    /// Last changed at.
    pub modified: Option<Timestamp>,
    /// Paid at.
    pub paid: Option<Timestamp>,
    /// Must be paid by, where told.
    pub pay_by: Option<Timestamp>,
    /// Everything sent at.
    pub sent: Option<Timestamp>,
    /// Why it was closed, in the marketplace's word.
    pub close_reason: Option<String>,
    /// Lines.
    pub lines: Vec<MarketLine>,
    /// Shipments, where the answer held any.
    pub deliveries: Vec<MarketDelivery>,
}

/// An order as a list names it: enough to tell whether it must be read. Its facts come from reading
/// it alone, so that one row that cannot be read never holds up a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOrder {
    /// Marketplace's number.
    pub number: String,
    /// Further numbers under which people know it, where the list tells.
    pub other_numbers: Vec<String>,
    /// Our reference, exactly as the order carries it, where the list tells.
    pub reference: Option<String>,
    /// The marketplace's word; empty where the list does not tell.
    pub raw_status: String,
    /// Made at.
    pub created: Option<Timestamp>,
    /// Last changed at.
    pub modified: Option<Timestamp>,
}

/// A shipment from the seller.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MarketDelivery {
    /// The marketplace's id of the shipment, or the tracking code where it has none.
    pub id: String,
    /// Carrier's name.
    pub carrier: String,
    /// Carrier's code, where told.
    pub carrier_code: Option<String>,
    /// Tracking code.
    pub tracking: String,
    /// The marketplace's word.
    pub raw_status: String,
    /// Sent at, where told.
    pub sent: Option<Timestamp>,
    /// Ids of the lines inside; empty when the whole order.
    pub lines: Vec<String>,
}

/// Which orders to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// That carry this reference.
    Reference(String),
    /// Changed in this span, both ends included.
    Modified {
        /// From.
        from: Timestamp,
        /// To.
        to: Timestamp,
    },
    /// Made in this span, both ends included.
    Created {
        /// From.
        from: Timestamp,
        /// To.
        to: Timestamp,
    },
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Orders, in the marketplace's order.
    pub orders: Vec<ListedOrder>,
    /// How many there are in all, where told.
    pub total: Option<u64>,
    /// There is a next page.
    pub more: bool,
    /// The marketplace's clock when it answered, where the answer tells (HTTP `date`).
    pub server_time: Option<Timestamp>,
}

/// Where a person pays, and what could not be included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayLink {
    /// The marketplace's own page.
    pub url: url::Url,
    /// Orders that the link does not cover.
    pub excluded: Vec<String>,
}

/// What a marketplace says when it is asked to pay orders.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PayAccepted {
    /// Orders whose payment is under way. Only a read that shows one paid proves it.
    pub accepted: Vec<String>,
    /// Orders that it says it does not pay. What stands in neither list is not told.
    pub failed: Vec<PayRefused>,
}

/// An order that a marketplace does not pay.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PayRefused {
    /// Marketplace's number.
    pub number: String,
    /// Why.
    pub verdict: Verdict,
}

/// A push message: only a hint that an order is worth a look.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PushHint {
    /// The marketplace's id of the message.
    pub message: String,
    /// Topic, as sent.
    pub topic: String,
    /// Account concerned.
    pub account: Option<String>,
    /// Orders concerned.
    pub orders: Vec<String>,
    /// An order of the account changed, and the message does not say which.
    #[serde(default)]
    pub some_order: bool,
    /// When the marketplace made the message.
    pub born: Option<Timestamp>,
}

/// A push message as it reached the callback.
#[derive(Clone, Copy, Debug)]
pub struct PushRequest<'a> {
    /// `content-type` header.
    pub content_type: &'a str,
    /// `authorization` header and others that carry a signature.
    pub headers: &'a http::HeaderMap,
    /// Raw body.
    pub body: &'a [u8],
}

/// Why a push message is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushRefusal {
    /// No signature, or not one of any of these apps.
    Signature,
    /// Signed, but not of a form that we can read.
    Unreadable,
}

/// What went right on a harmless signed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppCheck {
    /// The marketplace's clock.
    pub server_time: Option<Timestamp>,
}

/// A marketplace. Every function makes at most the calls that it needs, each once; repeating is the
/// caller's business. Every error keeps the marketplace's own code and text.
#[async_trait]
pub trait Marketplace: Send + Sync {
    /// The word in tables and files: `1688`.
    fn code(&self) -> &'static str;
    /// The name for people.
    fn name(&self) -> &'static str;
    /// What it can do.
    fn capabilities(&self) -> &Capabilities;
    /// The real addresses.
    fn real_addresses(&self) -> Addresses;
    /// Where the documentation for registering an app begins, for people.
    fn registration_url(&self) -> &'static str;
    /// A first guess for the pace settings: milliseconds between two calls of one app, and of one session.
    fn usual_pace(&self) -> Pace;

    /// The page where a person logs in and consents; comes back to `redirect` with `code` and `state`.
    fn authorize_url(
        &self,
        app: &AppKey,
        addresses: &Addresses,
        redirect: &url::Url,
        state: &str,
    ) -> url::Url;
    /// Key of a text to read before an account is connected: what kind of account it must be, say.
    fn connect_caveat(&self) -> Option<&'static str> {
        None
    }
    /// Seconds before its end from which an access token is renewed, where its life is long enough
    /// for that; one of shorter life is renewed in its last quarter.
    fn refresh_ahead_seconds(&self) -> i64 {
        3_600
    }
    /// The offer's page for people.
    fn item_url(&self, addresses: &Addresses, item: &str) -> Option<url::Url>;
    /// The order's page for people (who must be logged in there).
    fn order_url(&self, addresses: &Addresses, number: &str) -> Option<url::Url>;
    /// Reads an item id out of a pasted id or link.
    fn item_from_text(&self, text: &str) -> Option<String>;
    /// Reads order numbers out of pasted text: numbers with spaces or dashes inside, one per line,
    /// links. Gives the pieces that are none as errors, in their order.
    fn order_numbers_from_text(&self, text: &str) -> Vec<Result<String, String>>;
    /// Is this a number that people know an order by and that [`Marketplace::order_read`] does not
    /// take? Such an order is found by [`ListedOrder::other_numbers`] alone.
    fn is_other_number(&self, _number: &str) -> bool {
        false
    }
    /// Whether a delivery address can go into an order as it is; the error says what is wrong, for people.
    fn address_check(&self, address: &Address) -> Result<(), AddressFault>;

    /// Proves key and secret with a call that changes nothing and needs no account.
    async fn app_check(&self, caller: &Caller<'_>) -> Result<AppCheck, MarketError>;
    /// A login's code for tokens.
    async fn token_exchange(
        &self,
        caller: &Caller<'_>,
        code: &str,
        redirect: &url::Url,
    ) -> Result<Tokens, MarketError>;
    /// New access token. [`crate::ErrorKind::Token`] means that a person must log in again.
    async fn token_refresh(
        &self,
        caller: &Caller<'_>,
        refresh: &SecretString,
    ) -> Result<Tokens, MarketError>;
    /// A new refresh token in place of one that nears its end; a person need not log in again.
    /// `caller` carries a living access token. The old refresh token may be dead afterwards, so the
    /// answer must be stored before anything else. Only where [`Marketplace::prolong_days`] says
    /// that it works.
    async fn token_prolong(
        &self,
        _caller: &Caller<'_>,
        _refresh: &SecretString,
    ) -> Result<Tokens, MarketError> {
        Err(MarketError::new(
            crate::ErrorKind::Unsupported,
            "this marketplace prolongs no login",
        ))
    }
    /// Days before its end in which a refresh token can be prolonged; `None` where that does not exist.
    fn prolong_days(&self) -> Option<i64> {
        None
    }
    /// An offer as it is now.
    async fn offer_read(&self, caller: &Caller<'_>, item: &str) -> Result<Offer, MarketError>;
    /// What a basket would cost. Business refusals are verdicts inside the answer, not errors.
    async fn order_preview(
        &self,
        caller: &Caller<'_>,
        basket: &Basket,
    ) -> Result<Preview, MarketError>;
    /// Makes the order, once. An answer that holds any order number is `Ok`, whatever else it says.
    async fn order_create(
        &self,
        caller: &Caller<'_>,
        create: &Create<'_>,
    ) -> Result<Created, MarketError>;
    /// One order, whole. [`crate::ErrorKind::NotFound`] when this account cannot see it.
    async fn order_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<MarketOrder, MarketError>;
    /// One page (from 1) of the account's orders.
    async fn order_list(
        &self,
        caller: &Caller<'_>,
        listing: &Listing,
        page: u32,
    ) -> Result<Page, MarketError>;
    /// Cancels an unpaid order, once. `Ok` means that the marketplace accepted it; only a read that
    /// shows the order closed proves it.
    async fn order_cancel(
        &self,
        caller: &Caller<'_>,
        number: &str,
        once: Once,
    ) -> Result<(), MarketError>;
    /// A payment page for several orders.
    async fn pay_link(
        &self,
        caller: &Caller<'_>,
        numbers: &[String],
    ) -> Result<PayLink, MarketError>;
    /// Pays orders with the account's own means, once; at most
    /// [`Capabilities::pay_by_api_orders`] of them.
    async fn order_pay(
        &self,
        _caller: &Caller<'_>,
        _numbers: &[String],
        _once: Once,
    ) -> Result<PayAccepted, MarketError> {
        Err(MarketError::new(
            crate::ErrorKind::Unsupported,
            "this marketplace takes no payment through its interface",
        ))
    }
    /// Shipments of an order.
    async fn deliveries_read(
        &self,
        caller: &Caller<'_>,
        number: &str,
    ) -> Result<Vec<MarketDelivery>, MarketError>;
    /// Addresses that the account keeps.
    async fn addresses_read(&self, caller: &Caller<'_>) -> Result<Vec<SavedAddress>, MarketError>;
    /// Checks a push message against the apps' secrets and reads its hints. Gives the position of the
    /// app whose secret signed it.
    fn push_read(
        &self,
        apps: &[AppKey],
        push: PushRequest<'_>,
    ) -> Result<(usize, Vec<PushHint>), PushRefusal>;
}

/// How often a marketplace may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Milliseconds between two calls of one app.
    pub app_millis: i64,
    /// Milliseconds between two calls of one session.
    pub session_millis: i64,
}

/// Why an address cannot go into an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// This field is empty and must not be.
    Missing(&'static str),
    /// The field holds a character that is not allowed there.
    Malformed(&'static str),
    /// Longer than the marketplace takes.
    TooLong {
        /// Characters now.
        is: usize,
        /// Characters allowed.
        most: usize,
    },
}
