//! Before and while work runs: hold, claim, extend.

use alloc::string::String;

use super::record::{Fingerprint, OpRecord, Rejection, State, Verdict};
use super::{Account, CLOCK_SKEW_MS_MAX, Decision};
use crate::catalog::{Operation, Settlement};
use crate::credits::Credits;
use crate::entry::EntryKind;
use crate::error::{CatalogItem, Code, Error};
use crate::ids::{ClaimId, OpId};

/// Who asks for a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimant {
    /// A browser: the hold waits for a run of the work to claim it.
    Browser,
    /// The product's server: the hold is born claimed by this run of the work.
    Server(ClaimId),
    /// The product's server, which does not name its run: the hold is born claimed, by its own op.
    UnnamedServer,
}

/// A request to set credits aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    /// The spend's id.
    pub op: OpId,
    /// What it is for.
    pub fingerprint: Fingerprint,
    /// What the asker thinks it costs, all in all.
    pub expected_credits: Option<Credits>,
    /// When the op was made, by the asker's idea of the backend's clock.
    pub created_at_ms: u64,
    /// Who asks.
    pub claimant: Claimant,
}

/// How long holds of an operation live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// While no run of the work has claimed it.
    pub unclaimed_ms: u64,
    /// After a claim or an extension.
    pub claimed_ms: u64,
}

impl Operation {
    /// How long its holds live.
    pub const fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            unclaimed_ms: self.hold_unclaimed_s * 1000,
            claimed_ms: self.hold_claimed_s * 1000,
        }
    }
}

impl Lifetimes {
    /// For holds whose operation has left the catalog since: two minutes, ten when claimed.
    pub const DEFAULT: Self = Self { unclaimed_ms: 120_000, claimed_ms: 600_000 };
}

/// Sets credits aside for work, or spends them where the operation settles at once.
///
/// An op that is known gets its first answer again, whatever the catalog says now; the product's
/// server claims a live hold that still waits for it. The store expires overdue holds of the account
/// before it lets a lack of credits stand.
///
/// Refused without a verdict: [`Code::OpConflict`], [`Code::HoldClaimed`], [`Code::UnknownOperation`],
/// [`Code::Forbidden`], [`Code::PriceChanged`], [`Code::OpTooOld`], [`Code::InvalidRequest`].
/// Refused for good: [`Code::InsufficientCredits`], [`Code::Cancelled`].
pub fn hold(
    account: Account,
    known: Option<&OpRecord>,
    operation: Option<&Operation>,
    request: &HoldRequest,
    dedupe_window_ms: u64,
    now_ms: u64,
) -> Decision {
    if let Some(record) = known {
        return hold_again(record, operation, request, now_ms);
    }
    let checked = operation
        .ok_or_else(|| unknown_operation(&request.fingerprint.operation))
        .and_then(|operation| {
            check_age(request.created_at_ms, dedupe_window_ms, now_ms)?;
            let cost = cost(operation, request)?;
            apply(account, operation, request, cost, now_ms)
        });
    checked.unwrap_or_else(Decision::refused)
}

fn unknown_operation(id: &str) -> Error {
    Error::NotInCatalog { what: CatalogItem::Operation, id: String::from(id) }
}

fn check_age(created_at_ms: u64, dedupe_window_ms: u64, now_ms: u64) -> Result<(), Error> {
    if created_at_ms > now_ms.saturating_add(CLOCK_SKEW_MS_MAX) {
        let rule = "must not be more than 10 minutes ahead of the backend";
        return Err(Error::invalid("created_at_ms", rule));
    }
    if created_at_ms < now_ms.saturating_sub(dedupe_window_ms) {
        return Err(Code::OpTooOld.into());
    }
    Ok(())
}

fn cost(operation: &Operation, request: &HoldRequest) -> Result<Credits, Error> {
    if operation.settle == Settlement::AtOnce && request.claimant == Claimant::Browser {
        return Err(Code::Forbidden.into());
    }
    let current = operation.credits.times(request.fingerprint.quantity)?;
    if request.expected_credits.is_some_and(|expected| expected != current) {
        return Err(Error::CostChanged { current });
    }
    Ok(current)
}

fn apply(
    account: Account,
    operation: &Operation,
    request: &HoldRequest,
    credits: Credits,
    now_ms: u64,
) -> Result<Decision, Error> {
    let fingerprint = Some(request.fingerprint.clone());
    if !account.balance.covers(credits) {
        let available = account.balance.available();
        let rejection = Rejection::InsufficientCredits { required: credits, available };
        let verdict = Verdict::Rejected { version: account.version, rejection, at_ms: now_ms };
        return Ok(Decision::decided(OpRecord { op: request.op, fingerprint, verdict }, None));
    }
    let state = first_state(operation, request, now_ms);
    let (kind, change) = match state {
        State::Held { .. } => (EntryKind::Hold, (0, credits.signed())),
        _ => (EntryKind::Debit, (-credits.signed(), 0)),
    };
    let mut entry = account.entry(kind, credits, change, now_ms)?;
    let verdict = Verdict::Applied { version: entry.version, credits, at_ms: now_ms, state };
    let record = OpRecord { op: request.op, fingerprint, verdict };
    entry.op = Some(request.op);
    entry.operation = Some(request.fingerprint.operation.clone());
    entry.expires_at_ms = record.expires_at_ms();
    Ok(Decision::decided(record, Some(entry)))
}

fn first_state(operation: &Operation, request: &HoldRequest, now_ms: u64) -> State {
    if operation.settle == Settlement::AtOnce {
        return State::Debited;
    }
    let claim = match &request.claimant {
        Claimant::Browser => None,
        Claimant::Server(claim) => Some(claim.clone()),
        Claimant::UnnamedServer => Some(ClaimId::of_op(request.op)),
    };
    let lifetimes = operation.lifetimes();
    let lifetime_ms = if claim.is_some() { lifetimes.claimed_ms } else { lifetimes.unclaimed_ms };
    State::Held { claim, expires_at_ms: now_ms.saturating_add(lifetime_ms) }
}

fn hold_again(
    record: &OpRecord,
    operation: Option<&Operation>,
    request: &HoldRequest,
    now_ms: u64,
) -> Decision {
    if record.fingerprint.as_ref().is_some_and(|print| *print != request.fingerprint) {
        return Decision::refused(Code::OpConflict);
    }
    let Claimant::Server(claim) = &request.claimant else {
        return Decision::replayed(record.clone());
    };
    match &record.verdict {
        Verdict::Applied { state: State::Held { .. }, .. } => {
            let lifetimes = operation.map_or(Lifetimes::DEFAULT, Operation::lifetimes);
            claim_held(record, claim, lifetimes, now_ms)
        }
        _ => Decision::replayed(record.clone()),
    }
}

/// Gives a waiting hold to one run of the work. From here a browser can no longer release it.
///
/// Refused: [`Code::UnknownOp`], [`Code::OpConflict`], [`Code::HoldClaimed`] if another run has it,
/// by how it ended if it has ended, and by its verdict if it was rejected.
pub fn claim(
    known: Option<&OpRecord>,
    fingerprint: &Fingerprint,
    claim: &ClaimId,
    lifetimes: Lifetimes,
    now_ms: u64,
) -> Decision {
    let Some(record) = known else { return Decision::refused(Code::UnknownOp) };
    if record.fingerprint.as_ref().is_some_and(|print| print != fingerprint) {
        return Decision::refused(Code::OpConflict);
    }
    match &record.verdict {
        Verdict::Rejected { .. } => Decision::replayed(record.clone()),
        Verdict::Applied { state, .. } => match state.require_held() {
            Err(ended) => Decision::refused(ended),
            Ok(()) => claim_held(record, claim, lifetimes, now_ms),
        },
    }
}

fn claim_held(record: &OpRecord, claim: &ClaimId, lifetimes: Lifetimes, now_ms: u64) -> Decision {
    let mut record = record.clone();
    let Verdict::Applied { state: State::Held { claim: owner, expires_at_ms }, .. } =
        &mut record.verdict
    else {
        return Decision::replayed(record);
    };
    match owner {
        Some(owner) if owner == claim => return Decision::replayed(record),
        Some(_) => return Decision::refused(Code::HoldClaimed),
        None => {}
    }
    *owner = Some(claim.clone());
    *expires_at_ms = now_ms.saturating_add(lifetimes.claimed_ms);
    Decision::changed(record, None)
}

/// Starts the lifetime of a claimed hold again, for the run that owns it.
///
/// Refused: [`Code::UnknownOp`], [`Code::HoldClaimed`] unless `claim` owns it, by how it ended if it
/// has ended, and by its verdict if it was rejected.
pub fn extend(
    known: Option<&OpRecord>,
    claim: &ClaimId,
    lifetimes: Lifetimes,
    now_ms: u64,
) -> Decision {
    let Some(record) = known else { return Decision::refused(Code::UnknownOp) };
    let mut record = record.clone();
    let Verdict::Applied { state, .. } = &mut record.verdict else {
        return Decision::replayed(record);
    };
    if let Err(ended) = state.require_held() {
        return Decision::refused(ended);
    }
    if let State::Held { claim: owner, expires_at_ms } = state {
        if owner.as_ref() != Some(claim) {
            return Decision::refused(Code::HoldClaimed);
        }
        // A slow clock must not shorten what was promised before.
        *expires_at_ms = (*expires_at_ms).max(now_ms.saturating_add(lifetimes.claimed_ms));
    }
    Decision::changed(record, None)
}
