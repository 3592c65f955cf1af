//! `cargo xtask bench server`: what one process of creditpackd carries, on a machine it shares with
//! the load. Every figure stands beside a yardstick of the same run, because machines differ.

mod backend;
mod http;
mod load;
mod report;
mod spend;
mod startup;
mod storage;
mod streams;
mod workers;

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;

use self::backend::Backend;
use self::load::{Figures, drive};
use self::report::Report;
use self::spend::Accounts;

/// How many requests are under way at any moment.
const IN_FLIGHT: usize = 64;

/// How many more connections read while the writer is busy.
const READERS: usize = 4;

type Failure = Box<dyn Error + Send + Sync>;

/// Measures creditpackd under load.
#[derive(Parser)]
struct Arguments {
    /// How long each measurement takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many streams are open at once; each needs a file descriptor here and there.
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// How many accounts, with ten entries each, a start finds.
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u64,
    /// What cargo tells every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

// One thread makes the load, so that the other core is the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Failure> {
    let Arguments { seconds, streams, accounts, .. } = Arguments::parse();
    let time = Duration::from_secs(seconds);
    // Not in the system's temporary directory, which may be memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    println!("{IN_FLIGHT} in flight, {seconds} s each, synchronous=FULL, client tokens");
    println!("fdatasync of one page: p50 {}", report::milliseconds(sync_p50(dir.path())?));

    let mut report = Report::default();
    spends(&mut report, &dir.path().join("spends"), time).await?;
    streams::measure(&mut report, &dir.path().join("streams"), streams, time).await?;
    startup::measure(&mut report, &dir.path().join("startup"), accounts).await?;
    Ok(report.conclude())
}

async fn spends(report: &mut Report, dir: &Path, time: Duration) -> Result<(), Failure> {
    let backend = Arc::new(Backend::start(dir).await?);
    report.at_most("idle memory", backend.memory_kib()? / 1024, 30, "MiB");
    backend.fill(2 * spend::ACCOUNTS).await?;
    let spread = backend.callers(Accounts::SPREAD, IN_FLIGHT).await?;
    let nothing = drive(workers::refused(&backend, &spread).await?, time).await?;
    report::rate("POST /v1/holds, refused before the ledger", &nothing);

    let before = backend.database_bytes()?;
    let holds = drive(workers::holds(&backend, &spread).await?, time).await?;
    report::rate("POST /v1/holds", &holds);
    let bytes = (backend.database_bytes()? - before) / holds.count().max(1);
    let hot = backend.callers(Accounts::ONE, IN_FLIGHT).await?;
    let hot = drive(workers::holds(&backend, &hot).await?, time).await?;
    report::rate("the same, one account", &hot);
    let pairs = drive(workers::pairs(&backend, &spread).await?, time).await?;
    report::rate("hold and capture", &pairs);
    reads(report, &backend, time).await?;
    drop(backend);

    let ledger = storage::open(&dir.join("storage"), backend::CONFIG).await?;
    let stored = drive(storage::workers(&ledger, IN_FLIGHT), time).await?;
    ledger.shutdown().await;
    report::rate("storage loop, no HTTP", &stored);

    let yardstick = stored.per_second().min(nothing.per_second());
    report.at_least("holds / smaller yardstick", holds.per_second() / yardstick, 0.5);
    report.at_least("one account / spread", hot.per_second() / holds.per_second(), 0.9);
    report::number("database bytes per hold", bytes);
    Ok(())
}

/// Reads and `/healthz`, side by side while the writer is saturated.
async fn reads(report: &mut Report, backend: &Arc<Backend>, time: Duration) -> Result<(), Failure> {
    let callers = backend.callers(Accounts::SPREAD, IN_FLIGHT).await?;
    let readers = backend.callers(Accounts::READING, READERS).await?;
    let (_, healthz, account) = tokio::try_join!(
        drive(workers::holds(backend, &callers).await?, time),
        drive(workers::healthz(backend, READERS).await?, time),
        drive(workers::accounts(backend, &readers).await?, time),
    )?;
    report::rate("GET /healthz, writer busy", &healthz);
    report::rate("GET /v1/account, writer busy", &account);
    let ratio = |of: &Figures| of.latency(0.99).as_secs_f64();
    report.at_most_times("read p99 / healthz p99", ratio(&account) / ratio(&healthz), 2.0);
    Ok(())
}

/// What the disk itself takes: every commit waits for one of these.
fn sync_p50(dir: &Path) -> Result<Duration, Failure> {
    let mut file = File::create(dir.join("probe"))?;
    let mut took = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        took.push(start.elapsed());
    }
    took.sort();
    Ok(took[took.len() / 2])
}
