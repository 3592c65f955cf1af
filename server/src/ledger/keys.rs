//! Credentials as they are stored: secret keys hashed, signing keys of client tokens.

/// A secret key, of which only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// Its id, to speak of it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// SHA-256 of the key's text.
    pub sha256: [u8; 32],
}

/// A signing key of client tokens. The document is secret: it never shows in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// The `kid` of tokens signed with it.
    pub kid: String,
    /// The key as a PKCS #8 document (DER).
    pub pkcs8: Vec<u8>,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it stopped signing; it verifies until the last of its tokens has expired.
    pub retired_at_ms: Option<u64>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}
