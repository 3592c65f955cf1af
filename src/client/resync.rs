//! Snapshots: when to ask for one, and when what it says may become the base.

use alloc::vec::Vec;

use super::evidence::{Evidence, Proof};
use super::stream::StreamState;
use super::{Base, Client, Effect, Reply};
use crate::ids::{Epoch, OpId, Version};
use crate::wire::{Receipt, Snapshot};

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
    staged: Option<Staged>,
    /// Ops whose verdicts are wanted; the first so many of them are asked for, and how often in
    /// vain.
    wanted: Vec<OpId>,
    asked: usize,
    verdicts_attempt: u32,
}

/// A snapshot that waits for verdicts before it may become the base.
#[derive(Debug)]
struct Staged {
    snapshot: Snapshot,
    /// Of a new epoch: what is proven in it. It becomes the evidence in the step in which the
    /// snapshot becomes the base; until then what is shown stays wholly in the old epoch.
    evidence: Option<Evidence>,
}

impl Resync {
    pub(super) fn staged_epoch(&self) -> Option<Epoch> {
        self.staged.as_ref().map(|staged| staged.snapshot.epoch)
    }

    fn staged_evidence(&self) -> Option<&Evidence> {
        self.staged.as_ref()?.evidence.as_ref()
    }
}

impl Client {
    /// What is proven of an op in the newest epoch that is known.
    pub(super) fn proof(&self, op: OpId) -> Option<Proof> {
        self.resync.staged_evidence().unwrap_or(&self.evidence).proof(op)
    }

    /// Learns what a receipt of the newest known epoch proves.
    pub(super) fn learn(&mut self, receipt: &Receipt) {
        let staged = self.resync.staged.as_mut().and_then(|staged| staged.evidence.as_mut());
        staged.unwrap_or(&mut self.evidence).learn_receipt(receipt);
    }

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

    /// Asks for a snapshot, unless one is on its way: that one will do.
    pub(super) fn look(&mut self, effects: &mut Vec<Effect>) {
        if !self.is_resyncing() {
            self.want_snapshot(effects);
        }
    }

    /// Whether a snapshot is on its way, or waits to become the base.
    pub(super) const fn is_resyncing(&self) -> bool {
        self.resync.asking || self.resync.staged.is_some()
    }

    /// The next snapshot was asked for with `since`.
    pub(super) const fn expect_snapshot(&mut self, since: Version) {
        self.resync.asking = true;
        self.resync.asked_since = Some(since);
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
        snapshot: Reply<Snapshot>,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        if !self.resync.asking {
            return;
        }
        match snapshot {
            Reply::Refused => self.resync.asking = false,
            Reply::Body(snapshot) if snapshot.account == self.account => {
                self.resync.asking = false;
                self.link.heard(now_ms);
                self.set_clock(snapshot.server_time_ms, now_ms);
                self.weigh(snapshot, effects);
            }
            Reply::Body(_) | Reply::Nothing => {
                self.resync.attempt += 1;
                self.ask_snapshot(effects);
            }
        }
    }

    /// Learns what the snapshot proves, and adopts it unless verdicts are needed first.
    fn weigh(&mut self, snapshot: Snapshot, effects: &mut Vec<Effect>) {
        let known = self.base.map(|base| base.epoch);
        if known.is_some_and(|epoch| snapshot.epoch < epoch) {
            return self.resynced(effects);
        }
        let mut next = known
            .is_some_and(|epoch| epoch < snapshot.epoch)
            .then(|| self.begin_epoch(snapshot.version));
        let evidence = next.as_mut().unwrap_or(&mut self.evidence);
        for receipt in &snapshot.receipts {
            evidence.learn_receipt(receipt);
        }
        let listed_since = self.resync.asked_since.filter(|_| snapshot.receipts_complete);
        if next.is_none() {
            self.evidence.set_complete_from(match listed_since {
                None => snapshot.version.next(),
                Some(since) if known.is_none() => since,
                // What is known reaches up to the base, and `since` is not above it: no gap opens.
                Some(since) => since.min(self.evidence.complete_from()),
            });
        }
        let staged = Staged { snapshot, evidence: next };
        let unproven = self.unresolved_before(&staged);
        if unproven.is_empty() {
            return self.adopt(staged, effects);
        }
        self.resync.staged = Some(staged);
        self.ask_verdicts(unproven, effects);
    }

    /// Another life of the database: nothing that was proven in the old one holds in it. Returns
    /// the evidence it begins with, complete for what happens after `version`.
    fn begin_epoch(&mut self, version: Version) -> Evidence {
        for (op, pending) in self.pending.iter_mut() {
            let applied = matches!(self.evidence.proof(op), Some(Proof::Applied { .. }));
            pending.was_applied |= applied;
        }
        self.gap.clear();
        Evidence::complete_after(version)
    }

    /// Own ops without evidence that were made before evidence is complete: in an earlier epoch, or
    /// at a lower version. Their verdict may be one that nothing has told us of.
    fn unresolved_before(&self, staged: &Staged) -> Vec<OpId> {
        let evidence = staged.evidence.as_ref().unwrap_or(&self.evidence);
        let complete_from = (staged.snapshot.epoch, evidence.complete_from());
        self.pending
            .iter()
            .filter(|(op, _)| evidence.proof(*op).is_none())
            .filter(|(_, pending)| pending.stored.made_at < complete_from)
            .map(|(op, _)| op)
            .collect()
    }

    fn adopt(&mut self, staged: Staged, effects: &mut Vec<Effect>) {
        let Staged { snapshot, evidence } = staged;
        if let Some(evidence) = evidence {
            self.evidence = evidence;
        }
        let base = Base::of_snapshot(&snapshot);
        if self.base.is_none_or(|known| known.is_older_than(base)) {
            self.base = Some(base);
        }
        if self.base_version() <= snapshot.version {
            self.incoming = snapshot.incoming;
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
            self.open_stream(effects);
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
        if let Some(staged) = self.resync.staged.take() {
            self.adopt(staged, effects);
        }
    }
}
