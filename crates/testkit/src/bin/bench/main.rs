//! `bench`: what the pages, the bookings and the memory of the released program cost, with a
//! thousand orders and with a hundred thousand.
//!
//! A command and no test: it says how far each target is met and judges nothing else.
//! `docs/measuring.md` tells how to run it and how to read its table.

mod bare;
mod bed;
mod booking;
mod client;
mod copies;
mod pages;
mod process;
mod report;
mod seed;

use anyhow::{Context as _, Result};
use bed::Bed;
use clap::{Parser, Subcommand};
use process::Server;
use report::{Figures, Report};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Target;

/// Orders in the small database; the large one holds copies of them.
pub const SMALL: i64 = 1_000;

/// What is measured, and where its data lies.
#[derive(Parser, Debug)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    inner: Option<Inner>,
    /// Folder for databases; kept, so that the next run need not fill them again.
    #[arg(long, default_value = "./target/bench-data")]
    data: PathBuf,
    /// A PostgreSQL server where databases may be made, instead of SQLite.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// The program; usually the one beside this one.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Orders in the databases: thousands.
    #[arg(long, value_delimiter = ',', default_values_t = [SMALL, 100_000])]
    sizes: Vec<i64>,
    /// Requests of each kind.
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Orders that are booked; 0 leaves the bookings out.
    #[arg(long, default_value_t = 200)]
    bookings: usize,
    /// Fill the databases anew.
    #[arg(long)]
    fresh: bool,
}

#[derive(Subcommand, Debug)]
enum Inner {
    /// The bare page that others are compared with, as a process.
    #[command(hide = true)]
    Bare {
        /// The SQLite file.
        database: PathBuf,
        /// Where to listen.
        listen: std::net::SocketAddr,
    },
}

fn main() -> Result<()> {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match args.inner {
        Some(Inner::Bare { database, listen }) => runtime.block_on(bare::serve(&database, listen)),
        None => runtime.block_on(measure(&args)),
    }
}

async fn measure(args: &Args) -> Result<()> {
    let program = match &args.program {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("autopurchase"),
    };
    anyhow::ensure!(
        program.exists(),
        "{} is missing: build it with `cargo build --release -p server -p testkit`",
        program.display()
    );
    if cfg!(debug_assertions) {
        eprintln!("This is a build for debugging: its figures say nothing.");
    }
    let mut report = Report::new(args.postgres.is_some());
    let small = prepared(args, SMALL, args.fresh).await?;
    for &size in &args.sizes {
        let bed = if size == SMALL {
            small.clone()
        } else {
            prepared(args, size, args.fresh).await?
        };
        report
            .sizes
            .push(one_size(args, &program, &bed, size).await?);
    }
    if args.bookings > 0 {
        let largest = args.sizes.iter().copied().max().unwrap_or(SMALL);
        let bed = prepared(args, largest, false)
            .await?
            .again("bookings")
            .await?;
        report.booking = Some(booking::measure(&program, &bed, args.bookings).await?);
    }
    print!("{report}");
    Ok(())
}

/// A database with so many orders: the one of an earlier run, or filled now.
async fn prepared(args: &Args, size: i64, fresh: bool) -> Result<Bed> {
    anyhow::ensure!(
        size >= SMALL && size % SMALL == 0,
        "--sizes takes thousands"
    );
    let bed = Bed::new(&args.data, args.postgres.as_deref(), size);
    if !fresh && bed.is_ready()? {
        return Ok(bed);
    }
    if size == SMALL {
        bed.make().await?;
        seed::fill(&bed).await?;
    } else {
        bed.copy_of(&Bed::new(&args.data, args.postgres.as_deref(), SMALL))
            .await?;
        copies::multiply(&bed, size / SMALL).await?;
    }
    bed.set_ready()?;
    Ok(bed)
}

async fn one_size(args: &Args, program: &Path, bed: &Bed, size: i64) -> Result<Figures> {
    eprintln!("{size} orders …");
    let other_side = bed.other_side().await?;
    let mut first_page = Vec::new();
    for _ in 0..5 {
        let server = Server::start(program, bed).await?;
        first_page.push(server.first_page);
        server.stop().await?;
    }
    first_page.sort();
    let server = Server::start(program, bed).await?;
    let mut client = client::Client::new(server.address, server.public_url.clone());
    client.sign_in(bed::PERSON, bed::PASSWORD).await?;
    let idle_memory = server.memory()?;
    process::pause(Duration::from_secs(3)).await;
    let idle = server.idle(Duration::from_secs(5)).await?;
    let plan = pages::plan(bed, size).await?;
    let bare = match &bed.target {
        Target::Sqlite(path) => Some(
            bare::measure(path, args.requests)
                .await
                .context("the bare page")?,
        ),
        Target::Pg(_) => None,
    };
    let pages = pages::measure(&server, &mut client, &plan, args.requests).await?;
    pages::load(&client, &plan, args.requests).await?;
    let figures = Figures {
        size,
        first_page: first_page[first_page.len() / 2],
        idle,
        idle_memory,
        load_memory: server.memory()?,
        bare,
        pages,
    };
    server.stop().await?;
    other_side.stop().await;
    Ok(figures)
}
