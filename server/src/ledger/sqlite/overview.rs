//! Reading accounts: snapshots, receipts, history.

use creditpack::ledger::{OpRecord, State, Verdict};
use creditpack::wire::{HistoryPage, HoldLine, Incoming, Receipt, Snapshot, Stamped};
use creditpack::{Account, AccountId, Entry, Epoch, OpId, Version};
use rusqlite::params;

use super::super::keys::{KeyLine, SecretKey, TokenKey};
use super::super::place::Place;
use super::super::purchase::Purchase;
use super::super::store::StoreError;
use super::super::test_session::TestSession;
use super::{View, entries, keys, ops, purchases, rows, test_sessions};

/// At most so many receipts travel with a snapshot.
const RECEIPTS_MAX: usize = 1000;

/// At most so many purchases or sessions are swept at once.
const SWEPT_MAX: u32 = 100;

/// From where on a reader wants to know every receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    /// The lowest version at which the reader has an open question.
    pub(crate) since: Option<Version>,
    /// The life of the database that the reader knows; the present one where it does not say.
    pub(crate) epoch: Option<Epoch>,
}

/// What one account's row says.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) key: Option<i64>,
    account: Account,
    /// Up to here rejections may have been forgotten.
    pruned: Option<Version>,
}

impl View {
    /// Everything a client needs of an account.
    pub(crate) fn snapshot(
        &self,
        id: AccountId,
        epoch: Epoch,
        cursor: Cursor,
        now_ms: u64,
    ) -> Result<Snapshot, StoreError> {
        let found = self.find(&id)?;
        let Account { version, balance } = found.account;
        let (receipts, receipts_complete) = self.receipts_since(found, epoch, cursor)?;
        let holds = self.of(found, Vec::new(), ops::held)?;
        Ok(Snapshot {
            account: id,
            epoch,
            version,
            settled: balance.settled(),
            held: balance.held(),
            available: balance.available(),
            holds: holds.into_iter().filter_map(hold_line).collect(),
            incoming: self.of(found, Vec::new(), purchases::incoming)?,
            receipts,
            receipts_complete,
            server_time_ms: now_ms,
        })
    }

    fn receipts_since(
        &self,
        found: Found,
        epoch: Epoch,
        cursor: Cursor,
    ) -> Result<(Vec<Receipt>, bool), StoreError> {
        let Some(since) = cursor.since else { return Ok((Vec::new(), false)) };
        // One more than travels tells whether that is all of them.
        let limit = u32::try_from(RECEIPTS_MAX + 1).unwrap_or(u32::MAX);
        let touched = self.of(found, Vec::new(), |connection, account| {
            ops::touched_since(connection, account, since, limit)
        })?;
        let complete = touched.len() <= RECEIPTS_MAX
            && cursor.epoch.is_none_or(|known| known == epoch)
            && since <= found.account.version
            && found.pruned.is_none_or(|pruned| pruned < since);
        let receipts = touched.iter().take(RECEIPTS_MAX).map(OpRecord::receipt).collect();
        Ok((receipts, complete))
    }

    /// What is kept of one op.
    pub(crate) fn record(&self, id: &AccountId, op: OpId) -> Result<Option<OpRecord>, StoreError> {
        let found = self.find(id)?;
        self.of(found, None, |connection, account| ops::find(connection, account, op))
    }

    /// One receipt for each op, in the order asked.
    pub(crate) fn receipts(
        &self,
        id: &AccountId,
        ops: &[OpId],
    ) -> Result<Vec<Receipt>, StoreError> {
        let found = self.find(id)?;
        ops.iter()
            .map(|&op| {
                let record =
                    self.of(found, None, |connection, account| ops::find(connection, account, op));
                Ok(record?.map_or_else(|| Receipt::unknown(op), |record| record.receipt()))
            })
            .collect()
    }

    /// A page of entries, newest first.
    pub(crate) fn history(
        &self,
        id: &AccountId,
        epoch: Epoch,
        before: Option<Version>,
        limit: u32,
    ) -> Result<HistoryPage, StoreError> {
        let found = self.find(id)?;
        let before = before.unwrap_or(found.account.version.next());
        let entries = self.of(found, Vec::new(), |connection, account| {
            entries::before(connection, account, before, limit)
        })?;
        let next_before =
            entries.last().map(|entry| entry.version).filter(|oldest| oldest.get() > 1);
        let entries = entries.into_iter().map(|entry| Stamped { epoch, entry }).collect();
        Ok(HistoryPage { entries, next_before })
    }

    /// Entries in version order.
    pub(crate) fn entries_after(
        &self,
        id: &AccountId,
        version: Version,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let found = self.find(id)?;
        self.of(found, Vec::new(), |connection, account| {
            entries::after(connection, account, version, limit)
        })
    }

    /// The account's version and what is to come for it.
    pub(crate) fn incoming(&self, id: &AccountId) -> Result<(Version, Vec<Incoming>), StoreError> {
        let found = self.find(id)?;
        let incoming = self.of(found, Vec::new(), purchases::incoming)?;
        Ok((found.account.version, incoming))
    }

    /// The purchase of that id.
    pub(crate) fn purchase(&self, purchase: &str) -> Result<Option<Purchase>, StoreError> {
        purchases::by_id(&self.connection, purchase)
    }

    /// The purchase of an account's checkout.
    pub(crate) fn purchase_by_checkout(
        &self,
        id: &AccountId,
        checkout: &str,
    ) -> Result<Option<Purchase>, StoreError> {
        purchases::by_checkout(&self.connection, id, checkout)
    }

    /// The purchase that a session pays.
    pub(crate) fn purchase_by_session(
        &self,
        session: &str,
    ) -> Result<Option<Purchase>, StoreError> {
        purchases::by_session(&self.connection, session)
    }

    /// Purchases the provider should be asked about.
    pub(crate) fn purchases_to_sweep(&self, place: &Place) -> Result<Vec<Purchase>, StoreError> {
        purchases::unsettled(&self.connection, place, SWEPT_MAX)
    }

    /// Secret keys that are not revoked.
    pub(crate) fn secret_keys(&self) -> Result<Vec<SecretKey>, StoreError> {
        keys::secret(&self.connection)
    }

    /// Reads something, which fails where nothing can be read.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let sql = "select count(*) from settings";
        Ok(self.connection.query_row(sql, [], |_| Ok(()))?)
    }

    /// What is told of every secret key.
    pub(crate) fn key_lines(&self) -> Result<Vec<KeyLine>, StoreError> {
        keys::lines(&self.connection)
    }

    /// Signing keys, newest first.
    pub(crate) fn token_keys(&self) -> Result<Vec<TokenKey>, StoreError> {
        keys::token(&self.connection)
    }

    /// The session of test mode of that id.
    pub(crate) fn test_session(&self, id: &str) -> Result<Option<TestSession>, StoreError> {
        test_sessions::by_id(&self.connection, id)
    }

    /// Sessions of test mode that have something left to do.
    pub(crate) fn test_sessions_due(&self, place: &Place) -> Result<Vec<TestSession>, StoreError> {
        test_sessions::due(&self.connection, place, SWEPT_MAX)
    }

    pub(super) fn find(&self, id: &AccountId) -> Result<Found, StoreError> {
        let sql =
            "select key, version, settled, held, pruned_version from accounts where account = ?1";
        let found = rows::first(&self.connection, sql, params![id.as_str()], |columns| {
            Ok(Found {
                key: Some(columns.take()?),
                account: rows::account(columns)?,
                pruned: columns.some("a stored version is out of its range")?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// What `read` finds of an account, or `none` of one that was never seen.
    fn of<T>(
        &self,
        found: Found,
        none: T,
        read: impl FnOnce(&rusqlite::Connection, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        found.key.map_or(Ok(none), |account| read(&self.connection, account))
    }
}

fn hold_line(record: OpRecord) -> Option<HoldLine> {
    let Verdict::Applied { credits, at_ms, state, .. } = record.verdict else { return None };
    let State::Held { claim, expires_at_ms } = state else { return None };
    Some(HoldLine {
        op: record.op,
        operation: record.fingerprint?.operation,
        credits,
        created_at_ms: at_ms,
        expires_at_ms,
        claimed: claim.is_some(),
    })
}
