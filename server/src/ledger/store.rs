//! What the ledger asks of a store, and how a store fails.
//!
//! `spending`, `granting`, `purchase` and `sweep` run the rules on a [`Transaction`] and know
//! nothing of SQL; `writer` gathers their commands into one transaction of a [`Store`]. Another
//! database takes part by offering the methods that these modules call.

use std::sync::Arc;

use creditpack::Catalog;
use creditpack::ledger::ClawbackPolicy;

use super::constraint::Constraint;
use super::offers::Offers;
pub(super) use super::sqlite::recovery::is_durable_for_reading;
pub(super) use super::sqlite::{Cursor, Events, Readers, Store, Transaction, View};

/// What decisions need besides what is stored.
#[derive(Clone, Debug)]
pub(super) struct Rulebook {
    /// What one credit buys.
    pub(crate) catalog: Arc<Catalog>,
    /// The same as each account is offered it.
    pub(super) offers: Arc<Offers>,
    /// How long a refused op is remembered.
    pub(crate) dedupe_window_ms: u64,
    /// What becomes of credits that were spent before their payment was taken back.
    pub(super) clawback: ClawbackPolicy,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A rule of the schema holds against what was written: the code above it is wrong.
    #[error("the schema refuses it: {0}")]
    Constraint(Constraint),
    /// What is stored, or was about to be, makes no sense.
    #[error("{0}")]
    Senseless(&'static str),
    /// The database is closed while it recovers, or for good.
    #[error("the database is closed")]
    Closed,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    /// Whether it lies in the command itself, so that others can go on without it.
    pub(crate) const fn is_of_the_command(&self) -> bool {
        matches!(self, Self::Constraint(_) | Self::Senseless(_))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType,
        };
        match &error {
            rusqlite::Error::SqliteFailure(cause, message)
                if cause.code == rusqlite::ErrorCode::ConstraintViolation =>
            {
                Self::Constraint(Constraint::of_message(message.as_deref().unwrap_or_default()))
            }
            FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
                Self::Senseless("a stored value is out of its range")
            }
            _ => Self::Database(error),
        }
    }
}

/// A transaction that was not committed.
#[derive(Debug)]
pub(crate) enum Uncommitted {
    /// It was rolled back: nothing of it happened, and the store goes on.
    Undone(StoreError),
    /// Nobody knows whether it happened. The store must be opened anew.
    Unknown(StoreError),
}
