//! What can be told of a ledger by looking at it, whoever uses it meanwhile.

use std::path::Path;

use super::failure::OpenError;
use super::files;
use super::sqlite::schema;
use super::{Epoch, Mode};

/// What was found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The version of its schema.
    pub schema: u32,
    /// Which life of it this is.
    pub epoch: Epoch,
    /// Which payments it takes, if it has ever taken any.
    pub mode: Option<Mode>,
    /// How large it is, without its log.
    pub bytes: u64,
    /// What is wrong with its pages, if anything is.
    pub damage: Option<String>,
    /// How many secret keys are accepted.
    pub secret_keys: u64,
    /// The latest time at which it was certainly in use.
    pub last_seen_at_ms: u64,
}

/// Looks at the ledger in `data_dir`, all of whose pages are read.
///
/// # Errors
///
/// [`OpenError`] if there is none, or it cannot be read.
pub fn inspect(data_dir: &Path) -> Result<Inspection, OpenError> {
    let database = files::database_in(data_dir)?;
    let unreadable = |error: rusqlite::Error| OpenError::Unreadable {
        path: database.clone(),
        error: error.to_string(),
    };
    let connection = schema::open_reader(&database).map_err(unreadable)?;
    schema::require_present(&connection, &database)?;
    schema::inspect(&connection, &database)
}
