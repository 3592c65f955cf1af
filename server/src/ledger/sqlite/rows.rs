//! Rows read column by column, and the words that columns hold.

use creditpack::credits::Balance;
use creditpack::entry::GrantSource;
use creditpack::ledger::Reason;
use creditpack::wire::PurchaseStatus;
use creditpack::{Account, AccountId, Credits, EntryKind, OpId, Version};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};

use super::super::store::StoreError;

/// The columns of one row, read from left to right.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    at: usize,
}

impl<'a> Columns<'a> {
    /// Those of `row`, from the first on.
    pub(super) const fn of(row: &'a Row<'a>) -> Self {
        Self { row, at: 0 }
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.at)?;
        self.at += 1;
        Ok(value)
    }

    /// The next column, as the rules know it.
    fn parse<T: TryFrom<u64>>(&mut self, what: &'static str) -> Result<T, StoreError> {
        self.take::<u64>()?.try_into().map_err(|_| StoreError::Senseless(what))
    }

    /// The next column, as the rules know it, if it is not null.
    pub(super) fn some<T: TryFrom<u64>>(
        &mut self,
        what: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let raw = self.take::<Option<u64>>()?;
        raw.map(TryInto::try_into).transpose().map_err(|_| StoreError::Senseless(what))
    }

    /// The next column, a word that is told from others by `of`.
    pub(super) fn word<T>(
        &mut self,
        of: impl FnOnce(&str) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        of(&self.take::<String>()?)
    }

    /// The next column, a word if it is not null.
    pub(super) fn some_word<T>(
        &mut self,
        of: impl FnOnce(&str) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.take::<Option<String>>()?.as_deref().map(of).transpose()
    }

    pub(super) fn credits(&mut self) -> Result<Credits, StoreError> {
        self.parse("stored credits are out of their range")
    }

    pub(super) fn version(&mut self) -> Result<Version, StoreError> {
        self.parse("a stored version is out of its range")
    }

    pub(super) fn account_id(&mut self) -> Result<AccountId, StoreError> {
        let name: String = self.take()?;
        AccountId::new(&name).map_err(|_| StoreError::Senseless("a stored account is no name"))
    }

    pub(super) fn some_op(&mut self) -> Result<Option<OpId>, StoreError> {
        let bytes: Option<[u8; 16]> = self.take()?;
        let op = bytes.map(OpId::from_bytes).transpose();
        op.map_err(|_| StoreError::Senseless("a stored op is no UUID"))
    }

    pub(super) fn op(&mut self) -> Result<OpId, StoreError> {
        OpId::from_bytes(self.take()?).map_err(|_| StoreError::Senseless("a stored op is no UUID"))
    }
}

/// The first row, if there is one.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&mut Columns<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(|row| read(&mut Columns::of(row))).transpose()
}

/// Every row.
pub(super) fn every<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&mut Columns<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(&mut Columns::of(row))?);
    }
    Ok(all)
}

/// Version, settled, held.
pub(super) fn account(columns: &mut Columns<'_>) -> Result<Account, StoreError> {
    let version = columns.version()?;
    let balance = Balance::new(columns.take()?, columns.credits()?)
        .map_err(|_| StoreError::Senseless("a stored balance is out of its range"))?;
    Ok(Account { version, balance })
}

pub(super) fn kind(word: &str) -> Result<EntryKind, StoreError> {
    EntryKind::parse(word).ok_or(StoreError::Senseless("a stored entry is of no known kind"))
}

pub(super) fn source(word: &str) -> Result<GrantSource, StoreError> {
    GrantSource::parse(word).ok_or(StoreError::Senseless("a stored grant has no known source"))
}

pub(super) fn reason(word: &str) -> Result<Reason, StoreError> {
    Reason::parse(word).ok_or(StoreError::Senseless("a stored release has no known reason"))
}

pub(super) fn status(word: &str) -> Result<PurchaseStatus, StoreError> {
    PurchaseStatus::parse(word)
        .ok_or(StoreError::Senseless("a stored purchase has no known status"))
}
