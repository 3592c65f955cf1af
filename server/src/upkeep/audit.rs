//! `creditpackd audit`: whether what is stored follows from the entries.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use super::UpkeepError;
use super::progress::Progress;
use crate::config::{Config, Environment};
use crate::ledger::{AuditError, Audited, Divergence, audit};

pub(super) fn run(config: &Path, data: &Path) -> Result<ExitCode, UpkeepError> {
    Config::read(config, &Environment::default())?;
    let progress = Progress::of("entries");
    let audited = audit(data, |done, total| progress.at(done, total));
    drop(progress);
    let mut out = io::stdout().lock();
    match audited {
        Ok(audited) => {
            told(&audited, &mut out)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(AuditError::Diverges(divergence)) => {
            diverges(&divergence, &mut out)?;
            Ok(ExitCode::FAILURE)
        }
        Err(AuditError::Ledger(error)) => Err(error.into()),
    }
}

fn told(audited: &Audited, out: &mut impl Write) -> io::Result<()> {
    let Audited { accounts, entries, ops, purchases } = audited;
    writeln!(
        out,
        "everything agrees: {accounts} accounts, {entries} entries, {ops} ops, {purchases} purchases"
    )
}

/// Says what differs, a line for each part of it.
pub(super) fn diverges(divergence: &Divergence, out: &mut impl Write) -> io::Result<()> {
    let Divergence { account, version, what, expected, found } = divergence;
    writeln!(out, "the ledger diverges:")?;
    if let Some(account) = account {
        writeln!(out, "  account:  {account}")?;
    }
    if let Some(version) = version {
        writeln!(out, "  version:  {version}")?;
    }
    writeln!(out, "  what:     {what}\n  expected: {expected}\n  found:    {found}")
}
