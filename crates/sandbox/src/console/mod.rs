//! The seller's console in the browser.

use crate::fault::Error;
use crate::incoming::{Incoming, Reply};
use crate::sandbox::Sandbox;

/// Answers a console page.
pub(crate) async fn answer(_sandbox: &Sandbox, _call: &Incoming) -> Result<Reply, Error> {
    Ok(Reply::text(404, "there is no such page\n"))
}

/// The style sheet.
pub(crate) fn asset(_call: &Incoming) -> Reply {
    Reply::text(404, "there is no such file\n")
}
