//! Accounts on the writing connection, kept in memory between transactions: only the writer changes
//! them, so what it knows is so.

use std::collections::HashMap;

use creditpack::{Account, AccountId, Version};
use rusqlite::{Connection, params};

use super::super::chain::Link;
use super::super::store::StoreError;
use super::rows::first;
use super::{Transaction, rows};

/// So many accounts are kept in memory.
const ACCOUNTS_MAX: usize = 20_000;

/// Accounts the writer has met.
#[derive(Default)]
pub(super) struct Accounts {
    met: HashMap<AccountId, Met>,
    /// Those whose balance is not written yet in this transaction.
    changed: Vec<AccountId>,
}

#[derive(Clone, Copy)]
struct Met {
    /// Its row; none for an account that was never written.
    key: Option<i64>,
    account: Account,
    /// That of its last entry.
    link: Link,
    changed: bool,
}

impl Accounts {
    /// Forgets everything: what is in memory may not be so.
    pub(super) fn clear(&mut self) {
        self.met.clear();
        self.changed.clear();
    }

    /// Starts over when too many are kept. Between transactions only.
    pub(super) fn bound(&mut self) {
        if self.met.len() > ACCOUNTS_MAX {
            self.clear();
        }
    }

    fn meet(&mut self, connection: &Connection, id: &AccountId) -> Result<&mut Met, StoreError> {
        if !self.met.contains_key(id) {
            let met = read(connection, id)?;
            self.met.insert(id.clone(), met);
        }
        self.met.get_mut(id).ok_or(StoreError::Senseless("an account was met and is not there"))
    }
}

fn read(connection: &Connection, id: &AccountId) -> Result<Met, StoreError> {
    let sql = "select key, version, settled, held, (select chain from entries \
        where entries.account = accounts.key and entries.version = accounts.version) \
        from accounts where account = ?1";
    let found = first(connection, sql, params![id.as_str()], |columns| {
        let (key, account) = (Some(columns.take()?), rows::account(columns)?);
        let last: Option<[u8; 32]> = columns.take()?;
        let link = match (last, account.version) {
            (Some(last), _) => Link::stored(last),
            (None, Version::ZERO) => Link::root(id),
            (None, _) => return Err(StoreError::Senseless("an account has lost its last entry")),
        };
        Ok(Met { key, account, link, changed: false })
    })?;
    let never =
        || Met { key: None, account: Account::default(), link: Link::root(id), changed: false };
    Ok(found.unwrap_or_else(never))
}

impl Transaction<'_> {
    /// The account as this transaction leaves it so far.
    pub(crate) fn account(&mut self, id: &AccountId) -> Result<Account, StoreError> {
        Ok(self.accounts.meet(self.connection, id)?.account)
    }

    /// The account's row, if it has one.
    pub(super) fn key(&mut self, id: &AccountId) -> Result<Option<i64>, StoreError> {
        Ok(self.accounts.meet(self.connection, id)?.key)
    }

    /// The account's row, made if it has none.
    pub(super) fn key_or_new(&mut self, id: &AccountId) -> Result<i64, StoreError> {
        let met = self.accounts.meet(self.connection, id)?;
        if let Some(key) = met.key {
            return Ok(key);
        }
        let sql = "insert into accounts (account) values (?1)";
        self.connection.prepare_cached(sql)?.execute(params![id.as_str()])?;
        let key = self.connection.last_insert_rowid();
        met.key = Some(key);
        Ok(key)
    }

    /// The link of the account's last entry, or its root.
    pub(super) fn link(&mut self, id: &AccountId) -> Result<Link, StoreError> {
        Ok(self.accounts.meet(self.connection, id)?.link)
    }

    /// Notes the account as its next entry left it; it is written once, before the commit.
    pub(super) fn set_account(
        &mut self,
        id: &AccountId,
        account: Account,
        link: Link,
    ) -> Result<(), StoreError> {
        let met = self.accounts.meet(self.connection, id)?;
        met.account = account;
        met.link = link;
        if !met.changed {
            met.changed = true;
            self.accounts.changed.push(id.clone());
        }
        Ok(())
    }

    pub(super) fn write_balances(&mut self) -> Result<(), StoreError> {
        let sql = "update accounts set version = ?2, settled = ?3, held = ?4 where key = ?1";
        let mut update = self.connection.prepare_cached(sql)?;
        for id in self.accounts.changed.drain(..) {
            let Some(met) = self.accounts.met.get_mut(&id) else { continue };
            let (version, balance) = (met.account.version.get(), met.account.balance);
            update.execute(params![met.key, version, balance.settled(), balance.held().get()])?;
            met.changed = false;
        }
        Ok(())
    }
}
