//! What an operator has the ledger do: keys made, revoked and rotated, people forgotten.
//!
//! It fails as every command does: see `commands`.

use creditpack::AccountId;

use super::store::View;
use super::{Failure, KeyLine, Ledger, SecretKey, TokenKey};

/// What became of a wish for another signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new key signs.
    Rotated,
    /// The last rotation is so recent that three keys would be alive. Nothing was done.
    TooSoon,
}

/// What was forgotten of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// So many purchases told of them.
    pub told: usize,
    /// Every purchase of the account: what is kept of them elsewhere is to be forgotten, too.
    pub purchases: Vec<String>,
}

#[allow(clippy::missing_errors_doc, reason = "the module says when commands fail")]
impl Ledger {
    /// Keeps a new secret key.
    pub async fn add_secret_key(&self, key: SecretKey) -> Result<(), Failure> {
        self.write(move |tx| tx.add_secret_key(&key)).await
    }

    /// Accepts a secret key no longer; says whether it was accepted until now.
    pub async fn revoke_secret_key(&self, id: String) -> Result<bool, Failure> {
        self.write(move |tx| tx.revoke_secret_key(&id)).await
    }

    /// Every secret key that there ever was, oldest first, without what it is.
    pub async fn key_lines(&self) -> Result<Vec<KeyLine>, Failure> {
        self.read(View::key_lines).await
    }

    /// Notes when secret keys, by their ids, were last used.
    pub async fn note_key_uses(&self, uses: Vec<(String, u64)>) -> Result<(), Failure> {
        self.write(move |tx| uses.iter().try_for_each(|(id, at_ms)| tx.note_key_use(id, *at_ms)))
            .await
    }

    /// Has `next` sign client tokens instead of the present key. That one verifies for
    /// `lifetime_ms` more, or no longer where it is `None`, with whatever came before it.
    pub async fn rotate_token_key(
        &self,
        next: TokenKey,
        lifetime_ms: Option<u64>,
    ) -> Result<Rotation, Failure> {
        self.write(move |tx| {
            let now_ms = tx.now_ms();
            tx.forget_token_keys(now_ms.saturating_sub(lifetime_ms.unwrap_or(0)))?;
            if tx.token_keys()?.iter().any(|key| key.retired_at_ms.is_some()) {
                return Ok(Rotation::TooSoon);
            }
            tx.retire_token_keys()?;
            if lifetime_ms.is_none() {
                tx.forget_token_keys(now_ms)?;
            }
            tx.add_token_key(&next)?;
            Ok(Rotation::Rotated)
        })
        .await
    }

    /// Forgets what is known of a person besides their ledger: e-mail address, language, the pages
    /// they returned to, mails to them. Entries do not change.
    pub async fn erase(&self, account: AccountId) -> Result<Erased, Failure> {
        self.write(move |tx| tx.erase(&account)).await
    }
}
