//! What must be true of a page after each of its steps, told by somebody who sees the backend.
//!
//! None of this is the client's own arithmetic. The client adds up from what it was told; the oracle
//! looks at the ledger itself, at what really happened to each op, and keeps of the page only which
//! ops are its own and which refusals have reached it.

mod change;
mod ends;
mod knowledge;
mod offline;
mod others;
mod picture;

use creditpack::OpId;
use creditpack::client::{Declined, Effect, Role, StoredOp};
use creditpack::credits::Credits;
use creditpack::display::View;

use crate::backend::Backend;
use others::Theirs;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant, by its number.
    pub invariant: &'static str,
    /// How.
    pub detail: String,
}

/// Says what went wrong.
pub(crate) fn broken<T>(invariant: &'static str, detail: String) -> Result<T, Violation> {
    Err(Violation { invariant, detail })
}

/// What made a page take a step.
#[derive(Clone, Debug)]
pub enum Cause {
    /// It was told something, or its buyer called a spend off.
    Input,
    /// Its buyer spent: this op was made.
    Spent(StoredOp),
    /// Its buyer wanted to spend on this many credits, and was refused.
    Declined(Declined),
}

/// What the oracle knows of one page.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Its own ops that are not over.
    own: Vec<Own>,
    /// The life and the version of its base.
    base: Option<(usize, u64)>,
    /// What it showed, before clamping at zero.
    displayed: i64,
    /// The newest life that a snapshot has told it of.
    newest: Option<usize>,
    /// The newest life that it was told of by another page in a base which may still wait for
    /// verdicts; a snapshot of its own may be put aside as long.
    waiting: Option<usize>,
    /// What of this it hears in this step.
    hears: Hears,
    /// When it last heard of its account.
    heard_at_ms: Option<u64>,
    /// When the page that leads last said that what it knows is fresh.
    vouched_at_ms: Option<u64>,
    /// What it is to the other pages, and whether it has read what is stored.
    role: Role,
    loaded: bool,
    taken_over: u32,
    /// Whether credits may have been taken elsewhere than by its own spends.
    taken_elsewhere: bool,
}

/// One own op of a page.
#[derive(Clone, Debug)]
struct Own {
    op: OpId,
    credits: i64,
    created_at_ms: u64,
    /// The life and the version it was made at.
    made_at: (Option<usize>, u64),
    /// Whether it was made, or heard of, in this very step.
    is_new: bool,
    /// Whether it is another page's.
    theirs: Option<Theirs>,
    /// Whether the page knows it to be stored.
    stored: bool,
    refusals: Vec<Refusal>,
    /// The newest life in which the page was told that it is applied.
    applied_in: Option<usize>,
}

/// A refusal that has reached the page.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    /// The life it was decided in.
    life: usize,
    /// Whether the page had to believe it. What arrives while lives change may be put aside.
    certain: bool,
}

impl Watch {
    /// Checks everything after a step of the page.
    ///
    /// # Errors
    ///
    /// The first invariant that does not hold.
    pub fn check(
        &mut self,
        view: &View,
        cause: &Cause,
        effects: &[Effect],
        backend: &mut Backend,
        now_ms: u64,
    ) -> Result<(), Violation> {
        let before = Before { base: self.base, displayed: self.displayed };
        let spent = self.spends(view, cause, backend)?;
        self.theirs_are_left(effects, now_ms)?;
        self.may_be_sent(view, effects)?;
        let base = self.base_is_true(view, backend)?;
        let mut gone = self.ends_are_true(base, effects, backend, now_ms)?;
        self.theirs_are_true(view, base, backend, &mut gone)?;
        self.overlay_is_true(view, base, backend)?;
        self.change_has_its_reasons(before, base, spent - gone.returned, &gone, backend)?;
        self.phase_is_true(view, now_ms)?;
        self.own.iter_mut().for_each(|own| own.is_new = false);
        self.notice_what_waits(base, effects);
        self.base = base;
        self.newest = self.newest.max(base.map(|(life, _)| life));
        Ok(())
    }

    /// What the page shows before clamping at zero.
    pub fn displayed(&self) -> i64 {
        self.displayed
    }

    /// The life of its base.
    pub fn life(&self) -> Option<usize> {
        self.base.map(|(life, _)| life)
    }

    fn own(&mut self, op: OpId) -> Option<&mut Own> {
        self.own.iter_mut().find(|own| own.op == op)
    }

    /// A spend is made exactly when what is shown covers it, and shown at once (I5, I9).
    fn spends(&mut self, view: &View, cause: &Cause, backend: &Backend) -> Result<i64, Violation> {
        match cause {
            Cause::Declined(Declined::InsufficientCredits { required, .. })
                if required.signed() <= self.displayed =>
            {
                broken("I5", format!("{required} refused of {}", self.displayed))
            }
            Cause::Declined(Declined::Overcommitted) if self.displayed >= 0 => {
                broken("I5", format!("overcommitted with {}", self.displayed))
            }
            Cause::Declined(_) | Cause::Input => Ok(0),
            Cause::Spent(new) => {
                let credits = signed(new.credits);
                if credits > self.displayed {
                    return broken("I5", format!("spent {credits} of {}", self.displayed));
                }
                if view.available - signed(view.pending) != self.displayed - credits {
                    return broken("I9", format!("{} is not shown at once", new.op));
                }
                self.own.push(Own::new(new, backend, false));
                Ok(credits)
            }
        }
    }

    /// I8, I9: an op is sent for the first time only when it is stored, or cannot be and says so; and
    /// never in a later life of the database than one that is known to have applied it.
    fn may_be_sent(&mut self, view: &View, effects: &[Effect]) -> Result<(), Violation> {
        for effect in effects {
            let Effect::Hold { op, attempt, .. } = effect else { continue };
            let newest = self.newest;
            let own = self.own(op.op);
            let stored = own.as_ref().is_some_and(|own| own.stored);
            let applied_in = own.and_then(|own| own.applied_in);
            if applied_in.is_some() && applied_in < newest {
                return broken("I8", format!("{} is sent again in another life", op.op));
            }
            if *attempt == 0 && !stored && !view.memory_only {
                return broken("I9", format!("{} is sent before it is stored", op.op));
            }
        }
        Ok(())
    }
}

/// What a page hears that has to do with bases which wait for verdicts.
#[derive(Clone, Copy, Debug, Default)]
enum Hears {
    #[default]
    Nothing,
    /// A base of another page or of a poll, by its life and version.
    Base(usize, u64),
    Verdicts,
}

/// What was true before the step.
#[derive(Clone, Copy)]
struct Before {
    base: Option<(usize, u64)>,
    displayed: i64,
}

/// Own ops that ended in this step.
#[derive(Default)]
struct Gone {
    /// Credits that are shown again, as they were never charged; less those of ops heard of.
    returned: i64,
    /// Those that were charged: their entries are in the base now.
    charged: Vec<(OpId, i64)>,
}

fn signed(credits: Credits) -> i64 {
    credits.signed()
}
