//! `victim`: the real program with a gate that kills its own process at the n-th point, and a clock
//! that may run fast. Tests start it, let it die, and look what the next one makes of it.

use anyhow::Result;
use app::worker::{Turn, turn};
use clap::Parser;
use server::config::Settings;
use server::serve;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use world::{Boot, Clock, Gate, Ids, Point, SystemClock, SystemRandom, Timestamp, World};

/// How it is to run.
#[derive(Parser)]
struct Args {
    /// Configuration.
    #[arg(long)]
    config: PathBuf,
    /// Only carry what is due, then tell how many points were passed, and end.
    #[arg(long)]
    only_work: bool,
    /// Die at this point, counted from 1.
    #[arg(long, default_value_t = 0)]
    kill_at: u64,
    /// Seconds that pass in a second.
    #[arg(long, default_value_t = 1)]
    speed: i64,
}

/// The machine's clocks, running faster from the start of the process on.
struct FastClock {
    wall: i64,
    boot: i64,
    speed: i64,
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.wall + (SystemClock.now().0 - self.wall) * self.speed)
    }

    fn boot(&self) -> Boot {
        Boot(self.boot + (SystemClock.boot().0 - self.boot) * self.speed)
    }
}

/// Counts points, and dies at one of them as a process dies that the system kills.
struct Deadly {
    passed: AtomicU64,
    kill_at: u64,
}

impl Gate for Deadly {
    fn reach(&self, point: Point) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.kill_at {
            eprintln!("killed at {} ({point:?})", self.kill_at);
            // Nothing may run after this point, not even on another thread for longer than a signal takes.
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
            return Box::pin(std::future::pending());
        }
        Box::pin(std::future::ready(()))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let settings = Settings::load(Some(&args.config))?;
    server::logs::start(&settings.log)?;
    let clock: Arc<dyn Clock> = Arc::new(FastClock {
        wall: SystemClock.now().0,
        boot: SystemClock.boot().0,
        speed: args.speed,
    });
    let random = Arc::new(SystemRandom);
    let gate = Arc::new(Deadly {
        passed: AtomicU64::new(0),
        kill_at: args.kill_at,
    });
    let world = World {
        ids: Arc::new(Ids::new(clock.clone(), random.clone())),
        clock,
        random,
        gate: gate.clone(),
    };
    if args.only_work {
        let app = server::assemble::open(&settings, world).await?;
        while let Turn::Worked(_) = turn(&app).await? {}
        println!("{}", gate.passed.load(Ordering::SeqCst));
        return Ok(());
    }
    let stop = serve::stop_signals()?;
    let ready = serve::prepare(&settings, world).await?;
    let listener = TcpListener::bind(settings.server.listen).await?;
    serve::run(&settings, ready, listener, serve::metrics()?, stop).await
}
