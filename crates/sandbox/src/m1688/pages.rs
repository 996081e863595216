//! Pages for buyers.
use crate::incoming::{Incoming, Reply};
use crate::marketplace::Desk;
pub(super) fn answer(_desk: &mut Desk<'_>, _call: &Incoming) -> Option<Reply> {
    None
}
