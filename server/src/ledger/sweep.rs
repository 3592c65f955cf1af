//! What time alone brings about: holds run out, checkouts lapse, old rejections are forgotten.

use creditpack::ledger::{self as rules, CLOCK_SKEW_MS_MAX};

use super::spending::keep;
use super::store::{StoreError, Transaction};

/// How much of each kind one sweep takes on: it shares the writer with everybody's commands.
const SWEEP_MAX: usize = 256;

/// How long a failed purchase stays on the buyer's list: one day.
const FAILED_LISTED_MS: u64 = 24 * 60 * 60 * 1000;

/// How long after its end an open checkout may still turn out to have been paid: one hour. Until
/// then the provider is asked; afterwards the purchase counts as expired until it says otherwise.
const LAPSED_AFTER_MS: u64 = 60 * 60 * 1000;

/// One sweep; says whether there is more to do at once.
pub(super) fn sweep(tx: &mut Transaction<'_>) -> Result<bool, StoreError> {
    let now_ms = tx.now_ms();
    let overdue = tx.overdue_holds(SWEEP_MAX)?;
    for (account, record) in &overdue {
        if let Some(decision) = rules::expire(tx.account(account)?, record, now_ms) {
            keep(tx, account, decision)?;
        }
    }
    // An op may have been made a little ahead of the clock that rejected it. It has to be too old
    // by its own time before its verdict goes, or else it could be decided once more.
    let window_ms = tx.rulebook().dedupe_window_ms + CLOCK_SKEW_MS_MAX;
    let forgotten = tx.forget_rejections(now_ms.saturating_sub(window_ms), SWEEP_MAX)?;
    let lapsed = tx.expire_purchases(now_ms.saturating_sub(LAPSED_AFTER_MS), SWEEP_MAX)?;
    let delisted = tx.delist_failed(now_ms.saturating_sub(FAILED_LISTED_MS), SWEEP_MAX)?;
    Ok([overdue.len(), forgotten, lapsed, delisted].contains(&SWEEP_MAX))
}
