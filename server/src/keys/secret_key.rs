//! Secret keys: `sk_` and enough randomness. Only their hashes are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt as _;
use rand::distr::Alphanumeric;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::ledger::{Scopes, SecretKey};
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
    scoped_secret_key(text, name, Scopes::FULL)
}

/// The same, for those scopes only.
///
/// # Errors
///
/// As [`stored_secret_key`].
pub fn scoped_secret_key(
    text: &Secret,
    name: &str,
    scopes: Scopes,
) -> Result<SecretKey, SecretKeyError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let random = text.expose().strip_prefix(PREFIX).ok_or(SecretKeyError)?;
    if random.len() < RANDOM_CHARS_MIN || !random.bytes().all(allowed) {
        return Err(SecretKeyError);
    }
    let sha256 = sha256(text.expose());
    let id = format!("key_{}", hex::encode(&sha256[..6]));
    Ok(SecretKey { id, name: name.into(), sha256, scopes })
}

/// The secret keys that are accepted, by their hashes.
pub struct SecretKeys(Vec<Known>);

struct Known {
    sha256: [u8; 32],
    accepted: AcceptedKey,
    uses: Arc<Uses>,
}

/// When a key was last used, and what of that is written down; 0 is never.
#[derive(Default)]
struct Uses {
    at_ms: AtomicU64,
    written_at_ms: AtomicU64,
}

/// What is known of whoever showed a good secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedKey {
    /// The key's id.
    pub id: Arc<str>,
    /// What it may be used for.
    pub scopes: Scopes,
}

impl std::fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secret keys", self.0.len())
    }
}

impl SecretKeys {
    /// Accepts those.
    pub fn new(keys: &[SecretKey]) -> Self {
        Self(keys.iter().map(|key| Known::new(key, Arc::default())).collect())
    }

    /// Accepts those, with what is known of the uses of these.
    pub(super) fn followed_by(&self, keys: &[SecretKey]) -> Self {
        let uses = |key: &SecretKey| self.find(&key.id).map(|known| Arc::clone(&known.uses));
        Self(keys.iter().map(|key| Known::new(key, uses(key).unwrap_or_default())).collect())
    }

    /// Whether the key of that id is accepted.
    pub fn has(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    fn find(&self, id: &str) -> Option<&Known> {
        self.0.iter().find(|known| &*known.accepted.id == id)
    }

    /// Whether a credential is meant to be a secret key.
    pub fn is_one(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The key that `text` is, if it is accepted. How long a refusal takes says nothing about any
    /// key.
    pub fn accept(&self, text: &str, now_ms: u64) -> Option<AcceptedKey> {
        let asked = sha256(text);
        let fits = |known: &Known| bool::from(known.sha256.ct_eq(&asked));
        let known =
            self.0.iter().fold(None, |found, known| if fits(known) { Some(known) } else { found });
        known.map(|known| {
            known.uses.at_ms.fetch_max(now_ms, Ordering::Relaxed);
            known.accepted.clone()
        })
    }

    /// The ids of keys that were used since that was last written down, and when.
    pub(super) fn unwritten_uses(&self) -> Vec<(String, u64)> {
        let unwritten = |known: &Known| {
            let at_ms = known.uses.at_ms.load(Ordering::Relaxed);
            let written_at_ms = known.uses.written_at_ms.load(Ordering::Relaxed);
            (at_ms > written_at_ms).then(|| (known.accepted.id.to_string(), at_ms))
        };
        self.0.iter().filter_map(unwritten).collect()
    }

    /// Those uses are written down now.
    pub(super) fn wrote(&self, uses: &[(String, u64)]) {
        for (id, at_ms) in uses {
            if let Some(known) = self.find(id) {
                known.uses.written_at_ms.fetch_max(*at_ms, Ordering::Relaxed);
            }
        }
    }
}

impl Known {
    fn new(key: &SecretKey, uses: Arc<Uses>) -> Self {
        let accepted = AcceptedKey { id: key.id.as_str().into(), scopes: key.scopes };
        Self { sha256: key.sha256, accepted, uses }
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
        assert!(keys.accept(key.expose(), 0).is_some_and(|key| key.scopes == Scopes::FULL));
        assert_eq!(keys.accept("sk_something_else_altogether_000", 0), None);
        assert_ne!(key.expose(), new_secret_key().expose());
    }

    #[test]
    fn uses_are_told_until_they_are_written_down_and_survive_a_reload() {
        let key = new_secret_key();
        let stored = stored_secret_key(&key, "first").unwrap();
        let keys = SecretKeys::new(std::slice::from_ref(&stored));
        assert_eq!(keys.unwritten_uses(), []);
        keys.accept(key.expose(), 7);
        let keys = keys.followed_by(std::slice::from_ref(&stored));
        let uses = keys.unwritten_uses();
        assert_eq!(uses, [(stored.id.clone(), 7)]);
        keys.wrote(&uses);
        assert_eq!(keys.unwritten_uses(), []);
        keys.accept(key.expose(), 6);
        assert_eq!(keys.unwritten_uses(), [], "a clock that is set back tells nothing new");
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
