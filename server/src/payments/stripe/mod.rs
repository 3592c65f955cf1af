//! Stripe: sessions are made and asked about, events and signatures are read.
//!
//! What is written is strict: exactly what the pinned version of the API takes. What is read is
//! lenient: what is not needed may be missing or new.

mod api;
pub mod event;
mod lenient;
mod order;
mod patience;
mod reversal;
mod session;
pub mod signature;

use std::sync::Arc;

use creditpack::Catalog;

pub use self::api::VERSION;
use self::api::{Api, ApiError};
use self::event::EVENT_TYPES;
use self::session::{CheckoutSession, List};
use super::counted::Counted;
use super::provider::{Page, ProviderError, Session};
use crate::config::{Config, StripeConfig};
use crate::ledger::Purchase;

/// So many events are on a page: as many as Stripe gives, or else fewer.
const EVENTS_MAX: [&str; 3] = ["100", "10", "1"];

/// So often a session is asked for anew whose making Stripe answers with one and the same failure.
const MAKINGS_MAX: u32 = 3;

/// Stripe, with our key. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Stripe {
    api: Arc<Api>,
    catalog: Arc<Catalog>,
    /// What names this installation on everything we make there.
    instance: Arc<str>,
    automatic_tax: bool,
    livemode: bool,
}

impl Stripe {
    pub(super) fn new(
        stripe: &StripeConfig,
        config: &Config,
        instance: &str,
        counted: Arc<Counted>,
    ) -> Self {
        Self {
            api: Arc::new(Api::new(stripe, counted)),
            catalog: Arc::clone(&config.catalog),
            instance: instance.into(),
            automatic_tax: config.automatic_tax,
            livemode: stripe.livemode,
        }
    }

    pub(super) fn livemode(&self) -> bool {
        self.livemode
    }

    /// Makes the session of a purchase, or finds it again: the same purchase always sends the same
    /// parameters under the same idempotency key.
    pub(super) async fn create_session(
        &self,
        purchase: &Purchase,
    ) -> Result<Session, ProviderError> {
        let mut form = order::form(purchase, &self.instance, &self.catalog, self.automatic_tax)
            .map_err(|error| {
                let id = &purchase.order.purchase;
                tracing::error!(purchase = id, %error, "Stripe cannot charge that price");
                ProviderError::Refused
            })?;
        // Not the checkout's own id: after a restore the same checkout is another purchase, and the
        // same key with other parameters is refused.
        let key = format!("creditpack/{}/{}", self.instance, purchase.order.purchase);
        for making in 0..MAKINGS_MAX {
            // Stripe repeats a failure of its own under the same key for ever; a session that was
            // made all the same was shown to nobody.
            let key = if making == 0 { key.clone() } else { format!("{key}/{making}") };
            match self.api.post("/v1/checkout/sessions", &form, Some(&key)).await {
                Ok(made) => return Ok(self.told(made)),
                Err(ApiError::Repeated) => {}
                // An address that Stripe does not take is the buyer's to write there.
                Err(ApiError::Refused { param: Some(param) }) if param == "customer_email" => {
                    form.retain(|(name, _)| name != "customer_email");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ProviderError::Unreachable)
    }

    pub(super) async fn retrieve(&self, session: &str) -> Result<Option<Session>, ProviderError> {
        let path = format!("/v1/checkout/sessions/{}", api::segment(session));
        let expand = [("expand[0]", "payment_intent")];
        known(self.api.get(&path, &expand).await.map(|found| self.told(found)))
    }

    pub(super) async fn expire(&self, session: &str) -> Result<Option<Session>, ProviderError> {
        let path = format!("/v1/checkout/sessions/{}/expire", api::segment(session));
        match self.api.post::<CheckoutSession>(&path, &[], None).await {
            Ok(expired) => Ok(Some(self.told(expired))),
            // One that is not open any more is not expired: what became of it then?
            Err(ApiError::Refused { .. } | ApiError::Missing) => self.retrieve(session).await,
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn session_of(&self, payment: &str) -> Result<Option<Session>, ProviderError> {
        let query = [("payment_intent", payment), ("limit", "1")];
        let found: Result<List<CheckoutSession>, _> =
            self.api.get("/v1/checkout/sessions", &query).await;
        let found = found.map(|list| list.data.into_iter().next().map(|first| self.told(first)));
        known(found).map(Option::flatten)
    }

    pub(super) async fn events(
        &self,
        since_s: u64,
        place: Option<&str>,
    ) -> Result<Page, ProviderError> {
        let since_s = since_s.to_string();
        let types: Vec<_> = (0..EVENT_TYPES.len()).map(|at| format!("types[{at}]")).collect();
        let mut query: Vec<_> =
            types.iter().map(String::as_str).zip(EVENT_TYPES.iter().copied()).collect();
        query.push(("created[gte]", since_s.as_str()));
        query.extend(place.map(|last| ("starting_after", last)));
        let list = self.list(&query).await?;
        let next = list.data.last().filter(|_| list.has_more).map(|last| last.id.clone());
        Ok(Page { events: list.data, next })
    }

    /// A page of events, shorter where one of the usual length is too long to be read: disputes
    /// bring all of their evidence.
    async fn list(&self, query: &[(&str, &str)]) -> Result<List<event::Event>, ApiError> {
        for limit in EVENTS_MAX {
            let query = [query, &[("limit", limit)]].concat();
            match self.api.get("/v1/events", &query).await {
                Err(ApiError::TooLong) => {}
                listed => return listed,
            }
        }
        Err(ApiError::TooLong)
    }

    fn told(&self, session: CheckoutSession) -> Session {
        Session {
            outcome: session.outcome(),
            paid: session.paid(),
            written: session.written(&self.instance).map(Box::new),
            id: session.id,
            url: session.url,
        }
    }
}

/// What was found; none where Stripe says that there is no such thing.
fn known<T>(answer: Result<T, ApiError>) -> Result<Option<T>, ProviderError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ApiError::Missing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl From<ApiError> for ProviderError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Unreachable | ApiError::Repeated | ApiError::TooLong => Self::Unreachable,
            ApiError::Refused { .. } | ApiError::Missing => Self::Refused,
        }
    }
}
