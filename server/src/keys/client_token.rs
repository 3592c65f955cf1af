//! Client tokens: JWTs (RFC 7519) signed with Ed25519, bound to one account of one installation.

use std::sync::Arc;

use creditpack::{AccountId, Code, Error};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::eddsa;
use super::seen::Seen;
use crate::ledger::{Failure, Ledger, TokenKey};

/// The longest life of a token, in seconds.
pub const TTL_S_MAX: u64 = 900;

/// Who issues them.
const ISSUER: &str = "creditpackd";

/// Their `typ`, so that no token made for something else is taken for one.
const TYPE: &str = "creditpack-client+jwt";

/// No token of ours is nearly as long, in bytes.
const TOKEN_BYTES_MAX: usize = 2048;

/// Why the keys cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] Failure),
    /// A signing key in the database is damaged.
    #[error("a signing key of client tokens is damaged")]
    Damaged,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Whom it speaks for.
    pub account: AccountId,
    /// When it expires.
    pub expires_at_ms: u64,
    /// The name of the key that signed it.
    pub kid: Arc<str>,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq)]
pub struct MintedToken {
    /// The token itself.
    pub text: String,
    /// When it expires.
    pub expires_at_ms: u64,
}

/// The claims of a token. `exp` is for readers of any JWT; ours is exact to the millisecond.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    iat: u64,
    exp: u64,
    expires_at_ms: u64,
}

/// Mints and reads client tokens. The newest key signs; each one verifies its own.
pub struct ClientTokens {
    instance: String,
    keys: Vec<Key>,
    validation: Validation,
    /// What was verified already. It goes with the keys, so that a key's end is its tokens' end.
    seen: Seen,
}

struct Key {
    kid: Arc<str>,
    signing: EncodingKey,
    verifying: DecodingKey,
    retired: bool,
}

impl std::fmt::Debug for ClientTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kids: Vec<_> = self.keys.iter().map(|key| &key.kid).collect();
        f.debug_struct("ClientTokens").field("keys", &kids).finish_non_exhaustive()
    }
}

impl ClientTokens {
    /// Reads the ledger's signing keys; makes one where none signs any more.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the ledger does not answer or holds a key that is none.
    pub async fn load(ledger: &Ledger) -> Result<Self, KeyError> {
        let now_ms = ledger.clock().now_ms();
        let mut keys = ledger.token_keys().await?;
        // Nothing that a retired key signed is alive after the longest life of a token.
        keys.retain(|key| key.retired_at_ms.is_none_or(|at_ms| at_ms + TTL_S_MAX * 1000 > now_ms));
        if keys.iter().all(|key| key.retired_at_ms.is_some()) {
            let key = new_key(now_ms)?;
            ledger.add_token_key(key.clone()).await?;
            keys.insert(0, key);
        }
        Self::new(ledger.instance(), &keys)
    }

    /// Uses `keys`, newest first, for the installation named `instance`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Damaged`] if one of them is no key.
    fn new(instance: &str, keys: &[TokenKey]) -> Result<Self, KeyError> {
        eddsa::install();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[instance]);
        validation.set_issuer(&[ISSUER]);
        // The time is judged here, by our own clock.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["aud", "iss", "sub", "exp"]);
        let keys = keys.iter().map(Key::read).collect::<Result<_, _>>()?;
        Ok(Self { instance: instance.to_owned(), keys, validation, seen: Seen::default() })
    }

    /// Whether the key of that name verifies tokens.
    pub fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| *key.kid == *kid)
    }

    /// A token that speaks for `account` for `ttl_s` seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `ttl_s` unless it is 1 to [`TTL_S_MAX`].
    pub fn mint(&self, account: AccountId, ttl_s: u64, now_ms: u64) -> Result<MintedToken, Error> {
        if !(1..=TTL_S_MAX).contains(&ttl_s) {
            return Err(Error::invalid("ttl_s", "must be 1 to 900 seconds"));
        }
        let key = self.keys.iter().find(|key| !key.retired).ok_or(Code::StoreUnavailable)?;
        let expires_at_ms = now_ms + ttl_s * 1000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: self.instance.clone(),
            sub: account,
            iat: now_ms / 1000,
            exp: expires_at_ms / 1000,
            expires_at_ms,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.to_string());
        header.typ = Some(TYPE.to_owned());
        let text = jsonwebtoken::encode(&header, &claims, &key.signing)
            .map_err(|_| Code::StoreUnavailable)?;
        Ok(MintedToken { text, expires_at_ms })
    }

    /// What the token `text` says.
    ///
    /// # Errors
    ///
    /// `token_invalid` unless we made it for this installation; `token_expired` from its time on.
    pub fn read(&self, text: &str, now_ms: u64) -> Result<ClientToken, Code> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Code::TokenInvalid);
        }
        let token = match self.seen.get(text) {
            Some(token) => token,
            None => self.verify(text, now_ms)?,
        };
        if token.expires_at_ms <= now_ms {
            return Err(Code::TokenExpired);
        }
        Ok(token)
    }

    fn verify(&self, text: &str, now_ms: u64) -> Result<ClientToken, Code> {
        let (claims, kid) = self.claims(text).ok_or(Code::TokenInvalid)?;
        let (account, expires_at_ms) = (claims.sub, claims.expires_at_ms);
        let token = ClientToken { account, expires_at_ms, kid };
        self.seen.keep(text, &token, now_ms);
        Ok(token)
    }

    fn claims(&self, text: &str) -> Option<(Claims, Arc<str>)> {
        let header = jsonwebtoken::decode_header(text).ok()?;
        if header.typ.as_deref() != Some(TYPE) {
            return None;
        }
        let kid = header.kid?;
        let key = self.keys.iter().find(|key| *key.kid == *kid)?;
        let token = jsonwebtoken::decode::<Claims>(text, &key.verifying, &self.validation).ok()?;
        Some((token.claims, Arc::clone(&key.kid)))
    }
}

impl Key {
    fn read(stored: &TokenKey) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_der(&stored.pkcs8).map_err(|_| KeyError::Damaged)?;
        Ok(Self {
            kid: stored.kid.as_str().into(),
            signing: EncodingKey::from_ed_der(&stored.pkcs8),
            verifying: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
            retired: stored.retired_at_ms.is_some(),
        })
    }
}

/// A new signing key.
///
/// # Errors
///
/// [`KeyError::Damaged`] if it cannot be written down.
pub(super) fn new_key(now_ms: u64) -> Result<TokenKey, KeyError> {
    let key = SigningKey::from_bytes(&rand::random());
    let pkcs8 = key.to_pkcs8_der().map_err(|_| KeyError::Damaged)?.as_bytes().to_vec();
    let kid = hex::encode(rand::random::<[u8; 8]>());
    Ok(TokenKey { kid, pkcs8, created_at_ms: now_ms, retired_at_ms: None })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    use super::*;

    const NOW_MS: u64 = 1_700_000_000_123;

    fn tokens(keys: &[TokenKey]) -> ClientTokens {
        ClientTokens::new("instance_1", keys).unwrap()
    }

    fn account() -> AccountId {
        AccountId::new("u_1").unwrap()
    }

    #[test]
    fn a_token_speaks_for_its_account_until_it_expires() {
        let tokens = tokens(&[new_key(0).unwrap()]);
        let minted = tokens.mint(account(), 1, NOW_MS).unwrap();
        assert_eq!(minted.expires_at_ms, NOW_MS + 1000);
        let read = tokens.read(&minted.text, NOW_MS + 999).unwrap();
        assert_eq!((read.account, read.expires_at_ms), (account(), NOW_MS + 1000));
        assert!(tokens.has(&read.kid) && !tokens.has("another"));
        assert_eq!(tokens.read(&minted.text, NOW_MS + 1000), Err(Code::TokenExpired));
    }

    #[test]
    fn lives_are_bounded() {
        let tokens = tokens(&[new_key(0).unwrap()]);
        assert!(tokens.mint(account(), 900, NOW_MS).is_ok());
        assert!(tokens.mint(account(), 0, NOW_MS).is_err());
        assert!(tokens.mint(account(), 901, NOW_MS).is_err());
    }

    #[test]
    fn a_retired_key_still_verifies_and_no_longer_signs() {
        let old = new_key(0).unwrap();
        let minted = tokens(std::slice::from_ref(&old)).mint(account(), 900, NOW_MS).unwrap();
        let retired = TokenKey { retired_at_ms: Some(NOW_MS), ..old };
        let both = tokens(&[new_key(1).unwrap(), retired.clone()]);
        assert!(both.read(&minted.text, NOW_MS).is_ok());
        let newer = both.mint(account(), 900, NOW_MS).unwrap();
        assert!(tokens(&[retired]).read(&newer.text, NOW_MS).is_err());
    }

    #[test]
    fn nothing_else_is_a_token() {
        let key = new_key(0).unwrap();
        let ours = tokens(std::slice::from_ref(&key));
        let good = ours.mint(account(), 900, NOW_MS).unwrap().text;
        let parts: Vec<_> = good.split('.').collect();
        let forged = |header: &str| {
            let header = BASE64_URL_SAFE_NO_PAD.encode(header);
            format!("{header}.{}.{}", parts[1], parts[2])
        };
        let other = ClientTokens::new("instance_2", std::slice::from_ref(&key)).unwrap();
        let stranger = TokenKey { kid: key.kid.clone(), ..new_key(0).unwrap() };
        for bad in [
            String::new(),
            "a.b.c".to_owned(),
            good.replace(parts[1], parts[0]),
            format!("{}.{}.", parts[0], parts[1]),
            forged(&format!(r#"{{"alg":"none","typ":"{TYPE}","kid":"{}"}}"#, key.kid)),
            forged(&format!(r#"{{"alg":"HS256","typ":"{TYPE}","kid":"{}"}}"#, key.kid)),
            forged(&format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#, key.kid)),
            forged(&format!(r#"{{"alg":"EdDSA","typ":"{TYPE}","kid":"other"}}"#)),
            other.mint(account(), 900, NOW_MS).unwrap().text,
            tokens(&[stranger]).mint(account(), 900, NOW_MS).unwrap().text,
            format!("{good}{}", "x".repeat(TOKEN_BYTES_MAX)),
        ] {
            assert_eq!(ours.read(&bad, NOW_MS), Err(Code::TokenInvalid), "{bad}");
        }
    }
}
