//! What the backend's answers on single ops lead to. None of them touches the base.

use alloc::vec::Vec;

use super::pending::{Kind, Pending, Progress, Release, Request};
use super::{Answer, Client, Effect, EndState};
use crate::error::{Code, Finality};
use crate::ids::{Epoch, OpId, Version};
use crate::mutation::{Mutation, is_on};
use crate::wire::{Problem, Receipt, ReceiptVerdict};

impl Answer {
    /// What a refusal tells of `op`: a verdict, a code, or nothing at all.
    pub fn of_problem(op: OpId, problem: &Problem) -> Self {
        let Some(code) = Code::parse(&problem.code) else { return Self::Nothing };
        match code.finality() {
            Finality::Unknown => Self::Nothing,
            Finality::NoVerdict => Self::Refused(code),
            Finality::Verdict => Self::Receipt(Receipt {
                verdict: ReceiptVerdict::Rejected,
                version: Some(problem.version.unwrap_or(Version::ZERO)),
                code: Some(code),
                epoch: problem.epoch,
                ..Receipt::unknown(op)
            }),
        }
    }
}

/// Whether the same request may succeed later without any change to it.
const fn passes_by_itself(code: Code) -> bool {
    matches!(
        code,
        Code::RateLimited
            | Code::Overloaded
            | Code::TokenMissing
            | Code::TokenInvalid
            | Code::TokenExpired
    )
}

impl Client {
    pub(super) fn hold_answered(&mut self, op: OpId, answer: &Answer, effects: &mut Vec<Effect>) {
        if let Answer::Receipt(receipt) = answer {
            self.learn(receipt);
        }
        if is_on(Mutation::BalanceFromAnswer) {
            self.take_balance(answer);
        }
        let (epoch, wanted) = (self.epoch(), self.wants_hold(op));
        let Some(pending) = self.pending.get_mut(op) else { return };
        pending.in_flight = false;
        pending.doubtful |= *answer == Answer::Nothing;
        if !wanted {
            return;
        }
        match *answer {
            Answer::Receipt(_) => {}
            Answer::Refused(code) if passes_by_itself(code) => pending.send_again(epoch, effects),
            Answer::Refused(code) if is_on(Mutation::DroppedWithoutRelease) => {
                self.end(op, EndState::Rejected, Some(code), effects);
            }
            Answer::Refused(code) => {
                self.call_off(op, Release::After(code), effects);
                if matches!(code, Code::PriceChanged | Code::UnknownOperation) {
                    self.want_catalog(effects);
                }
            }
            Answer::Nothing if is_on(Mutation::TimeoutIsFailure) => {
                self.end(op, EndState::Rejected, None, effects);
            }
            Answer::Nothing => {
                pending.progress = Progress::Unknown;
                pending.send_again(epoch, effects);
            }
        }
    }

    pub(super) fn release_answered(
        &mut self,
        op: OpId,
        answer: &Answer,
        effects: &mut Vec<Effect>,
    ) {
        if let Answer::Receipt(receipt) = answer {
            self.learn(receipt);
        }
        let epoch = self.epoch();
        let Some(pending) = self.pending.get_mut(op) else { return };
        pending.releasing = Request::No;
        if pending.release == Release::No {
            return;
        }
        match *answer {
            Answer::Receipt(_) => {}
            Answer::Refused(
                Code::HoldClaimed
                | Code::AlreadyCaptured
                | Code::AlreadyReleased
                | Code::HoldExpired,
            ) => {
                pending.release = Release::No;
                // Called off before it was stored, and held by the product's server all the same.
                if pending.progress == Progress::Saving {
                    pending.progress = Progress::Sent;
                }
                self.ask_verdicts(alloc::vec![op], effects);
            }
            // Whoever refuses to release may have applied it: only what cannot have been is dropped.
            Answer::Refused(code) if !passes_by_itself(code) && !pending.doubtful => {
                self.end(op, EndState::Rejected, Some(code), effects);
            }
            Answer::Refused(_) | Answer::Nothing => {
                pending.attempt += 1;
                pending.send_release(epoch, effects);
            }
        }
    }

    /// Verdicts asked for. An op the backend does not know is sent again, unless an earlier epoch
    /// had applied it: then it is gone with that epoch, and reported.
    pub(super) fn verdicts_answered(
        &mut self,
        receipts: Option<Vec<Receipt>>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(receipts) = receipts else { return self.ask_verdicts_again(effects) };
        for receipt in &receipts {
            self.learn(receipt);
        }
        // What was proven stays so; that nothing is known may have changed since.
        if self.verdicts_are_outdated(effects) {
            return;
        }
        for receipt in &receipts {
            if receipt.verdict == ReceiptVerdict::Unknown && !self.stage_unknown(receipt.op) {
                self.take_up_unknown(receipt.op, effects);
            }
        }
        self.verdicts_done(effects);
    }

    /// The backend does not know an op. Before it may be counted as gone with an earlier epoch a
    /// release sees to it that no late hold of it is taken up in this one.
    pub(super) fn take_up_unknown(&mut self, op: OpId, effects: &mut Vec<Effect>) {
        let epoch = self.epoch();
        let Some(pending) = self.pending.get_mut(op) else { return };
        let is_own = pending.foreign_since_ms.is_none();
        if is_own && pending.release == Release::No && pending.may_be_lost_with(epoch) {
            return self.call_off(op, Release::Lost(None), effects);
        }
        pending.take_up();
    }

    /// Sends every op again that nobody is working on and nothing is known of.
    pub(super) fn take_up_idle(&mut self) {
        for (op, pending) in self.pending.iter_mut() {
            if self.evidence.proof(op).is_none() {
                pending.take_up();
            }
        }
    }
}

impl Client {
    /// The forbidden design of [`Mutation::BalanceFromAnswer`].
    fn take_balance(&mut self, answer: &Answer) {
        let Answer::Receipt(receipt) = answer else { return };
        if let (Some(base), Some(credits)) = (&mut self.base, receipt.credits) {
            base.available -= credits.signed();
        }
    }
}

impl Pending {
    /// Whether an op that the present epoch does not know may have been applied in an earlier one:
    /// then it is gone with that, and sending it again could charge for work that was done before.
    pub(super) fn may_be_lost_with(&self, epoch: Option<Epoch>) -> bool {
        let made_earlier = Some(self.stored.made_at.0) < epoch;
        if is_on(Mutation::LostOpsSentAgain) {
            return false;
        }
        self.was_applied || (self.restored && made_earlier)
    }

    fn send_again(&mut self, epoch: Option<Epoch>, effects: &mut Vec<Effect>) {
        self.attempt += 1;
        self.in_flight = true;
        effects.push(Effect::Hold { op: self.stored.clone(), epoch, attempt: self.attempt });
    }

    /// Asks again for what nobody is asking for: the hold, which takes its turn in the queue, or the
    /// release of one that is called off and whose release an earlier epoch took with it.
    fn take_up(&mut self) {
        if self.release != Release::No && self.releasing == Request::No {
            self.attempt = 0;
            self.releasing = Request::Due;
            return;
        }
        let idle = !self.in_flight && self.release == Release::No;
        let sent_before = matches!(self.progress, Progress::Unknown | Progress::Sent);
        let own = self.stored.kind == Kind::Own && self.foreign_since_ms.is_none();
        if idle && sent_before && own {
            self.progress = Progress::Queued;
        }
    }
}
