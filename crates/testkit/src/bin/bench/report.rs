//! The table.

use crate::SMALL;
use crate::booking::Bookings;
use crate::pages::Measured;
use std::fmt;
use std::time::Duration;

const MIB: f64 = 1_048_576.0;

/// What one size of database gave.
pub struct Figures {
    /// Orders.
    pub size: i64,
    /// From the start of the process to the first page, the middle of five.
    pub first_page: Duration,
    /// Share of a processor while nobody asks.
    pub idle: f64,
    /// Resident after one sign-in.
    pub idle_memory: u64,
    /// Resident after everything was asked for.
    pub load_memory: u64,
    /// The bare page.
    pub bare: Option<Measured>,
    /// Every kind of page; none where the program has none.
    pub pages: Vec<(&'static str, Option<Measured>)>,
}

impl Figures {
    fn cpu(&self, kind: &str) -> Option<f64> {
        self.pages
            .iter()
            .find(|(name, _)| *name == kind)?
            .1
            .map(|measured| millis(measured.cpu))
    }
}

/// Everything that was measured.
pub struct Report {
    postgres: bool,
    /// By size.
    pub sizes: Vec<Figures>,
    /// Bookings.
    pub booking: Option<Bookings>,
}

impl Report {
    /// Nothing measured yet.
    pub const fn new(postgres: bool) -> Self {
        Self {
            postgres,
            sizes: Vec::new(),
            booking: None,
        }
    }

    fn targets(&self) -> Vec<Target> {
        let mut out = Vec::new();
        let largest = self.sizes.iter().max_by_key(|figures| figures.size);
        let smallest = self.sizes.iter().find(|figures| figures.size == SMALL);
        for kind in ["orders list", "order page"] {
            let large = largest.and_then(|figures| figures.cpu(kind));
            let size = largest.map_or(0, |figures| figures.size);
            out.push(Target {
                what: format!("{kind}, {size} orders: CPU"),
                value: large,
                most: 1.5,
                unit: "ms",
            });
            let small = smallest
                .and_then(|figures| figures.cpu(kind))
                .filter(|_| size != SMALL);
            let ratio = large.zip(small).map(|(large, small)| large / small);
            out.push(Target {
                what: format!("{kind}: {size} orders against {SMALL}"),
                value: ratio,
                most: 1.5,
                unit: "×",
            });
        }
        let commits = self.booking.as_ref().and_then(|booking| booking.commits);
        out.push(Target {
            what: "a lone booking: durable commits".to_owned(),
            value: commits.map(f64::from),
            most: 6.0,
            unit: "",
        });
        #[expect(
            clippy::cast_precision_loss,
            reason = "bytes of memory, shown with one digit"
        )]
        let mib = |bytes: u64| bytes as f64 / MIB;
        out.push(Target {
            what: "memory after one sign-in".to_owned(),
            value: largest.map(|figures| mib(figures.idle_memory)),
            most: 40.0,
            unit: "MiB",
        });
        out.push(Target {
            what: "memory after the load".to_owned(),
            value: largest.map(|figures| mib(figures.load_memory)),
            most: 64.0,
            unit: "MiB",
        });
        out.push(Target {
            what: "first page on an existing database".to_owned(),
            value: largest.map(|figures| figures.first_page.as_secs_f64()),
            most: 0.3,
            unit: "s",
        });
        out
    }
}

struct Target {
    what: String,
    value: Option<f64>,
    most: f64,
    unit: &'static str,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit, most) = (&self.what, self.unit, self.most);
        match self.value {
            Some(value) => {
                let word = if value <= most { "met" } else { "NOT MET" };
                writeln!(
                    f,
                    "{what:<52}{value:>10.2} {unit:<4}{most:>8} {unit:<4}  {word}"
                )
            }
            None => writeln!(
                f,
                "{what:<52}{:>10} {unit:<4}{most:>8} {unit:<4}  not measured",
                "–"
            ),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn row(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    size: i64,
    measured: Measured,
    ratio: Option<f64>,
) -> fmt::Result {
    let ratio = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.1} ×"));
    let (p50, p99, cpu) = (
        millis(measured.p50),
        millis(measured.p99),
        millis(measured.cpu),
    );
    writeln!(
        f,
        "{name:<24}{size:>9}{p50:>9.2}{p99:>9.2}{cpu:>9.3}{ratio:>9}{:>8}",
        measured.bytes / 1024
    )
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = if self.postgres {
            "PostgreSQL"
        } else {
            "SQLite"
        };
        writeln!(
            f,
            "\nAutopurchase on {database}, no compression, 50 rows a page\n"
        )?;
        writeln!(
            f,
            "{:<24}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}",
            "page", "orders", "p50 ms", "p99 ms", "CPU ms", "to bare", "KiB"
        )?;
        for figures in &self.sizes {
            if let Some(bare) = figures.bare {
                row(f, "bare list", figures.size, bare, Some(1.0))?;
            }
            for (name, measured) in &figures.pages {
                match measured {
                    Some(measured) => {
                        let ratio = figures
                            .bare
                            .map(|bare| measured.cpu.as_secs_f64() / bare.cpu.as_secs_f64());
                        row(f, name, figures.size, *measured, ratio)?;
                    }
                    None => writeln!(
                        f,
                        "{name:<24}{:>9}   the program has no such page",
                        figures.size
                    )?,
                }
            }
        }
        writeln!(f)?;
        for figures in &self.sizes {
            #[expect(
                clippy::cast_precision_loss,
                reason = "bytes of memory, shown with one digit"
            )]
            let (idle, load) = (
                figures.idle_memory as f64 / MIB,
                figures.load_memory as f64 / MIB,
            );
            writeln!(
                f,
                "{:>7} orders: first page {:.3} s, memory {idle:.1} MiB after one sign-in and {load:.1} MiB after the load, {:.2} % of a processor while nobody asks",
                figures.size,
                figures.first_page.as_secs_f64(),
                figures.idle * 100.0
            )?;
        }
        if let Some(booking) = &self.booking {
            writeln!(f, "{booking}")?;
        }
        writeln!(
            f,
            "\n{:<52}{:>10} {:<4}{:>8}",
            "target", "is", "", "at most"
        )?;
        for target in self.targets() {
            write!(f, "{target}")?;
        }
        Ok(())
    }
}
