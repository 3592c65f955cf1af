//! The data directory: whether the ledger in it can be served, and for how long.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Finding;
use crate::config::Config;
use crate::ledger::{Inspection, Mode, OpenError, inspect as inspect_ledger};

const DATABASE: &str = "database";
const DISK: &str = "disk";
const FILES: &str = "files";
const KEYS: &str = "keys";

/// Below so much free space, in MiB, something has to be done, or nothing can be done any more.
const SPACE_MIB_LOW: u64 = 2048;
const SPACE_MIB_MIN: u64 = 256;

pub(super) fn inspect(data: &Path) -> Result<Inspection, OpenError> {
    inspect_ledger(data)
}

pub(super) fn examine(
    data: &Path,
    inspected: &Result<Inspection, OpenError>,
    config: Option<&Config>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    match inspected {
        Ok(inspection) => {
            found.push(integrity(inspection));
            found.extend(config.and_then(|config| mode(inspection, config)));
            found.push(keys(inspection));
        }
        Err(error @ OpenError::Older { .. }) => {
            let remedy = "back it up, then serve it once with this creditpackd";
            found.push(Finding::warning(DATABASE, error.to_string(), remedy));
        }
        Err(error) => {
            let remedy = "see what it says; a backup can be restored";
            found.push(Finding::error(DATABASE, error.to_string(), remedy));
        }
    }
    if data.is_dir() {
        found.extend(space(data));
        found.push(permissions(data));
    }
    found
}

fn integrity(inspection: &Inspection) -> Finding {
    if let Some(damage) = &inspection.damage {
        let remedy = "stop serving, keep a copy of the files, restore the last backup";
        return Finding::error(DATABASE, format!("it is damaged: {damage}"), remedy);
    }
    let Inspection { schema, epoch, bytes, .. } = inspection;
    let mib = bytes / 1024 / 1024;
    Finding::fine(DATABASE, format!("whole; schema {schema}, epoch {epoch}, {mib} MiB"))
}

fn mode(inspection: &Inspection, config: &Config) -> Option<Finding> {
    let asked = Mode::from(config.payments?);
    let recorded = inspection.mode.filter(|recorded| *recorded != asked)?;
    let words = format!("it is for {recorded} payments, and the config is for {asked} ones");
    Some(Finding::error(DATABASE, words, "use another data directory, or the other config"))
}

fn keys(inspection: &Inspection) -> Finding {
    match inspection.secret_keys {
        0 => {
            let words = "no secret key is accepted: no server can call";
            Finding::error(KEYS, words, "make one with `creditpackd keys create --name NAME`")
        }
        count => Finding::fine(KEYS, format!("{count} secret keys are accepted")),
    }
}

fn space(data: &Path) -> Option<Finding> {
    let volume = rustix::fs::statvfs(data).ok()?;
    let mib = volume.f_bavail.saturating_mul(volume.f_frsize) / 1024 / 1024;
    let words = format!("{mib} MiB are free");
    let remedy = "make room or move the data to a larger volume: a full disk stops every spend";
    Some(match mib {
        SPACE_MIB_LOW.. => Finding::fine(DISK, words),
        SPACE_MIB_MIN.. => Finding::warning(DISK, words, remedy),
        _ => Finding::error(DISK, words, remedy),
    })
}

/// Balances, addresses and signing keys are in there.
fn permissions(data: &Path) -> Finding {
    let mode = fs::metadata(data).map_or(0, |data| data.permissions().mode());
    if mode & 0o077 != 0 {
        let words = format!("others may enter the data directory (mode {:o})", mode & 0o777);
        return Finding::warning(FILES, words, format!("chmod 700 {}", data.display()));
    }
    Finding::fine(FILES, "the data directory is its owner's alone")
}
