//! How a hold ends, exactly once: capture, release, expire.

use super::record::{OpRecord, Rejection, State, Verdict};
use super::{Account, Decision};
use crate::credits::Credits;
use crate::entry::{Entry, EntryKind};
use crate::error::{Code, Error};
use crate::ids::{OpId, Version};
use crate::words::words;

words! {
    /// Why held credits returned. Kept, and shown to the buyer.
    pub enum Reason {
        /// The work failed.
        Failed = "failed",
        /// The buyer or the product called it off.
        Cancelled = "cancelled",
        /// The work finished with a result that cannot be used.
        InvalidOutput = "invalid_output",
        /// Its time ran out.
        Expired = "expired",
    }
}

/// Spends `credits` of a hold (all of it where none are named) and returns the rest.
///
/// The very same capture again is answered as the first was. Refused: [`Code::UnknownOp`],
/// [`Code::InvalidRequest`] for no credits at all, [`Code::ExceedsHold`], by how it ended if it ended
/// otherwise, and by its verdict if it was rejected.
pub fn capture(
    account: Account,
    known: Option<&OpRecord>,
    credits: Option<Credits>,
    now_ms: u64,
) -> Decision {
    let Some(record) = known else { return Decision::refused(Code::UnknownOp) };
    let Verdict::Applied { credits: held, state, .. } = &record.verdict else {
        return Decision::replayed(record.clone());
    };
    let wanted = credits.unwrap_or(*held);
    if state.captured() == Some(wanted) {
        return Decision::replayed(record.clone());
    }
    let captured =
        state.require_held().and_then(|()| returned(*held, wanted)).and_then(|returned| {
            let change = (-wanted.signed(), -held.signed());
            let mut entry = account.entry(EntryKind::Capture, wanted, change, now_ms)?;
            entry.returned = Some(returned);
            let state = State::Captured { credits: wanted, version: entry.version };
            Ok(end(record, entry, state))
        });
    captured.unwrap_or_else(Decision::refused)
}

fn returned(held: Credits, wanted: Credits) -> Result<Credits, Error> {
    if wanted.is_zero() {
        return Err(Error::invalid("credits", "must be at least 1"));
    }
    held.minus(wanted).ok_or(Code::ExceedsHold.into())
}

/// Returns the credits of a hold, or makes sure that a hold which may still arrive is refused.
///
/// The very same release again is answered as the first was; so is the release of a rejected op,
/// with its receipt. Refused: [`Code::InvalidRequest`] for `expired`, which is the backend's own
/// reason, and by how it ended if it ended otherwise.
pub fn release(
    account: Account,
    known: Option<&OpRecord>,
    op: OpId,
    reason: Reason,
    now_ms: u64,
) -> Decision {
    if reason == Reason::Expired {
        let rule = "must be failed, cancelled or invalid_output";
        return Decision::refused(Error::invalid("reason", rule));
    }
    let Some(record) = known else {
        return acknowledged(Decision::decided(tombstone(op, account.version, now_ms), None));
    };
    match &record.verdict {
        Verdict::Rejected { .. } => acknowledged(Decision::replayed(record.clone())),
        Verdict::Applied { state: State::Released { reason: first, .. }, .. }
            if *first == reason =>
        {
            Decision::replayed(record.clone())
        }
        Verdict::Applied { credits, state, .. } => state
            .require_held()
            .and_then(|()| let_go(account, record, *credits, reason, now_ms))
            .unwrap_or_else(Decision::refused),
    }
}

/// [`release`], asked for by a browser: only as cancelled, and only while no run of the work has
/// claimed the hold, or else work could be had for nothing.
///
/// Refused besides: [`Code::Forbidden`] for another reason, [`Code::HoldClaimed`] once it is claimed.
pub fn release_by_browser(
    account: Account,
    known: Option<&OpRecord>,
    op: OpId,
    reason: Reason,
    now_ms: u64,
) -> Decision {
    let claimed = known.is_some_and(|record| {
        matches!(record.verdict, Verdict::Applied { state: State::Held { claim: Some(_), .. }, .. })
    });
    match reason {
        Reason::Cancelled if claimed => Decision::refused(Code::HoldClaimed),
        Reason::Cancelled => release(account, known, op, reason, now_ms),
        _ => Decision::refused(Code::Forbidden),
    }
}

/// Ends a hold whose time ran out, or `None` if it is not one.
pub fn expire(account: Account, record: &OpRecord, now_ms: u64) -> Option<Decision> {
    let Verdict::Applied { credits, .. } = record.verdict else { return None };
    if record.expires_at_ms()? > now_ms {
        return None;
    }
    let_go(account, record, credits, Reason::Expired, now_ms).ok()
}

/// A verdict on an op that was never seen: whatever arrives for it later is refused.
fn tombstone(op: OpId, version: Version, now_ms: u64) -> OpRecord {
    let verdict = Verdict::Rejected { version, rejection: Rejection::Cancelled, at_ms: now_ms };
    OpRecord { op, fingerprint: None, verdict }
}

/// A rejection is good news to whoever wanted to release: it is answered with its receipt.
fn acknowledged(decision: Decision) -> Decision {
    Decision { answer: Ok(()), ..decision }
}

fn let_go(
    account: Account,
    record: &OpRecord,
    credits: Credits,
    reason: Reason,
    now_ms: u64,
) -> Result<Decision, Error> {
    let mut entry = account.entry(EntryKind::Release, credits, (0, -credits.signed()), now_ms)?;
    entry.reason = Some(reason.as_str().into());
    let state = State::Released { reason, version: entry.version };
    Ok(end(record, entry, state))
}

fn end(record: &OpRecord, mut entry: Entry, ended: State) -> Decision {
    let mut record = record.clone();
    entry.op = Some(record.op);
    entry.operation = record.fingerprint.as_ref().map(|print| print.operation.clone());
    if let Verdict::Applied { version, state, .. } = &mut record.verdict {
        entry.applied_version = Some(*version);
        *state = ended;
    }
    Decision::changed(record, Some(entry))
}
