//! The only reader of the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since the Unix epoch. Clones tell the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now_ms` until it is told otherwise, for tests.
    pub fn standing_at(now_ms: u64) -> Self {
        Self(Source::Set(Arc::new(AtomicU64::new(now_ms))))
    }

    /// What time it is.
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            // A machine whose clock stands before 1970 has no time to tell.
            Source::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| u64::try_from(since.as_millis()).ok())
                .unwrap_or_default(),
            Source::Set(now_ms) => now_ms.load(Ordering::SeqCst),
        }
    }

    /// Moves a standing clock, and every clone of it, forward by `by_ms`. The machine's clock is
    /// not moved.
    pub fn advance(&self, by_ms: u64) {
        if let Source::Set(now_ms) = &self.0 {
            now_ms.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

/// Measures how long something takes, whatever is done to the clock meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_standing_clock_move_together() {
        let clock = Clock::standing_at(5);
        clock.clone().advance(2);
        assert_eq!(clock.now_ms(), 7);
    }
}
