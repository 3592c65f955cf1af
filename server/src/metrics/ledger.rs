//! How the ledger's writer is doing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::{SECONDS, seconds};
use crate::clock::Stopwatch;

/// What the writer measures. Clones are the same meter.
#[derive(Clone, Debug)]
pub struct LedgerMeter {
    waiting: Gauge,
    batch: Histogram,
    commit: Histogram,
    lost: Counter,
    sweep_age: Gauge<f64, std::sync::atomic::AtomicU64>,
    swept: Arc<Mutex<Stopwatch>>,
}

impl Default for LedgerMeter {
    fn default() -> Self {
        Self {
            waiting: Gauge::default(),
            // 1, 2, 4 ... 256: the most that share a commit.
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            commit: Histogram::new(seconds()),
            lost: Counter::default(),
            sweep_age: Gauge::default(),
            swept: Arc::new(Mutex::new(Stopwatch::start())),
        }
    }
}

impl LedgerMeter {
    /// A command waits for the writer.
    pub fn queued(&self) {
        self.waiting.inc();
    }

    /// The writer took a command up.
    pub fn taken(&self) {
        self.waiting.dec();
    }

    /// So many commands shared a commit that took so long.
    pub fn committed(&self, commands: usize, took: Duration) {
        // At most 256, which is exact.
        self.batch.observe(f64::from(u32::try_from(commands).unwrap_or(u32::MAX)));
        self.commit.observe(took.as_secs_f64());
    }

    /// The outcome of a commit is not known: the database is opened anew.
    pub fn lost(&self) {
        self.lost.inc();
    }

    /// Everything overdue was attended to.
    pub fn swept(&self) {
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = Stopwatch::start();
    }

    pub(super) fn look_at_the_clock(&self) {
        let swept = *self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        self.sweep_age.set(swept.elapsed().as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let waiting = "Commands that wait for the writer";
        registry.register("writer_queue", waiting, self.waiting.clone());
        let batch = "Commands that shared one commit";
        registry.register("writer_batch_commands", batch, self.batch.clone());
        let commit = "Time from the last decision of a batch until it is durable";
        registry.register_with_unit("writer_commit", commit, SECONDS, self.commit.clone());
        let lost = "Commits whose outcome was not known, after which the database was reopened";
        registry.register("writer_lost_commits", lost, self.lost.clone());
        let age =
            "Time since holds, checkouts and rejections past their time were last attended to";
        registry.register_with_unit("sweep_age", age, SECONDS, self.sweep_age.clone());
    }
}
