//! What is kept of one op: its verdict for ever, and the state it is in.

use alloc::string::String;

use super::Reason;
use crate::credits::Credits;
use crate::error::{Code, Error};
use crate::ids::{ClaimId, OpId, Version};
use crate::wire::{OpState, Receipt, ReceiptVerdict};

/// Everything that is kept of one op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpRecord {
    /// Its id, unique within the account.
    pub op: OpId,
    /// What it was made for; unknown of an op that was released before its hold was made.
    pub fingerprint: Option<Fingerprint>,
    /// What was decided on it.
    pub verdict: Verdict,
}

/// What an op is for: the same id with another fingerprint is a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The catalog's id of what is done.
    pub operation: String,
    /// How many times.
    pub quantity: u32,
}

/// What was decided on an op, once and for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It took effect.
    Applied {
        /// The version that its hold or debit entry made.
        version: Version,
        /// What it cost.
        credits: Credits,
        /// When it was applied.
        at_ms: u64,
        /// What has become of it.
        state: State,
    },
    /// It never takes effect.
    Rejected {
        /// The account's version then.
        version: Version,
        /// Why.
        rejection: Rejection,
        /// When it was rejected; it is forgotten a dedupe window later.
        at_ms: u64,
    },
}

/// Why an op never takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It cost more than was available.
    InsufficientCredits {
        /// What it cost.
        required: Credits,
        /// What was available then.
        available: i64,
    },
    /// It was released before its hold was made.
    Cancelled,
}

/// What has become of an applied op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its credits are promised.
    Held {
        /// The run of the work that owns it; none while it waits for one.
        claim: Option<ClaimId>,
        /// When it may be expired.
        expires_at_ms: u64,
    },
    /// Its credits were spent at once.
    Debited,
    /// Its work finished.
    Captured {
        /// What was spent of the hold.
        credits: Credits,
        /// The version that its capture made.
        version: Version,
    },
    /// Its credits returned.
    Released {
        /// Why.
        reason: Reason,
        /// The version that its release made.
        version: Version,
    },
    /// What it spent was given back, in whole or in part.
    Refunded {
        /// How it was spent; none where that was at once.
        capture: Option<Capture>,
        /// How much was given back by now.
        refunded: Credits,
        /// The version that its last refund made.
        version: Version,
    },
}

/// The end of a hold whose credits were spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// What was spent of the hold.
    pub credits: Credits,
    /// The version that it made.
    pub version: Version,
}

impl OpRecord {
    /// The refusal that an op stays refused with, of a rejected one.
    pub(super) fn sticky_refusal(&self) -> Option<Error> {
        let Verdict::Rejected { version, rejection, .. } = self.verdict else { return None };
        Some(match rejection {
            Rejection::Cancelled => Error::Cancelled { version },
            Rejection::InsufficientCredits { required, available } => {
                Error::InsufficientCredits { required, available, version }
            }
        })
    }

    /// The last version at which anything was said of this op.
    pub fn touched(&self) -> Version {
        match &self.verdict {
            Verdict::Rejected { version, .. }
            | Verdict::Applied { state: State::Refunded { version, .. }, .. } => *version,
            Verdict::Applied { version, state, .. } => state.ended_at().unwrap_or(*version),
        }
    }

    /// When a live hold may be expired; none for anything else.
    pub fn expires_at_ms(&self) -> Option<u64> {
        match self.verdict {
            Verdict::Applied { state: State::Held { expires_at_ms, .. }, .. } => {
                Some(expires_at_ms)
            }
            _ => None,
        }
    }

    /// The one shape in which an op's fate is told.
    pub fn receipt(&self) -> Receipt {
        let blank = Receipt::unknown(self.op);
        match &self.verdict {
            Verdict::Rejected { version, rejection, .. } => Receipt {
                verdict: ReceiptVerdict::Rejected,
                version: Some(*version),
                code: Some(match rejection {
                    Rejection::InsufficientCredits { .. } => Code::InsufficientCredits,
                    Rejection::Cancelled => Code::Cancelled,
                }),
                ..blank
            },
            Verdict::Applied { version, credits, state, .. } => Receipt {
                verdict: ReceiptVerdict::Applied,
                version: Some(*version),
                operation: self.fingerprint.as_ref().map(|print| print.operation.clone()),
                credits: Some(*credits),
                state: Some(state.name()),
                reason: match state {
                    State::Released { reason, .. } => Some(*reason),
                    _ => None,
                },
                spent: state.captured().filter(|spent| spent != credits),
                ended_version: state.ended_at(),
                ..blank
            },
        }
    }
}

impl State {
    fn ended_at(&self) -> Option<Version> {
        match self {
            Self::Held { .. } | Self::Debited => None,
            Self::Captured { version, .. } | Self::Released { version, .. } => Some(*version),
            Self::Refunded { capture, .. } => capture.map(|capture| capture.version),
        }
    }

    /// What a capture spent, whatever was given back of it since.
    pub(super) fn captured(&self) -> Option<Credits> {
        match self {
            Self::Captured { credits, .. } => Some(*credits),
            Self::Refunded { capture, .. } => capture.map(|capture| capture.credits),
            Self::Held { .. } | Self::Debited | Self::Released { .. } => None,
        }
    }

    fn name(&self) -> OpState {
        match self {
            Self::Held { .. } => OpState::Held,
            Self::Debited => OpState::Debited,
            Self::Captured { .. } => OpState::Captured,
            Self::Released { .. } => OpState::Released,
            Self::Refunded { .. } => OpState::Refunded,
        }
    }

    /// The refusal of whoever wants to end, claim or extend an op that has ended.
    ///
    /// # Errors
    ///
    /// By how it ended; `Ok` while it is held.
    pub(super) fn require_held(&self) -> Result<(), Error> {
        match self {
            Self::Held { .. } => Ok(()),
            Self::Debited | Self::Captured { .. } | Self::Refunded { .. } => {
                Err(Code::AlreadyCaptured.into())
            }
            Self::Released { reason: Reason::Expired, .. } => Err(Code::HoldExpired.into()),
            Self::Released { .. } => Err(Code::AlreadyReleased.into()),
        }
    }
}
