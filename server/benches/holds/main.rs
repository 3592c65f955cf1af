//! `cargo bench -p creditpackd --bench holds`: durable holds per second over HTTP, beside two
//! yardsticks of the same run: the storage loop without HTTP, and the server without a store.

mod backend;
mod http;
mod load;
mod spend;
mod storage;

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;

use self::backend::Backend;
use self::load::{Figures, drive};

/// How many requests are under way at any moment.
const IN_FLIGHT: usize = 32;

type Failure = Box<dyn Error + Send + Sync>;

/// Measures durable holds per second.
#[derive(Parser)]
struct Arguments {
    /// How long each of the three measurements takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// What cargo tells every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

// One thread makes the load, so that the other core is the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let time = Duration::from_secs(Arguments::parse().seconds);
    // Not in the system's temporary directory, which may be memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    println!("{IN_FLIGHT} in flight, {} s each, synchronous=FULL", time.as_secs());
    println!("fdatasync of one page: p50 {}", milliseconds(sync_p50(dir.path())?));

    let backend = Arc::new(Backend::start(&dir.path().join("http")).await?);
    let healthz = drive(http::healthz_workers(&backend, IN_FLIGHT).await?, time).await?;
    let holds = drive(http::hold_workers(&backend, IN_FLIGHT).await?, time).await?;
    drop(backend);
    let storage = storage::open(&dir.path().join("storage"), backend::CONFIG).await?;
    let stored = drive(storage::workers(&storage, IN_FLIGHT), time).await?;
    storage.shutdown().await;

    print("POST /v1/holds", &holds, None);
    print("storage loop, no HTTP", &stored, Some(&holds));
    print("GET /healthz, no store", &healthz, Some(&holds));
    Ok(())
}

fn print(name: &str, figures: &Figures, measured: Option<&Figures>) {
    let [p50, p99] = [0.5, 0.99].map(|quantile| milliseconds(figures.latency(quantile)));
    let rate = figures.per_second();
    let ratio =
        measured.map(|holds| format!("   holds reach {:.2} of it", holds.per_second() / rate));
    println!("{name:<24} {rate:>8.0}/s   p50 {p50}   p99 {p99}{}", ratio.unwrap_or_default());
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
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
