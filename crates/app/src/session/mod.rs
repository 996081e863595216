//! Sessions: the authorised accounts that the shop buys with.
//!
//! A session is connected on the marketplace's own login page, renewed by itself ahead of time and
//! once across all nodes, and rests instead of failing when the marketplace says "not now". No
//! password of a marketplace is ever seen here; tokens are sealed before they are stored.

mod address;
mod allowance;
mod call;
mod choose;
mod connect;
mod delete;
mod drain;
mod list;
mod refresh;
mod settings;
#[cfg(test)]
mod tests;

pub use address::{address_for, template_check, template_filled, template_of};
pub use allowance::{
    Allowance, MayBook, allowance, beijing_day, may_book, next_beijing_day, used_today,
};
pub use call::{Failure, call_failed, call_succeeded};
pub use choose::{choose, choose_of};
pub use connect::{
    ConnectBegin, ConnectBegun, Connected, connect_begin, connect_begun, connect_finish,
    redirect_url,
};
pub use delete::{delete, delete_refusal};
pub use drain::{drain, resume_bookings, undrain};
pub use list::{Shown, Standing, list, rows, show, standing};
pub use marketplaces::{Address, SavedAddress};
pub use refresh::{renew_due, run as refresh_run};
pub use settings::{Settings, saved_addresses, set_default, settings_save};
