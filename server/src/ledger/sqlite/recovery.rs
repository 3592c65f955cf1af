//! What has to happen between opening a database and answering from it.

use rusqlite::{Connection, Error, ErrorCode, ffi};

/// Makes everything that can be read of the database durable.
///
/// A process that was killed before a sync, and a sync that failed, leave commits in the log that
/// may be in memory only. SQLite reads them like all others, so that whoever was told of them was
/// told of something that a power cut takes back.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    match write_back(connection) {
        Ok(true) => Ok(()),
        // Another process reads or writes back what is older.
        Ok(false) => commit_again(connection),
        // The log was synced by then: it always is before anything is taken from it.
        Err(error) if is_no_space(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes the log into the database; whether that was all of it.
fn write_back(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "pragma wal_checkpoint(passive)";
    connection.query_row(sql, [], |row| {
        let (busy, logged, written): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(!busy && logged == written)
    })
}

/// Commits a change of nothing, which syncs the log and all that it had.
fn commit_again(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "begin immediate; \
        update settings set value = value where name = 'epoch'; \
        commit;";
    connection.execute_batch(sql).inspect_err(|_| {
        // Whoever opens it next starts over, whether or not this is undone in order.
        let _ = connection.execute_batch("rollback");
    })
}

fn is_no_space(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_error().is_some_and(|e| e.extended_code == ffi::SQLITE_IOERR_WRITE)
}
