//! Connectors as the rest of the program uses them: through the one trait.
//!
//! First against canned answers (the sample files in each marketplace's `fixtures/`), where every
//! odd answer can be had; then against the sandbox, which was written from the same documents by
//! other hands.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what is wrong by falling; helpers stand outside of test functions"
)]

mod answers;
mod canned;
mod create;
mod fuzz;
mod hostile;
mod login;
mod orders;
mod push;
mod readers;
mod sandbox;
mod sandbox_market;
mod sandbox_orders;
mod taobao;
mod texts;
mod variants;
