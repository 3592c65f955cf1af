//! Grants and adjustments by hand, once for each id.

use creditpack::{Account, AccountId, Code, Credits, Entry, EntryKind, Error, ledger as rules};

use super::spending::expire_overdue;
use super::store::{StoreError, Transaction};

/// A grant or an adjustment by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The asker's own id of it, unique for ever.
    pub id: String,
    /// To whom.
    pub account: AccountId,
    /// How many credits; negative takes them away.
    pub credits: i64,
    /// Why, for people.
    pub reason: String,
    /// Who did it.
    pub actor: Option<String>,
}

/// A grant, an adjustment or a refund that is on the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The entry it made.
    pub entry: Entry,
    /// Whether it was made before.
    pub replayed: bool,
}

pub(super) fn grant(
    tx: &mut Transaction<'_>,
    new: &NewGrant,
) -> Result<Result<Granted, Error>, StoreError> {
    if let Some((account, entry)) = tx.grant(&new.id)? {
        return Ok(replay(new, &account, entry));
    }
    let mut decided = decide(tx.account(&new.account)?, new, tx.now_ms());
    if matches!(decided, Err(Error::InsufficientCredits { .. }))
        && expire_overdue(tx, &new.account)?
    {
        decided = decide(tx.account(&new.account)?, new, tx.now_ms());
    }
    let entry = match decided {
        Ok(entry) => entry,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tx.append(&new.account, &entry)?;
    tx.add_grant(&new.id, &new.account, entry.version)?;
    Ok(Ok(Granted { entry, replayed: false }))
}

fn decide(account: Account, new: &NewGrant, now_ms: u64) -> Result<Entry, Error> {
    let credits = Credits::new(new.credits.unsigned_abs())?;
    let (reason, actor) = (new.reason.clone(), new.actor.clone());
    if new.credits < 0 {
        rules::adjust(account, credits, reason, actor, now_ms)
    } else {
        rules::grant_by_hand(account, credits, reason, actor, now_ms)
    }
}

fn replay(new: &NewGrant, account: &AccountId, entry: Entry) -> Result<Granted, Error> {
    let taken = entry.kind == EntryKind::Adjust;
    let credits = if taken { -entry.credits.signed() } else { entry.credits.signed() };
    let same = *account == new.account
        && credits == new.credits
        && entry.reason.as_ref() == Some(&new.reason)
        && entry.actor == new.actor;
    if same { Ok(Granted { entry, replayed: true }) } else { Err(Code::CheckoutConflict.into()) }
}
