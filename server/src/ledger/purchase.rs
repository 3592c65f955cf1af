//! Purchases: what is bought in one checkout, and how far its payment is.

use creditpack::error::Error;
use creditpack::money::Money;
use creditpack::wire::PurchaseStatus;
use creditpack::{AccountId, Credits, ledger as rules};

use super::purchase_receipt;
use super::reversal::{self, Paid};
use super::store::{StoreError, Transaction};

/// A purchase on the terms it was made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPurchase {
    /// The backend's id of it, unique for ever.
    pub purchase: String,
    /// Who buys.
    pub account: AccountId,
    /// The buyer's own id of the checkout, unique within the account.
    pub checkout: String,
    /// What is bought.
    pub pack: String,
    /// How many times.
    pub quantity: u32,
    /// What it grants, all in all; the grant never comes from anywhere else.
    pub credits: Credits,
    /// What it costs, all in all.
    pub price: Money,
    /// What it would cost without the promotion.
    pub list_price: Money,
    /// The code of the promotion it took, as the catalog wrote it then.
    pub promotion: Option<String>,
    /// SHA-256 of the request, by which a replay is told from a conflict.
    pub body_sha256: [u8; 32],
    /// Where the buyer goes after paying.
    pub success_url: String,
    /// Where the buyer goes without paying.
    pub cancel_url: String,
    /// Where the receipt goes.
    pub email: Option<String>,
    /// The buyer's language.
    pub locale: Option<String>,
    /// Until when the buyer may pay.
    pub expires_at_ms: u64,
}

/// A purchase as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// What was ordered, and on which terms.
    pub order: NewPurchase,
    /// How far it is.
    pub status: PurchaseStatus,
    /// The provider's id of the payment session, once it is known.
    pub session: Option<String>,
    /// Where the buyer pays, once it is known.
    pub url: Option<String>,
    /// When it was made.
    pub created_at_ms: u64,
    /// When its status last changed.
    pub changed_at_ms: u64,
}

/// What a provider says of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is paid.
    Paid,
    /// It is under way: an asynchronous method was chosen.
    Processing,
    /// It failed.
    Failed,
    /// The session lapsed before it was paid.
    Expired,
}

/// A provider's word on a purchase, from a webhook or from asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseEvent {
    /// The webhook event's id; none where the provider was asked.
    pub event: Option<String>,
    /// The provider's id of the payment session.
    pub session: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// The answer to [`super::Ledger::settle_purchase`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The purchase moved on; a paid one has granted its credits.
    Changed {
        /// As it is now.
        purchase: Purchase,
        /// Reversals that waited for the grant, in another currency than the payment's: nothing can
        /// be worked out from their amounts, and their credits were left.
        in_other_currency: Vec<String>,
    },
    /// Nothing new: the event, or what it says, was known, or is out of date.
    Unchanged(Purchase),
    /// There is no such purchase, or it belongs to another session.
    Unknown,
    /// The rules refuse the grant; nothing was changed.
    Refused(Error),
}

/// Whether the buyer sees a purchase in this state among what is to come.
pub(super) const fn is_incoming(status: PurchaseStatus) -> bool {
    matches!(status, PurchaseStatus::Processing | PurchaseStatus::Failed)
}

/// Where a provider's word takes a purchase, or `None` if it changes nothing.
///
/// Words arrive late, twice and out of order: money that came counts whatever was said before, and
/// nothing takes a purchase back from a later state to an earlier one.
const fn next_status(status: PurchaseStatus, outcome: Outcome) -> Option<PurchaseStatus> {
    use PurchaseStatus::{Expired, Failed, Open, Paid, Processing};
    match (outcome, status) {
        (Outcome::Paid, Open | Processing | Expired | Failed) => Some(Paid),
        (Outcome::Processing, Open | Expired) => Some(Processing),
        (Outcome::Failed, Open | Processing | Expired) => Some(Failed),
        (Outcome::Expired, Open) => Some(Expired),
        _ => None,
    }
}

pub(super) fn attach_session(
    tx: &mut Transaction<'_>,
    purchase: &str,
    session: &str,
    url: &str,
) -> Result<Option<Purchase>, StoreError> {
    let Some(mut purchase) = tx.purchase(purchase)? else { return Ok(None) };
    // A webhook may have been faster, and then named the session but not where to pay.
    let ours = purchase.session.get_or_insert_with(|| session.to_owned()) == session;
    if ours && purchase.url.is_none() {
        purchase.url = Some(url.to_owned());
        tx.change_purchase(&purchase)?;
    }
    Ok(Some(purchase))
}

pub(super) fn settle(
    tx: &mut Transaction<'_>,
    purchase: &str,
    event: &PurchaseEvent,
    paid: Option<&Paid>,
) -> Result<Settled, StoreError> {
    let Some(purchase) = tx.purchase(purchase)? else { return Ok(Settled::Unknown) };
    if purchase.session.as_ref().is_some_and(|session| *session != event.session) {
        return Ok(Settled::Unknown);
    }
    if event.event.as_ref().map_or(Ok(false), |id| tx.knows_event(id))? {
        return Ok(Settled::Unchanged(purchase));
    }
    let Some(status) = next_status(purchase.status, event.outcome) else {
        tx.add_event(event, &purchase)?;
        return Ok(Settled::Unchanged(purchase));
    };
    let mut moved = Purchase {
        status,
        session: Some(event.session.clone()),
        changed_at_ms: tx.now_ms(),
        ..purchase.clone()
    };
    let mut in_other_currency = Vec::new();
    if status == PurchaseStatus::Paid {
        if let Err(refusal) = grant(tx, &moved.order)? {
            return Ok(Settled::Refused(refusal));
        }
        moved.status = reversal::granted(tx, &moved, paid)?;
        in_other_currency = tx.reversals_in_other_currency(&moved.order.purchase)?;
    }
    tx.add_event(event, &moved)?;
    tx.change_purchase(&moved)?;
    if status == PurchaseStatus::Paid {
        purchase_receipt::issue(tx, &moved)?;
    }
    if is_incoming(purchase.status) || is_incoming(status) {
        tx.announce_incoming(&moved.order.account)?;
    }
    Ok(Settled::Changed { purchase: moved, in_other_currency })
}

fn grant(tx: &mut Transaction<'_>, order: &NewPurchase) -> Result<Result<(), Error>, StoreError> {
    let account = tx.account(&order.account)?;
    let decided =
        rules::grant_purchase(account, order.purchase.clone(), order.credits, tx.now_ms());
    match decided {
        Ok(entry) => tx.append(&order.account, &entry).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_came_counts_and_nothing_goes_back() {
        use PurchaseStatus::{Disputed, Expired, Failed, Open, Paid, Processing, Refunded};
        let table = [
            (Open, [Some(Paid), Some(Processing), Some(Failed), Some(Expired)]),
            (Processing, [Some(Paid), None, Some(Failed), None]),
            (Expired, [Some(Paid), Some(Processing), Some(Failed), None]),
            (Failed, [Some(Paid), None, None, None]),
            (Paid, [None; 4]),
            (Refunded, [None; 4]),
            (Disputed, [None; 4]),
        ];
        let outcomes = [Outcome::Paid, Outcome::Processing, Outcome::Failed, Outcome::Expired];
        for (status, expected) in table {
            assert_eq!(outcomes.map(|outcome| next_status(status, outcome)), expected);
        }
    }
}
