//! Push messages: hints that an order is worth a look, taken at a callback, stored, answered, and
//! worked later. Nothing in them is believed besides the number of the order to read.

mod receive;
mod work;

pub use receive::{PushOutcome, PushRefused, callback_url, receive};
pub use work::run;
