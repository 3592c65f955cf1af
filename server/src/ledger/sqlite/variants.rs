//! The variants that accounts are in, and those that purchases were made in.

use creditpack::AccountId;
use creditpack::experiment::Assignment;
use rusqlite::{Connection, params};

use super::super::store::StoreError;
use super::{Transaction, View, rows};

impl Transaction<'_> {
    /// The variants that are kept for an account.
    pub(crate) fn kept_variants(&mut self, id: &AccountId) -> Result<Vec<Assignment>, StoreError> {
        let account = self.key(id)?;
        account.map_or(Ok(Vec::new()), |account| kept(self.connection, account))
    }

    /// Keeps variants of an account, each since it was first in it.
    pub(crate) fn keep_variants(
        &mut self,
        id: &AccountId,
        assignments: &[Assignment],
        at_ms: u64,
    ) -> Result<(), StoreError> {
        if assignments.is_empty() {
            return Ok(());
        }
        let account = self.key_or_new(id)?;
        let sql = "insert into exposures (account, experiment, variant, first_served_at_ms) \
            values (?1, ?2, ?3, ?4) on conflict (account, experiment) do update \
            set variant = excluded.variant, first_served_at_ms = excluded.first_served_at_ms \
            where variant <> excluded.variant";
        let mut insert = self.connection.prepare_cached(sql)?;
        for Assignment { experiment, variant } in assignments {
            insert.execute(params![account, experiment, variant, at_ms])?;
        }
        Ok(())
    }

    /// Keeps the variants that a purchase was made in.
    pub(crate) fn add_purchase_variants(
        &mut self,
        purchase: &str,
        assignments: &[Assignment],
    ) -> Result<(), StoreError> {
        let sql =
            "insert into purchase_variants (purchase, experiment, variant) values (?1, ?2, ?3)";
        let mut insert = self.connection.prepare_cached(sql)?;
        for Assignment { experiment, variant } in assignments {
            insert.execute(params![purchase, experiment, variant])?;
        }
        Ok(())
    }
}

impl View {
    /// The variants that are kept for an account.
    pub(crate) fn kept_variants(&self, id: &AccountId) -> Result<Vec<Assignment>, StoreError> {
        self.find(id)?.key.map_or(Ok(Vec::new()), |account| kept(&self.connection, account))
    }
}

fn kept(connection: &Connection, account: i64) -> Result<Vec<Assignment>, StoreError> {
    let sql = "select experiment, variant from exposures where account = ?1";
    rows::every(connection, sql, params![account], |columns| {
        Ok(Assignment { experiment: columns.take()?, variant: columns.take()? })
    })
}
