//! The released program as a process of its own, and what the kernel tells of it.

use crate::bed::Bed;
use crate::client::Client;
use anyhow::{Context as _, Result, bail};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use url::Url;
use world::{Clock as _, SystemClock};

/// `utime` and `stime` are told in hundredths of a second, whatever the kernel's own tick is.
const TICKS: f64 = 100.0;
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `autopurchase serve`.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// The panel's own address.
    pub public_url: Url,
    /// From the start of the process to its first page.
    pub first_page: Duration,
}

impl Server {
    /// Starts the program and waits for its sign-in page.
    pub async fn start(program: &Path, bed: &Bed) -> Result<Self> {
        let settings = bed.settings()?;
        let log = std::fs::File::create(bed.folder.join("serve.log"))?;
        let began = moment();
        let child = Command::new(program)
            .arg("--config")
            .arg(bed.config())
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let public_url = settings.public_url()?;
        let mut server = Self {
            child,
            address: settings.server.listen,
            public_url,
            first_page: Duration::ZERO,
        };
        let mut client = Client::new(server.address, server.public_url.clone());
        loop {
            if let Ok(answer) = client.get("/sign-in").await
                && answer.status == 200
            {
                break;
            }
            if let Some(status) = server.child.try_wait()? {
                bail!(
                    "the program ended with {status}; its log is {}",
                    bed.folder.join("serve.log").display()
                );
            }
            if since(began) > PATIENCE {
                bail!("no first page after {PATIENCE:?}");
            }
            pause(Duration::from_millis(1)).await;
        }
        server.first_page = since(began);
        Ok(server)
    }

    /// Number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Time on a processor so far, user and system.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(self.pid())
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// Share of a processor that is used while nobody asks for anything.
    pub async fn idle(&self, watched: Duration) -> Result<f64> {
        let (before, began) = (self.cpu()?, moment());
        pause(watched).await;
        Ok(self.cpu()?.saturating_sub(before).as_secs_f64() / since(began).as_secs_f64())
    }

    /// Stops the program as an operator does.
    pub async fn stop(mut self) -> Result<()> {
        signal(self.pid(), rustix::process::Signal::TERM)?;
        let began = moment();
        while self.child.try_wait()?.is_none() {
            if since(began) > PATIENCE {
                self.child.kill()?;
            }
            pause(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failed measurement: nothing may be left running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Time on a processor of a process, user and system.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the process, in brackets, may hold blanks.
    let (_, rest) = stat.rsplit_once(')').context("stat")?;
    let mut ticks = 0.0;
    for field in rest.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(Duration::from_secs_f64(ticks / TICKS))
}

/// Sends a signal to a process that this one started.
pub fn signal(pid: u32, signal: rustix::process::Signal) -> Result<()> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("pid")?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// A moment to measure from, in nanoseconds.
pub fn moment() -> i64 {
    SystemClock.boot().0
}

/// The time since `moment`.
pub fn since(moment: i64) -> Duration {
    Duration::from_nanos(u64::try_from(SystemClock.boot().0 - moment).unwrap_or(0))
}

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement waits by the clock"
)]
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Runs beside.
#[expect(
    clippy::disallowed_methods,
    reason = "the other side and the asking run beside the measurement"
)]
pub fn beside<F>(work: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(work)
}
