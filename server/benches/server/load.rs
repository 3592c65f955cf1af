//! Workers that each do one thing after another, and how long every one of them took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use super::Failure;

/// Work before the measurement, for connections and caches.
const WARM_UP: Duration = Duration::from_millis(500);

/// Something done over and over.
pub(crate) trait Worker: Send + 'static {
    /// Does it once.
    fn step(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// How often it was done, and how long each took.
pub(crate) struct Figures {
    micros: Histogram<u64>,
    time: Duration,
}

impl Figures {
    pub(crate) fn count(&self) -> u64 {
        self.micros.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.micros.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.time.as_secs_f64()
    }

    pub(crate) fn latency(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.micros.value_at_quantile(quantile))
    }
}

/// Lets every worker do one step after another for `time`.
pub(crate) async fn drive<W: Worker>(workers: Vec<W>, time: Duration) -> Result<Figures, Failure> {
    let begin = Instant::now() + WARM_UP;
    let mut working = JoinSet::new();
    for worker in workers {
        working.spawn(work(worker, begin, begin + time));
    }
    let mut micros = Histogram::new(3)?;
    while let Some(worked) = working.join_next().await {
        micros.add(worked??)?;
    }
    Ok(Figures { micros, time })
}

async fn work<W: Worker>(
    mut worker: W,
    begin: Instant,
    end: Instant,
) -> Result<Histogram<u64>, Failure> {
    let mut micros = Histogram::new(3)?;
    loop {
        let start = Instant::now();
        if start >= end {
            return Ok(micros);
        }
        worker.step().await?;
        if start >= begin {
            micros.record(u64::try_from(start.elapsed().as_micros())?)?;
        }
    }
}
