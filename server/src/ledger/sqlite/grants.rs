//! Grants by hand, found again by the asker's id.

use creditpack::{AccountId, Entry, Version};
use rusqlite::params;

use super::super::store::StoreError;
use super::{Transaction, entries, rows};

impl Transaction<'_> {
    /// To whom the grant of that id went, and the entry it made.
    pub(crate) fn grant(&mut self, id: &str) -> Result<Option<(AccountId, Entry)>, StoreError> {
        let sql = "select grants.account, grants.version, accounts.account \
            from grants join accounts on accounts.key = grants.account where grants.id = ?1";
        let found = rows::first(self.connection, sql, params![id], |columns| {
            Ok((columns.take()?, columns.version()?, columns.account_id()?))
        })?;
        let Some((key, version, account)) = found else { return Ok(None) };
        match entries::at(self.connection, key, version)? {
            Some(entry) => Ok(Some((account, entry))),
            None => Err(StoreError::Senseless("a grant has lost its entry")),
        }
    }

    /// Keeps which entry a grant made.
    pub(crate) fn add_grant(
        &mut self,
        id: &str,
        account: &AccountId,
        version: Version,
    ) -> Result<(), StoreError> {
        let key = self.key_or_new(account)?;
        let sql = "insert into grants (id, account, version) values (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![id, key, version.get()])?;
        Ok(())
    }
}
