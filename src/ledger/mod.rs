//! The authoritative rules: what may happen to an account, and what it leads to.
//!
//! Every function is a pure decision. It takes what is known (the account, what is stored of the op)
//! and what is asked, and returns a [`Decision`]: what to write in one transaction, and what to
//! answer once that is durable. Whoever stores it decides nothing.

mod clawback;
mod ending;
mod grant;
mod hold;
mod record;
mod refund;
mod replay;

pub use clawback::{
    ClawbackPolicy, Payment, Reversal, ReversalKind, ReversalState, claw_back, reinstate,
};
pub use ending::{Reason, capture, expire, release, release_by_browser};
pub use grant::{adjust, grant_by_hand, grant_purchase};
pub use hold::{Claimant, HoldRequest, Lifetimes, claim, extend, hold};
pub use record::{Capture, Fingerprint, OpRecord, Rejection, State, Verdict};
pub use refund::refund;

use crate::credits::{Balance, Credits};
use crate::entry::{Entry, EntryKind};
use crate::error::Error;
use crate::ids::Version;

/// How far ahead of the backend's clock an op may claim to have been made.
pub const CLOCK_SKEW_MS_MAX: u64 = 10 * 60 * 1000;

/// How long a refused op is remembered unless configured otherwise: 7 days.
pub const DEDUPE_WINDOW_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// One account as its last entry left it; the default is an account never seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How many entries it has.
    pub version: Version,
    /// What they add up to.
    pub balance: Balance,
}

impl Account {
    /// The account as `entry` leaves it.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `version` unless the entry is the very next one, or naming a
    /// balance that is out of its range.
    pub fn after(self, entry: &Entry) -> Result<Self, Error> {
        if entry.version != self.version.next() {
            return Err(Error::invalid("version", "must be the next one"));
        }
        let balance = Balance::new(entry.settled, entry.held)?;
        Ok(Self { version: entry.version, balance })
    }

    /// The next entry: `credits` of that kind, after settled and held changed by so much.
    fn entry(
        self,
        kind: EntryKind,
        credits: Credits,
        (settled, held): (i64, i64),
        now_ms: u64,
    ) -> Result<Entry, Error> {
        let after = self.balance.change(settled, held)?;
        Ok(Entry::new(kind, credits, self.version.next(), after, now_ms))
    }
}

/// What a command changed of its op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// The op is decided for the first time.
    Decided,
    /// A decided op moved on: it was claimed, extended or ended.
    Changed,
    /// Nothing changed: the command came before, or was refused without a verdict.
    Unchanged,
}

/// What a command on an op leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The line to append to the ledger.
    pub entry: Option<Entry>,
    /// The op as it is now. To be stored unless [`Decision::novelty`] says unchanged.
    pub record: Option<OpRecord>,
    /// What changed.
    pub novelty: Novelty,
    /// What to answer once all of it is durable.
    pub answer: Result<(), Error>,
}

impl Decision {
    /// Whether the answer repeats an earlier one.
    pub fn is_replay(&self) -> bool {
        self.novelty == Novelty::Unchanged && self.record.is_some()
    }

    /// A refusal that is no verdict: nothing is written.
    fn refused(error: impl Into<Error>) -> Self {
        let answer = Err(error.into());
        Self { entry: None, record: None, novelty: Novelty::Unchanged, answer }
    }

    /// The first verdict on an op: applied by `entry`, or rejected without one.
    fn decided(record: OpRecord, entry: Option<Entry>) -> Self {
        let answer = record.sticky_refusal().map_or(Ok(()), Err);
        Self { entry, record: Some(record), novelty: Novelty::Decided, answer }
    }

    /// An op moved on.
    fn changed(record: OpRecord, entry: Option<Entry>) -> Self {
        Self { entry, record: Some(record), novelty: Novelty::Changed, answer: Ok(()) }
    }

    /// The op's verdict once more.
    fn replayed(record: OpRecord) -> Self {
        let answer = record.sticky_refusal().map_or(Ok(()), Err);
        Self { entry: None, record: Some(record), novelty: Novelty::Unchanged, answer }
    }
}
