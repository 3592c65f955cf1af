//! What is proven of ops: monotone within an epoch, and dropped with it.

use alloc::vec::Vec;

use super::ordered::Ordered;
use crate::credits::Credits;
use crate::entry::{Entry, EntryKind};
use crate::error::Code;
use crate::ids::{OpId, Version};
use crate::ledger::Reason;
use crate::mutation::{Mutation, is_on};
use crate::wire::{OpState, Receipt, ReceiptVerdict};

/// How many ops are remembered. Beyond it the oldest evidence goes, and with it the claim to know
/// everything from its version on.
const EVIDENCE_MAX: usize = 4_096;

/// What is proven of one op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Proof {
    /// It never takes effect.
    Rejected { version: Version, code: Code },
    /// It took effect at that version; `end` once it is over.
    Applied { version: Version, end: Option<End> },
}

/// How an applied op ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct End {
    /// The version that its end made.
    pub(super) version: Version,
    pub(super) how: Ending,
}

/// What an ended op cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ending {
    /// Spent at once.
    Debited,
    /// Spent when its work finished; how much, where an entry told it.
    Captured { spent: Option<Credits> },
    /// Returned, for that reason.
    Released { reason: Option<Reason> },
}

/// Proofs by op, and from which version on there is one for every op.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Evidence {
    proofs: Ordered<OpId, Proof>,
    /// Complete for ops with a verdict at this version or later.
    from: Version,
    /// What was learned since it was last asked for.
    news: Vec<OpId>,
}

impl Evidence {
    /// Nothing is known of what happened up to `version`, and all of what comes after it.
    pub(super) fn complete_after(version: Version) -> Self {
        Self { from: version.next(), ..Self::default() }
    }

    /// The version from which on there is evidence for every op of the base.
    pub(super) const fn complete_from(&self) -> Version {
        self.from
    }

    /// Says that, besides what is known up to the base at `base`, everything from `since` up to
    /// `version` is known. Where that leaves a gap, only what is above it counts as known.
    pub(super) fn cover(&mut self, base: Version, since: Version, version: Version) {
        if since <= base.next() && self.from <= version.next() {
            self.from = self.from.min(since);
        } else if version > base {
            self.from = since;
        }
    }

    /// Ops on which something was learned since this was last asked.
    pub(super) fn take_news(&mut self) -> Vec<OpId> {
        core::mem::take(&mut self.news)
    }

    /// The receipts of ops that got a verdict or an end at `since` or later, and those of `also`.
    pub(super) fn receipts(&self, since: Version, also: &[OpId]) -> Vec<Receipt> {
        let listed = self.proofs.iter().filter(|(_, proof)| proof.touched() >= since);
        let also = also.iter().filter_map(|op| Some((*op, self.proofs.get(*op)?)));
        let also = also.filter(|(_, proof)| proof.touched() < since);
        listed.chain(also).map(|(op, proof)| proof.receipt(op)).collect()
    }

    pub(super) fn proof(&self, op: OpId) -> Option<Proof> {
        self.proofs.get(op).copied()
    }

    /// The op that ended at that version, and how, if one did.
    pub(super) fn ended_at(&self, version: Version) -> Option<(OpId, Ending)> {
        self.proofs.iter().find_map(|(op, proof)| match proof {
            Proof::Applied { end: Some(end), .. } if end.version == version => Some((op, end.how)),
            _ => None,
        })
    }

    /// Whether an op must not be overlaid: it is refused, or the base at `version` contains it.
    pub(super) fn is_in_base(&self, op: OpId, version: Version) -> bool {
        match self.proofs.get(op) {
            None => false,
            Some(Proof::Rejected { .. }) => true,
            Some(Proof::Applied { version: applied, .. }) => {
                *applied <= version || is_on(Mutation::OverlayDroppedOnAnswer)
            }
        }
    }

    /// What an entry proves of its op.
    pub(super) fn learn_entry(&mut self, entry: &Entry) {
        let Some((op, version)) = entry.op_applied_at() else { return };
        let how = match entry.kind {
            EntryKind::Debit => Some(Ending::Debited),
            EntryKind::Capture => Some(Ending::Captured { spent: Some(entry.credits) }),
            EntryKind::Release => {
                Some(Ending::Released { reason: entry.reason.as_deref().and_then(Reason::parse) })
            }
            _ => None,
        };
        let end = how.map(|how| End { version: entry.version, how });
        self.learn(op, Proof::Applied { version, end });
    }

    /// What a receipt proves of its op; nothing if it says that nothing is known.
    pub(super) fn learn_receipt(&mut self, receipt: &Receipt) {
        let Some(version) = receipt.version else { return };
        match receipt.verdict {
            ReceiptVerdict::Unknown => {}
            ReceiptVerdict::Rejected => {
                let code = receipt.code.unwrap_or(Code::Cancelled);
                self.learn(receipt.op, Proof::Rejected { version, code });
            }
            ReceiptVerdict::Applied => {
                let end = receipt_end(receipt, version);
                self.learn(receipt.op, Proof::Applied { version, end });
            }
        }
    }

    /// Adds a proof. A verdict is never replaced; an open op may only gain its end.
    fn learn(&mut self, op: OpId, new: Proof) {
        match (self.proofs.get_mut(op), new) {
            (None, _) => self.proofs.insert(op, new),
            (
                Some(Proof::Applied { end: known @ None, .. }),
                Proof::Applied { end: end @ Some(_), .. },
            ) => *known = end,
            (Some(_), _) => return,
        }
        self.news.push(op);
    }

    /// Keeps the bound: forgets the oldest proofs that `needed` does not name.
    pub(super) fn prune(&mut self, needed: impl Fn(OpId) -> bool) {
        while self.proofs.len() > EVIDENCE_MAX {
            let oldest = self
                .proofs
                .iter()
                .filter(|(op, _)| !needed(*op))
                .min_by_key(|(_, proof)| proof.version())
                .map(|(op, proof)| (op, proof.version()));
            let Some((op, version)) = oldest else { return };
            self.proofs.remove(op);
            self.from = self.from.max(version.next());
        }
    }
}

impl Proof {
    const fn version(&self) -> Version {
        match self {
            Self::Rejected { version, .. } | Self::Applied { version, .. } => *version,
        }
    }

    /// The version at which it was last learned of.
    fn touched(&self) -> Version {
        match self {
            Self::Applied { end: Some(end), .. } => end.version,
            _ => self.version(),
        }
    }

    /// The receipt that proves as much.
    fn receipt(&self, op: OpId) -> Receipt {
        let version = Some(self.version());
        let receipt = Receipt { version, ..Receipt::unknown(op) };
        match *self {
            Self::Rejected { code, .. } => {
                Receipt { verdict: ReceiptVerdict::Rejected, code: Some(code), ..receipt }
            }
            Self::Applied { end, .. } => {
                let (state, spent, reason) = match end.map(|end| end.how) {
                    None => (OpState::Held, None, None),
                    Some(Ending::Debited) => (OpState::Debited, None, None),
                    Some(Ending::Captured { spent }) => (OpState::Captured, spent, None),
                    Some(Ending::Released { reason }) => (OpState::Released, None, reason),
                };
                let ended_version = end.map(|end| end.version);
                let (verdict, state) = (ReceiptVerdict::Applied, Some(state));
                Receipt { verdict, state, reason, spent, ended_version, ..receipt }
            }
        }
    }
}

fn receipt_end(receipt: &Receipt, applied: Version) -> Option<End> {
    let version = receipt.ended_version.unwrap_or(applied);
    let how = match receipt.state? {
        OpState::Held => return None,
        OpState::Debited => Ending::Debited,
        OpState::Captured | OpState::Refunded => {
            Ending::Captured { spent: receipt.spent.or(receipt.credits) }
        }
        OpState::Released => Ending::Released { reason: receipt.reason },
    };
    Some(End { version, how })
}
