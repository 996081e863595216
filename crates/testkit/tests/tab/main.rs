//! The Purchase tab, told in stories: operators act by requests to the panel, the marketplace is
//! the sandbox behind its own address, and both databases hold the books. Each story ends with a
//! comparison of the sandbox's books, the pages and the ledger ([`office::Office::end`]).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on should stop"
)]

mod after;
mod binding;
mod booking;
mod building;
mod cuts;
mod front;
mod job;
mod limits;
mod live;
mod mixed;
mod office;
mod operator;
mod outcome;
mod page;
mod pay_by_api;
mod paying;
mod prices;
mod taobao;

/// Tells a story on every database: an office with one account (or opened in the way that is
/// named), and an operator who is signed in.
#[macro_export]
macro_rules! story {
    ($name:ident, |$office:ident, $me:ident| $body:block) => {
        $crate::story!($name, open, |$office, $me| $body);
    };
    ($name:ident, $open:ident, |$office:ident, $me:ident| $body:block) => {
        #[tokio::test]
        async fn $name() {
            for database in store::temporary::Temporary::both().await.unwrap() {
                let mut $office = $crate::office::Office::$open(database).await;
                let mut $me = $office.operator().await;
                $body
                $office.end(&mut $me).await;
            }
        }
    };
}
