//! Credits given and taken by others than ops: purchases, gifts, corrections.

use alloc::string::String;

use super::Account;
use crate::credits::Credits;
use crate::entry::{Entry, EntryKind, GrantSource};
use crate::error::Error;

/// Grants what a purchase bought.
///
/// # Errors
///
/// [`Error::Invalid`] if no credits are granted or the balance would leave its range.
pub fn grant_purchase(
    account: Account,
    purchase: String,
    credits: Credits,
    now_ms: u64,
) -> Result<Entry, Error> {
    let mut entry = grant(account, credits, now_ms)?;
    entry.source = Some(GrantSource::Purchase);
    entry.purchase = Some(purchase);
    Ok(entry)
}

/// Grants credits by hand, for a reason a person wrote.
///
/// # Errors
///
/// As [`grant_purchase`].
pub fn grant_by_hand(
    account: Account,
    credits: Credits,
    reason: String,
    actor: Option<String>,
    now_ms: u64,
) -> Result<Entry, Error> {
    let mut entry = grant(account, credits, now_ms)?;
    entry.source = Some(GrantSource::Adjustment);
    entry.reason = Some(reason);
    entry.actor = actor;
    Ok(entry)
}

/// Takes credits away by hand, never more than are available.
///
/// # Errors
///
/// [`Error::InsufficientCredits`] if they are not available; [`Error::Invalid`] if there are none.
pub fn adjust(
    account: Account,
    credits: Credits,
    reason: String,
    actor: Option<String>,
    now_ms: u64,
) -> Result<Entry, Error> {
    require_some(credits)?;
    if !account.balance.covers(credits) {
        return Err(Error::InsufficientCredits {
            required: credits,
            available: account.balance.available(),
            version: account.version,
        });
    }
    let mut entry = account.entry(EntryKind::Adjust, credits, (-credits.signed(), 0), now_ms)?;
    entry.reason = Some(reason);
    entry.actor = actor;
    Ok(entry)
}

fn grant(account: Account, credits: Credits, now_ms: u64) -> Result<Entry, Error> {
    require_some(credits)?;
    account.entry(EntryKind::Grant, credits, (credits.signed(), 0), now_ms)
}

fn require_some(credits: Credits) -> Result<(), Error> {
    if credits.is_zero() {
        return Err(Error::invalid("credits", "must not be zero"));
    }
    Ok(())
}
