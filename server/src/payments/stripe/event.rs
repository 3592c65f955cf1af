//! Stripe's events, as far as they are read. Reading is lenient: what is not needed may be missing
//! or new, and a word that is not known yet is no error.

use creditpack::error::Error;
use serde::Deserialize;
use serde_json::Value;

use super::reversal;
pub use super::session::CheckoutSession;
use crate::ledger::{Outcome, ToldReversal};

/// The types of events that something is done about: those to subscribe to.
pub const EVENT_TYPES: [&str; 11] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
];

/// The envelope of every event.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// Unique for each event, the same each time it is sent again.
    pub id: String,
    /// What happened, for instance `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether real money moved.
    #[serde(default)]
    pub livemode: bool,
    /// The account it happened in, where that is another than the key's own.
    #[serde(default)]
    pub account: Option<String>,
    /// The same, as newer events say it.
    #[serde(default)]
    pub context: Option<String>,
    /// What it happened to.
    pub data: Data,
}

/// What an event happened to.
#[derive(Clone, Debug, Deserialize)]
pub struct Data {
    /// A session, a refund, a dispute, or something that nothing is done about.
    pub object: Value,
}

/// What an event tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// Something became of a session.
    Session(Box<CheckoutSession>, Outcome),
    /// Something became of money that comes back.
    Reversal {
        /// The provider's id of the payment that it comes back from; none of ours lacks it.
        payment: Option<String>,
        /// What became of it.
        told: ToldReversal,
    },
    /// Nothing that is acted on.
    Nothing,
}

impl Event {
    /// Whether it is of an account other than the one whose key and secret we have.
    pub fn is_of_other_account(&self) -> bool {
        let named = |field: &Option<String>| field.as_ref().is_some_and(|id| !id.is_empty());
        named(&self.account) || named(&self.context)
    }

    /// What it tells.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `data.object` if it is of a type that is acted on and its object
    /// lacks what that needs.
    pub fn read(&self) -> Result<Told, Error> {
        let outcome = match self.kind.as_str() {
            "checkout.session.completed" => completed,
            "checkout.session.async_payment_succeeded" => |_: &_| Some(Outcome::Paid),
            "checkout.session.async_payment_failed" => |_: &_| Some(Outcome::Failed),
            "checkout.session.expired" => |_: &_| Some(Outcome::Expired),
            kind => return reversal::read(kind, &self.data.object),
        };
        let session = CheckoutSession::deserialize(&self.data.object)
            .map_err(|_| Error::invalid("data.object", "must be a checkout session with an id"))?;
        Ok(match outcome(&session) {
            Some(outcome) => Told::Session(Box::new(session), outcome),
            None => Told::Nothing,
        })
    }
}

fn completed(session: &CheckoutSession) -> Option<Outcome> {
    match session.payment_status.as_deref()? {
        // Nothing is due only where whoever runs the provider's account gave it away.
        "paid" | "no_payment_required" => Some(Outcome::Paid),
        "unpaid" => Some(Outcome::Processing),
        _ => None,
    }
}
