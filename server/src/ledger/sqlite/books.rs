//! Everything of a ledger as of one moment, read from the first account to the last.

use creditpack::{Account, AccountId, Entry, OpId, OpRecord, Version};
use rusqlite::{Connection, params};

use super::super::chain::Link;
use super::super::purchase::Purchase;
use super::super::store::StoreError;
use super::rows::{self, Columns};
use super::{entries, ops, purchases};

/// So many accounts are in memory at once.
const CHUNK: u32 = 1000;

/// A read of the whole ledger; all of it sees the same commit.
pub(crate) struct Books<'a>(rusqlite::Transaction<'a>);

/// How many rows there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) accounts: u64,
    pub(crate) entries: u64,
    pub(crate) ops: u64,
    pub(crate) purchases: u64,
}

/// What one account's row says.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow {
    pub(crate) key: i64,
    pub(crate) id: AccountId,
    pub(crate) account: Account,
}

/// An entry with its link, as both are stored.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    pub(crate) entry: Entry,
    pub(crate) link: Option<Link>,
}

/// What is kept of an account's ops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpCounts {
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    pub(crate) refunded: u64,
    pub(crate) held_credits: u64,
    /// The highest version at which one changed.
    pub(crate) touched: u64,
}

impl<'a> Books<'a> {
    /// The ledger as it is now.
    pub(crate) fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self(connection.unchecked_transaction()?))
    }

    pub(crate) fn counts(&self) -> Result<Counts, StoreError> {
        let count = |table: &str| -> Result<u64, StoreError> {
            let sql = format!("select count(*) from {table}");
            Ok(self.0.query_row(&sql, [], |row| row.get(0))?)
        };
        Ok(Counts {
            accounts: count("accounts")?,
            entries: count("entries")?,
            ops: count("ops")?,
            purchases: count("purchases")?,
        })
    }

    /// Visits every account, in the order of their keys.
    pub(crate) fn each_account<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(&AccountRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "select key, account, version, settled, held from accounts \
            where key > ?1 order by key limit ?2";
        let mut last = i64::MIN;
        loop {
            let chunk = rows::every(&self.0, sql, params![last, CHUNK], account_row)?;
            let Some(row) = chunk.last() else { return Ok(()) };
            last = row.key;
            chunk.iter().try_for_each(&mut visit)?;
        }
    }

    /// The account of that name.
    pub(crate) fn account(&self, id: &AccountId) -> Result<Option<AccountRow>, StoreError> {
        let sql = "select key, account, version, settled, held from accounts where account = ?1";
        rows::first(&self.0, sql, params![id.as_str()], account_row)
    }

    /// Visits every entry of an account in version order, with its version even where the rest of it
    /// makes no sense.
    pub(crate) fn each_entry<E: From<StoreError>>(
        &self,
        account: i64,
        mut visit: impl FnMut(Version, Result<Linked, StoreError>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "select version, chain, version, kind, credits, op, operation, returned, \
            applied_version, expires_at_ms, reason, source, purchase, owed, actor, settled, held, \
            at_ms from entries where account = ?1 order by version";
        let mut statement = self.0.prepare_cached(sql).map_err(StoreError::from)?;
        let mut found = statement.query(params![account]).map_err(StoreError::from)?;
        while let Some(row) = found.next().map_err(StoreError::from)? {
            let mut columns = Columns::of(row);
            let version = columns.version()?;
            visit(version, linked(&mut columns))?;
        }
        Ok(())
    }

    /// What is kept of an op.
    pub(crate) fn op(&self, account: i64, op: OpId) -> Result<Option<OpRecord>, StoreError> {
        ops::find(&self.0, account, op)
    }

    /// The purchase of that id.
    pub(crate) fn purchase(&self, purchase: &str) -> Result<Option<Purchase>, StoreError> {
        purchases::by_id(&self.0, purchase)
    }

    pub(crate) fn op_counts(&self, account: i64) -> Result<OpCounts, StoreError> {
        let sql = "select \
            count(*) filter (where state not in ('insufficient_credits', 'cancelled')), \
            count(*) filter (where state in ('captured', 'released') \
                or (state = 'refunded' and captured_version is not null)), \
            count(*) filter (where state = 'refunded'), \
            coalesce(sum(credits) filter (where state = 'held'), 0), \
            coalesce(max(touched), 0) \
            from ops where account = ?1";
        let counts = rows::first(&self.0, sql, params![account], |columns| {
            Ok(OpCounts {
                begun: columns.take()?,
                ended: columns.take()?,
                refunded: columns.take()?,
                held_credits: columns.take()?,
                touched: columns.take()?,
            })
        })?;
        counts.ok_or(StoreError::Senseless("a count has no row"))
    }

    /// How many credits of a purchase are kept as taken back; none where its payment is not kept.
    pub(crate) fn taken_back(&self, purchase: &str) -> Result<Option<i64>, StoreError> {
        let sql = "select taken from payments where purchase = ?1";
        rows::first(&self.0, sql, params![purchase], |columns| {
            let taken: i64 = columns.take()?;
            Ok(taken)
        })
    }

    /// A paid purchase that granted nothing, with its buyer.
    pub(crate) fn paid_without_grant(&self) -> Result<Option<(String, String)>, StoreError> {
        let sql = "select accounts.account, purchases.purchase from purchases \
            join accounts on accounts.key = purchases.account \
            where purchases.status in ('paid', 'partially_refunded', 'refunded', 'disputed') \
            and not exists (select 1 from entries \
                where entries.purchase = purchases.purchase and entries.kind = 'grant') \
            order by purchases.purchase limit 1";
        rows::first(&self.0, sql, [], |columns| Ok((columns.take()?, columns.take()?)))
    }

    /// The id of a grant or refund whose entry is of another kind, with its account.
    pub(crate) fn stray_grant(&self) -> Result<Option<(String, String)>, StoreError> {
        let sql = "select accounts.account, made.id from \
            (select id, account, version, 0 as back from grants \
                union all select id, account, version, 1 from op_refunds) as made \
            join accounts on accounts.key = made.account \
            left join entries on entries.account = made.account \
                and entries.version = made.version \
            where (entries.kind is 'refund') <> made.back \
                or (entries.kind not in ('grant', 'adjust', 'refund')) limit 1";
        rows::first(&self.0, sql, [], |columns| Ok((columns.take()?, columns.take()?)))
    }

    /// The table of a row that refers to one that is not there.
    pub(crate) fn broken_reference(&self) -> Result<Option<String>, StoreError> {
        rows::first(&self.0, "pragma foreign_key_check", [], |columns| {
            let table: String = columns.take()?;
            Ok(table)
        })
    }
}

fn account_row(columns: &mut Columns<'_>) -> Result<AccountRow, StoreError> {
    let (key, id) = (columns.take()?, columns.account_id()?);
    Ok(AccountRow { key, id, account: rows::account(columns)? })
}

fn linked(columns: &mut Columns<'_>) -> Result<Linked, StoreError> {
    let link: Option<[u8; 32]> = columns.take()?;
    Ok(Linked { link: link.map(Link::stored), entry: entries::read(columns)? })
}
