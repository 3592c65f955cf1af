//! When an own op is over: its fate is proven, and the base contains it.

use alloc::vec::Vec;

use super::evidence::{Ending, Proof};
use super::pending::{Pending, Release};
use super::{Client, Effect, EndState, Outcome, StoredOp};
use crate::credits::Credits;
use crate::display::HappenedKey;
use crate::error::Code;
use crate::ids::OpId;
use crate::ledger::Reason;
use crate::mutation::{Mutation, is_on};

impl Client {
    /// Lets go of every own op whose fate is proven and in the base.
    pub(super) fn finish_ended(&mut self, effects: &mut Vec<Effect>) {
        let ended: Vec<_> = self.pending.keys().filter(|op| self.is_over(*op)).collect();
        for op in ended {
            self.finish(op, effects);
        }
    }

    /// Whether the fate of an op is proven, and the base contains it.
    pub(super) fn is_over(&self, op: OpId) -> bool {
        match self.evidence.proof(op) {
            None => false,
            Some(Proof::Rejected { .. }) => true,
            Some(Proof::Applied { end, .. }) => {
                end.is_some_and(|end| end.version <= self.base_version())
            }
        }
    }

    fn finish(&mut self, op: OpId, effects: &mut Vec<Effect>) {
        let Some(pending) = self.pending.get(op) else { return };
        let (release, is_foreign) = (pending.release, pending.foreign_since_ms.is_some());
        match self.evidence.proof(op) {
            Some(Proof::Applied { end: Some(end), .. }) => self.settle(op, end.how, effects),
            _ if is_foreign => self.let_go(op, effects),
            Some(Proof::Rejected { code, .. }) => match release {
                Release::Wanted if code == Code::Cancelled => {
                    self.end(op, EndState::Cancelled, None, effects);
                }
                Release::Lost(why) if code == Code::Cancelled => {
                    self.end(op, EndState::Dropped, why, effects);
                }
                Release::After(first) => self.end(op, EndState::Rejected, Some(first), effects),
                _ => self.end(op, EndState::Rejected, Some(code), effects),
            },
            _ => {}
        }
    }

    /// Lets go of another tab's op. That tab reports it; should it be gone, perhaps nobody else
    /// knows that the op is still stored.
    fn let_go(&mut self, op: OpId, effects: &mut Vec<Effect>) {
        self.pending.remove(op);
        effects.push(Effect::Forget(op));
    }

    fn settle(&mut self, op: OpId, how: Ending, effects: &mut Vec<Effect>) {
        let Some(pending) = self.pending.remove(op) else { return };
        let Pending { stored, told, foreign_since_ms, .. } = pending;
        let StoredOp { operation, credits, .. } = stored;
        let (state, spent, reason) = match how {
            Ending::Debited => (EndState::Debited, credits, None),
            Ending::Captured { spent } => (EndState::Captured, spent.unwrap_or(credits), None),
            Ending::Released { reason } => (EndState::Released, Credits::ZERO, reason),
        };
        if !told {
            let (key, change) = match state {
                EndState::Released => (HappenedKey::Returned, credits),
                _ => (HappenedKey::Spent, spent),
            };
            self.happen(key, change, Some(&operation), reason.map(Reason::as_str), None);
        }
        if foreign_since_ms.is_some() {
            return self.let_go(op, effects);
        }
        report(Outcome { op, operation, credits, state, spent, reason, code: None }, effects);
    }

    /// Lets go of an own op that cost nothing.
    pub(super) fn end(
        &mut self,
        op: OpId,
        state: EndState,
        code: Option<Code>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(pending) = self.pending.remove(op) else { return };
        self.tabs.tell_over(op);
        let StoredOp { operation, credits, .. } = pending.stored;
        if state == EndState::Rejected {
            let reason = code.map(Code::as_str);
            self.happen(HappenedKey::Declined, credits, Some(&operation), reason, None);
        }
        if state == EndState::Rejected && is_on(Mutation::RefusalUntold) {
            return effects.push(Effect::Forget(op));
        }
        let spent = Credits::ZERO;
        report(Outcome { op, operation, credits, state, spent, reason: None, code }, effects);
    }
}

fn report(outcome: Outcome, effects: &mut Vec<Effect>) {
    effects.push(Effect::Forget(outcome.op));
    effects.push(Effect::Settled(outcome));
}
