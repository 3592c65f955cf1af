//! Snapshots: when to ask for one, and when what it says may become the base.

use alloc::vec::Vec;

use super::stream::StreamState;
use super::{Base, Client, Effect};
use crate::ids::{Epoch, OpId, Version};
use crate::wire::Snapshot;

/// How many verdicts are asked for at once: the backend's bound.
const VERDICTS_MAX: usize = 100;

/// How far a resync is.
#[derive(Debug, Default)]
pub(super) struct Resync {
    /// A snapshot is on its way.
    asking: bool,
    /// Another one is wanted after it.
    again: bool,
    attempt: u32,
    /// From where on receipts were asked for.
    asked_since: Option<Version>,
    /// A snapshot that waits for verdicts before it may become the base.
    staged: Option<Snapshot>,
    /// Ops whose verdicts are wanted; the first so many of them are asked for, and how often in
    /// vain.
    wanted: Vec<OpId>,
    asked: usize,
    verdicts_attempt: u32,
}

impl Resync {
    pub(super) fn staged_epoch(&self) -> Option<Epoch> {
        self.staged.as_ref().map(|snapshot| snapshot.epoch)
    }
}

impl Client {
    /// Asks for a snapshot, or for another one after the one on its way.
    pub(super) fn want_snapshot(&mut self, effects: &mut Vec<Effect>) {
        if self.resync.asking || self.resync.staged.is_some() {
            self.resync.again = true;
            return;
        }
        self.resync.asking = true;
        self.resync.attempt = 0;
        self.ask_snapshot(effects);
    }

    fn ask_snapshot(&mut self, effects: &mut Vec<Effect>) {
        let base = self.base.map(|base| (base.epoch, base.version));
        let since = match (base, self.unresolved_since()) {
            (Some(base), Some(made)) if made.0 == base.0 => Some(base.min(made)),
            (Some(base), _) => Some(base),
            (None, made) => made,
        };
        self.resync.asked_since = since.map(|(_, version)| version);
        effects.push(Effect::Snapshot { since, attempt: self.resync.attempt });
    }

    pub(super) fn snapshot_answered(
        &mut self,
        snapshot: Option<Snapshot>,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        if !self.resync.asking {
            return;
        }
        match snapshot.filter(|snapshot| snapshot.account == self.account) {
            None => {
                self.resync.attempt += 1;
                self.ask_snapshot(effects);
            }
            Some(snapshot) => {
                self.resync.asking = false;
                self.link.heard(now_ms);
                self.set_clock(snapshot.server_time_ms, now_ms);
                self.weigh(snapshot, effects);
            }
        }
    }

    /// Learns what the snapshot proves, and adopts it unless verdicts are needed first.
    fn weigh(&mut self, snapshot: Snapshot, effects: &mut Vec<Effect>) {
        let known = self.base.map(|base| base.epoch);
        if known.is_some_and(|epoch| snapshot.epoch < epoch) {
            return self.resynced(effects);
        }
        let same_epoch = known.is_none_or(|epoch| snapshot.epoch == epoch);
        if !same_epoch {
            self.begin_epoch(snapshot.version);
        }
        for receipt in &snapshot.receipts {
            self.evidence.learn_receipt(receipt);
        }
        let listed = (same_epoch && snapshot.receipts_complete).then_some(self.resync.asked_since);
        let complete_from = match listed.flatten() {
            None => snapshot.version.next(),
            Some(since) if known.is_none() => since,
            // What is known reaches up to the base, and `since` is not above it: no gap opens.
            Some(since) => since.min(self.evidence.complete_from()),
        };
        self.evidence.set_complete_from(complete_from);
        let unproven = self.unresolved_before((snapshot.epoch, complete_from));
        if unproven.is_empty() {
            return self.adopt(&snapshot, effects);
        }
        self.resync.staged = Some(snapshot);
        self.ask_verdicts(unproven, effects);
    }

    /// Another life of the database: nothing that was proven in the old one holds.
    fn begin_epoch(&mut self, version: Version) {
        for (op, pending) in self.pending.iter_mut() {
            let applied =
                matches!(self.evidence.proof(op), Some(super::evidence::Proof::Applied { .. }));
            pending.was_applied |= applied;
        }
        self.evidence.begin_after(version);
        self.gap.clear();
    }

    /// Own ops without evidence that were made before evidence is complete: in an earlier epoch, or
    /// at a lower version. Their verdict may be one that nothing has told us of.
    fn unresolved_before(&self, complete_from: (Epoch, Version)) -> Vec<OpId> {
        self.pending
            .iter()
            .filter(|(op, _)| self.evidence.proof(*op).is_none())
            .filter(|(_, pending)| pending.stored.made_at < complete_from)
            .map(|(op, _)| op)
            .collect()
    }

    fn adopt(&mut self, snapshot: &Snapshot, effects: &mut Vec<Effect>) {
        let base = Base::of_snapshot(snapshot);
        if self.base.is_none_or(|known| known.is_older_than(base)) {
            self.base = Some(base);
        }
        if self.base_version() <= snapshot.version {
            self.incoming.clone_from(&snapshot.incoming);
        }
        self.drain_gap();
        self.take_up_idle(effects);
        self.resynced(effects);
    }

    fn resynced(&mut self, effects: &mut Vec<Effect>) {
        if core::mem::take(&mut self.resync.again) {
            self.want_snapshot(effects);
        }
        if self.link.stream == StreamState::Closed {
            self.open_stream(0, effects);
        }
    }

    /// Asks for the verdicts of `ops`, besides those asked for already.
    pub(super) fn ask_verdicts(&mut self, ops: Vec<OpId>, effects: &mut Vec<Effect>) {
        for op in ops {
            if !self.resync.wanted.contains(&op) {
                self.resync.wanted.push(op);
            }
        }
        if self.resync.asked == 0 {
            self.ask_next_verdicts(effects);
        }
    }

    fn ask_next_verdicts(&mut self, effects: &mut Vec<Effect>) {
        let ops: Vec<_> = self.resync.wanted.iter().copied().take(VERDICTS_MAX).collect();
        self.resync.asked = ops.len();
        if !ops.is_empty() {
            let (epoch, attempt) = (self.epoch(), self.resync.verdicts_attempt);
            effects.push(Effect::Verdicts { ops, epoch, attempt });
        }
    }

    pub(super) fn ask_verdicts_again(&mut self, effects: &mut Vec<Effect>) {
        self.resync.verdicts_attempt += 1;
        self.ask_next_verdicts(effects);
    }

    /// One batch of verdicts has come: asks for the next, or adopts the snapshot that waited.
    pub(super) fn verdicts_done(&mut self, effects: &mut Vec<Effect>) {
        let answered = core::mem::take(&mut self.resync.asked);
        self.resync.wanted.drain(..answered);
        self.resync.verdicts_attempt = 0;
        self.ask_next_verdicts(effects);
        if self.resync.asked > 0 {
            return;
        }
        if let Some(snapshot) = self.resync.staged.take() {
            self.adopt(&snapshot, effects);
        }
    }
}
