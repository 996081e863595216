//! Apps: the shop's developer keys at marketplaces. The secret is sealed when it is entered and never
//! shown again.
//!
//! A session belongs to one app and calls with its key. What an app has called in a day is counted
//! ([`count_due`]); when its calls are used up, or a person switches it off, the queues of its
//! sessions rest, as they do when the marketplace says "not now".

mod calls;
mod check;
mod list;
mod remove;
mod rest;
mod save;
#[cfg(test)]
mod tests;

pub(crate) use calls::{Counted, Tally, days, store};
pub use calls::{Day, Level, count_all, count_due, day};
pub use check::check;
pub use list::{AppShown, for_login, for_others, list};
pub use remove::{delete, delete_refusal};
pub use rest::{go_on, switch_off, switch_on};
pub(crate) use rest::{joins, rest_of, used_up};
pub use save::{AppNew, AppSave, add, save};
