//! Refunds of ops, found again by the asker's id.

use creditpack::{AccountId, Credits, Version};
use rusqlite::params;

use super::super::op_refund::KnownRefund;
use super::super::store::StoreError;
use super::{Transaction, entries, rows};

impl Transaction<'_> {
    /// The refund of that id.
    pub(crate) fn op_refund(&mut self, id: &str) -> Result<Option<KnownRefund>, StoreError> {
        let sql = "select op_refunds.account, op_refunds.version, op_refunds.credits, \
            accounts.account from op_refunds join accounts on accounts.key = op_refunds.account \
            where op_refunds.id = ?1";
        let found = rows::first(self.connection, sql, params![id], |columns| {
            let (key, version) = (columns.take()?, columns.version()?);
            let asked = columns.some("stored credits are out of their range")?;
            Ok((key, version, asked, columns.account_id()?))
        })?;
        let Some((key, version, asked, account)) = found else { return Ok(None) };
        match entries::at(self.connection, key, version)? {
            Some(entry) => Ok(Some(KnownRefund { account, asked, entry })),
            None => Err(StoreError::Senseless("a refund has lost its entry")),
        }
    }

    /// Keeps which entry a refund made.
    pub(crate) fn add_op_refund(
        &mut self,
        id: &str,
        account: &AccountId,
        version: Version,
        asked: Option<Credits>,
    ) -> Result<(), StoreError> {
        let key = self.key_or_new(account)?;
        let sql = "insert into op_refunds (id, account, version, credits) values (?1, ?2, ?3, ?4)";
        let params = params![id, key, version.get(), asked.map(Credits::get)];
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}
