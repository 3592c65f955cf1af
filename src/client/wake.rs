//! Time that nobody saw pass: a machine that slept, a page that was frozen, a clock that was set.

use alloc::vec::Vec;

use super::stream::StreamState;
use super::{Client, Effect};

/// A page that runs hears of the time every second, and where its timers are held back, with each
/// of the stream's heartbeats, every 15 s at most. One that hears nothing for longer was not
/// running.
const UNSEEN_MS_MAX: u64 = 30_000;

impl Client {
    /// Looks at the clock before anything else. After time that nobody saw pass a stream that looks
    /// open is dead, and what it still tells says nothing of how things are now.
    pub(super) fn notice_time(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        let before_ms = core::mem::replace(&mut self.link.seen_at_ms, now_ms);
        if before_ms == 0 || now_ms.abs_diff(before_ms) <= UNSEEN_MS_MAX {
            return;
        }
        // Asleep, or the clock was set? Until the backend tells its time again, the earliest it can
        // be: an op from the future would be refused.
        let jump_ms = now_ms.cast_signed().saturating_sub(before_ms.cast_signed());
        self.clock_ahead_ms = self.clock_ahead_ms.saturating_sub(jump_ms);
        if matches!(self.link.stream, StreamState::Opening | StreamState::Live) {
            self.link.doubt();
            self.reconnect(effects);
        }
    }
}
