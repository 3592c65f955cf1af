//! What a tab hears from the other tabs of its account.

use alloc::vec::Vec;

use super::evidence::{Ending, Proof};
use super::pending::{Pending, Release};
use super::{Base, Client, Digest, Effect, PENDING_MAX, StoredOp};
use crate::credits::Credits;
use crate::display::HappenedKey;
use crate::ledger::Reason;
use crate::mutation::{Mutation, is_on};

impl Client {
    /// Learns what another tab tells.
    pub(super) fn told(&mut self, digest: Digest, now_ms: u64, effects: &mut Vec<Effect>) {
        let Digest { from, snapshot, ops, over } = digest;
        if !self.tabs.loaded || snapshot.account != self.account {
            return;
        }
        let at = (snapshot.epoch, snapshot.version);
        let before = self.base;
        self.merge(from, snapshot, effects);
        for stored in ops {
            self.hear_of(stored, now_ms, effects);
        }
        for op in over {
            let foreign = |pending: &Pending| pending.foreign_since_ms.is_some();
            if self.proof(op).is_none() && self.pending.get(op).is_some_and(foreign) {
                self.pending.remove(op);
            }
        }
        if let (Some(before), Some(after)) = (before, self.base) {
            self.hear_news(before, after);
        }
        // All tabs heard it: it needs no telling again.
        self.tabs.shared = self.tabs.shared.max(Some(at));
        self.evidence.take_news();
        self.tabs.incoming_changed = false;
    }

    /// Tells the buyer of the one entry that led from one base to the next: the tab that is looked at
    /// need not be the one that reads the stream. An op that is pending here tells of its end itself.
    fn hear_news(&mut self, before: Base, after: Base) {
        if (before.epoch, before.version.next()) != (after.epoch, after.version) {
            return;
        }
        let (owned, held) =
            (after.settled - before.settled, before.held.signed() - after.held.signed());
        let (key, change, reason) = match self.evidence.ended_at(after.version) {
            Some((op, _)) if self.pending.get(op).is_some_and(|pending| !pending.told) => return,
            Some((_, Ending::Released { reason })) => (HappenedKey::Returned, held, reason),
            Some(_) => (HappenedKey::Spent, owned, None),
            None if owned > 0 => (HappenedKey::Granted, owned, None),
            None if owned < 0 => (HappenedKey::Taken, owned, None),
            None => return,
        };
        let credits = Credits::new(change.unsigned_abs()).unwrap_or_default();
        self.happen(key, credits, None, reason.map(Reason::as_str), None);
    }

    /// An op of another tab: shown here too, and never sent from here as long as that tab lives.
    /// It is not shown if the base here may contain it and nothing tells: as if it was not heard of
    /// yet. Nor is it at the bound; the backend, which decides, knows it all the same.
    fn hear_of(&mut self, stored: StoredOp, now_ms: u64, effects: &mut Vec<Effect>) {
        let op = stored.op;
        let is_hidden = self.pending.len() >= PENDING_MAX || self.may_contain(&stored);
        // Of what is over already, the entry that ended it has told.
        let is_over = self.is_over(op);
        match self.pending.get_mut(op) {
            // Called off once is enough: tabs that refuse to believe it would tell each other for ever.
            Some(known) if !stored.called_off || known.is_called_off() => {}
            Some(known) if known.foreign_since_ms.is_some() => known.stored.called_off = true,
            Some(_) => self.call_off(op, Release::Wanted, effects),
            None if is_hidden => {}
            None => {
                let mut foreign = Pending::of_another_tab(stored, now_ms);
                foreign.told = is_over;
                if is_on(Mutation::ForeignOpsSent) {
                    foreign.foreign_since_ms = None;
                }
                self.pending.insert(op, foreign);
                if self.is_staged() {
                    self.ask_verdicts(alloc::vec![op], effects);
                }
            }
        }
    }

    /// Whether the base may contain an op, or its end, and nothing will tell.
    fn may_contain(&self, stored: &StoredOp) -> bool {
        let Some(base) = self.base else { return false };
        let (epoch, version) = stored.made_at;
        // One that was told in a later epoch may have been made long before.
        let is_same = epoch == base.epoch;
        let is_later = is_same && version >= base.version;
        let covered = is_same && version.next() >= self.evidence.complete_from();
        let is_open = match self.evidence.proof(stored.op) {
            None => true,
            Some(Proof::Applied { version, end: None }) => version < self.evidence.complete_from(),
            Some(_) => false,
        };
        !is_later && !covered && is_open
    }
}

impl Pending {
    /// Whether it was ever called off, also if the backend has refused that since.
    fn is_called_off(&self) -> bool {
        if is_on(Mutation::CalledOffAgain) {
            return self.release != Release::No;
        }
        self.stored.called_off
    }
}
