//! The spends of one worker: fresh ops, spread over the accounts.

use std::time::SystemTime;

use creditpack::ledger::{Claimant, Fingerprint, HoldRequest};
use creditpack::wire::HoldBody;
use creditpack::{AccountId, OpId};

use super::Failure;

/// Load is spread over so many accounts.
pub(crate) const ACCOUNTS: usize = 64;

/// What each of them owns: more than any run spends.
pub(crate) const CREDITS: i64 = 1_000_000_000;

const OPERATION: &str = "image";

/// The accounts over which load is spread: so many, from that number on.
#[derive(Clone, Copy)]
pub(crate) struct Accounts {
    from: usize,
    count: usize,
}

impl Accounts {
    /// Those that spend.
    pub(crate) const SPREAD: Self = Self { from: 0, count: ACCOUNTS };

    /// One of them.
    pub(crate) const ONE: Self = Self { from: 0, count: 1 };

    /// Those that only read: what they are told does not grow with the run.
    pub(crate) const READING: Self = Self { from: ACCOUNTS, count: ACCOUNTS };

    pub(crate) const fn first(count: usize) -> Self {
        Self { from: 0, count }
    }

    pub(crate) fn of(self, number: usize) -> Result<AccountId, Failure> {
        account(self.from + number % self.count)
    }
}

/// A fresh spend.
pub(crate) fn request() -> Result<HoldRequest, Failure> {
    let created_at_ms = now_ms()?;
    let op = OpId::v7(created_at_ms, rand::random());
    let fingerprint = Fingerprint { operation: OPERATION.into(), quantity: 1 };
    let (expected_credits, claimant) = (None, Claimant::Browser);
    Ok(HoldRequest { op, fingerprint, expected_credits, created_at_ms, claimant })
}

/// The same as a browser asks for it.
pub(crate) fn body(account: &AccountId) -> Result<HoldBody, Failure> {
    let HoldRequest { op, created_at_ms, .. } = request()?;
    Ok(HoldBody {
        account: Some(account.clone()),
        op,
        operation: OPERATION.to_owned(),
        quantity: None,
        expected_credits: None,
        created_at_ms,
        claim: None,
    })
}

pub(crate) fn account(number: usize) -> Result<AccountId, Failure> {
    Ok(AccountId::new(&format!("bench_{number}"))?)
}

fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}
