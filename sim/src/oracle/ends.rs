//! How own ops end: what a buyer is told must be what happened.

use creditpack::client::{Effect, EndState, Outcome};
use creditpack::error::Code;
use creditpack::ledger::{DEDUPE_WINDOW_MS, State, Verdict};
use creditpack::{Credits, OpRecord};

use super::{Gone, Own, Violation, Watch, broken};
use crate::backend::Backend;

impl Watch {
    /// Every op that is reported as over is over, in that way, in the life that the page shows.
    pub(super) fn ends_are_true(
        &mut self,
        base: Option<(usize, u64)>,
        effects: &[Effect],
        backend: &mut Backend,
        now_ms: u64,
    ) -> Result<Gone, Violation> {
        let mut gone = Gone::default();
        for effect in effects {
            let Effect::Settled(outcome) = effect else { continue };
            let Some(at) = self.own.iter().position(|own| own.op == outcome.op) else {
                return broken("I8", format!("{} was over before", outcome.op));
            };
            let own = self.own.remove(at);
            // What is told before anything is shown is of the newest life that was heard of.
            let Some((life, version)) = base.or_else(|| self.newest.map(|life| (life, 0))) else {
                return broken("I8", format!("{outcome:?} though nothing is known yet"));
            };
            let record = backend.lives[life].ops.get(&outcome.op);
            match outcome.state {
                EndState::Captured | EndState::Released | EndState::Debited => {
                    if !ended_so(outcome, record, version) {
                        return broken("I8", format!("{outcome:?}, but it is {record:?}"));
                    }
                    gone.charged.push((own.op, own.credits));
                }
                EndState::Rejected | EndState::Cancelled | EndState::Dropped => {
                    let applied = backend.lives[life].applied_at(own.op).is_some();
                    let lost = own.made_at.0 < Some(life) || is_too_old(&own, outcome, now_ms);
                    let unsaid = outcome.state == EndState::Rejected && outcome.code.is_none();
                    if applied || unsaid || (outcome.state == EndState::Dropped && !lost) {
                        return broken("I8", format!("{outcome:?}, but it is {record:?}"));
                    }
                    backend.lives[life].never.insert(own.op);
                    gone.returned += own.credits;
                }
            }
        }
        Ok(gone)
    }
}

/// Whether an op is dropped for its age, and is as old: by the device's clock, as wrong as it may be.
fn is_too_old(own: &Own, outcome: &Outcome, now_ms: u64) -> bool {
    let old_ms = DEDUPE_WINDOW_MS - 4 * 60 * 60 * 1_000;
    outcome.code == Some(Code::OpTooOld) && now_ms.saturating_sub(own.created_at_ms) >= old_ms
}

/// Whether the ledger has that end, at or below that version.
fn ended_so(outcome: &Outcome, record: Option<&OpRecord>, version: u64) -> bool {
    let Some(Verdict::Applied { version: applied, state, .. }) =
        record.map(|record| &record.verdict)
    else {
        return false;
    };
    match state {
        // The simulated backend notes a refund as an entry only.
        State::Held { .. } | State::Refunded { .. } => false,
        State::Debited => outcome.state == EndState::Debited && applied.get() <= version,
        State::Captured { credits, version: ended } => {
            let told = (outcome.state, outcome.spent);
            told == (EndState::Captured, *credits) && ended.get() <= version
        }
        State::Released { reason, version: ended } => {
            let told = (outcome.state, outcome.spent, outcome.reason);
            told == (EndState::Released, Credits::ZERO, Some(*reason)) && ended.get() <= version
        }
    }
}
