//! Wrong promotion codes: an account may try only so many, however it asks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use creditpack::AccountId;

/// So many wrong codes may be tried at once.
const BURST: u64 = 20;

/// So many accounts are remembered; those that have their whole allowance make room.
const ACCOUNTS_MAX: usize = 10_000;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// What is left of every account's wrong codes.
///
/// A try is taken before the code is looked at, so that tries at the same time cannot exceed it,
/// and given back unless the code was wrong.
#[derive(Debug)]
pub(in crate::http) struct Codes {
    /// How long it takes until one more is allowed; 0 where there is no limit.
    interval_ms: u64,
    /// When each account will have its whole allowance again.
    whole_at_ms: Mutex<HashMap<AccountId, u64>>,
}

impl Codes {
    pub(super) fn new(per_h: u32) -> Self {
        let interval_ms = HOUR_MS.checked_div(per_h.into()).unwrap_or(0);
        Self { interval_ms, whole_at_ms: Mutex::default() }
    }

    /// Takes a try, or says how many seconds to wait for one.
    pub(in crate::http) fn take(&self, account: &AccountId, now_ms: u64) -> Result<(), u64> {
        if self.interval_ms == 0 {
            return Ok(());
        }
        let mut accounts = self.accounts();
        if accounts.len() >= ACCOUNTS_MAX {
            accounts.retain(|_, whole_at_ms| *whole_at_ms > now_ms);
        }
        let whole_at_ms = accounts.entry(account.clone()).or_default();
        // A clock that was set back locks nobody out for longer than its allowance.
        let latest_ms = now_ms + self.interval_ms * BURST;
        let next_ms = (*whole_at_ms).clamp(now_ms, latest_ms) + self.interval_ms;
        if next_ms > latest_ms {
            return Err((next_ms - latest_ms).div_ceil(1000));
        }
        *whole_at_ms = next_ms;
        Ok(())
    }

    /// Gives a try back: the code was not wrong.
    pub(in crate::http) fn give_back(&self, account: &AccountId) {
        if let Some(whole_at_ms) = self.accounts().get_mut(account) {
            *whole_at_ms = whole_at_ms.saturating_sub(self.interval_ms);
        }
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, u64>> {
        // Every change under this lock is a single step.
        self.whole_at_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_800_000_000_000;

    fn account() -> AccountId {
        AccountId::new("u_1").unwrap()
    }

    #[test]
    fn wrong_codes_run_out_and_come_back_with_time() {
        let codes = Codes::new(60);
        for _ in 0..BURST {
            assert_eq!(codes.take(&account(), NOW_MS), Ok(()));
        }
        assert_eq!(codes.take(&account(), NOW_MS), Err(60));
        assert_eq!(codes.take(&account(), NOW_MS + 59_001), Err(1));
        assert_eq!(codes.take(&AccountId::new("u_2").unwrap(), NOW_MS), Ok(()));
        assert_eq!(codes.take(&account(), NOW_MS + 60_000), Ok(()));
        assert_eq!(codes.take(&account(), NOW_MS + 60_000), Err(60));
        // The clock is set back by an hour.
        assert_eq!(codes.take(&account(), NOW_MS - HOUR_MS), Err(60));
    }

    #[test]
    fn good_codes_cost_nothing() {
        let codes = Codes::new(60);
        for _ in 0..1000 {
            assert_eq!(codes.take(&account(), NOW_MS), Ok(()));
            codes.give_back(&account());
        }
        assert_eq!(Codes::new(0).take(&account(), NOW_MS), Ok(()));
    }
}
