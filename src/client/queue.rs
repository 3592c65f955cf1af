//! Spends that wait: made offline up to a bound, or left behind by an earlier page. They are sent
//! one by one in the order in which they were made, each after the answer on the one before it.

use alloc::vec::Vec;

use super::pending::{Pending, Progress, Release};
use super::{Client, Effect};
use crate::credits::Credits;
use crate::error::Code;
use crate::ids::OpId;
use crate::ledger::DEDUPE_WINDOW_MS;

/// How old an op may be when it is sent. The backend knows its verdicts for a week at least; an
/// hour less leaves room for two clocks that disagree.
const OP_AGE_MS_MAX: u64 = DEDUPE_WINDOW_MS - 60 * 60 * 1000;

/// The ops that wait for their turn are those in [`Progress::Queued`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Queue {
    /// How many credits may be promised while offline.
    pub(super) offline_credits: Credits,
    /// The op whose answer the next one waits for.
    sent: Option<OpId>,
}

impl Client {
    /// A client that takes spends while offline, as long as no more than `credits` are unproven.
    #[must_use]
    pub fn with_offline_credits(mut self, credits: Credits) -> Self {
        self.queue.offline_credits = credits;
        self
    }

    /// Whether an op of that cost may be made now, as far as the connection goes.
    pub(super) fn may_promise(&self, required: Credits) -> bool {
        let unproven = self.pending.iter().filter(|(op, _)| self.proof(*op).is_none());
        let promised: i64 = unproven.map(|(_, pending)| pending.stored.credits.signed()).sum();
        let bound = self.queue.offline_credits;
        let fits = bound > Credits::ZERO && promised + required.signed() <= bound.signed();
        self.link.online || fits
    }

    /// A stored op is sent, unless it was called off meanwhile, or has to wait for its turn.
    pub(super) fn saved(&mut self, op: OpId, effects: &mut Vec<Effect>) {
        let waits = !self.link.online
            || self.is_draining()
            || self.pending.iter().any(|(_, pending)| pending.progress == Progress::Queued);
        let epoch = self.epoch();
        let now_ms = self.link.seen_at_ms;
        if let Some(pending) = self.pending.get_mut(op)
            && pending.progress == Progress::Saving
            && pending.release == Release::No
        {
            if pending.restored {
                // It was another tab's: what became of it is asked first.
                pending.progress = Progress::of_restored(pending.stored.kind, now_ms);
                return self.want_snapshot(effects);
            }
            if waits { pending.progress = Progress::Queued } else { pending.send(epoch, effects) }
        }
    }

    /// Sends the next op in the queue once the one before it is answered. One that is too old is
    /// not sent, as the backend may have forgotten that it knew it, but released before it is dropped:
    /// a hold of it that is still on its way might come just in time.
    pub(super) fn drain_queue(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        let made_since_ms = self.backend_time_ms(now_ms).saturating_sub(OP_AGE_MS_MAX);
        while self.link.online && !self.is_draining() {
            let waiting = self.pending.iter().filter(|(_, pending)| pending.is_queued());
            self.queue.sent = waiting.map(|(op, _)| op).find(|op| self.proof(*op).is_none());
            let epoch = self.epoch();
            let Some(op) = self.queue.sent else { return };
            let Some(pending) = self.pending.get_mut(op) else { return };
            if pending.may_be_lost_with(epoch) {
                self.call_off(op, Release::Lost(None), effects);
            } else if pending.stored.created_at_ms >= made_since_ms {
                pending.send(epoch, effects);
            } else {
                self.call_off(op, Release::Lost(Some(Code::OpTooOld)), effects);
            }
        }
    }

    /// Whether the answer on an op of the queue is awaited.
    fn is_draining(&self) -> bool {
        let sent = self.queue.sent.and_then(|op| self.pending.get(op));
        sent.is_some_and(|pending| pending.in_flight && pending.release == Release::No)
    }
}

impl Pending {
    fn is_queued(&self) -> bool {
        self.progress == Progress::Queued && self.release == Release::No
    }
}
