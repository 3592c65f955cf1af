//! HTTP: parse, call, render. No handler holds a rule.

mod account;
mod body;
mod caller;
mod catalog;
mod checkouts;
mod cors;
mod grants;
mod guard;
mod health;
mod history;
mod holds;
mod limits;
mod metrics;
mod noting;
pub mod openapi;
mod path;
mod problem;
mod query;
mod quotes;
mod receipt;
mod refunds;
mod stream;
mod test_checkout;
mod test_delivery;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod webhooks;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use crate::config::Config;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::receipts::Receipts;
use crate::storefront::Storefront;

pub use limits::{Limits, Peer, network};
pub use test_delivery::resume as resume_test_deliveries;

/// Everything that a handler may call. Clones are the same backend; each request makes several.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// What a backend consists of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What the operator decided.
    pub config: Arc<Config>,
    /// The truth.
    pub ledger: Ledger,
    /// Who may call.
    pub keys: Arc<Keys>,
    /// What everybody may still ask for.
    pub limits: Arc<Limits>,
    /// What is measured.
    pub metrics: Metrics,
    /// How credits are paid for.
    pub payments: Payments,
    /// What buyers get for a payment.
    pub receipts: Receipts,
    /// Which catalog an account is served.
    pub storefront: Storefront,
    /// Whether the backend goes down.
    pub stopping: Stopping,
}

impl App {
    /// The backend of those parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Tells whoever waits that the backend goes down.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// One that is told by whoever holds the sender.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (tell, told) = watch::channel(false);
        (tell, Self(told))
    }

    /// Whether it goes down already.
    pub fn is_so(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once the backend goes down.
    pub async fn wait(&self) {
        // An error means that nobody is left to tell: that is going down too.
        let _ = self.0.clone().wait_for(|stopping| *stopping).await;
    }
}

/// Everything that is served.
pub fn router(app: App) -> Router {
    let cors = cors::layer(&app.config.allowed_origins);
    let around = app.clone();
    let routes = Router::new()
        .merge(health::router())
        .merge(metrics::router())
        .merge(openapi::router())
        .merge(tokens::router())
        .merge(catalog::router())
        .merge(account::router())
        .merge(stream::router())
        .merge(history::router())
        .merge(holds::router())
        .merge(grants::router())
        .merge(refunds::router())
        .merge(quotes::router())
        .merge(checkouts::router())
        .merge(receipt::router())
        .merge(webhooks::router())
        .merge(test_checkout::router())
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::method_not_allowed)
        .with_state(app);
    guard::around(routes, around).layer(cors)
}
