//! Entries: appended, read, never changed.

use creditpack::entry::GrantSource;
use creditpack::{AccountId, Credits, Entry, OpId, Version};
use rusqlite::{Connection, params};

use super::super::chain::Link;
use super::super::store::StoreError;
use super::Transaction;
use super::rows::{self, Columns};
use crate::feed::Event;

const INSERT: &str = "insert into entries (account, version, kind, credits, op, operation, \
    returned, applied_version, expires_at_ms, reason, source, purchase, owed, actor, settled, \
    held, at_ms, chain) \
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

/// The columns that [`read`] takes, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select version, kind, credits, op, operation, returned, applied_version, \
            expires_at_ms, reason, source, purchase, owed, actor, settled, held, at_ms \
            from entries ",
            $rest
        )
    };
}

impl Transaction<'_> {
    /// Appends the next line of an account's ledger and tells it.
    pub(crate) fn append(&mut self, id: &AccountId, entry: &Entry) -> Result<(), StoreError> {
        let account = self.account(id)?.after(entry);
        let account = account.map_err(|_| StoreError::Senseless("an entry is not the next one"))?;
        let key = self.key_or_new(id)?;
        let link = self.link(id)?.next(entry);
        insert(self.connection, key, entry, link)?;
        self.set_account(id, account, link)?;
        self.tell(id, Event::Entry(entry.clone()));
        Ok(())
    }
}

fn insert(
    connection: &Connection,
    account: i64,
    entry: &Entry,
    link: Link,
) -> Result<(), StoreError> {
    connection.prepare_cached(INSERT)?.execute(params![
        account,
        entry.version.get(),
        entry.kind.as_str(),
        entry.credits.get(),
        entry.op.as_ref().map(OpId::as_bytes),
        entry.operation,
        entry.returned.map(Credits::get),
        entry.applied_version.map(Version::get),
        entry.expires_at_ms,
        entry.reason,
        entry.source.map(GrantSource::as_str),
        entry.purchase,
        entry.owed.map(Credits::get),
        entry.actor,
        entry.settled,
        entry.held.get(),
        entry.at_ms,
        link.as_bytes(),
    ])?;
    Ok(())
}

/// One line of an account's ledger.
pub(super) fn at(
    connection: &Connection,
    account: i64,
    version: Version,
) -> Result<Option<Entry>, StoreError> {
    let sql = select!("where account = ?1 and version = ?2");
    rows::first(connection, sql, params![account, version.get()], read)
}

/// Lines in version order, after `version`.
pub(super) fn after(
    connection: &Connection,
    account: i64,
    version: Version,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = select!("where account = ?1 and version > ?2 order by version limit ?3");
    rows::every(connection, sql, params![account, version.get(), limit], read)
}

/// Lines newest first, before `version`.
pub(super) fn before(
    connection: &Connection,
    account: i64,
    version: Version,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = select!("where account = ?1 and version < ?2 order by version desc limit ?3");
    rows::every(connection, sql, params![account, version.get(), limit], read)
}

pub(super) fn read(columns: &mut Columns<'_>) -> Result<Entry, StoreError> {
    const CREDITS: &str = "stored credits are out of their range";
    let version = columns.version()?;
    let kind = columns.word(rows::kind)?;
    let credits = columns.credits()?;
    let op = columns.some_op()?;
    let operation = columns.take()?;
    let returned = columns.some(CREDITS)?;
    let applied_version = columns.some("a stored version is out of its range")?;
    let expires_at_ms = columns.take()?;
    let reason = columns.take()?;
    let source = columns.some_word(rows::source)?;
    let purchase = columns.take()?;
    let owed = columns.some(CREDITS)?;
    let actor = columns.take()?;
    let settled: i64 = columns.take()?;
    let held = columns.credits()?;
    Ok(Entry {
        version,
        kind,
        credits,
        op,
        operation,
        returned,
        applied_version,
        expires_at_ms,
        reason,
        source,
        purchase,
        owed,
        actor,
        settled,
        held,
        available: settled - held.signed(),
        at_ms: columns.take()?,
    })
}
