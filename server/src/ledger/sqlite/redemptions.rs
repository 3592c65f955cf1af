//! Redemptions of promotions, counted from the purchases that took them.

use creditpack::catalog::Promotion;
use creditpack::pricing::Redemptions;
use creditpack::{AccountId, Catalog};
use rusqlite::{Connection, Params, params};

use super::super::purchase::Purchase;
use super::super::redemptions::Redeemed;
use super::super::store::StoreError;
use super::{Transaction, View, purchases, rows};

/// At most so many open checkouts of an account are looked at for each promotion.
const OPEN_MAX: u32 = 100;

const TOTAL: &str = "select count(*) from (select 1 from purchases \
    where promotion = ?1 and status not in ('expired', 'failed') limit ?2)";

const BY_ACCOUNT: &str = "select count(*) from (select 1 from purchases where promotion = ?1 \
    and account = ?2 and status not in ('expired', 'failed') limit ?3)";

const BOUGHT: &str = "select 1 from purchases \
    where account = ?1 and status not in ('open', 'expired', 'failed') limit 1";

impl Transaction<'_> {
    /// The redemptions of `promotion`, as that account meets them.
    pub(crate) fn redeemed(
        &mut self,
        id: &AccountId,
        promotion: &Promotion,
        catalog: &Catalog,
    ) -> Result<Redeemed, StoreError> {
        let account = self.key(id)?;
        redeemed(self.connection, account, promotion, catalog)
    }
}

impl View {
    /// The redemptions of `promotion`, as that account meets them.
    pub(crate) fn redeemed(
        &self,
        id: &AccountId,
        promotion: &Promotion,
        catalog: &Catalog,
    ) -> Result<Redeemed, StoreError> {
        let account = self.find(id)?.key;
        redeemed(&self.connection, account, promotion, catalog)
    }
}

fn redeemed(
    connection: &Connection,
    account: Option<i64>,
    promotion: &Promotion,
    catalog: &Catalog,
) -> Result<Redeemed, StoreError> {
    let open = match account {
        Some(account) => holding(connection, account, promotion, catalog)?,
        None => Vec::new(),
    };
    let counted = Redemptions {
        total: total(connection, promotion)?,
        by_account: account.map_or(Ok(0), |account| by_account(connection, account, promotion))?,
        has_bought: account.map_or(Ok(false), |account| has_bought(connection, account))?,
    };
    Ok(Redeemed::new(promotion, catalog, counted, open))
}

/// The account's open checkouts that took this promotion or, of one for first purchases, any such.
fn holding(
    connection: &Connection,
    account: i64,
    promotion: &Promotion,
    catalog: &Catalog,
) -> Result<Vec<Purchase>, StoreError> {
    let is_first = |it: &&Promotion| promotion.first_purchase_only && it.first_purchase_only;
    let others = catalog.promotions.iter().filter(|it| it.code != promotion.code).filter(is_first);
    let mut open = Vec::new();
    for promotion in std::iter::once(promotion).chain(others) {
        open.extend(purchases::holding(connection, account, &promotion.code, OPEN_MAX)?);
    }
    Ok(open)
}

/// By everybody, counted no further than it matters.
fn total(connection: &Connection, promotion: &Promotion) -> Result<u64, StoreError> {
    let Some(limit) = enough(promotion.redemptions_max) else { return Ok(0) };
    let params = params![promotion.code, limit];
    count(connection, TOTAL, params)
}

/// By one account, counted no further than it matters.
fn by_account(
    connection: &Connection,
    account: i64,
    promotion: &Promotion,
) -> Result<u64, StoreError> {
    let Some(limit) = enough(promotion.redemptions_per_account_max) else { return Ok(0) };
    let params = params![promotion.code, account, limit];
    count(connection, BY_ACCOUNT, params)
}

fn count(connection: &Connection, sql: &str, params: impl Params) -> Result<u64, StoreError> {
    let counted = rows::first(connection, sql, params, |columns| {
        let count: u64 = columns.take()?;
        Ok(count)
    })?;
    Ok(counted.unwrap_or_default())
}

/// A count that reaches `most` even where the account's open checkouts are left out of it.
fn enough(most: Option<u64>) -> Option<i64> {
    most.map(|most| i64::try_from(most).unwrap_or(i64::MAX).saturating_add(i64::from(OPEN_MAX)))
}

fn has_bought(connection: &Connection, account: i64) -> Result<bool, StoreError> {
    Ok(rows::first(connection, BOUGHT, params![account], |_| Ok(()))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::sqlite::schema::MIGRATIONS;

    /// Counting happens in the one writer: it must not read what it does not count.
    #[test]
    fn counting_reads_an_index_of_what_it_counts() {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(&MIGRATIONS.concat()).unwrap();
        for (sql, index) in [
            (TOTAL, "COVERING INDEX purchases_redeeming (promotion=?)"),
            (BY_ACCOUNT, "COVERING INDEX purchases_redeeming (promotion=? AND account=?)"),
            (BOUGHT, "COVERING INDEX purchases_bought (account=?)"),
        ] {
            let mut explain = database.prepare(&format!("explain query plan {sql}")).unwrap();
            let mut plan = explain.raw_query();
            let mut steps = Vec::new();
            while let Some(step) = plan.next().unwrap() {
                steps.push(step.get::<_, String>(3).unwrap());
            }
            assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?}");
        }
    }
}
