//! Many open streams: what each costs, and how soon it tells what was granted.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::Failure;
use super::backend::{Backend, Caller};
use super::http::{Connection, get};
use super::report::{self, Report};
use super::spend::Accounts;

/// So many entries are made each second, over all accounts.
const ENTRIES_PER_S: u64 = 1000;

/// So many grants are under way at most.
const GRANTERS: usize = 32;

/// What a stream may cost, in KiB.
const MEMORY_KIB_MAX: u64 = 20;

const LATENCY_MAX: Duration = Duration::from_millis(100);

/// When each account's last grant was asked for, and how long telling of it took.
struct Deliveries {
    asked: Vec<Instant>,
    micros: Histogram<u64>,
}

type Shared = Arc<Mutex<Deliveries>>;

/// Opens `count` streams, each on an account of its own, and lets entries come for `time`.
pub(crate) async fn measure(
    report: &mut Report,
    dir: &Path,
    count: usize,
    time: Duration,
) -> Result<(), Failure> {
    let backend = Arc::new(Backend::start(dir).await?);
    let callers = backend.callers(Accounts::first(count), count).await?;
    let before = backend.memory_kib()?;
    let deliveries = Deliveries { asked: vec![Instant::now(); count], micros: Histogram::new(3)? };
    let deliveries = Arc::new(Mutex::new(deliveries));
    let mut open = JoinSet::new();
    for (number, caller) in callers.iter().enumerate() {
        let stream = subscribe(&backend, caller).await?;
        open.spawn(listen(stream, number, Arc::clone(&deliveries)));
    }
    println!("{count} streams are open; {ENTRIES_PER_S} entries a second follow");
    grant(&backend, &callers, &deliveries, time).await?;
    let memory = backend.memory_kib()?.saturating_sub(before);
    tokio::time::sleep(LATENCY_MAX).await;
    open.shutdown().await;

    let deliveries = deliveries.lock().unwrap_or_else(PoisonError::into_inner);
    let told = deliveries.micros.len();
    let asked = ENTRIES_PER_S * time.as_secs();
    let latency = Duration::from_micros(deliveries.micros.value_at_quantile(0.99));
    report::number("entries told on streams", told);
    report.at_most("entries not told", asked.saturating_sub(told), 0, "");
    report.at_most_time("grant asked for to told, p99", latency, LATENCY_MAX);
    report.at_most("memory of a stream", memory / count.max(1) as u64, MEMORY_KIB_MAX, "KiB");
    Ok(())
}

/// Opens a stream and waits for its first event.
async fn subscribe(backend: &Backend, caller: &Caller) -> Result<TcpStream, Failure> {
    let mut stream = TcpStream::connect(&backend.address).await?;
    let path = format!("/v1/account/stream?account={}", caller.account);
    stream.write_all(&get(&backend.address, &path, &caller.token)).await?;
    let mut begin = Vec::new();
    while find(&begin, b"event: heartbeat") == 0 {
        if stream.read_buf(&mut begin).await? == 0 {
            return Err(String::from_utf8_lossy(&begin).into_owned().into());
        }
    }
    Ok(stream)
}

/// Notes how long every entry took to arrive.
async fn listen(mut stream: TcpStream, number: usize, deliveries: Shared) {
    let mut buffer = Vec::with_capacity(1024);
    while stream.read_buf(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {
        let entries = find(&buffer, b"event: entry");
        if entries > 0 {
            let mut deliveries = deliveries.lock().unwrap_or_else(PoisonError::into_inner);
            let took = deliveries.asked[number].elapsed();
            for _ in 0..entries {
                deliveries.micros.saturating_record(u64::try_from(took.as_micros()).unwrap_or(0));
            }
            buffer.clear();
        }
    }
}

/// Grants a credit to one account after another, evenly in time.
async fn grant(
    backend: &Arc<Backend>,
    callers: &[Caller],
    deliveries: &Shared,
    time: Duration,
) -> Result<(), Failure> {
    let mut idle = Vec::new();
    for _ in 0..GRANTERS {
        idle.push(Connection::open(&backend.address).await?);
    }
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(ENTRIES_PER_S)?);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut granting = JoinSet::new();
    for turn in 0..usize::try_from(ENTRIES_PER_S * time.as_secs())? {
        ticks.tick().await;
        let mut connection = match idle.pop() {
            Some(connection) => connection,
            None => granting.join_next().await.ok_or("no connection is left")???,
        };
        let number = turn % callers.len();
        let request = backend.grant(&callers[number].account, &format!("grant_{turn}"), 1);
        deliveries.lock().unwrap_or_else(PoisonError::into_inner).asked[number] = Instant::now();
        granting.spawn(async move {
            connection.expect(201, &request).await?;
            Ok::<_, Failure>(connection)
        });
        while let Some(granted) = granting.try_join_next() {
            idle.push(granted??);
        }
    }
    while let Some(granted) = granting.join_next().await {
        granted??;
    }
    Ok(())
}

/// How often `wanted` occurs.
fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).filter(|window| window == &wanted).count()
}
