//! Orders, items, money, statuses, the booking plan and the ledger of units: pure rules.
//!
//! Nothing here waits, asks a clock, draws a random number, speaks SQL or HTTP. Every function
//! takes what it needs and gives back what follows.

pub mod binding;
pub mod ceiling;
pub mod evidence;
pub mod exception;
pub mod history;
pub mod item_status;
pub mod margin;
pub mod money;
pub mod order_number;
pub mod order_status;
pub mod placement;
pub mod plan;
pub mod purchase_status;
pub mod reference;
pub mod verdict;
mod words;

pub use binding::{BindItem, BindLine, BindProposal, BindRefusal};
pub use ceiling::{Accepted, Ceiling, CeilingSettings, Judgement, Quote, QuotedLine};
pub use evidence::{BookingState, Consequence, EvidenceKind, weigh};
pub use exception::{ExceptionAction, ExceptionKind};
pub use history::{HistoryGroup, HistoryKind};
pub use item_status::{
    AutoMove, ItemStatus, MoveNeeds, MoveRefusal, Note, PersonMove, UnitFacts, allowed_moves,
    automatic, person_move,
};
pub use margin::Rate;
pub use money::{Amount, Currency, Fen};
pub use order_status::{OrderEnd, OrderStatus};
pub use placement::{BookedLine, Difference, OrderedLine};
pub use plan::{Plan, PlanItem, PlannedBooking, plan};
pub use purchase_status::PurchaseStatus;
pub use verdict::{Verdict, VerdictKind};
