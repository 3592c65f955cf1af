//! One account: its entries from the first to the last, and what its row says.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use creditpack::{Account, Credits, Entry, EntryKind, OpId, Version};

use super::super::chain::Link;
use super::super::sqlite::{AccountRow, Books, Linked};
use super::super::store::StoreError;
use super::{Divergence, Stopped};

/// An account on the way through its entries.
pub(super) struct Walk<'a> {
    pub(super) books: &'a Books<'a>,
    pub(super) row: &'a AccountRow,
    /// As the entries so far leave it.
    account: Account,
    link: Link,
    /// Ops that entries began, and that entries ended.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// What was given back of each op, and last at which version.
    pub(super) refunds: HashMap<OpId, (u64, Version)>,
    /// What is on the account of each purchase.
    pub(super) bought: BTreeMap<String, Bought>,
}

/// What entries say of one purchase.
#[derive(Default)]
pub(super) struct Bought {
    pub(super) granted: i64,
    pub(super) taken_back: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(books: &'a Books<'a>, row: &'a AccountRow) -> Self {
        Self {
            books,
            row,
            account: Account::default(),
            link: Link::root(&row.id),
            begun: 0,
            ended: 0,
            refunds: HashMap::new(),
            bought: BTreeMap::new(),
        }
    }

    /// A divergence at an entry of this account.
    pub(super) fn at(
        &self,
        version: Version,
        what: impl Into<String>,
        expected: impl Display,
        found: impl Display,
    ) -> Stopped {
        let divergence = self.besides(what, expected, found);
        Divergence { version: Some(version.get()), ..divergence }.into()
    }

    /// A divergence of what is kept of this account besides its entries.
    pub(super) fn besides(
        &self,
        what: impl Into<String>,
        expected: impl Display,
        found: impl Display,
    ) -> Divergence {
        let account = Some(self.row.id.as_str().to_owned());
        let (expected, found) = (format!("{expected}"), format!("{found}"));
        Divergence { account, version: None, what: what.into(), expected, found }
    }

    /// Takes the next entry as it was read.
    pub(super) fn take(
        &mut self,
        version: Version,
        read: Result<Linked, StoreError>,
    ) -> Result<(), Stopped> {
        let expected = self.account.version.next();
        if version != expected {
            return Err(self.at(expected, "the version of the next entry", expected, version));
        }
        let Linked { entry, link } = match read {
            Ok(linked) => linked,
            Err(StoreError::Senseless(why)) => {
                return Err(self.at(version, "the entry", "readable", why));
            }
            Err(error) => return Err(error.into()),
        };
        self.balances(&entry)?;
        self.op(&entry)?;
        self.purchase(&entry)?;
        let next = self.link.next(&entry);
        if link != Some(next) {
            let found = link.map_or_else(|| "missing".to_owned(), |link| link.to_string());
            return Err(self.at(version, "chain", next, found));
        }
        self.link = next;
        Ok(())
    }

    fn balances(&mut self, entry: &Entry) -> Result<(), Stopped> {
        let Ok(after) = self.account.replay(entry) else {
            return Err(self.at(entry.version, "the balance", "in its range", "outside of it"));
        };
        let (settled, held) = (after.balance.settled(), after.balance.held());
        if entry.settled != settled {
            return Err(self.at(entry.version, "settled", settled, entry.settled));
        }
        if entry.held != held {
            return Err(self.at(entry.version, "held", held, entry.held));
        }
        self.account = after;
        Ok(())
    }

    fn purchase(&mut self, entry: &Entry) -> Result<(), Stopped> {
        let Some(purchase) = &entry.purchase else { return Ok(()) };
        let credits = entry.credits.signed();
        let bought = self.bought.entry(purchase.clone()).or_default();
        match entry.kind {
            EntryKind::Grant => bought.granted += credits,
            EntryKind::Clawback => bought.taken_back += credits,
            EntryKind::Reinstate => bought.taken_back -= credits,
            _ => {}
        }
        if bought.taken_back > bought.granted || bought.taken_back < 0 {
            let (limit, found) = (bought.granted, bought.taken_back);
            let what = format!("what was taken back of purchase {purchase}");
            return Err(self.at(entry.version, what, format!("0 to {limit}"), found));
        }
        if entry.kind == EntryKind::Grant { self.granted(entry, purchase) } else { Ok(()) }
    }

    /// Holds what the account's row, ops and payments say against the entries.
    pub(super) fn close(self) -> Result<(), Stopped> {
        let (row, own) = (self.row.account, self.account);
        let check = |what: &str, expected: i128, found: i128| {
            if expected == found { Ok(()) } else { Err(self.besides(what, expected, found)) }
        };
        let number = |credits: Credits| i128::from(credits.get());
        let version = |account: Account| i128::from(account.version.get());
        check("the account's version", version(own), version(row))?;
        let settled = (own.balance.settled(), row.balance.settled());
        check("the account's settled", settled.0.into(), settled.1.into())?;
        let held = (own.balance.held(), row.balance.held());
        check("the account's held", number(held.0), number(held.1))?;
        self.close_ops(own)?;
        self.close_purchases()
    }
}
