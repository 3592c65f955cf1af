//! From what a provider says to credits: exactly once, however often and in whatever order it is
//! said. The ledger keeps that promise; here it is only worked out what was said.

use creditpack::Error;

use super::counted::Count;
use super::stripe::event::{CheckoutSession, Event, Told};
use super::{Payments, Refusal, Session};
use crate::ledger::{Outcome, Paid, Purchase, PurchaseEvent, Reversed, Settled, ToldReversal};

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
    /// `invalid_request` for an event of the other mode or another account, or one whose object
    /// cannot be read; what the rules refuse the grant with; `provider_unavailable` if the provider
    /// has to be asked and does not answer; and what the ledger fails with.
    pub async fn fulfil(&self, event: Event) -> Result<Handled, Refusal> {
        self.require_ours(&event)?;
        let told = event.read().inspect_err(|_| self.counted.add(Count::EventUnreadable))?;
        let handled = match told {
            Told::Session(session, outcome) => self.session(event.id, &session, outcome).await?,
            Told::Reversal { payment: Some(payment), told } => self.reversal(payment, told).await?,
            Told::Reversal { payment: None, .. } => Handled::Ignored,
            Told::Nothing => {
                self.counted.add(Count::EventOfOtherType);
                return Ok(Handled::Ignored);
            }
        };
        self.counted.add(match handled {
            Handled::Settled => Count::EventSettled,
            Handled::Ignored => Count::EventNotOurs,
        });
        Ok(handled)
    }

    fn require_ours(&self, event: &Event) -> Result<(), Refusal> {
        let wrong = if event.livemode != self.provider()?.livemode() {
            ("livemode", "must be that of this backend's payments, test or live")
        } else if event.is_of_other_account() {
            ("account", "must be left out: only this backend's own account is listened to")
        } else {
            return Ok(());
        };
        self.counted.add(Count::EventMisdirected);
        tracing::warn!(event = event.id, field = wrong.0, "an event that is meant for others");
        Err(Error::invalid(wrong.0, wrong.1).into())
    }

    async fn session(
        &self,
        event: String,
        session: &CheckoutSession,
        outcome: Outcome,
    ) -> Result<Handled, Refusal> {
        let purchase = match self.known_by(session).await? {
            Some(purchase) => Some(purchase),
            None => self.lost_by(session).await?,
        };
        let Some(purchase) = purchase else {
            tracing::info!(event, session = session.id, "a session that is not ours");
            return Ok(Handled::Ignored);
        };
        let said = PurchaseEvent { event: Some(event), session: session.id.clone(), outcome };
        let settled = self.settle(purchase.order.purchase, said, session.paid()).await?;
        Ok(if settled.is_some() { Handled::Settled } else { Handled::Ignored })
    }

    /// Takes what the provider answered when it was asked.
    pub(super) async fn settle_asked(
        &self,
        purchase: Purchase,
        session: Session,
    ) -> Result<Purchase, Refusal> {
        let Some(outcome) = session.outcome else { return Ok(purchase) };
        let said = PurchaseEvent { event: None, session: session.id, outcome };
        let settled = self.settle(purchase.order.purchase.clone(), said, session.paid).await?;
        Ok(settled.unwrap_or(purchase))
    }

    async fn settle(
        &self,
        purchase: String,
        said: PurchaseEvent,
        paid: Option<Paid>,
    ) -> Result<Option<Purchase>, Refusal> {
        let (id, session) = (purchase.clone(), said.session.clone());
        let settled = match paid {
            Some(paid) => self.ledger.settle_payment(purchase, said, paid).await?,
            None => self.ledger.settle_purchase(purchase, said).await?,
        };
        match settled {
            Settled::Changed { purchase, in_other_currency } => {
                let id = &purchase.order.purchase;
                tracing::info!(purchase = id, status = ?purchase.status, "purchase settled");
                for reversal in in_other_currency {
                    self.left(id, &reversal);
                }
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
    async fn known_by(&self, session: &CheckoutSession) -> Result<Option<Purchase>, Refusal> {
        if let Some(purchase) = self.ledger.purchase_by_session(session.id.clone()).await? {
            return Ok(Some(purchase));
        }
        match session.purchase_of(self.ledger.instance()) {
            Some(purchase) => Ok(self.ledger.purchase(purchase.to_owned()).await?),
            None => Ok(None),
        }
    }

    /// A purchase that is ours by what we wrote on the session, and that the database lost. What it
    /// grants is asked of the provider: an event is not believed about that.
    async fn lost_by(&self, session: &CheckoutSession) -> Result<Option<Purchase>, Refusal> {
        if session.purchase_of(self.ledger.instance()).is_none() {
            return Ok(None);
        }
        match self.provider()?.retrieve(&session.id).await? {
            Some(session) => self.rebuilt(session).await,
            None => Ok(None),
        }
    }

    /// The purchase of a session that the provider told us, settled as far as the session is.
    async fn rebuilt(&self, session: Session) -> Result<Option<Purchase>, Refusal> {
        let Some(written) = &session.written else { return Ok(None) };
        let known = self.ledger.purchase(written.order.purchase.clone()).await?;
        let purchase = if let Some(purchase) = known {
            purchase
        } else {
            let purchase = self.ledger.rebuild_purchase(*written.clone()).await?;
            tracing::warn!(purchase = purchase.order.purchase, "a lost purchase was rebuilt");
            self.counted.add(Count::PurchaseRebuilt);
            purchase
        };
        self.settle_asked(purchase, session).await.map(Some)
    }

    async fn reversal(&self, payment: String, told: ToldReversal) -> Result<Handled, Refusal> {
        let purchase = match self.ledger.purchase_by_payment(payment.clone()).await? {
            Some(purchase) => Some(purchase),
            // Its grant may be on its way, or lost.
            None => match self.provider()?.session_of(&payment).await? {
                Some(session) => self.rebuilt(session).await?,
                None => None,
            },
        };
        let Some(purchase) = purchase else { return Ok(Handled::Ignored) };
        let (id, reversal) = (purchase.order.purchase.clone(), told.id.clone());
        match self.ledger.reverse(id.clone(), told).await? {
            Reversed::Changed(purchase) => {
                let status = purchase.status;
                tracing::info!(purchase = id, reversal, ?status, "money came back or stayed");
            }
            Reversed::Unchanged(_) => {}
            Reversed::OtherCurrency(_) => self.left(&id, &reversal),
            Reversed::Unknown => {
                tracing::warn!(purchase = id, reversal, "not a reversal of that purchase");
                return Ok(Handled::Ignored);
            }
        }
        Ok(Handled::Settled)
    }

    /// Tells of a reversal from whose amount no credits can be worked out.
    fn left(&self, purchase: &str, reversal: &str) {
        self.counted.add(Count::ReversalInOtherCurrency);
        tracing::error!(
            purchase,
            reversal,
            "in another currency than the payment: its credits are left, adjust by hand"
        );
    }
}
