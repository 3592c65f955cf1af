//! Money that comes back: refunds and disputes of what purchases were paid with.
//!
//! A reversal is kept by the provider's id of it, also before its purchase has granted; in the
//! transaction that grants, those that waited take effect.

use creditpack::Credits;
use creditpack::ledger::{self as rules, ClawbackPolicy, Reversal, ReversalKind, ReversalState};
use creditpack::wire::PurchaseStatus;

use super::purchase::{NewPurchase, Purchase};
use super::spending::expire_overdue;
use super::store::{StoreError, Transaction};
use super::{Failure, Ledger};

/// What was paid for a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The provider's id of the payment; none where it has none.
    pub payment: Option<String>,
    /// What was paid, all in all, in the provider's minor units.
    pub amount: u64,
    /// How much of that is tax.
    pub tax: u64,
    /// In which currency, in lower case.
    pub currency: String,
}

/// A provider's word on a refund or a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldReversal {
    /// The provider's id of the refund or dispute.
    pub id: String,
    /// Which of the two.
    pub kind: ReversalKind,
    /// How far it is.
    pub state: ReversalState,
    /// How much money it moves, in the provider's minor units.
    pub amount: u64,
    /// In which currency, in lower case.
    pub currency: String,
}

/// A refund or a dispute as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReversal {
    /// The provider's id of it.
    pub id: String,
    /// In which currency its amount is.
    pub currency: String,
    /// What the rules need to know of it.
    pub of: Reversal,
}

/// The answer to [`Ledger::reverse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reversed {
    /// It moved on, and its credits with it; before the grant it is kept for then.
    Changed(Purchase),
    /// Nothing new.
    Unchanged(Purchase),
    /// There is no such purchase, or the reversal belongs to another.
    Unknown,
    /// Its amount is in another currency than the payment's, so that nothing can be worked out from
    /// it; nothing was changed.
    OtherCurrency(Purchase),
}

/// Payments and what comes back of them.
#[allow(clippy::missing_errors_doc, reason = "each fails as every command and every read does")]
impl Ledger {
    /// Takes a provider's word on a refund or a dispute of a purchase: claws credits back, or
    /// reinstates them, each once, in the same commit.
    pub async fn reverse(&self, purchase: String, told: ToldReversal) -> Result<Reversed, Failure> {
        self.write(move |tx| reverse(tx, &purchase, &told)).await
    }

    /// The purchase that a provider's payment paid.
    pub async fn purchase_by_payment(&self, payment: String) -> Result<Option<Purchase>, Failure> {
        self.read(move |view| view.purchase_by_payment(&payment)).await
    }

    /// What was paid for a purchase; none before it granted.
    pub async fn paid(&self, purchase: String) -> Result<Option<Paid>, Failure> {
        self.read(move |view| view.paid(&purchase)).await
    }

    /// Every refund and dispute of a purchase, in the order they came.
    pub async fn reversals(&self, purchase: String) -> Result<Vec<KeptReversal>, Failure> {
        self.read(move |view| view.reversals(&purchase)).await
    }

    /// Keeps a purchase that was lost, as the provider's own record tells it. One that is known by
    /// its id or its session stays as it is, and is answered.
    pub async fn rebuild_purchase(&self, purchase: Purchase) -> Result<Purchase, Failure> {
        self.write(move |tx| rebuild(tx, &purchase)).await
    }

    /// Up to when a provider's events were read, in seconds since the Unix epoch.
    pub async fn event_cursor(&self, provider: &'static str) -> Result<Option<u64>, Failure> {
        self.read(move |view| view.event_cursor(provider)).await
    }

    /// Keeps up to when a provider's events were read. It never goes back.
    pub async fn keep_event_cursor(
        &self,
        provider: &'static str,
        read_to_s: u64,
    ) -> Result<(), Failure> {
        self.write(move |tx| tx.keep_event_cursor(provider, read_to_s)).await
    }
}

fn reverse(
    tx: &mut Transaction<'_>,
    purchase: &str,
    told: &ToldReversal,
) -> Result<Reversed, StoreError> {
    let Some(purchase) = tx.purchase(purchase)? else { return Ok(Reversed::Unknown) };
    let id = &purchase.order.purchase;
    let known = match tx.reversal(&told.id)? {
        Some((of, _)) if of != *id => return Ok(Reversed::Unknown),
        known => known.map(|(_, known)| known),
    };
    if known.as_ref().is_some_and(|known| known.of.state >= told.state) {
        return Ok(Reversed::Unchanged(purchase));
    }
    let payment = tx.payment(id)?;
    if payment.as_ref().is_some_and(|(_, currency)| *currency != told.currency) {
        return Ok(Reversed::OtherCurrency(purchase));
    }
    let mut kept = match known {
        // Nothing was claimed for it yet: what is withdrawn may be another amount than was disputed.
        Some(known) if known.of.state != ReversalState::Flagged => known,
        _ => first_told(told),
    };
    kept.of.state = told.state;
    tx.keep_reversal(id, &kept)?;
    let Some((payment, _)) = payment else { return Ok(Reversed::Changed(purchase)) };
    let others: Vec<_> = tx.reversals(id)?.into_iter().filter(|it| it.id != kept.id).collect();
    carry_out(tx, &purchase, payment, kept, &rules_of(&others))?;
    let status = status(tx, id, payment)?;
    if status == purchase.status {
        return Ok(Reversed::Changed(purchase));
    }
    let moved = Purchase { status, changed_at_ms: tx.now_ms(), ..purchase };
    tx.change_purchase(&moved)?;
    Ok(Reversed::Changed(moved))
}

fn first_told(told: &ToldReversal) -> KeptReversal {
    let of = Reversal {
        kind: told.kind,
        state: told.state,
        amount: told.amount,
        claimed: Credits::ZERO,
        taken: Credits::ZERO,
    };
    KeptReversal { id: told.id.clone(), currency: told.currency.clone(), of }
}

/// Keeps what was paid for a purchase that has just granted, and carries out what waited for that.
/// Returns the status that leaves it in.
pub(super) fn granted(
    tx: &mut Transaction<'_>,
    purchase: &Purchase,
    paid: Option<&Paid>,
) -> Result<PurchaseStatus, StoreError> {
    let order = &purchase.order;
    let paid = paid.cloned().unwrap_or_else(|| unsaid(order));
    tx.add_payment(&order.purchase, &paid, order.credits)?;
    let payment = rules::Payment { amount: paid.amount, granted: order.credits };
    let waiting = tx.reversals(&order.purchase)?.len();
    for at in 0..waiting {
        // As if they came now, one after the other: those that still wait claim nothing yet, and
        // one that claimed for them would keep their credits when they are undone.
        let mut before = tx.reversals(&order.purchase)?;
        before.truncate(at + 1);
        let Some(kept) = before.pop() else { break };
        carry_out(tx, purchase, payment, kept, &rules_of(&before))?;
    }
    status(tx, &order.purchase, payment)
}

/// What was paid where nobody said: the price.
fn unsaid(order: &NewPurchase) -> Paid {
    Paid {
        payment: None,
        amount: order.price.provider_amount().unwrap_or(order.price.amount_minor),
        tax: 0,
        currency: order.price.currency.as_str().to_owned(),
    }
}

/// Does to the credits what the state of a reversal means, beside `others` that were carried out.
fn carry_out(
    tx: &mut Transaction<'_>,
    purchase: &Purchase,
    payment: rules::Payment,
    kept: KeptReversal,
    others: &[Reversal],
) -> Result<(), StoreError> {
    match kept.of.state {
        ReversalState::Flagged => Ok(()),
        ReversalState::InForce => claw_back(tx, purchase, payment, kept, others),
        ReversalState::Undone => reinstate(tx, purchase, payment, &kept),
    }
}

fn claw_back(
    tx: &mut Transaction<'_>,
    purchase: &Purchase,
    payment: rules::Payment,
    mut kept: KeptReversal,
    others: &[Reversal],
) -> Result<(), StoreError> {
    let (account, id) = (&purchase.order.account, &purchase.order.purchase);
    kept.of.claimed = payment.claim(kept.of.amount, others);
    let (policy, now_ms) = (tx.rulebook().clawback, tx.now_ms());
    if policy == ClawbackPolicy::Clamp {
        // What overdue holds still promise is available all the same.
        expire_overdue(tx, account)?;
    }
    let before = tx.account(account)?;
    let (kind, claimed) = (kept.of.kind, kept.of.claimed);
    let entry = rules::claw_back(before, id.clone(), kind, claimed, policy, now_ms)
        .map_err(|_| StoreError::Senseless("a clawback leaves the range of balances"))?;
    kept.of.taken = entry.as_ref().map_or(Credits::ZERO, |entry| entry.credits);
    tx.keep_reversal(id, &kept)?;
    let Some(entry) = entry else { return Ok(()) };
    tx.append(account, &entry)?;
    tx.note_clawback(id, &kept.id, &entry)
}

fn reinstate(
    tx: &mut Transaction<'_>,
    purchase: &Purchase,
    payment: rules::Payment,
    kept: &KeptReversal,
) -> Result<(), StoreError> {
    let (account, id) = (&purchase.order.account, &purchase.order.purchase);
    let all = tx.reversals(id)?;
    let Some(which) = all.iter().position(|it| it.id == kept.id) else { return Ok(()) };
    let mut changed = rules_of(&all);
    let returned = payment.undo(&mut changed, which);
    for (before, of) in all.into_iter().zip(changed) {
        if before.of != of {
            tx.keep_reversal(id, &KeptReversal { of, ..before })?;
        }
    }
    let before = tx.account(account)?;
    let entry = rules::reinstate(before, id.clone(), returned, tx.now_ms())
        .map_err(|_| StoreError::Senseless("a reinstatement leaves the range of balances"))?;
    let Some(entry) = entry else { return Ok(()) };
    tx.append(account, &entry)?;
    tx.note_reinstatement(id, &kept.id, &entry)
}

fn rules_of(kept: &[KeptReversal]) -> Vec<Reversal> {
    kept.iter().map(|kept| kept.of).collect()
}

fn status(
    tx: &mut Transaction<'_>,
    purchase: &str,
    payment: rules::Payment,
) -> Result<PurchaseStatus, StoreError> {
    Ok(payment.status(&rules_of(&tx.reversals(purchase)?)))
}

fn rebuild(tx: &mut Transaction<'_>, lost: &Purchase) -> Result<Purchase, StoreError> {
    if let Some(known) = tx.purchase(&lost.order.purchase)? {
        return Ok(known);
    }
    if let Some(session) = &lost.session
        && let Some(known) = tx.purchase_by_session(session)?
    {
        return Ok(known);
    }
    let mut lost = lost.clone();
    // The buyer may have made the same checkout once more since.
    if tx.purchase_by_checkout(&lost.order.account, &lost.order.checkout)?.is_some() {
        lost.order.checkout.clone_from(&lost.order.purchase);
    }
    tx.add_purchase(&lost)?;
    Ok(lost)
}
