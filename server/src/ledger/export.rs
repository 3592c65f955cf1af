//! Every entry with its link, for whoever keeps or checks them elsewhere.

use std::path::Path;

use creditpack::entry::GrantSource;
use creditpack::{AccountId, Credits, OpId, Version};
use serde::Serialize;

use super::failure::OpenError;
use super::files;
use super::sqlite::{AccountRow, Books, Linked, schema};
use super::store::StoreError;

/// One entry as it is exported: what it lacks is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields of an entry, under their own names")]
pub struct ExportLine {
    pub account: String,
    pub version: u64,
    pub kind: &'static str,
    pub credits: u64,
    pub op: Option<String>,
    pub operation: Option<String>,
    pub returned: Option<u64>,
    pub applied_version: Option<u64>,
    pub expires_at_ms: Option<u64>,
    pub reason: Option<String>,
    pub source: Option<&'static str>,
    pub purchase: Option<String>,
    pub owed: Option<u64>,
    pub actor: Option<String>,
    pub settled: i64,
    pub held: u64,
    pub available: i64,
    pub at_ms: u64,
    pub chain: Option<String>,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError<E: std::error::Error> {
    /// Nobody has that account.
    #[error("there is no account {0}")]
    Unknown(String),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// Whoever takes the lines does not.
    #[error(transparent)]
    Taker(E),
}

/// A reason to stop that keeps those of the store and of the taker apart.
enum Stopped<E> {
    Store(StoreError),
    Taker(E),
}

impl<E> From<StoreError> for Stopped<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Hands `take` every entry of one account or, without one, of all, in the order of versions. All of
/// it is as of one moment, and no more than one entry is in memory; the ledger may be served.
///
/// # Errors
///
/// [`ExportError`], also after some lines were taken.
pub fn export<E: std::error::Error>(
    data_dir: &Path,
    account: Option<&AccountId>,
    mut take: impl FnMut(ExportLine) -> Result<(), E>,
) -> Result<(), ExportError<E>> {
    let path = files::database_in(data_dir)?;
    let connection = schema::open_reader(&path).map_err(OpenError::from)?;
    schema::require_present(&connection, &path)?;
    let unreadable =
        |error: StoreError| OpenError::Unreadable { path: path.clone(), error: error.to_string() };
    let books = Books::new(&connection).map_err(OpenError::from)?;
    let mut lines = |row: &AccountRow| {
        books.each_entry(row.key, |_, read| take(line(row, read?)).map_err(Stopped::Taker))
    };
    let exported = match account {
        None => books.each_account(lines),
        Some(id) => match books.account(id).map_err(unreadable)? {
            Some(row) => lines(&row),
            None => return Err(ExportError::Unknown(id.as_str().to_owned())),
        },
    };
    exported.map_err(|stopped| match stopped {
        Stopped::Store(error) => unreadable(error).into(),
        Stopped::Taker(error) => ExportError::Taker(error),
    })
}

fn line(row: &AccountRow, Linked { entry, link }: Linked) -> ExportLine {
    ExportLine {
        account: row.id.as_str().to_owned(),
        version: entry.version.get(),
        kind: entry.kind.as_str(),
        credits: entry.credits.get(),
        op: entry.op.as_ref().map(OpId::to_string),
        operation: entry.operation,
        returned: entry.returned.map(Credits::get),
        applied_version: entry.applied_version.map(Version::get),
        expires_at_ms: entry.expires_at_ms,
        reason: entry.reason,
        source: entry.source.map(GrantSource::as_str),
        purchase: entry.purchase,
        owed: entry.owed.map(Credits::get),
        actor: entry.actor,
        settled: entry.settled,
        held: entry.held.get(),
        available: entry.available,
        at_ms: entry.at_ms,
        chain: link.map(|link| link.to_string()),
    }
}
