//! What an operator has a backend do, whether it serves or not.
//!
//! A ledger has one writer, so a command beside a running `serve` does not write itself: it asks
//! that process, through a socket in the data directory that only its owner may use. Where nobody
//! serves, it takes the ledger and does the same by itself. Either way [`Task::carry_out`] is what
//! happens.

mod socket;

use std::path::Path;

use creditpack::AccountId;
use serde::{Deserialize, Serialize};

pub use self::socket::{Listening, listen};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{KeyError, Keys, TTL_S_MAX, new_token_key};
use crate::ledger::{Failure, KeyLine, Ledger, OpenError, Rotation, SecretKey, Settings};
use crate::{receipts, serve};

/// Something to be done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Accept a new secret key, of which nothing but the hash travels.
    AddSecretKey(SecretKey),
    /// Tell what is known of every secret key.
    ListSecretKeys,
    /// Accept the secret key of that id no longer.
    RevokeSecretKey(String),
    /// Sign client tokens with a new key, and let those of the old one be valid till they expire.
    RotateTokenKey {
        /// Or let none of them be valid from here on.
        at_once: bool,
    },
    /// Forget what is known of a person besides their ledger.
    EraseAccount(AccountId),
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// What is known of every secret key.
    Keys(Vec<KeyLine>),
    /// So many purchases told of the person.
    Erased(usize),
    /// There is no such key that was accepted.
    UnknownKey,
    /// The last rotation is less than a token's life ago.
    TooSoon,
    /// It failed, for that reason; some of it may be done.
    Failed(String),
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody serves, and the ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// Another process has the ledger, but cannot be asked.
    #[error("{0}; the process that has it cannot be asked, as its socket could not be made")]
    NotAsked(OpenError),
    /// The process that serves hung up.
    #[error("the creditpackd that serves did not answer: {0}")]
    Socket(#[from] std::io::Error),
}

impl Task {
    /// Has it done by whoever has the ledger in `data`, or else by this process.
    ///
    /// # Errors
    ///
    /// [`ControlError`] if there is nobody to ask, and the ledger cannot be opened.
    pub async fn have_done(self, config: &Config, data: &Path) -> Result<Outcome, ControlError> {
        if let Some(answer) = socket::ask(data, &self).await? {
            return Ok(answer);
        }
        // Without payments: who pays has nothing to do with it.
        let settings = serve::settings(config, data, Clock::system());
        let ledger =
            Ledger::open(Settings { mode: None, ..settings }).map_err(|error| match error {
                OpenError::InUse(_) => ControlError::NotAsked(error),
                error => ControlError::Ledger(error),
            })?;
        let outcome = self.carry_out(&ledger, None).await;
        ledger.shutdown().await;
        Ok(outcome)
    }

    /// Does it. `keys` are those that a backend accepts; they are read again where they changed.
    pub async fn carry_out(self, ledger: &Ledger, keys: Option<&Keys>) -> Outcome {
        match self.attempt(ledger, keys).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    async fn attempt(self, ledger: &Ledger, keys: Option<&Keys>) -> Result<Outcome, KeyError> {
        let outcome = match self {
            Self::AddSecretKey(key) => ledger.add_secret_key(key).await.map(|()| Outcome::Done)?,
            Self::ListSecretKeys => {
                if let Some(keys) = keys {
                    keys.note_uses(ledger).await?;
                }
                return Ok(Outcome::Keys(ledger.key_lines().await?));
            }
            Self::RevokeSecretKey(id) => {
                // One that was revoked before may still be accepted here: that may have failed then.
                if ledger.revoke_secret_key(id).await? {
                    Outcome::Done
                } else {
                    Outcome::UnknownKey
                }
            }
            Self::RotateTokenKey { at_once } => match rotate(ledger, at_once).await? {
                Rotation::Rotated => Outcome::Done,
                Rotation::TooSoon => return Ok(Outcome::TooSoon),
            },
            Self::EraseAccount(account) => {
                let erased = ledger.erase(account).await?;
                let removed = receipts::forget(ledger.data_dir(), erased.purchases).await;
                return Ok(match removed {
                    Ok(()) => Outcome::Erased(erased.told),
                    Err(error) => Outcome::Failed(format!(
                        "the ledger has forgotten, but mails in files could not be removed: {error}"
                    )),
                });
            }
        };
        if let Some(keys) = keys {
            keys.reload(ledger).await?;
        }
        Ok(outcome)
    }
}

async fn rotate(ledger: &Ledger, at_once: bool) -> Result<Rotation, KeyError> {
    let lifetime_ms = (!at_once).then_some(TTL_S_MAX * 1000);
    let next = new_token_key(ledger.clock().now_ms())?;
    let rotated: Result<_, Failure> = ledger.rotate_token_key(next, lifetime_ms).await;
    Ok(rotated?)
}
