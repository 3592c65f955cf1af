//! Who is who: secret keys of the product's servers, client tokens of its browsers.

mod client_token;
mod eddsa;
mod secret_key;
mod seen;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

pub use client_token::{ClientToken, ClientTokens, KeyError, MintedToken, TTL_S_MAX};
pub use secret_key::{
    AcceptedKey, SecretKeyError, SecretKeys, new_secret_key, scoped_secret_key, stored_secret_key,
};

use crate::ledger::{Ledger, TokenKey};

/// How often the last use of secret keys is written down.
const USES_INTERVAL: Duration = Duration::from_secs(60);

/// A new signing key of client tokens.
///
/// # Errors
///
/// [`KeyError::Damaged`] if it cannot be written down.
pub fn new_token_key(now_ms: u64) -> Result<TokenKey, KeyError> {
    client_token::new_key(now_ms)
}

/// Every credential that is accepted at one time.
#[derive(Debug)]
pub struct Accepted {
    /// Keys of the product's servers.
    pub secret_keys: SecretKeys,
    /// What mints and reads the tokens of its browsers.
    pub client_tokens: Arc<ClientTokens>,
}

/// Every credential that is accepted now: read anew whenever an operator changed one.
#[derive(Debug)]
pub struct Keys {
    accepted: watch::Sender<Arc<Accepted>>,
    /// Held from reading the ledger until what it has is accepted: what was read before another
    /// change must not be what is accepted after it.
    reading: Mutex<()>,
}

impl Keys {
    /// Reads the ledger's keys; makes a signing key where there is none.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the ledger does not answer or holds a key that is none.
    pub async fn load(ledger: &Ledger) -> Result<Self, KeyError> {
        let secret_keys = SecretKeys::new(&ledger.secret_keys().await?);
        let client_tokens = Arc::new(ClientTokens::load(ledger).await?);
        let accepted = watch::Sender::new(Arc::new(Accepted { secret_keys, client_tokens }));
        Ok(Self { accepted, reading: Mutex::new(()) })
    }

    /// Reads them again: what the ledger does not have any more is not accepted from here on.
    ///
    /// # Errors
    ///
    /// As [`Keys::load`]; those that were accepted still are then, but for secret keys that could
    /// be read: a revoked one is refused whatever else is wrong.
    pub async fn reload(&self, ledger: &Ledger) -> Result<(), KeyError> {
        if let Err(error) = self.note_uses(ledger).await {
            tracing::warn!(%error, "the last use of secret keys waits to be written down");
        }
        let _one_at_a_time = self.reading.lock().await;
        let keys = ledger.secret_keys().await?;
        let before = self.now();
        let secret_keys = before.secret_keys.followed_by(&keys);
        let (client_tokens, read) = match ClientTokens::load(ledger).await {
            Ok(read) => (Arc::new(read), Ok(())),
            Err(error) => (Arc::clone(&before.client_tokens), Err(error)),
        };
        self.accepted.send_replace(Arc::new(Accepted { secret_keys, client_tokens }));
        read
    }

    /// What is accepted at this moment.
    pub fn now(&self) -> Arc<Accepted> {
        Arc::clone(&self.accepted.borrow())
    }

    /// Returns once the secret key of that id is accepted no longer.
    pub async fn revoked(&self, id: &str) {
        let mut changes = self.accepted.subscribe();
        // An error means that nothing is accepted any more at all.
        let _ = changes.wait_for(|accepted| !accepted.secret_keys.has(id)).await;
    }

    /// Returns once the signing key of that name verifies client tokens no longer.
    pub async fn retired(&self, kid: &str) {
        let mut changes = self.accepted.subscribe();
        // As above.
        let _ = changes.wait_for(|accepted| !accepted.client_tokens.has(kid)).await;
    }

    /// Writes down when each secret key was last used, as far as that is not written down yet.
    ///
    /// # Errors
    ///
    /// [`KeyError::Ledger`] if the ledger does not answer; the next time tells it too.
    pub async fn note_uses(&self, ledger: &Ledger) -> Result<(), KeyError> {
        let accepted = self.now();
        let uses = accepted.secret_keys.unwritten_uses();
        if uses.is_empty() {
            return Ok(());
        }
        ledger.note_key_uses(uses.clone()).await?;
        accepted.secret_keys.wrote(&uses);
        Ok(())
    }

    /// Writes that down once a minute, off everybody's way.
    pub async fn keep_noting_uses(&self, ledger: &Ledger) {
        loop {
            tokio::time::sleep(USES_INTERVAL).await;
            if let Err(error) = self.note_uses(ledger).await {
                tracing::warn!(%error, "the last use of secret keys waits to be written down");
            }
        }
    }
}
