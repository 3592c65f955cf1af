//! `creditpackd backup` and `creditpackd restore`.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::progress::Progress;
use super::{UpkeepError, audit};
use crate::ledger::{AuditError, Replace, RestoreError, backup, restore};

pub(super) fn take(data: &Path, to: &Path) -> Result<ExitCode, UpkeepError> {
    let progress = Progress::of("pages");
    backup(data, to, |done, total| progress.at(done, total))?;
    drop(progress);
    writeln!(io::stdout(), "backup: {}", to.display())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn put_back(from: &Path, data: &Path, replace: bool) -> Result<ExitCode, UpkeepError> {
    let replace = if replace { Replace::PutAside } else { Replace::Nothing };
    let progress = Progress::of("pages, then entries");
    let restored = restore(from, data, replace, |done, total| progress.at(done, total));
    drop(progress);
    let mut out = io::stdout().lock();
    match restored {
        Ok(restored) => {
            writeln!(out, "restored: {}\nepoch:    {}", data.display(), restored.epoch)?;
            if let Some(aside) = restored.put_aside {
                writeln!(out, "before:   {}", aside.display())?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(RestoreError::Audit(AuditError::Diverges(divergence))) => {
            audit::diverges(&divergence, &mut out)?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}
