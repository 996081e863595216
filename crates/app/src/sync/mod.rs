//! Keeping in step with the marketplaces: per session, "what changed since the last look", page by
//! page, and a read of every order that changed or that nobody knows.
//!
//! The place up to which changes are known moves only after the last page, and stays a quarter of an
//! hour behind, so that nothing is lost between two looks. A look that fails loses nothing: the next
//! one begins at the same place.

mod due;
mod page;
mod progress;
mod start;
#[cfg(test)]
mod tests;

pub use due::due;
pub use page::run;
pub(crate) use page::{enqueue, look_soon};
pub use progress::{read_done, read_failed};
pub use start::{Start, start};
