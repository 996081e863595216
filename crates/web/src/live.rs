//! Who waits for which change: turns the store's signals into what the event streams of pages
//! listen to.
//!
//! A signal is a hint that something changed, and may be lost; a page that is told once too often
//! only renders once more. So when signals were lost, everyone is told.

use app::{App, Signal};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What a page shows and wants to hear about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    /// An order and whatever belongs to it.
    Order(i64),
    /// A run.
    Activity(i64),
    /// A session.
    Session(i64),
    /// Every order.
    Orders,
    /// Every run.
    Activities,
    /// Every session.
    Sessions,
}

impl Topic {
    fn is_about(self, signal: Signal) -> bool {
        match (self, signal) {
            (Self::Order(a), Signal::Order(b))
            | (Self::Activity(a), Signal::Activity(b))
            | (Self::Session(a), Signal::Session(b)) => a == b,
            (Self::Orders, Signal::Order(_))
            | (Self::Activities, Signal::Activity(_))
            | (Self::Sessions, Signal::Session(_)) => true,
            _ => false,
        }
    }
}

struct Watch {
    topics: Vec<Topic>,
    changes: watch::Sender<u64>,
}

/// Everyone who waits. Cheap to clone.
#[derive(Clone, Default)]
pub struct Watches(Arc<Mutex<Vec<Watch>>>);

impl Watches {
    /// Waits for changes of these topics, from now on. What was read before must be read again.
    #[must_use]
    pub fn watch(&self, topics: impl Into<Vec<Topic>>) -> watch::Receiver<u64> {
        let (changes, receiver) = watch::channel(0);
        let topics = topics.into();
        self.with(|all| all.push(Watch { topics, changes }));
        receiver
    }

    /// Tells those whom the signal concerns.
    pub fn tell(&self, signal: Signal) {
        self.with(|all| {
            for watch in all.iter() {
                if watch.topics.iter().any(|topic| topic.is_about(signal)) {
                    watch.changes.send_modify(|n| *n = n.wrapping_add(1));
                }
            }
        });
    }

    /// Tells everyone.
    pub fn tell_all(&self) {
        self.with(|all| {
            for watch in all.iter() {
                watch.changes.send_modify(|n| *n = n.wrapping_add(1));
            }
        });
    }

    /// Passes on the signals of `app` until `stop`. Listens from this call on.
    pub fn relay(
        &self,
        app: &App,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (watches, mut signals) = (self.clone(), app.store.listen());
        async move {
            while let Some(heard) = stop.run_until_cancelled(signals.recv()).await {
                match heard {
                    Ok(signal) => watches.tell(signal),
                    Err(RecvError::Lagged(_)) => watches.tell_all(),
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    /// Works on those who still listen.
    fn with(&self, work: impl FnOnce(&mut Vec<Watch>)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watch| !watch.changes.is_closed());
        work(&mut all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_are_told_whom_it_concerns_and_all_when_signals_were_lost() {
        let watches = Watches::default();
        let mut page = watches.watch([Topic::Order(1), Topic::Sessions]);
        let mut run = watches.watch([Topic::Activity(1)]);
        let told = |receiver: &mut watch::Receiver<u64>| {
            let told = receiver.has_changed().unwrap();
            receiver.mark_unchanged();
            told
        };
        watches.tell(Signal::Order(1));
        assert_eq!((told(&mut page), told(&mut run)), (true, false));
        watches.tell(Signal::Order(2));
        assert_eq!((told(&mut page), told(&mut run)), (false, false));
        watches.tell(Signal::Session(9));
        watches.tell(Signal::Activity(1));
        assert_eq!((told(&mut page), told(&mut run)), (true, true));
        watches.tell_all();
        assert_eq!((told(&mut page), told(&mut run)), (true, true));
        drop(page);
        watches.tell(Signal::Work);
        assert_eq!(
            watches.0.lock().unwrap().len(),
            1,
            "nobody who left is kept"
        );
    }
}
