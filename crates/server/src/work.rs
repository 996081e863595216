//! Background work: loops around [`app::worker::turn`], and the reconcilers that find what is due.
//!
//! No rule stands here, only when to look: after a signal of the store, when the next job is due,
//! and now and then in any case, since signals may be lost.

use app::worker::{Turn, turn};
use app::{App, AppError, Ctx};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use store::Signal;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longest time for which an idle worker trusts that nothing came.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Pause after the database failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

type Looks<'a> = Pin<Box<dyn Future<Output = Result<(), AppError>> + Send + 'a>>;

/// Something that finds due work in the data and enqueues it.
pub struct Reconciler {
    /// Name, in the log and as who acts.
    pub name: &'static str,
    /// How often it looks.
    pub every: Duration,
    /// The operation.
    pub look: fn(&Ctx) -> Looks<'_>,
}

/// Every reconciler.
pub const RECONCILERS: &[Reconciler] = &[
    Reconciler {
        name: "clock",
        every: Duration::from_secs(10),
        look: |ctx| Box::pin(app::worker::measure_clock(&ctx.app)),
    },
    Reconciler {
        name: "search",
        every: Duration::from_secs(2),
        look: |ctx| Box::pin(app::booking::look::enqueue_due(ctx)),
    },
    Reconciler {
        name: "sessions",
        every: Duration::from_secs(5),
        look: |ctx| Box::pin(app::session::renew_due(ctx)),
    },
    Reconciler {
        name: "synchronization",
        every: Duration::from_secs(5),
        look: |ctx| Box::pin(app::sync::due(ctx)),
    },
    Reconciler {
        name: "restore",
        every: Duration::from_secs(2),
        look: |ctx| Box::pin(app::restore::caught_up(ctx)),
    },
    Reconciler {
        name: "purchases",
        every: Duration::from_secs(15),
        look: |ctx| Box::pin(app::purchase::due::enqueue_due(ctx)),
    },
    Reconciler {
        name: "strangers",
        every: Duration::from_mins(1),
        look: |ctx| Box::pin(app::purchase::strangers::tell_due(ctx)),
    },
    Reconciler {
        name: "offers",
        every: Duration::from_secs(30),
        look: |ctx| Box::pin(app::offer::enqueue_due(ctx)),
    },
    COUNTER,
    Reconciler {
        name: "housekeeping",
        every: Duration::from_mins(1),
        look: |ctx| Box::pin(app::housekeeping::due(ctx)),
    },
];

/// Counts what apps call. Also where nothing else is worked: the panel calls too.
const COUNTER: Reconciler = Reconciler {
    name: "calls",
    every: Duration::from_secs(2),
    look: |ctx| Box::pin(app::apps::count_due(ctx)),
};

/// Starts `tasks` workers, the reconcilers and what wakes them. They end once `stop` is cancelled,
/// each after what it is doing.
#[must_use]
pub fn start(app: &App, tasks: u16, stop: &CancellationToken) -> JoinSet<()> {
    let mut running = JoinSet::new();
    let wake = Arc::new(Notify::new());
    running.spawn(listen(app.clone(), wake.clone(), stop.clone()));
    running.spawn(relay(app.clone(), stop.clone()));
    for _ in 0..tasks {
        running.spawn(work(app.clone(), wake.clone(), stop.clone()));
    }
    if tasks > 0 {
        for reconciler in RECONCILERS {
            running.spawn(reconcile(app.clone(), reconciler, stop.clone()));
        }
    } else {
        running.spawn(reconcile(app.clone(), &COUNTER, stop.clone()));
    }
    running
}

async fn work(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wait = match turn(&app).await {
            Ok(Turn::Worked(_)) => {
                // There may be more than one; somebody else may look for it.
                wake.notify_one();
                continue;
            }
            Ok(Turn::Idle(next)) => next.map_or(LONGEST_WAIT, |at| {
                let micros = u64::try_from(at.0 - app.now().0).unwrap_or(0);
                Duration::from_micros(micros).clamp(Duration::from_millis(1), LONGEST_WAIT)
            }),
            Err(error) => {
                tracing::error!(%error, "a worker cannot reach its database");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = pause(wait) => {}
        }
    }
}

async fn listen(app: App, wake: Arc<Notify>, stop: CancellationToken) {
    let mut signals = app.store.listen();
    loop {
        let signal = tokio::select! {
            () = stop.cancelled() => return,
            signal = signals.recv() => signal,
        };
        match signal {
            Ok(Signal::Work | Signal::Session(_)) | Err(RecvError::Lagged(_)) => wake.notify_one(),
            Ok(_) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Passes on the signals of other nodes. The program works without it, so a failure only costs time.
async fn relay(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            ended = app.store.relay_signals() => {
                if let Err(error) = ended {
                    tracing::warn!(%error, "signals of other nodes are not heard; listening again");
                }
            }
        }
        pause(AFTER_FAILURE).await;
    }
}

async fn reconcile(app: App, reconciler: &'static Reconciler, stop: CancellationToken) {
    let ctx = app.program(reconciler.name);
    while !stop.is_cancelled() {
        if let Err(error) = (reconciler.look)(&ctx).await {
            tracing::error!(reconciler = reconciler.name, %error, "a look failed; the next one comes");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(reconciler.every) => {}
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the worker loop: the one place that waits by the clock"
)]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
