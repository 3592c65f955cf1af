//! Why the ledger does not answer, and why it does not open.

use std::io::ErrorKind;
use std::path::PathBuf;

use creditpack::Code;

use super::Mode;

/// Why a command or a read has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Too much is waiting already. Nothing was done.
    #[error("too much is waiting already")]
    Overloaded,
    /// The store cannot answer now. Whether a command took effect is not known.
    #[error("the store cannot answer now")]
    Unavailable,
}

impl Failure {
    /// The protocol's code for it.
    pub const fn code(self) -> Code {
        match self {
            Self::Overloaded => Code::Overloaded,
            Self::Unavailable => Code::StoreUnavailable,
        }
    }
}

/// What to do about what the system refuses, where that can be told.
fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "; run this as the user whose the data directory is",
        _ => "",
    }
}

/// Why a ledger cannot be made or opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no database in the data directory.
    #[error("there is no ledger in {}: make one with `creditpackd init`", .0.display())]
    Missing(PathBuf),
    /// A database is there already.
    #[error("there is a ledger in {} already; it is left as it is", .0.display())]
    AlreadyThere(PathBuf),
    /// Another process has the data directory.
    #[error("{} is in use by another creditpackd: stop it first", .0.display())]
    InUse(PathBuf),
    /// The database has served the other mode.
    #[error(
        "this ledger is for {recorded} payments and cannot serve {asked} ones: \
        use another data directory"
    )]
    OtherMode {
        /// Which mode it was first served in.
        recorded: Mode,
        /// Which mode was asked for.
        asked: Mode,
    },
    /// The database was written by a later version of this program.
    #[error("the ledger's schema is {found}, this creditpackd knows up to {known}: upgrade it")]
    Newer {
        /// The database's schema version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// The database was written by an earlier version and has not been served by this one.
    #[error(
        "the ledger's schema is {found}, this creditpackd reads {known}: \
        serve it once with this creditpackd, which brings it up to date"
    )]
    Older {
        /// The database's schema version.
        found: u32,
        /// The one this program reads.
        known: u32,
    },
    /// The database can be read and not written.
    #[error(
        "{} can only be read: let the user of creditpackd write it, its directory and its file \
        system",
        .0.display()
    )]
    ReadOnly(PathBuf),
    /// What is stored cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
    /// The file is not a ledger, or has lost something it cannot do without.
    #[error("{} is not a ledger of creditpackd: {reason}", path.display())]
    NotALedger {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The database cannot promise that what it acknowledged is kept.
    #[error("the database does not keep what it is told: {0}")]
    NotDurable(String),
    /// The data directory cannot be used.
    #[error("cannot use {}: {error}{}", path.display(), remedy(error))]
    Files {
        /// Which directory or file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database refused.
    #[error("the database cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
}
