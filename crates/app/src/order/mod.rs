//! Orders of the agent's customers: taking them in, what follows from their items, lists and the
//! page, the customer's payments, ending them.
//!
//! Every operation that changes something of an order holds the order's row first and ends with
//! [`settle()`].

mod end;
mod import;
mod intake;
mod json;
mod list;
mod page;
mod payment;
mod settle;
mod terms;

pub use end::{End, end, reopen};
pub use import::{
    Difference, ImportOutcome, ImportReport, ImportedOrder, MOST_BYTES, MOST_ORDERS, import,
};
pub use intake::ImportFault;
pub(crate) use intake::exact_sum;
pub use json::Place;
pub(crate) use list::counts_in;
pub use list::{
    Cursor, ListFilter, ListPlace, ListTab, OrderCounts, OrderList, Total, counts, list,
    list_total, named,
};
pub use page::{OrderPage, PageItem, PageParcel, page, row};
pub(crate) use payment::check_request;
pub use payment::{RecordPayment, Recorded, payment};
pub(crate) use settle::{end_of, reserved};
pub use settle::{note, settle};
pub use terms::fold;
pub(crate) use terms::{number_parts, short_digits};
