//! Snapshots: when to ask for one, and when what it says may become the base.

use alloc::vec::Vec;

use super::evidence::{Evidence, Proof};
use super::ordered::Ordered;
use super::pending::Pending;
use super::stream::StreamState;
use super::{Base, Client, Effect, Reply};
use crate::ids::{Epoch, OpId, Version};
use crate::mutation::{Mutation, is_on};
use crate::wire::{Incoming, Receipt, Snapshot};

/// How many verdicts are asked for at once: the backend's bound.
const VERDICTS_MAX: usize = 100;

/// How far a resync is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
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
    /// Whether the answer to them comes too late to be used.
    outdated: bool,
}

/// A snapshot that waits for verdicts before it may become the base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Staged {
    snapshot: Snapshot,
    /// Of a new epoch: what is proven in it. It becomes the evidence in the step in which the
    /// snapshot becomes the base; until then what is shown stays wholly in the old epoch.
    evidence: Option<Evidence>,
    /// Ops that the backend does not know. Until the snapshot is the base they are shown as before.
    unknown: Vec<OpId>,
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

    /// Asks for a snapshot, or for another one after the one on its way. Not before storage was
    /// read: a base that came before would contain ops of there, and nothing would tell.
    pub(super) fn want_snapshot(&mut self, effects: &mut Vec<Effect>) {
        if !self.tabs.loaded && !is_on(Mutation::AskedBeforeLoaded) {
            return;
        }
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

    /// The next snapshot was asked for with `since`.
    pub(super) const fn expect_snapshot(&mut self, since: Version) {
        self.resync.asking = true;
        self.resync.asked_since = Some(since);
    }

    /// The backend is in a later epoch: a snapshot that waits for verdicts of its own would wait for
    /// ever.
    pub(super) fn want_later_epoch(&mut self, effects: &mut Vec<Effect>) {
        let given_up = self.resync.staged.take().and_then(|staged| staged.evidence);
        if let Some(evidence) = &given_up {
            remember_applied(&mut self.pending, evidence);
        }
        self.want_snapshot(effects);
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
                if self.is_staged() {
                    // What another tab told waits to become the base: one at a time.
                    self.resync.again = true;
                    return;
                }
                let since = self.resync.asked_since.filter(|_| snapshot.receipts_complete);
                self.weigh(snapshot, since, effects);
            }
            Reply::Body(_) | Reply::Nothing => {
                self.resync.attempt += 1;
                self.ask_snapshot(effects);
            }
        }
    }

    /// Learns what another tab knows: its evidence, and its base if that is newer.
    pub(super) fn merge(&mut self, from: Version, snapshot: Snapshot, effects: &mut Vec<Effect>) {
        let at = (snapshot.epoch, snapshot.version);
        let is_newer = self.base.is_none_or(|base| (base.epoch, base.version) < at);
        if is_newer && self.resync.staged.is_none() {
            return self.weigh(snapshot, Some(from), effects);
        }
        // A base that waits for verdicts comes first; after it the backend is asked once more.
        self.resync.again |= is_newer;
        if self.epoch() != Some(snapshot.epoch) {
            return;
        }
        for receipt in &snapshot.receipts {
            self.learn(receipt);
        }
        if self.resync.staged.is_none() {
            self.evidence.cover(self.base_version(), from, snapshot.version);
            self.take_incoming(&snapshot);
        }
    }

    /// Learns what the snapshot proves, and adopts it unless verdicts are needed first. Its receipts
    /// are complete from `since` on.
    fn weigh(&mut self, snapshot: Snapshot, since: Option<Version>, effects: &mut Vec<Effect>) {
        let known = self.base.map(|base| base.epoch);
        if known.is_some_and(|epoch| snapshot.epoch < epoch) {
            return self.resynced(effects);
        }
        let mut next = known
            .is_none_or(|epoch| epoch < snapshot.epoch)
            .then(|| self.begin_epoch(snapshot.version));
        let known_up_to = if next.is_some() { snapshot.version } else { self.base_version() };
        let evidence = next.as_mut().unwrap_or(&mut self.evidence);
        for receipt in &snapshot.receipts {
            if !is_on(Mutation::SnapshotWithoutReceipts) {
                evidence.learn_receipt(receipt);
            }
        }
        let since = since.unwrap_or(snapshot.version.next());
        evidence.cover(known_up_to, since, snapshot.version);
        let has_gap = since > known_up_to.next();
        let staged = Staged { snapshot, evidence: next, unknown: Vec::new() };
        let unproven = self.unresolved_before(&staged, has_gap);
        if unproven.is_empty() || is_on(Mutation::IncompleteReceiptsTrusted) {
            return self.adopt(staged, effects);
        }
        self.resync.staged = Some(staged);
        self.ask_verdicts(unproven, effects);
    }

    /// Another life of the database: nothing that was proven in the old one holds in it. Returns
    /// the evidence it begins with, complete for what happens after `version`.
    fn begin_epoch(&mut self, version: Version) -> Evidence {
        remember_applied(&mut self.pending, &self.evidence);
        if is_on(Mutation::EvidenceOutlivesEpoch) {
            return self.evidence.clone();
        }
        Evidence::complete_after(version)
    }

    /// Own ops without evidence that were made before evidence is complete: in an earlier epoch, or
    /// at a lower version. Their verdict may be one that nothing has told us of; and over a gap, so
    /// may be the end of those that are applied.
    fn unresolved_before(&self, staged: &Staged, has_gap: bool) -> Vec<OpId> {
        let evidence = staged.evidence.as_ref().unwrap_or(&self.evidence);
        let complete_from = (staged.snapshot.epoch, evidence.complete_from());
        let is_open = |op| match evidence.proof(op) {
            None => true,
            Some(proof) => has_gap && matches!(proof, Proof::Applied { end: None, .. }),
        };
        self.pending
            .iter()
            .filter(|(op, _)| is_open(*op))
            .filter(|(_, pending)| pending.stored.made_at < complete_from)
            .map(|(op, _)| op)
            .collect()
    }

    /// Whether a snapshot waits to become the base.
    pub(super) const fn is_staged(&self) -> bool {
        self.resync.staged.is_some()
    }

    /// Whether a snapshot is on its way, or waits to become the base.
    pub(super) const fn is_resyncing(&self) -> bool {
        self.resync.asking || self.resync.staged.is_some()
    }

    fn adopt(&mut self, staged: Staged, effects: &mut Vec<Effect>) {
        let Staged { snapshot, evidence, unknown } = staged;
        if let Some(evidence) = evidence {
            self.evidence = evidence;
            // What waits in there is of the epoch that ends here.
            self.gap.clear();
        }
        let (epoch, version) = (snapshot.epoch, snapshot.version);
        let base = Base::of_snapshot(&snapshot);
        let newer = self.base.is_none_or(|known| known.is_older_than(base));
        if newer || is_on(Mutation::OlderSnapshotAdopted) {
            self.base = Some(base);
            self.tabs.incoming_at_ms = 0;
        }
        self.take_incoming(&snapshot);
        self.drain_gap();
        for op in unknown {
            self.take_up_unknown(op, effects);
            self.was_unknown_at(op, (epoch, version));
        }
        self.take_up_idle();
        self.resynced(effects);
    }

    /// The backend did not know an op after it was at this version: its verdict comes later. What
    /// another tab's op was in an earlier epoch is not to be forgotten: this one may take it over.
    fn was_unknown_at(&mut self, op: OpId, at: (Epoch, Version)) {
        if let Some(pending) = self.pending.get_mut(op)
            && (pending.foreign_since_ms.is_none() || pending.stored.made_at.0 == at.0)
        {
            pending.stored.made_at = pending.stored.made_at.max(at);
        }
    }

    /// Keeps for later that the backend does not know an op, if a snapshot waits for verdicts.
    pub(super) fn stage_unknown(&mut self, op: OpId) -> bool {
        let Some(staged) = &mut self.resync.staged else { return false };
        staged.unknown.push(op);
        true
    }

    /// The purchases that belong to the base, as they were last.
    fn take_incoming(&mut self, snapshot: &Snapshot) {
        let at_ms = snapshot.server_time_ms;
        if self.base_version() == snapshot.version && self.tabs.incoming_at_ms <= at_ms {
            self.set_incoming(snapshot.incoming.clone(), at_ms);
        }
    }

    pub(super) fn set_incoming(&mut self, incoming: Vec<Incoming>, at_ms: u64) {
        self.tabs.incoming_changed |= self.incoming != incoming;
        self.tabs.incoming_at_ms = at_ms;
        self.incoming = incoming;
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
        // An answer that is on its way may be older than what made us ask now.
        self.resync.outdated = self.resync.asked > 0;
        if !self.resync.outdated {
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
        self.resync.outdated = false;
        self.ask_next_verdicts(effects);
    }

    /// Whether the verdicts that have come were asked for too early, so that they are asked for
    /// again.
    pub(super) fn verdicts_are_outdated(&mut self, effects: &mut Vec<Effect>) -> bool {
        let outdated = core::mem::take(&mut self.resync.outdated);
        if outdated {
            self.resync.verdicts_attempt = 0;
            self.ask_next_verdicts(effects);
        }
        outdated
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

/// Remembers of each own op whether the evidence of an epoch that is over had it applied.
fn remember_applied(own: &mut Ordered<OpId, Pending>, evidence: &Evidence) {
    for (op, pending) in own.iter_mut() {
        pending.was_applied |= matches!(evidence.proof(op), Some(Proof::Applied { .. }));
    }
}
