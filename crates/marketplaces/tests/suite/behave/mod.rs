//! The behaviours, in the order of an order's life.

mod cancel;
mod connect;
mod create;
mod goods;
mod hostile;
mod life;
mod limits;
mod list;
mod outcome;
mod pay;
mod push;

use crate::bench::{Behaviour, Shown, ensure};
use marketplaces::{ErrorKind, MarketError};

pub fn all() -> Vec<Behaviour> {
    [
        connect::behaviours(),
        goods::behaviours(),
        limits::behaviours(),
        create::behaviours(),
        outcome::behaviours(),
        cancel::behaviours(),
        pay::behaviours(),
        list::behaviours(),
        life::behaviours(),
        push::behaviours(),
        hostile::behaviours(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a function says that the marketplace does not have.
fn is_unsupported<T>(result: Result<T, MarketError>, what: &str) -> Shown {
    let kind = result.err().map(|error| error.kind);
    ensure!(
        kind == Some(ErrorKind::Unsupported),
        "{what} is not claimed and should say so, not {kind:?}"
    );
    Ok(())
}
