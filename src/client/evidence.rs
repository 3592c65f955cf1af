//! What is proven of ops: monotone within an epoch, and dropped with it.

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
}

impl Evidence {
    /// Nothing is known of what happened up to `version`, and all of what comes after it.
    pub(super) fn complete_after(version: Version) -> Self {
        Self { proofs: Ordered::default(), from: version.next() }
    }

    /// The version from which on there is evidence for every op of the base.
    pub(super) const fn complete_from(&self) -> Version {
        self.from
    }

    /// Says that everything from `version` on is known.
    pub(super) const fn set_complete_from(&mut self, version: Version) {
        self.from = version;
    }

    pub(super) fn proof(&self, op: OpId) -> Option<Proof> {
        self.proofs.get(op).copied()
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
            (None, _) => {
                self.proofs.insert(op, new);
            }
            (Some(Proof::Applied { end: known @ None, .. }), Proof::Applied { end, .. }) => {
                *known = end;
            }
            (Some(_), _) => {}
        }
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
