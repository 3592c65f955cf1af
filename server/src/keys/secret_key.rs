//! Secret keys: `sk_` and enough randomness. Only their hashes are kept.

use rand::RngExt as _;
use rand::distr::Alphanumeric;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::ledger::SecretKey;
use crate::secret::Secret;

/// What every secret key begins with.
const PREFIX: &str = "sk_";

/// The fewest characters after the prefix that are accepted as unguessable.
const RANDOM_CHARS_MIN: usize = 24;

/// How many characters after the prefix are made here: 238 bits.
const RANDOM_CHARS: usize = 40;

/// Why a text is no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be sk_ and at least 24 more letters, digits, - or _")]
pub struct SecretKeyError;

/// A new secret key.
pub fn new_secret_key() -> Secret {
    let random = rand::rng().sample_iter(Alphanumeric).take(RANDOM_CHARS).map(char::from);
    Secret::new(PREFIX.chars().chain(random).collect::<String>())
}

/// What is kept of the secret key `text`, as `name`.
///
/// # Errors
///
/// [`SecretKeyError`] if it is not of the form, or too short to be unguessable.
pub fn stored_secret_key(text: &Secret, name: &str) -> Result<SecretKey, SecretKeyError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let random = text.expose().strip_prefix(PREFIX).ok_or(SecretKeyError)?;
    if random.len() < RANDOM_CHARS_MIN || !random.bytes().all(allowed) {
        return Err(SecretKeyError);
    }
    let sha256 = sha256(text.expose());
    Ok(SecretKey { id: format!("key_{}", hex::encode(&sha256[..6])), name: name.into(), sha256 })
}

/// The secret keys that are accepted, by their hashes.
pub struct SecretKeys(Vec<[u8; 32]>);

impl std::fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secret keys", self.0.len())
    }
}

impl SecretKeys {
    /// Accepts those.
    pub fn new(keys: &[SecretKey]) -> Self {
        Self(keys.iter().map(|key| key.sha256).collect())
    }

    /// Whether a credential is meant to be a secret key.
    pub fn is_one(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Whether `text` is accepted. How long it takes says nothing about any key.
    pub fn accept(&self, text: &str) -> bool {
        let asked = sha256(text);
        self.0.iter().fold(false, |accepted, key| accepted | bool::from(key.ct_eq(&asked)))
    }
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_accepted_by_their_hash() {
        let key = new_secret_key();
        let keys = SecretKeys::new(&[stored_secret_key(&key, "first").unwrap()]);
        assert!(keys.accept(key.expose()));
        assert!(!keys.accept("sk_something_else_altogether_000"));
        assert_ne!(key.expose(), new_secret_key().expose());
    }

    #[test]
    fn short_and_odd_keys_are_refused() {
        for bad in
            ["", "sk_", "sk_short", "pk_000000000000000000000000", "sk_00000000000000000000000 "]
        {
            assert_eq!(stored_secret_key(&Secret::new(bad), "x"), Err(SecretKeyError), "{bad}");
        }
        assert!(stored_secret_key(&Secret::new("sk_000000000000000000000000"), "x").is_ok());
    }
}
