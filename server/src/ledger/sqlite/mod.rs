//! The store in SQLite: one connection that writes, a few that read.

mod accounts;
mod books;
mod entries;
mod erasure;
mod grants;
mod keys;
mod links;
mod ops;
pub(super) mod outbox;
pub(super) mod outcomes;
mod overview;
mod purchase_receipts;
mod purchases;
mod readers;
pub(super) mod recovery;
mod redemptions;
mod refunds;
mod reversals;
mod rows;
pub(super) mod schema;
mod sweep;
mod test_sessions;
mod variants;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use creditpack::AccountId;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use self::accounts::Accounts;
pub(super) use self::books::{AccountRow, Books, Counts, Linked};
pub(super) use self::overview::Cursor;
pub(super) use self::readers::Readers;
use super::failure::OpenError;
use super::store::{Rulebook, StoreError, Uncommitted};
use crate::feed::Event;

/// So many pages in the log make the writer write them back even when it is busy: 16 MiB.
const LOG_PAGES_MAX: u32 = 4096;

/// What became known by a transaction, in the order it happened.
pub(super) type Events = Vec<(AccountId, Event)>;

/// The writing connection. There is one of it for each database.
pub(super) struct Store {
    connection: Connection,
    accounts: Accounts,
    log_pages: Arc<AtomicU32>,
    /// Whether the log may still hold what was forgotten.
    log_remembers: bool,
}

/// An open transaction: what the ledger reads and writes while it decides.
pub(super) struct Transaction<'a> {
    connection: &'a Connection,
    accounts: &'a mut Accounts,
    rulebook: &'a Rulebook,
    now_ms: u64,
    events: Events,
    forgot: bool,
}

impl Store {
    /// Opens the database that [`schema::open`] accepts. What it then holds is durable.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let mut connection = schema::open(path)?;
        // Closed before that, it would move what may be in memory only into the database.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        recovery::make_durable(&connection, path)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        let log_pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&log_pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            seen.store(pages.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        }))?;
        // Nor is it known what a former process left there.
        Ok(Self { connection, accounts: Accounts::default(), log_pages, log_remembers: true })
    }

    /// The writing connection, for what is done before the writer starts.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs `work` in one transaction and commits it. The events are to be told only then.
    pub(super) fn transaction(
        &mut self,
        rulebook: &Rulebook,
        now_ms: u64,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Events, Uncommitted> {
        self.accounts.bound();
        let worked = self.work(rulebook, now_ms, work);
        if worked.is_err() {
            self.accounts.clear();
        }
        worked
    }

    fn work(
        &mut self,
        rulebook: &Rulebook,
        now_ms: u64,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<(), StoreError>,
    ) -> Result<Events, Uncommitted> {
        let connection = &self.connection;
        execute(connection, "begin immediate").map_err(Uncommitted::Unknown)?;
        let accounts = &mut self.accounts;
        let events = Vec::new();
        let mut transaction =
            Transaction { connection, accounts, rulebook, now_ms, events, forgot: false };
        if let Err(error) = work(&mut transaction).and_then(|()| transaction.write_balances()) {
            let undone = execute(connection, "rollback").is_ok() && error.is_of_the_command();
            return Err(if undone {
                Uncommitted::Undone(error)
            } else {
                Uncommitted::Unknown(error)
            });
        }
        let Transaction { events, forgot, .. } = transaction;
        execute(connection, "commit").map_err(Uncommitted::Unknown)?;
        self.log_remembers |= forgot;
        Ok(events)
    }

    /// Whether the log is so long that it should be written back now.
    pub(super) fn log_is_long(&self) -> bool {
        self.log_pages.load(Ordering::Relaxed) > LOG_PAGES_MAX
    }

    /// Whether there is anything to write back.
    pub(super) fn log_is_empty(&self) -> bool {
        self.log_pages.load(Ordering::Relaxed) == 0 && !self.log_remembers
    }

    /// Writes the log back into the database as far as no reader still needs it. Where the log may
    /// hold what was forgotten, it is emptied too, as soon as nobody reads it.
    pub(super) fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()))?;
        if self.log_remembers {
            // Readers are not waited for: the next pause tries again.
            self.connection.busy_timeout(Duration::ZERO)?;
            let sql = "pragma wal_checkpoint(truncate)";
            let emptied = self.connection.query_row(sql, [], |row| row.get(0));
            schema::be_patient(&self.connection)?;
            let is_busy: bool = emptied?;
            self.log_remembers = is_busy;
        }
        self.log_pages.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Closes the database, and leaves no log behind if nobody else has it open.
    pub(super) fn close(self) -> Result<(), StoreError> {
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

impl<'a> Transaction<'a> {
    /// What decisions need besides what is stored.
    pub(super) fn rulebook(&self) -> &'a Rulebook {
        self.rulebook
    }

    /// What time it is for what is decided here.
    pub(super) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// The same transaction at another time, for the next of its commands.
    pub(super) const fn at(&mut self, now_ms: u64) -> &mut Self {
        self.now_ms = now_ms;
        self
    }

    fn tell(&mut self, account: &AccountId, event: Event) {
        self.events.push((account.clone(), event));
    }
}

impl Transaction<'_> {
    /// Runs `work` so that what it deletes is overwritten in the file, not merely unlinked, and
    /// does not stay in the log.
    fn forgetting<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.forgot = true;
        self.connection.pragma_update(None, "secure_delete", true)?;
        let worked = work(self.connection);
        self.connection.pragma_update(None, "secure_delete", false)?;
        worked
    }
}

/// A reading connection; whoever is lent it sees one commit of the database.
pub(super) struct View {
    connection: Connection,
}

fn execute(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
