//! A backend without a listener, for tests of what handlers do between its parts.

use std::path::Path;
use std::sync::Arc;

use creditpack::{AccountId, Entry};

use super::{App, Limits, Parts, Stopping};
use crate::clock::Clock;
use crate::config::{Config, DEFAULT, Environment};
use crate::keys::{Keys, stored_secret_key};
use crate::ledger::{Ledger, NewGrant};
use crate::metrics::Metrics;
use crate::payments::Payments;
use crate::receipts::Receipts;
use crate::secret::Secret;
use crate::serve::settings;
use crate::storefront::Storefront;

/// Its secret key.
pub(super) const SECRET_KEY: &str = "sk_test_0000000000000000000000";

/// The backend, whose data goes with it.
pub(super) struct Stage {
    pub(super) app: App,
    _data: tempfile::TempDir,
    /// Kept: without it the backend goes down.
    _stop: tokio::sync::watch::Sender<bool>,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let ledger = ledger(data.path());
        let config = config();
        let keys = Arc::new(Keys::load(&ledger).await.unwrap());
        let payments = Payments::new(Arc::clone(&config), ledger.clone(), "http://localhost");
        let receipts = Receipts::new(Arc::clone(&config), ledger.clone(), "http://localhost");
        let (stop, stopping) = Stopping::new();
        let storefront = Storefront::open(ledger.clone());
        let limits = Arc::new(Limits::new(&config.limits));
        let metrics = Metrics::new(ledger.meter().clone());
        let app = App::new(Parts {
            config,
            ledger,
            keys,
            limits,
            metrics,
            payments,
            receipts,
            storefront,
            stopping,
        });
        Self { app, _data: data, _stop: stop }
    }

    /// Grants the account one credit.
    pub(super) async fn grant(&self, id: &str) -> Entry {
        let (id, reason) = (id.to_owned(), "test".to_owned());
        let grant = NewGrant { id, account: account(), credits: 1, reason, actor: None };
        self.app.ledger.grant(grant).await.unwrap().unwrap().entry
    }
}

pub(super) fn account() -> AccountId {
    AccountId::new("u_1").unwrap()
}

fn config() -> Arc<Config> {
    Arc::new(Config::parse("test.toml", DEFAULT, &Environment::default()).unwrap())
}

fn ledger(data: &Path) -> Ledger {
    let key = stored_secret_key(&Secret::new(SECRET_KEY), "test").unwrap();
    Ledger::create(data, &key, &Clock::system()).unwrap();
    Ledger::open(settings(&config(), data, Clock::system())).unwrap()
}
