//! The spends of one worker: fresh ops, spread over the accounts.

use std::time::SystemTime;

use creditpack::ledger::{Claimant, Fingerprint, HoldRequest};
use creditpack::wire::HoldBody;
use creditpack::{AccountId, OpId};

use super::Failure;

/// So many accounts take turns.
pub(crate) const ACCOUNTS: usize = 64;

/// What each of them owns: more than any run spends.
pub(crate) const CREDITS: i64 = 1_000_000_000;

/// A worker's place in the round of accounts.
pub(crate) struct Spends(usize);

impl Spends {
    pub(crate) fn of_worker(number: usize) -> Self {
        Self(number)
    }

    pub(crate) fn next(&mut self) -> Result<(AccountId, HoldRequest), Failure> {
        self.0 += 1;
        let created_at_ms = now_ms()?;
        let op = OpId::v7(created_at_ms, rand::random());
        let fingerprint = Fingerprint { operation: "image".into(), quantity: 1 };
        let (expected_credits, claimant) = (None, Claimant::UnnamedServer);
        let request = HoldRequest { op, fingerprint, expected_credits, created_at_ms, claimant };
        Ok((account(self.0)?, request))
    }

    pub(crate) fn next_body(&mut self) -> Result<HoldBody, Failure> {
        let (account, request) = self.next()?;
        Ok(HoldBody {
            account: Some(account),
            op: request.op,
            operation: request.fingerprint.operation,
            quantity: None,
            expected_credits: None,
            created_at_ms: request.created_at_ms,
            claim: None,
        })
    }
}

pub(crate) fn account(number: usize) -> Result<AccountId, Failure> {
    Ok(AccountId::new(&format!("bench_{}", number % ACCOUNTS))?)
}

fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::try_from(since.as_millis())?)
}
