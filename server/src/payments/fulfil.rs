//! From what a provider says to credits: exactly once, however often and in whatever order it is
//! said. The ledger keeps that promise; here it is only worked out what was said.

use creditpack::Error;
use serde::Deserialize as _;

use super::stripe::event::{CheckoutSession, Event};
use super::{Payments, Refusal};
use crate::ledger::{Outcome, Purchase, PurchaseEvent, Settled};

/// What became of an event. Either way it need not be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It was about a purchase of ours, and its effect is durable.
    Settled,
    /// It is not about anything of ours.
    Ignored,
}

impl Payments {
    /// Takes an event that was verified to be the provider's.
    ///
    /// # Errors
    ///
    /// `invalid_request` for an event of the other mode, or one whose session cannot be read; what
    /// the rules refuse the grant with; and what the ledger fails with.
    pub async fn fulfil(&self, event: Event) -> Result<Handled, Refusal> {
        if event.livemode == self.test_mode().is_some() {
            let rule = "must be that of this backend's payments, test or live";
            return Err(Error::invalid("livemode", rule).into());
        }
        let Some(read) = outcome(&event.kind) else { return Ok(Handled::Ignored) };
        let session = CheckoutSession::deserialize(&event.data.object)
            .map_err(|_| Error::invalid("data.object", "must be a checkout session with an id"))?;
        let Some(outcome) = read(&session) else { return Ok(Handled::Ignored) };
        let Some(purchase) = self.purchase_of(&session).await? else {
            tracing::info!(event = event.id, session = session.id, "a session that is not ours");
            return Ok(Handled::Ignored);
        };
        let said = PurchaseEvent { event: Some(event.id), session: session.id, outcome };
        let settled = self.settle(purchase.order.purchase, said).await?;
        Ok(if settled.is_some() { Handled::Settled } else { Handled::Ignored })
    }

    /// Takes what the provider answered when it was asked.
    pub(super) async fn settle_asked(
        &self,
        purchase: Purchase,
        session: String,
        outcome: Outcome,
    ) -> Result<Purchase, Refusal> {
        let said = PurchaseEvent { event: None, session, outcome };
        let settled = self.settle(purchase.order.purchase.clone(), said).await?;
        Ok(settled.unwrap_or(purchase))
    }

    async fn settle(
        &self,
        purchase: String,
        said: PurchaseEvent,
    ) -> Result<Option<Purchase>, Refusal> {
        let (id, session) = (purchase.clone(), said.session.clone());
        match self.ledger.settle_purchase(purchase, said).await? {
            Settled::Changed(purchase) => {
                let id = &purchase.order.purchase;
                tracing::info!(purchase = id, status = ?purchase.status, "purchase settled");
                Ok(Some(purchase))
            }
            Settled::Unchanged(purchase) => Ok(Some(purchase)),
            Settled::Unknown => {
                tracing::warn!(purchase = id, session, "not the session of that purchase");
                Ok(None)
            }
            Settled::Refused(error) => Err(error.into()),
        }
    }

    /// By the session's id; or, for one whose id was lost, by what we wrote on it.
    async fn purchase_of(&self, session: &CheckoutSession) -> Result<Option<Purchase>, Refusal> {
        if let Some(purchase) = self.ledger.purchase_by_session(session.id.clone()).await? {
            return Ok(Some(purchase));
        }
        match session.purchase_of(self.ledger.instance()) {
            Some(purchase) => Ok(self.ledger.purchase(purchase.to_owned()).await?),
            None => Ok(None),
        }
    }
}

/// What an event of that kind says about its session; none for kinds that say nothing we act on.
fn outcome(kind: &str) -> Option<fn(&CheckoutSession) -> Option<Outcome>> {
    Some(match kind {
        "checkout.session.completed" => completed,
        "checkout.session.async_payment_succeeded" => |_| Some(Outcome::Paid),
        "checkout.session.async_payment_failed" => |_| Some(Outcome::Failed),
        "checkout.session.expired" => |_| Some(Outcome::Expired),
        _ => return None,
    })
}

fn completed(session: &CheckoutSession) -> Option<Outcome> {
    match session.payment_status.as_deref()? {
        // Nothing is due only where whoever runs the provider's account gave it away.
        "paid" | "no_payment_required" => Some(Outcome::Paid),
        "unpaid" => Some(Outcome::Processing),
        _ => None,
    }
}
