//! What has to happen between opening a database and answering from it.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek as _, Write as _};
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::super::copying::beside;
use super::super::failure::OpenError;

/// So much of the log is written at once, in bytes.
const PART: u64 = 1024 * 1024;

/// Makes everything that can be read of the database at `path` durable.
///
/// A process that was killed before a sync, and a sync that failed, leave commits in the log that
/// may be in memory only. SQLite reads them like all others, so that whoever was told of them was
/// told of something that a power cut takes back.
pub(super) fn make_durable(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    // Nobody else writes to the log meanwhile.
    let lock = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let log = beside(path, "-wal");
    match write_again(&log) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(OpenError::Files { path: log, error })
        }
        _ => Ok(lock.rollback()?),
    }
}

/// Syncs a file after writing what it holds over itself: where a sync has failed, the system may
/// take for written what the disk never had, and the next sync would leave it out.
fn write_again(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut part = Vec::new();
    while Read::by_ref(&mut file).take(PART).read_to_end(&mut part)? > 0 {
        file.seek_relative(-i64::try_from(part.len()).map_err(io::Error::other)?)?;
        file.write_all(&part)?;
        part.clear();
    }
    file.sync_all()
}

/// Syncs the log of a database that cannot be written; whether it can be read then. Nothing can be
/// written over itself here: where a commit's own sync had failed before, its log may be missing from
/// the disk all the same.
pub(in super::super) fn is_durable_for_reading(path: &Path) -> bool {
    match File::open(beside(path, "-wal")).and_then(|log| log.sync_all()) {
        Ok(()) => true,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
