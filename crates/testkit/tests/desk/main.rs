//! Stories of the booking core, told on both databases against the sandbox, in one process.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story that cannot go on should stop"
)]

mod adversary;
mod bind;
mod booking;
mod evidence;
mod purchases;
mod restore;
mod unbind;

/// Runs a story on every database.
#[macro_export]
macro_rules! story {
    ($name:ident, |$desk:ident| $body:block) => {
        #[tokio::test]
        async fn $name() {
            for database in store::temporary::Temporary::both().await.unwrap() {
                let $desk = testkit::desk::Desk::open(database).await.unwrap();
                $body
                $desk.end().await.unwrap();
            }
        }
    };
}
