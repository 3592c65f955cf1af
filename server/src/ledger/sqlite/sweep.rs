//! What the sweep finds and forgets.

use rusqlite::params;

use super::super::store::StoreError;
use super::{Transaction, rows};

impl Transaction<'_> {
    /// Forgets rejections from before `before_ms`; says how many, at most `limit`. Each account
    /// remembers up to where it has forgotten some.
    pub(crate) fn forget_rejections(
        &mut self,
        before_ms: u64,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let find = "select account, op, version from ops \
            where state in ('insufficient_credits', 'cancelled') and at_ms < ?1 \
            order by at_ms limit ?2";
        let old = rows::every(self.connection, find, params![before_ms, limit], |columns| {
            Ok((columns.take::<i64>()?, columns.op()?, columns.version()?))
        })?;
        let forget = "delete from ops where account = ?1 and op = ?2";
        let remember = "update accounts \
            set pruned_version = max(coalesce(pruned_version, 0), ?2) where key = ?1";
        for (account, op, version) in &old {
            let mut forget = self.connection.prepare_cached(forget)?;
            forget.execute(params![account, op.as_bytes()])?;
            let mut remember = self.connection.prepare_cached(remember)?;
            remember.execute(params![account, version.get()])?;
        }
        Ok(old.len())
    }

    /// Counts open checkouts as expired that ended before `before_ms`; says how many.
    pub(crate) fn expire_purchases(
        &mut self,
        before_ms: u64,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let sql = "update purchases set status = 'expired', changed_at_ms = ?3 where purchase in \
            (select purchase from purchases where status = 'open' and expires_at_ms < ?1 limit ?2)";
        let params = params![before_ms, limit, self.now_ms];
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Takes purchases that failed before `before_ms` off their buyers' lists; says how many.
    pub(crate) fn delist_failed(
        &mut self,
        before_ms: u64,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let find = "select purchase, accounts.account \
            from purchases join accounts on accounts.key = purchases.account \
            where status = 'failed' and incoming = 1 and changed_at_ms < ?1 limit ?2";
        let failed = rows::every(self.connection, find, params![before_ms, limit], |columns| {
            Ok((columns.take::<String>()?, columns.account_id()?))
        })?;
        let delist = "update purchases set incoming = 0 where purchase = ?1";
        for (purchase, _) in &failed {
            self.connection.prepare_cached(delist)?.execute(params![purchase])?;
        }
        for (_, account) in &failed {
            self.announce_incoming(account)?;
        }
        Ok(failed.len())
    }
}
