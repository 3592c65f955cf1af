//! Tabs of one browser: one of them runs the stream, all of them may spend, and each tells the
//! others what it learned.
//!
//! What a tab tells is a [`Digest`]: a base together with the evidence that belongs to it. Merging
//! one takes the newer base and the union of the evidence, so that digests may come late, twice, out
//! of order, or from a tab that was frozen for an hour: none takes anything back.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

use serde::Serialize;

use super::pending::{Pending, Progress, Release};
use super::{Base, Client, Effect, StoredOp};
use crate::ids::{Epoch, OpId, Version};
use crate::mutation::{Mutation, is_on};
use crate::wire::Snapshot;

/// How long the tab that made an op may take to prove its fate, before the leading tab sees to it,
/// and every other one. It may be gone, or frozen before it sent anything, or what it told was
/// missed. Should several ask, the op is the same.
const TAKE_OVER_MS: u64 = 10_000;
const TAKE_OVER_FOLLOWING_MS: u64 = 30_000;

/// What this tab is to the other tabs of its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// There are no others.
    #[default]
    Alone,
    /// It runs the stream for all of them.
    Leading,
    /// It has no stream, and learns from the leading tab.
    Following,
}

/// What one tab tells the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Digest {
    /// From which version on the receipts are all there are.
    pub from: Version,
    /// The base and its evidence, in the shape in which the backend tells them.
    pub snapshot: Snapshot,
    /// Own ops that were made or called off.
    pub ops: Vec<StoredOp>,
    /// Own ops that are over without a verdict.
    pub over: Vec<OpId>,
}

/// What the other tabs know of this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tabs {
    pub(super) role: Role,
    /// Whether storage was read: before that, nothing is asked, and nothing heard.
    pub(super) loaded: bool,
    /// The newest base that all tabs have heard of.
    pub(super) shared: Option<(Epoch, Version)>,
    /// Own ops to tell of.
    changed: Vec<OpId>,
    over: Vec<OpId>,
    /// Whether the incoming purchases are to be told.
    pub(super) incoming_changed: bool,
    /// The backend's time at which they were as they are.
    pub(super) incoming_at_ms: u64,
}

impl Tabs {
    pub(super) fn is_following(&self) -> bool {
        self.role == Role::Following
    }

    pub(super) fn tell_of(&mut self, op: OpId) {
        self.changed.push(op);
    }

    pub(super) fn tell_over(&mut self, op: OpId) {
        self.over.push(op);
    }
}

impl Client {
    pub(super) fn set_role(&mut self, role: Role, now_ms: u64, effects: &mut Vec<Effect>) {
        let before = core::mem::replace(&mut self.tabs.role, role);
        // Who follows once more was away, and may have missed what was told.
        let asks = role == Role::Following && !is_on(Mutation::MissedNotAsked);
        let is_same = before == role && !asks;
        if !self.tabs.loaded || is_same {
            return;
        }
        let taken_over = role == Role::Alone && self.take_over(now_ms, |_, _| true, effects);
        if role == Role::Following {
            self.disconnect(effects);
            effects.push(Effect::AskTabs);
        } else if before == Role::Following {
            self.reconnect(effects);
        } else if taken_over {
            self.want_snapshot(effects);
        }
    }

    /// Storage was read: asks what there is to know, the backend or the leading tab.
    pub(super) fn begin(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        self.tabs.loaded = true;
        if self.tabs.role == Role::Alone {
            self.take_over(now_ms, |_, _| true, effects);
        } else {
            effects.push(Effect::AskTabs);
        }
        self.want_catalog(effects);
        if !self.tabs.is_following() {
            self.want_snapshot(effects);
        }
    }

    /// Tells the other tabs what this step has brought, if anything.
    pub(super) fn share(&mut self, effects: &mut Vec<Effect>) {
        let (changed, over) = (take(&mut self.tabs.changed), take(&mut self.tabs.over));
        let learned = self.evidence.take_news();
        let incoming_changed = take(&mut self.tabs.incoming_changed);
        if self.tabs.role == Role::Alone {
            self.tabs.shared = None;
            return;
        }
        let Some(base) = self.base else { return };
        let at = Some((base.epoch, base.version));
        let nothing = changed.is_empty() && over.is_empty() && learned.is_empty();
        if nothing && !incoming_changed && at <= self.tabs.shared {
            return;
        }
        let from = match self.tabs.shared {
            Some((epoch, version)) if epoch == base.epoch => version.next(),
            _ => Version::ZERO,
        };
        let ops = self.to_tell(base, changed);
        let digest = Digest { ops, over, ..self.digest(base, from, &learned) };
        effects.push(Effect::Tell(digest));
        self.tabs.shared = self.tabs.shared.max(at);
    }

    /// Another tab has come, and asks what there is to know.
    pub(super) fn introduce(&mut self, effects: &mut Vec<Effect>) {
        let Some(base) = self.base else { return };
        // It has not heard of a newer base that waits here for verdicts, as the others have.
        self.tabs.shared = Some((base.epoch, base.version));
        let from = if self.tabs.is_following() { base.version.next() } else { Version::ZERO };
        let own = self.pending.iter().filter(|(_, pending)| pending.foreign_since_ms.is_none());
        let own: Vec<_> = own.map(|(op, _)| op).collect();
        let digest = self.digest(base, from, &own);
        effects.push(Effect::Tell(Digest { ops: self.to_tell(base, own), ..digest }));
    }

    /// The stored form of ops, as told with `base`: what it does not contain gets its verdict later.
    fn to_tell(&self, base: Base, ops: Vec<OpId>) -> Vec<StoredOp> {
        let stored = |op| {
            let stored = self.pending.get(op)?.stored.clone();
            let made_at = match self.evidence.proof(op) {
                None => stored.made_at.max((base.epoch, base.version)),
                Some(_) => stored.made_at,
            };
            Some(StoredOp { made_at, ..stored })
        };
        ops.into_iter().filter_map(stored).collect()
    }

    /// The base with its evidence from `from` on, as far back as it is complete, and on `also`.
    fn digest(&self, base: Base, from: Version, also: &[OpId]) -> Digest {
        let from = from.max(self.evidence.complete_from());
        let snapshot = Snapshot {
            account: self.account.clone(),
            epoch: base.epoch,
            version: base.version,
            settled: base.settled,
            held: base.held,
            available: base.available,
            holds: Vec::new(),
            incoming: self.incoming.clone(),
            receipts: if is_on(Mutation::BaseWithoutEvidence) {
                Vec::new()
            } else {
                self.evidence.receipts(from, also)
            },
            receipts_complete: true,
            server_time_ms: self.tabs.incoming_at_ms,
        };
        Digest { from, snapshot, ops: Vec::new(), over: Vec::new() }
    }

    /// Sees to ops of tabs that are silent for too long. While offline nobody can prove anything.
    pub(super) fn take_over_overdue(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        let online = self.link.online;
        for (_, pending) in self.pending.iter_mut() {
            // A clock that was set back must not make anybody wait longer.
            let since_ms = |since_ms: u64| if online { since_ms.min(now_ms) } else { now_ms };
            pending.foreign_since_ms = pending.foreign_since_ms.map(since_ms);
        }
        let following = self.tabs.is_following();
        let bound_ms = if following { TAKE_OVER_FOLLOWING_MS } else { TAKE_OVER_MS };
        let is_overdue =
            |since_ms, proven: bool| !proven && now_ms.saturating_sub(since_ms) >= bound_ms;
        if self.take_over(now_ms, is_overdue, effects) {
            self.want_snapshot(effects);
        }
    }

    /// Makes ops of other tabs this one's. Whether nothing is known of any of them: the snapshot
    /// that is to be taken then tells their verdicts, and what it does not know is sent again.
    fn take_over(
        &mut self,
        now_ms: u64,
        is_due: impl Fn(u64, bool) -> bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let ops: Vec<_> = self.pending.keys().collect();
        let mut unknown = false;
        for op in ops {
            let proven = self.proof(op).is_some();
            let Some(pending) = self.pending.get_mut(op) else { continue };
            if !pending.foreign_since_ms.is_some_and(|since_ms| is_due(since_ms, proven)) {
                continue;
            }
            let is_stored = pending.restored;
            pending.adopt(now_ms);
            // The tab that told of it may have died before it was stored.
            if !is_stored && !is_on(Mutation::TakenOverUnstored) {
                pending.progress = Progress::Saving;
                effects.push(Effect::Save(pending.stored.clone()));
            }
            unknown |= !proven;
            if pending.stored.called_off && !proven {
                self.call_off(op, Release::Wanted, effects);
            }
        }
        unknown
    }
}

impl Pending {
    /// An op that another tab made, or that was found in storage while other tabs live.
    pub(super) fn of_another_tab(stored: StoredOp, now_ms: u64) -> Self {
        let progress = Progress::Sent;
        Self { foreign_since_ms: Some(now_ms), ..Self::new(stored, progress) }
    }

    /// Takes up an op that an earlier page or another tab left behind.
    pub(super) fn adopt(&mut self, now_ms: u64) {
        self.foreign_since_ms = None;
        self.restored = true;
        self.progress = Progress::of_restored(self.stored.kind, now_ms);
    }
}

impl Serialize for StoredOp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.to_text();
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::Input;
    use crate::error::Code;
    use crate::ids::AccountId;
    use crate::wire::{OpState, Receipt, ReceiptVerdict};

    fn op(number: u64) -> OpId {
        OpId::v7(number, [0; 10])
    }

    /// The one history there is: each version made by one op, every third of which was refused at it
    /// and every fourth of which is still held.
    fn receipt(version: u64) -> Receipt {
        let at = Version::new(version).ok();
        let unknown = Receipt { version: at, ..Receipt::unknown(op(version)) };
        if version.is_multiple_of(3) {
            let code = Some(Code::InsufficientCredits);
            return Receipt { verdict: ReceiptVerdict::Rejected, code, ..unknown };
        }
        let held = version.is_multiple_of(4);
        let state = Some(if held { OpState::Held } else { OpState::Debited });
        let ended_version = at.filter(|_| !held);
        Receipt { verdict: ReceiptVerdict::Applied, state, ended_version, ..unknown }
    }

    /// What a tab tells that has heard of everything from one version to another.
    fn digest(from: u64, version: u64) -> Digest {
        let available = 100 - version.cast_signed();
        Digest {
            from: Version::new(from).unwrap(),
            snapshot: Snapshot {
                account: AccountId::new("u_1").unwrap(),
                epoch: "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F".parse().unwrap(),
                version: Version::new(version).unwrap(),
                settled: available,
                held: crate::Credits::ZERO,
                available,
                holds: Vec::new(),
                incoming: Vec::new(),
                receipts: (from..=version).map(receipt).collect(),
                receipts_complete: true,
                server_time_ms: version,
            },
            ops: Vec::new(),
            over: Vec::new(),
        }
    }

    /// Base and proofs of a tab that heard these.
    fn merged(digests: &[(u64, u64)]) -> (Option<Base>, Vec<Receipt>) {
        let mut client = Client::new(AccountId::new("u_1").unwrap());
        client.handle(Input::Role(Role::Following), 0);
        client.handle(Input::Restored(Vec::new()), 0);
        for (from, length) in digests {
            client.handle(Input::Told(digest(*from, from + length)), 0);
        }
        (client.base, client.evidence.receipts(Version::ZERO, &[]))
    }

    proptest! {
        #[test]
        fn merging_is_commutative_associative_and_idempotent(
            digests in proptest::collection::vec((1u64..9, 0u64..6), 1..8),
            order in Just(()).prop_perturb(|(), mut random| random.random::<u64>()),
        ) {
            let mut shuffled = digests.clone();
            shuffled.sort_by_key(|(from, length)| (from * 7 + length).wrapping_mul(order | 1));
            let twice = [&digests[..], &shuffled[..]].concat();
            let heard = merged(&digests);
            prop_assert_eq!(&heard, &merged(&shuffled));
            prop_assert_eq!(&heard, &merged(&twice));
        }
    }
}
