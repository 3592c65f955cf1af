//! Links of the entries that were there before there were chains.

use rusqlite::{Connection, params};

use super::super::chain::Link;
use super::super::store::StoreError;
use super::{entries, rows};

/// So many accounts or entries are in memory at once.
const CHUNK: u32 = 1000;

/// Links every entry that is not linked yet; runs in the transaction that makes chains.
pub(super) fn link_all(connection: &Connection) -> Result<(), StoreError> {
    let sql = "select key, account from accounts where key > ?1 order by key limit ?2";
    let mut last = i64::MIN;
    loop {
        let accounts = rows::every(connection, sql, params![last, CHUNK], |columns| {
            Ok((columns.take::<i64>()?, columns.account_id()?))
        })?;
        let Some((key, _)) = accounts.last() else { return Ok(()) };
        last = *key;
        for (key, account) in accounts {
            link(connection, key, Link::root(&account))?;
        }
    }
}

fn link(connection: &Connection, account: i64, mut link: Link) -> Result<(), StoreError> {
    let sql = "update entries set chain = ?3 where account = ?1 and version = ?2";
    let mut update = connection.prepare_cached(sql)?;
    let mut version = creditpack::Version::ZERO;
    loop {
        let entries = entries::after(connection, account, version, CHUNK)?;
        let Some(last) = entries.last() else { return Ok(()) };
        version = last.version;
        for entry in entries {
            link = link.next(&entry);
            update.execute(params![account, entry.version.get(), link.as_bytes()])?;
        }
    }
}
