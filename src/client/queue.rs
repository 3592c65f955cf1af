//! Whose turn it is. Very many ops may be pending; only so many requests about them are made at once.
//!
//! The queue are those spends that were made offline, up to a bound, or left behind by an earlier
//! page. They are sent in the order in which they were made, each after the answer on the one before
//! it.

use alloc::vec::Vec;

use super::pending::{Pending, Progress, Release, Request};
use super::{Client, Effect};
use crate::credits::Credits;
use crate::error::Code;
use crate::ids::OpId;
use crate::ledger::DEDUPE_WINDOW_MS;
use crate::mutation::{Mutation, is_on};

/// How old an op may be when it is sent. The backend knows its verdicts for a week at least; an
/// hour less leaves room for two clocks that disagree.
const OP_AGE_MS_MAX: u64 = DEDUPE_WINDOW_MS - 60 * 60 * 1000;

/// How many requests about single ops may be under way, holds and releases together; one that is
/// about to be repeated counts as well, so that an outage is asked about by so many and not by all.
/// Over HTTP/1.1 a browser opens six connections to a host: the stream has one, and one is left for
/// snapshots, or else nothing would be heard of the account while the backend is slow to answer.
pub const REQUESTS_MAX: usize = 4;

/// The ops that wait for their turn are those in [`Progress::Queued`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Queue {
    /// How many credits may be promised while offline.
    pub(super) offline_credits: Credits,
    /// The op whose answer the next one waits for.
    sent: Option<OpId>,
    /// How many requests about single ops were not answered yet.
    under_way: usize,
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
        if self.link.online {
            return true;
        }
        let unproven = self.pending.iter().filter(|(op, _)| self.proof(*op).is_none());
        let promised: i64 = unproven.map(|(_, pending)| pending.stored.credits.signed()).sum();
        let promised = if is_on(Mutation::OfflineCapIgnored) { 0 } else { promised };
        let bound = self.queue.offline_credits;
        bound > Credits::ZERO && promised + required.signed() <= bound.signed()
    }

    /// A stored op is sent when its turn comes, unless it was called off meanwhile.
    pub(super) fn saved(&mut self, op: OpId, effects: &mut Vec<Effect>) {
        let (online, now_ms) = (self.link.online, self.link.seen_at_ms);
        if let Some(pending) = self.pending.get_mut(op)
            && pending.progress == Progress::Saving
            && pending.release == Release::No
        {
            if pending.restored {
                // It was another tab's: what became of it is asked first.
                pending.progress = Progress::of_restored(pending.stored.kind, now_ms);
                return self.want_snapshot(effects);
            }
            let is_queued = !online || pending.made_offline;
            pending.progress = if is_queued { Progress::Queued } else { Progress::Ready };
        }
    }

    /// Sends what waits, in the order in which it was made, as long as requests are free; those of
    /// the queue once the one before it is answered. One that is too old is not sent, as the backend
    /// may have forgotten that it knew it, but released before it is dropped: a hold of it that is
    /// still on its way might come just in time.
    pub(super) fn send_holds(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        let made_since_ms = self.backend_time_ms(now_ms).saturating_sub(OP_AGE_MS_MAX);
        let epoch = self.epoch();
        while self.link.online && self.free_requests(effects) > 0 && !self.is_draining() {
            let waiting = self.pending.iter().filter(|(_, pending)| pending.is_waiting());
            let Some(op) = waiting.map(|(op, _)| op).find(|op| self.proof(*op).is_none()) else {
                return;
            };
            let Some(pending) = self.pending.get_mut(op) else { return };
            if pending.progress == Progress::Saving {
                return;
            }
            let is_queued = pending.progress == Progress::Queued;
            self.queue.sent = is_queued.then_some(op);
            if pending.may_be_lost_with(epoch) {
                self.call_off(op, Release::Lost(None), effects);
            } else if pending.stored.created_at_ms >= made_since_ms {
                pending.send(epoch, effects);
            } else {
                self.call_off(op, Release::Lost(Some(Code::OpTooOld)), effects);
            }
            self.send_releases(effects);
        }
    }

    /// Asks for the releases that are due, as long as requests are free.
    pub(super) fn send_releases(&mut self, effects: &mut Vec<Effect>) {
        let (mut free, epoch) = (self.free_requests(effects), self.epoch());
        for (_, pending) in self.pending.iter_mut() {
            if free > 0 && pending.releasing == Request::Due {
                pending.send_release(epoch, effects);
                free -= 1;
            }
        }
    }

    /// How many more requests may be made, besides those among `effects`.
    fn free_requests(&self, effects: &[Effect]) -> usize {
        REQUESTS_MAX.saturating_sub(self.queue.under_way + requests(effects))
    }

    /// Counts the requests that a step makes; each will be answered, if only by nothing.
    pub(super) fn count_requests(&mut self, effects: &[Effect]) {
        self.queue.under_way += requests(effects);
    }

    /// A request was answered.
    pub(super) const fn request_answered(&mut self) {
        self.queue.under_way = self.queue.under_way.saturating_sub(1);
    }

    /// Whether anything that is called off has still to be asked for, or its answer to come.
    pub fn is_calling_off(&self) -> bool {
        self.pending.iter().any(|(_, pending)| pending.releasing != Request::No)
    }

    /// Whether the answer on an op of the queue is awaited.
    fn is_draining(&self) -> bool {
        let sent = self.queue.sent.and_then(|op| self.pending.get(op));
        sent.is_some_and(|pending| pending.in_flight && pending.release == Release::No)
            && !is_on(Mutation::QueueNotAwaited)
    }
}

/// How many of these are requests about single ops.
fn requests(effects: &[Effect]) -> usize {
    let is_request =
        |effect: &&Effect| matches!(effect, Effect::Hold { .. } | Effect::Release { .. });
    effects.iter().filter(is_request).count()
}

impl Pending {
    /// Whether it was not sent, and is stored, or about to be and has a turn to keep.
    fn is_waiting(&self) -> bool {
        let keeps_turn = self.made_offline && self.progress == Progress::Saving;
        let is_stored = matches!(self.progress, Progress::Queued | Progress::Ready);
        (is_stored || keeps_turn) && self.release == Release::No
    }
}
