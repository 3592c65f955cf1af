//! `creditpackd import`: opening balances from another system.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use tokio::task::JoinSet;

use super::UpkeepError;
use super::opening::{BadLine, Opening, check, lines};
use super::progress::Progress;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::ledger::{Failure, Granted, Ledger};
use crate::places::Places;
use crate::serve::settings;

/// So many lines share a commit.
const CHUNK: usize = 256;

/// What became of the lines.
#[derive(Default)]
struct Tally {
    done: u64,
    imported: u64,
    known: u64,
    refused: u64,
}

pub(super) fn run(file: &Path, places: &Places, dry_run: bool) -> Result<ExitCode, UpkeepError> {
    let unreadable = |error| UpkeepError::File { path: file.to_owned(), error };
    let config = Config::read(&places.config, &Environment::default())?;
    let (good, bad) = check(file, tell).map_err(unreadable)?;
    let mut out = io::stdout().lock();
    if bad > 0 {
        writeln!(out, "nothing is imported: {bad} bad lines, {good} good ones")?;
        return Ok(ExitCode::FAILURE);
    }
    if dry_run {
        writeln!(out, "nothing is imported, as asked: {good} good lines")?;
        return Ok(ExitCode::SUCCESS);
    }
    let ledger = Ledger::open(settings(&config, &places.data, Clock::system()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let tally = runtime.block_on(async {
        let tally = import(&ledger, file, good).await;
        ledger.shutdown().await;
        tally
    });
    let Tally { imported, known, refused, .. } = tally.map_err(|error| match error {
        Stopped::File(error) => unreadable(error),
        Stopped::Ledger(failure) => failure.into(),
    })?;
    writeln!(out, "{imported} imported, {known} known before, {refused} refused")?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Why an import stopped on the way. What was imported is kept, and known the next time.
enum Stopped {
    File(io::Error),
    Ledger(Failure),
}

async fn import(ledger: &Ledger, file: &Path, total: u64) -> Result<Tally, Stopped> {
    let progress = Progress::of("accounts");
    let mut tally = Tally::default();
    let mut lines = lines(file).map_err(Stopped::File)?;
    loop {
        let mut granting = JoinSet::new();
        let mut is_over = true;
        for line in lines.by_ref().take(CHUNK) {
            is_over = false;
            match line {
                Ok(Opening { number, grant }) => {
                    let ledger = ledger.clone();
                    granting.spawn(async move { (number, ledger.grant(grant).await) });
                }
                Err(line) => tally.refuse(line).map_err(Stopped::File)?,
            }
        }
        if is_over {
            return Ok(tally);
        }
        for (number, granted) in granting.join_all().await {
            match granted.map_err(Stopped::Ledger)? {
                Ok(Granted { replayed: false, .. }) => tally.imported += 1,
                Ok(Granted { replayed: true, .. }) => tally.known += 1,
                Err(refusal) => {
                    let why = refusal.to_string();
                    tally.refuse(BadLine { number, why }).map_err(Stopped::File)?;
                }
            }
            tally.done += 1;
            progress.at(tally.done, total);
        }
    }
}

impl Tally {
    fn refuse(&mut self, line: BadLine) -> io::Result<()> {
        self.refused += 1;
        tell(line)
    }
}

fn tell(BadLine { number, why }: BadLine) -> io::Result<()> {
    writeln!(io::stderr(), "line {number}: {why}")
}
