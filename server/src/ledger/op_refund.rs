//! Refunds of ops, once for each id.

use creditpack::{AccountId, Code, Credits, Entry, Error, OpId, ledger as rules};

use super::granting::Granted;
use super::spending::keep;
use super::store::{StoreError, Transaction};

/// Credits to be given back that an op spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpRefund {
    /// The asker's own id of it, unique for ever.
    pub id: String,
    /// Whose op.
    pub account: AccountId,
    /// Which op.
    pub op: OpId,
    /// How many credits; all that is left of what it spent where none are named.
    pub credits: Option<Credits>,
    /// Why, for people.
    pub reason: String,
}

/// A refund that was made before.
pub(super) struct KnownRefund {
    pub(super) account: AccountId,
    pub(super) asked: Option<Credits>,
    pub(super) entry: Entry,
}

pub(super) fn refund(
    tx: &mut Transaction<'_>,
    new: &OpRefund,
) -> Result<Result<Granted, Error>, StoreError> {
    if let Some(known) = tx.op_refund(&new.id)? {
        return Ok(replay(new, known));
    }
    let known = tx.op(&new.account, new.op)?;
    let (account, now_ms) = (tx.account(&new.account)?, tx.now_ms());
    let decided = rules::refund(account, known.as_ref(), new.credits, new.reason.clone(), now_ms);
    let decision = keep(tx, &new.account, decided)?;
    if let Err(refusal) = decision.answer {
        return Ok(Err(refusal));
    }
    let Some(entry) = decision.entry else {
        return Err(StoreError::Senseless("a refund without an entry"));
    };
    tx.add_op_refund(&new.id, &new.account, entry.version, new.credits)?;
    Ok(Ok(Granted { entry, replayed: false }))
}

fn replay(new: &OpRefund, known: KnownRefund) -> Result<Granted, Error> {
    let KnownRefund { account, asked, entry } = known;
    let same = account == new.account
        && asked == new.credits
        && entry.op == Some(new.op)
        && entry.reason.as_ref() == Some(&new.reason);
    if same { Ok(Granted { entry, replayed: true }) } else { Err(Code::CheckoutConflict.into()) }
}
