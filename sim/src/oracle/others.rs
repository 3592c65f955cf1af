//! Ops of the browser's other pages: shown from when they are heard of until they are over, and left
//! to the page that made them until they are taken over.

use creditpack::OpId;
use creditpack::client::{Effect, Role, StoredOp};
use creditpack::display::View;
use creditpack::ledger::{State, Verdict};

use super::{Gone, Own, Violation, Watch, broken};
use crate::backend::Backend;
use crate::life::Life;

/// How long an op is left to the page that made it, by the page that leads and by the others.
const LEFT_MS: u64 = 10_000;
const LEFT_BY_FOLLOWER_MS: u64 = 30_000;

/// That an op is another page's, as far as this one was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theirs {
    /// Since when this page knows of it.
    since_ms: u64,
    /// Whether it was left to that page for long enough.
    may_be_taken: bool,
    /// Whether it was told that the op is over.
    pub(super) over: bool,
}

impl Theirs {
    pub(super) const fn since(since_ms: u64) -> Self {
        Self { since_ms, may_be_taken: false, over: false }
    }
}

impl Watch {
    /// The page calls an op off: it is its own from here on.
    pub fn calls_off(&mut self, op: OpId) {
        self.take_over(op);
    }

    /// The page's role changes. Where there are no others all ops are its own.
    pub(super) fn role_changes(&mut self, role: Role) {
        self.role = role;
        if role == Role::Alone && self.loaded {
            self.taken_over += u32::from(self.own.iter().any(|own| own.theirs.is_some()));
            self.own.iter_mut().for_each(|own| own.theirs = None);
        }
    }

    /// How often the page took over an op.
    pub fn taken_over(&self) -> u32 {
        self.taken_over
    }

    fn take_over(&mut self, op: OpId) {
        if let Some(own) = self.own(op)
            && own.theirs.take().is_some()
        {
            self.taken_over += 1;
        }
    }

    /// What is done about an op of another page is done after it was left to that page for a while.
    pub(super) fn theirs_are_left(
        &mut self,
        effects: &[Effect],
        now_ms: u64,
    ) -> Result<(), Violation> {
        let left_ms = match self.role {
            Role::Alone => 0,
            Role::Leading => LEFT_MS,
            Role::Following => LEFT_BY_FOLLOWER_MS,
        };
        for theirs in self.own.iter_mut().filter_map(|own| own.theirs.as_mut()) {
            theirs.may_be_taken |= now_ms.saturating_sub(theirs.since_ms) >= left_ms;
        }
        for effect in effects {
            let op = match effect {
                Effect::Hold { op, .. } => op.op,
                Effect::Release { op, .. } => *op,
                Effect::Settled(outcome) => outcome.op,
                _ => continue,
            };
            let theirs = self.own(op).and_then(|own| own.theirs);
            let Some(Theirs { may_be_taken, .. }) = theirs else { continue };
            if !may_be_taken {
                return broken("tabs", format!("{op} is another tab's: {effect:?}"));
            }
            self.take_over(op);
        }
        Ok(())
    }

    /// An op of another page is shown no longer, or not at all, only for a reason.
    pub(super) fn theirs_are_true(
        &mut self,
        view: &View,
        base: Option<(usize, u64)>,
        backend: &Backend,
        gone: &mut Gone,
    ) -> Result<(), Violation> {
        let is_shown = |op: OpId| view.spends.iter().any(|spend| spend.op == op);
        let mut at = 0;
        while let Some(own) = self.own.get(at) {
            let Some(theirs) = own.theirs.filter(|_| !is_shown(own.op)) else {
                if own.is_new && own.theirs.is_some() {
                    let applied = base.and_then(|(life, _)| backend.lives[life].applied_at(own.op));
                    let in_base = applied.is_some_and(|at| base.is_some_and(|(_, to)| at <= to));
                    gone.returned -= if in_base { 0 } else { own.credits };
                }
                at += 1;
                continue;
            };
            let own = self.own.remove(at);
            let Some((life, version)) = base else { continue };
            let ledger = &backend.lives[life];
            let elsewhere = own.made_at.0 != Some(life);
            let hidden = own.is_new && (elsewhere || own.made_at.1 < version);
            if !hidden
                && !theirs.over
                && own.refused_in(life).is_none()
                && !is_over(ledger, own.op, version)
            {
                return broken("I1", format!("{} of another tab is not shown", own.op));
            }
            if own.is_new {
                continue;
            }
            match ledger.applied_at(own.op) {
                Some(applied) if applied <= version => gone.charged.push((own.op, own.credits)),
                _ => gone.returned += own.credits,
            }
        }
        Ok(())
    }

    /// The op is stored, whoever stored it.
    pub fn is_stored(&mut self, op: OpId) {
        if let Some(own) = self.own(op) {
            own.stored = true;
        }
    }

    /// The page hears of ops of another one.
    pub(super) fn hear_of(&mut self, ops: &[StoredOp], backend: &Backend, now_ms: u64) {
        for stored in ops {
            if self.own(stored.op).is_none() {
                let theirs = Some(Theirs::since(now_ms));
                let own = Own::new(stored, backend, false);
                self.own.push(Own { theirs, is_new: true, ..own });
                self.taken_elsewhere = true;
            }
        }
    }
}

/// Whether an op is over, and a base at that version shows it.
fn is_over(life: &Life, op: OpId, version: u64) -> bool {
    let verdict = life.ops.get(&op).map(|record| &record.verdict);
    match verdict {
        Some(Verdict::Rejected { .. }) => true,
        Some(Verdict::Applied { version: applied, state, .. }) => match state {
            // The simulated backend notes a refund as an entry only.
            State::Held { .. } | State::Refunded { .. } => false,
            State::Debited => applied.get() <= version,
            State::Captured { version: ended, .. } | State::Released { version: ended, .. } => {
                ended.get() <= version
            }
        },
        None => life.never.contains(&op) || life.refusals.iter().any(|receipt| receipt.op == op),
    }
}
