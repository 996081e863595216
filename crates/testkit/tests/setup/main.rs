//! Setting up, told through the pages on both databases: accounts at marketplaces, app keys,
//! settings, a person's own account.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod apps;
mod own;
mod sessions;
mod settings;

/// The id of a form, as pages give it.
const REQUEST: (&str, &str) = ("request_id", "TESTTESTTESTTESTTESTTEST-1");
