//! Orders, items, money, statuses, the booking plan and the ledger of units: pure rules.
//!
//! Nothing here waits, asks a clock, draws a random number, speaks SQL or HTTP. Every function
//! takes what it needs and gives back what follows.

pub mod booking;
pub mod evidence;
pub mod history;
pub mod item_status;
pub mod money;
pub mod order_status;
pub mod plan;
pub mod purchase_status;
pub mod reference;
pub mod verdict;

//pub use item_status::ItemStatus;
pub use money::{Amount, Currency, Fen};
//pub use order_status::OrderStatus;
pub use purchase_status::PurchaseStatus;
pub use verdict::{Verdict, VerdictKind};
