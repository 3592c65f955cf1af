//! Who is who: secret keys of the product's servers, client tokens of its browsers.

mod client_token;
mod eddsa;
mod secret_key;

pub use client_token::{ClientToken, ClientTokens, KeyError, MintedToken, TTL_S_MAX};
pub use secret_key::{SecretKeyError, SecretKeys, new_secret_key, stored_secret_key};

use crate::ledger::Ledger;

/// Every credential that is accepted now.
#[derive(Debug)]
pub struct Keys {
    /// Keys of the product's servers.
    pub secret_keys: SecretKeys,
    /// What mints and reads the tokens of its browsers.
    pub client_tokens: ClientTokens,
}

impl Keys {
    /// Reads the ledger's keys; makes a signing key where there is none.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the ledger does not answer or holds a key that is none.
    pub async fn load(ledger: &Ledger) -> Result<Self, KeyError> {
        let secret_keys = SecretKeys::new(&ledger.secret_keys().await?);
        Ok(Self { secret_keys, client_tokens: ClientTokens::load(ledger).await? })
    }
}
