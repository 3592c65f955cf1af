//! The audit: every balance and every chain computed anew from the entries, and held against what is
//! stored.

mod account;
mod ops;
mod purchases;

use std::fmt::Display;
use std::path::Path;

use self::account::Walk;
use super::failure::OpenError;
use super::files;
use super::sqlite::{Books, Counts, schema};
use super::store::StoreError;

/// What was found to be in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Accounts.
    pub accounts: u64,
    /// Entries of all of them.
    pub entries: u64,
    /// Ops, rejected ones too.
    pub ops: u64,
    /// Purchases, whatever became of them.
    pub purchases: u64,
}

/// The first place where what is stored does not follow from the entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {found} and should be {expected}")]
pub struct Divergence {
    /// Whose ledger; none for what belongs to no account.
    pub account: Option<String>,
    /// At which entry; none for what is kept besides the entries.
    pub version: Option<u64>,
    /// What differs.
    pub what: String,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

/// Why an audit did not come to a good end.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// What is stored contradicts itself.
    #[error(transparent)]
    Diverges(#[from] Divergence),
    /// There is nothing that can be audited.
    #[error(transparent)]
    Ledger(#[from] OpenError),
}

/// Why a walk through the books stopped.
#[derive(Debug)]
pub(super) enum Stopped {
    Diverges(Box<Divergence>),
    Store(StoreError),
}

impl Divergence {
    fn of_ledger(what: &str, expected: impl Display, found: impl Display) -> Self {
        let (expected, found) = (format!("{expected}"), format!("{found}"));
        Self { account: None, version: None, what: what.to_owned(), expected, found }
    }
}

impl From<Divergence> for Stopped {
    fn from(divergence: Divergence) -> Self {
        Self::Diverges(Box::new(divergence))
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Audits the ledger in `data_dir` as of one moment; it may be served meanwhile. `progress` hears
/// how many entries of how many are done.
///
/// # Errors
///
/// [`AuditError::Diverges`] with the first divergence, in the order of accounts and versions;
/// [`AuditError::Ledger`] if there is no ledger, it is of another schema, or it cannot be read.
pub fn audit(data_dir: &Path, progress: impl FnMut(u64, u64)) -> Result<Audited, AuditError> {
    audit_file(&files::database_in(data_dir)?, progress)
}

/// The same of a database in a file of any name.
pub(super) fn audit_file(
    path: &Path,
    progress: impl FnMut(u64, u64),
) -> Result<Audited, AuditError> {
    let unreadable = |error: &dyn ToString| OpenError::Unreadable {
        path: path.to_owned(),
        error: error.to_string(),
    };
    let connection = schema::open_reader(path).map_err(OpenError::from)?;
    schema::require_present(&connection, path)?;
    let books = Books::new(&connection).map_err(|error| unreadable(&error))?;
    check(&books, progress).map_err(|stopped| match stopped {
        Stopped::Diverges(divergence) => AuditError::Diverges(*divergence),
        Stopped::Store(error) => unreadable(&error).into(),
    })
}

fn check(books: &Books<'_>, mut progress: impl FnMut(u64, u64)) -> Result<Audited, Stopped> {
    let Counts { accounts, entries, ops, purchases } = books.counts()?;
    let mut seen = 0;
    books.each_account(|account| {
        let mut walk = Walk::new(books, account);
        books.each_entry(account.key, |version, read| {
            walk.take(version, read)?;
            seen += 1;
            progress(seen, entries);
            Ok::<_, Stopped>(())
        })?;
        walk.close()
    })?;
    if seen != entries {
        return Err(
            Divergence::of_ledger("the number of entries of accounts", entries, seen).into()
        );
    }
    purchases::check(books)?;
    match books.broken_reference()? {
        Some(table) => {
            let found = format!("a row of {table} without one");
            Err(Divergence::of_ledger("what a row refers to", "kept", found).into())
        }
        None => Ok(Audited { accounts, entries, ops, purchases }),
    }
}
