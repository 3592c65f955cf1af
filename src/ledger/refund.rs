//! Credits that an op spent, given back.

use alloc::string::String;

use super::record::{Capture, OpRecord, State, Verdict};
use super::{Account, Decision};
use crate::credits::Credits;
use crate::entry::EntryKind;
use crate::error::{Code, Error};

/// Gives back `credits` of what an op spent (all that is left of it where none are named), for a
/// reason a person wrote. All refunds of an op together never exceed what it spent.
///
/// Refused: [`Code::UnknownOp`], [`Code::InvalidRequest`] for no credits at all,
/// [`Code::ExceedsHold`] for more than was spent and not given back (of a live hold, that is any),
/// by how it ended if nothing was spent, and by its verdict if it was rejected.
pub fn refund(
    account: Account,
    known: Option<&OpRecord>,
    credits: Option<Credits>,
    reason: String,
    now_ms: u64,
) -> Decision {
    let Some(record) = known else { return Decision::refused(Code::UnknownOp) };
    give_back(account, record, credits, reason, now_ms).unwrap_or_else(Decision::refused)
}

fn give_back(
    account: Account,
    record: &OpRecord,
    wanted: Option<Credits>,
    reason: String,
    now_ms: u64,
) -> Result<Decision, Error> {
    let mut record = record.clone();
    let Verdict::Applied { version, credits, state, .. } = &mut record.verdict else {
        return Ok(Decision::replayed(record));
    };
    let Spent { capture, refunded, left } = spent(state, *credits)?;
    let wanted = wanted.unwrap_or(left);
    if left.is_zero() || wanted > left {
        return Err(Code::ExceedsHold.into());
    }
    if wanted.is_zero() {
        return Err(Error::invalid("credits", "must be at least 1"));
    }
    let mut entry = account.entry(EntryKind::Refund, wanted, (wanted.signed(), 0), now_ms)?;
    entry.op = Some(record.op);
    entry.operation = record.fingerprint.as_ref().map(|print| print.operation.clone());
    entry.applied_version = Some(*version);
    entry.reason = Some(reason);
    let refunded = refunded.plus(wanted).ok_or(Code::ExceedsHold)?;
    *state = State::Refunded { capture, refunded, version: entry.version };
    Ok(Decision::changed(record, Some(entry)))
}

/// What an op spent, how much of that was given back, and how much may still be.
struct Spent {
    capture: Option<Capture>,
    refunded: Credits,
    left: Credits,
}

fn spent(state: &State, cost: Credits) -> Result<Spent, Error> {
    let (capture, refunded) = match *state {
        State::Held { .. } => return Err(Code::ExceedsHold.into()),
        State::Released { .. } => {
            state.require_held()?;
            return Err(Code::AlreadyReleased.into());
        }
        State::Debited => (None, Credits::ZERO),
        State::Captured { credits, version } => (Some(Capture { credits, version }), Credits::ZERO),
        State::Refunded { capture, refunded, .. } => (capture, refunded),
    };
    let spent = capture.map_or(cost, |capture| capture.credits);
    Ok(Spent { capture, refunded, left: spent.minus(refunded).unwrap_or_default() })
}
