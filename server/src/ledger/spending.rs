//! Ops on a transaction: look up, let the rules decide, keep what they decided.

use creditpack::catalog::Operation;
use creditpack::ids::ClaimId;
use creditpack::ledger::{
    self as rules, Decision, Fingerprint, HoldRequest, Lifetimes, Novelty, Reason,
};
use creditpack::{AccountId, Credits, Error, OpId};

use super::store::{Rulebook, StoreError, Transaction};

type Decided = Result<Decision, StoreError>;

pub(super) fn hold(tx: &mut Transaction<'_>, id: &AccountId, request: &HoldRequest) -> Decided {
    let (book, now_ms) = (tx.rulebook(), tx.now_ms());
    let known = tx.op(id, request.op)?;
    let operation = book.catalog.operation(&request.fingerprint.operation);
    let decide = |account| {
        let window_ms = book.dedupe_window_ms;
        rules::hold(account, known.as_ref(), operation, request, window_ms, now_ms)
    };
    let mut decision = decide(tx.account(id)?);
    if lacks_credits(&decision) && expire_overdue(tx, id)? {
        decision = decide(tx.account(id)?);
    }
    keep(tx, id, decision)
}

pub(super) fn claim(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    op: OpId,
    fingerprint: &Fingerprint,
    claim: &ClaimId,
) -> Decided {
    let known = tx.op(id, op)?;
    let lifetimes = lifetimes(tx.rulebook(), Some(fingerprint));
    let decision = rules::claim(known.as_ref(), fingerprint, claim, lifetimes, tx.now_ms());
    keep(tx, id, decision)
}

pub(super) fn extend(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    op: OpId,
    claim: &ClaimId,
) -> Decided {
    let known = tx.op(id, op)?;
    let fingerprint = known.as_ref().and_then(|record| record.fingerprint.as_ref());
    let lifetimes = lifetimes(tx.rulebook(), fingerprint);
    let decision = rules::extend(known.as_ref(), claim, lifetimes, tx.now_ms());
    keep(tx, id, decision)
}

pub(super) fn capture(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    op: OpId,
    credits: Option<Credits>,
) -> Decided {
    let known = tx.op(id, op)?;
    let decision = rules::capture(tx.account(id)?, known.as_ref(), credits, tx.now_ms());
    keep(tx, id, decision)
}

pub(super) fn release(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    op: OpId,
    reason: Reason,
) -> Decided {
    let known = tx.op(id, op)?;
    let decision = rules::release(tx.account(id)?, known.as_ref(), op, reason, tx.now_ms());
    keep(tx, id, decision)
}

pub(super) fn release_by_browser(
    tx: &mut Transaction<'_>,
    id: &AccountId,
    op: OpId,
    reason: Reason,
) -> Decided {
    let known = tx.op(id, op)?;
    let account = tx.account(id)?;
    let decision = rules::release_by_browser(account, known.as_ref(), op, reason, tx.now_ms());
    keep(tx, id, decision)
}

/// Expires every overdue hold of an account; says whether there was one.
pub(super) fn expire_overdue(tx: &mut Transaction<'_>, id: &AccountId) -> Result<bool, StoreError> {
    let mut any = false;
    for record in tx.overdue_holds_of(id)? {
        if let Some(decision) = rules::expire(tx.account(id)?, &record, tx.now_ms()) {
            keep(tx, id, decision)?;
            any = true;
        }
    }
    Ok(any)
}

/// Stores what was decided, in the transaction it was decided in.
pub(super) fn keep(tx: &mut Transaction<'_>, id: &AccountId, decision: Decision) -> Decided {
    if let Some(entry) = &decision.entry {
        tx.append(id, entry)?;
    }
    match (decision.novelty, &decision.record) {
        (Novelty::Decided, Some(record)) => tx.add_op(id, record)?,
        (Novelty::Changed, Some(record)) => tx.change_op(id, record)?,
        _ => {}
    }
    Ok(decision)
}

fn lacks_credits(decision: &Decision) -> bool {
    decision.novelty == Novelty::Decided
        && matches!(decision.answer, Err(Error::InsufficientCredits { .. }))
}

fn lifetimes(book: &Rulebook, fingerprint: Option<&Fingerprint>) -> Lifetimes {
    fingerprint
        .and_then(|print| book.catalog.operation(&print.operation))
        .map_or(Lifetimes::DEFAULT, Operation::lifetimes)
}
