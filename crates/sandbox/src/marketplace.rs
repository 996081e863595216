//! What a marketplace has to bring. Everything else (journal, knobs, control, console) is shared.

use crate::incoming::{Incoming, Reply};
use crate::knobs::{Effect, Facts, Sheet};
use crate::shop::Shop;
use crate::state::{Market, Push};
use crate::trade::{Closer, DraftLine, Event, Order, Refusal, Said, Status};
use world::{Timestamp, World};

/// One step of work on a marketplace: its state, the world, and what the knobs want done.
pub(crate) struct Desk<'a> {
    pub market: &'a mut Market,
    pub world: &'a World,
    pub now: Timestamp,
    /// `http://host` of our own pages.
    pub base: String,
    /// What the knobs want done to this request.
    pub effects: Vec<Effect>,
}

/// A message as it is posted.
pub(crate) struct PushOut {
    pub body: String,
    /// `content-type` and what else the head needs.
    pub headers: Vec<(&'static str, String)>,
    /// How long the other side may take to answer.
    pub within_ms: u64,
}

/// Tokens handed out without a browser.
pub(crate) struct Granted {
    pub access_token: String,
    pub refresh_token: String,
    pub member_id: String,
}

/// An imitated marketplace.
pub(crate) trait Marketplace: Send + Sync {
    /// The word in paths and files.
    fn name(&self) -> &'static str;
    /// The name for people.
    fn title(&self) -> &'static str;
    /// What its knobs are.
    fn sheet(&self) -> &'static Sheet;
    /// How its pages for buyers look and where they are.
    fn shop(&self) -> &'static Shop;
    /// Key and secret of a new app, in this marketplace's form.
    fn new_key(&self, world: &World) -> (String, String);
    /// Fills a fresh sandbox with accounts. The catalogue comes separately, since it
    /// must be there after a restart too.
    fn settle(&self, market: &mut Market);
    /// Shops and offers of the catalogue.
    fn catalogue(&self) -> crate::catalogue::Catalogue;
    /// Whether a path belongs to the gateway.
    fn is_gateway(&self, path: &str) -> bool;
    /// What a gateway call is about, before anything is checked.
    fn facts(&self, market: &Market, call: &Incoming) -> Facts;
    /// Answers a gateway call.
    fn answer(&self, desk: &mut Desk<'_>, call: &Incoming) -> Reply;
    /// Answers a page that the marketplace shows to buyers.
    fn page(&self, desk: &mut Desk<'_>, call: &Incoming) -> Option<Reply>;
    /// Makes an order by hand.
    fn order_by_hand(
        &self,
        desk: &mut Desk<'_>,
        account: &str,
        lines: Vec<DraftLine>,
        reference: Option<String>,
    ) -> Result<String, Refusal>;
    /// Writes the messages that an event asks for.
    fn tell(&self, market: &mut Market, world: &World, event: &Event);
    /// A message as it goes out, signed; none = it is not sent any more.
    fn push_out(&self, market: &Market, push: &Push, now: Timestamp) -> Option<PushOut>;
    /// The marketplace's own words for an order, its lines and refunds.
    fn words(&self, market: &Market, order: &Order) -> Said;
    /// The address of an offer's page, without the host.
    fn offer_path(&self, item_id: &str) -> String;
    /// The number of a new refund.
    fn refund_number(&self, world: &World) -> String;
    /// The usual words for why somebody closes an order, the most usual first.
    fn close_reasons(&self, by: Closer) -> &'static [&'static str];
    /// How an order ends that was wholly refunded before shipping.
    fn refunded_status(&self, _market: &Market) -> Status {
        Status::Cancelled
    }
}

/// Every marketplace of the sandbox. A new one adds its folder and a line here.
pub(crate) static ALL: &[&dyn Marketplace] = &[&crate::m1688::M1688, &crate::taobao::Taobao];

/// The marketplace of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn Marketplace> {
    ALL.iter()
        .copied()
        .find(|marketplace| marketplace.name() == name)
}

impl Desk<'_> {
    /// The marketplace's pages for buyers.
    pub(crate) fn shop(&self) -> &'static Shop {
        self.market.marketplace.shop()
    }

    /// Numbers for tokens: 32 random hexadecimal digits in UUID form.
    pub(crate) fn token(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.world.random.fill(&mut bytes);
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    }
}
