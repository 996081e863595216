//! Orders of the agent's customers: taking them in, what follows from their items, lists and the
//! page, the customer's payments, ending them.
//!
//! Every operation that changes something of an order holds the order's row first and ends with
//! [`settle()`].

mod settle;
mod terms;

pub use settle::{note, settle};
pub use terms::fold;
