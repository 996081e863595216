//! Apps: the shop's developer keys at marketplaces. The secret is sealed when it is entered and never
//! shown again.

mod check;
mod list;
mod save;

pub use check::check;
pub use list::{AppShown, for_login, list};
pub use save::{AppNew, AppSave, add, save};
