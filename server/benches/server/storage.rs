//! The yardstick without HTTP: the same ledger, asked directly.

use std::path::Path;

use creditpackd::clock::Clock;
use creditpackd::config::{Config, Environment};
use creditpackd::ledger::{Ledger, NewGrant, Scopes, SecretKey};
use creditpackd::serve;

use super::Failure;
use super::load::Worker;
use super::spend::{self, ACCOUNTS, CREDITS};

/// A new ledger under that config, with the same accounts as the backend has.
pub(crate) async fn open(data: &Path, config: &str) -> Result<Ledger, Failure> {
    let config = Config::parse("default", config, &Environment::default())?;
    let key =
        SecretKey { id: "key".into(), name: "bench".into(), sha256: [0; 32], scopes: Scopes::FULL };
    Ledger::create(data, &key, &Clock::system())?;
    let ledger = Ledger::open(serve::settings(&config, data, Clock::system()))?;
    for number in 0..ACCOUNTS {
        let account = spend::account(number)?;
        let (id, reason) = (account.to_string(), "bench".to_owned());
        ledger.grant(NewGrant { id, account, credits: CREDITS, reason, actor: None }).await??;
    }
    Ok(ledger)
}

pub(crate) fn workers(ledger: &Ledger, count: usize) -> Vec<Holder> {
    (0..count).map(|number| Holder { ledger: ledger.clone(), number }).collect()
}

pub(crate) struct Holder {
    ledger: Ledger,
    number: usize,
}

impl Worker for Holder {
    async fn step(&mut self) -> Result<(), Failure> {
        let account = spend::account(self.number % ACCOUNTS)?;
        Ok(self.ledger.hold(account, spend::request()?).await?.answer?)
    }
}
