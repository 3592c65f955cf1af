//! Stripe's events, as far as they are read. Reading is lenient: what is not needed may be missing
//! or new, and a word that is not known yet is no error.

use serde::Deserialize;
use serde_json::{Map, Value};

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
    /// What it happened to.
    pub data: Data,
}

/// What an event happened to.
#[derive(Clone, Debug, Deserialize)]
pub struct Data {
    /// For the events that are acted on, a [`CheckoutSession`].
    pub object: Value,
}

/// A checkout session, as an event carries it.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckoutSession {
    /// Unique for each session.
    pub id: String,
    /// `paid`, `unpaid` or `no_payment_required`.
    #[serde(default)]
    pub payment_status: Option<String>,
    /// What we wrote on it when it was made.
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
}

impl CheckoutSession {
    /// The purchase it was made for, if the database named `instance` made it.
    pub fn purchase_of(&self, instance: &str) -> Option<&str> {
        let written = |key| self.metadata.as_ref()?.get(key)?.as_str();
        (written("instance") == Some(instance)).then(|| written("purchase")).flatten()
    }
}
