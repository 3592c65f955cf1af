//! Credentials as they are stored: secret keys hashed, signing keys of client tokens.

use serde::{Deserialize, Serialize};

/// What a secret key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    Full,
    /// Reading any account, and all that a sale and a piece of work need: holds and their ends,
    /// quotes, checkouts, client tokens.
    Spend,
    /// Reading any account, grants and refunds.
    Grant,
    /// Reading any account.
    Read,
    /// The metrics, and nothing about anybody.
    Metrics,
}

/// The scopes of one secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(u8);

impl Scope {
    /// Every scope, the widest first.
    pub const ALL: [Self; 5] = [Self::Full, Self::Spend, Self::Grant, Self::Read, Self::Metrics];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Spend => "spend",
            Self::Grant => "grant",
            Self::Read => "read",
            Self::Metrics => "metrics",
        }
    }

    /// The scope with that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Whether a key of this scope may do what `needed` allows.
    const fn covers(self, needed: Self) -> bool {
        matches!(
            (self, needed),
            (Self::Full, _)
                | (Self::Spend, Self::Spend | Self::Read)
                | (Self::Grant, Self::Grant | Self::Read)
                | (Self::Read, Self::Read)
                | (Self::Metrics, Self::Metrics)
        )
    }
}

impl Scopes {
    /// Of a key that may do everything.
    pub const FULL: Self = Self(Scope::Full.bit());

    /// Those of a list.
    pub fn new(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// The scopes that a comma-separated text names; unknown words allow nothing.
    pub(super) fn parse(text: &str) -> Self {
        Self::new(&text.split(',').filter_map(Scope::parse).collect::<Vec<_>>())
    }

    /// Whether one of them allows what `needed` does.
    pub fn allow(self, needed: Scope) -> bool {
        self.each().any(|scope| scope.covers(needed))
    }

    fn each(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> = self.each().map(Scope::as_str).collect();
        f.write_str(&words.join(","))
    }
}

/// A secret key, of which only the hash is kept. Not even that shows in `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretKey {
    /// Its id, to speak of it.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// SHA-256 of the key's text.
    pub sha256: [u8; 32],
    /// What it may be used for.
    pub scopes: Scopes,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, name, scopes, .. } = self;
        write!(f, "SecretKey({id} {name:?} {scopes})")
    }
}

/// What is told of a secret key: all but what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLine {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it may be used for, comma-separated.
    pub scopes: String,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it was last used, to about a minute.
    pub last_used_at_ms: Option<u64>,
    /// When it stopped being accepted.
    pub revoked_at_ms: Option<u64>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_itself_and_what_it_needs() {
        use Scope::{Full, Grant, Metrics, Read, Spend};
        for (scope, allowed) in [
            (Full, &[Full, Spend, Grant, Read, Metrics][..]),
            (Spend, &[Spend, Read]),
            (Grant, &[Grant, Read]),
            (Read, &[Read]),
            (Metrics, &[Metrics]),
        ] {
            for needed in Scope::ALL {
                let expect = allowed.contains(&needed);
                assert_eq!(Scopes::new(&[scope]).allow(needed), expect, "{scope:?} {needed:?}");
            }
        }
        let two = Scopes::new(&[Metrics, Spend]);
        assert!(two.allow(Metrics) && two.allow(Spend) && !two.allow(Grant));
    }

    #[test]
    fn scopes_read_back_and_unknown_ones_allow_nothing() {
        let two = Scopes::new(&[Scope::Grant, Scope::Spend]);
        assert_eq!(two.to_string(), "spend,grant");
        assert_eq!(Scopes::parse("spend,grant"), two);
        assert_eq!(Scopes::parse("full"), Scopes::FULL);
        for none in ["", "everything", "Full", "fully"] {
            assert!(Scope::ALL.into_iter().all(|scope| !Scopes::parse(none).allow(scope)));
        }
    }
}
