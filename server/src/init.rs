//! `creditpackd init`: everything that a first `serve` needs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::config;
use crate::keys::{SecretKeyError, new_secret_key, stored_secret_key};
use crate::ledger::{Ledger, OpenError};
use crate::secret::Secret;

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The config cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Config {
        /// Where to.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// What was made cannot be reported.
    #[error("cannot write to standard output: {0}")]
    Report(io::Error),
    /// The given secret key is no good.
    #[error("CREDITPACK_SECRET_KEY {0}; leave it out, and a good one is made")]
    SecretKey(SecretKeyError),
    /// The database cannot be made.
    #[error(transparent)]
    Ledger(#[from] OpenError),
}

/// Makes the database in `data` and a secret key, and writes the starter config to `config` unless
/// there is a file.
///
/// # Errors
///
/// [`InitError`] if there is a database already, either cannot be made, that cannot be reported, or
/// the key in `CREDITPACK_SECRET_KEY` is no good. Neither is made then, so that it can be run again.
pub fn run(config: &Path, data: &Path) -> Result<(), InitError> {
    let given = config::variable("CREDITPACK_SECRET_KEY").map(Secret::new);
    let key = given.clone().unwrap_or_else(new_secret_key);
    let stored = stored_secret_key(&key, "first").map_err(InitError::SecretKey)?;
    let file = new_file(config)?;
    let is_new = file.is_some();
    let written = file.map_or(Ok(()), |file| write_starter(file, config));
    let made = written.and_then(|()| {
        // A ledger whose key nobody was shown is of no use.
        let shown = given.is_none().then_some(&key);
        let agreed = || report(config, is_new, data, shown).map_err(InitError::Report);
        Ledger::create_if(data, &stored, &Clock::system(), agreed)
    });
    if made.is_err() && is_new {
        // What went wrong is told, rather than why the file is still there.
        let _ = fs::remove_file(config);
    }
    made
}

/// An empty file, unless there was one before: a config that was written elsewhere stays.
fn new_file(path: &Path) -> Result<Option<File>, InitError> {
    if path.is_file() {
        return Ok(None);
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let file = folder.and_then(|()| OpenOptions::new().write(true).create_new(true).open(path));
    file.map(Some).map_err(|error| unwritable(path, error))
}

fn write_starter(mut file: File, path: &Path) -> Result<(), InitError> {
    let written = file.write_all(config::DEFAULT.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: io::Error) -> InitError {
    InitError::Config { path: path.to_owned(), error }
}

fn report(config: &Path, is_new: bool, data: &Path, new_key: Option<&Secret>) -> io::Result<()> {
    let (config, data) = (config.display(), data.display());
    let left = if is_new { "" } else { "  (was there; left as it is)" };
    let mut out = io::stdout().lock();
    writeln!(out, "config:     {config}{left}\ndata:       {data}")?;
    if let Some(key) = new_key {
        writeln!(out, "secret key: {}  (shown this once; only its hash is kept)", key.expose())?;
    }
    writeln!(out, "next:       creditpackd serve --config {config} --data {data}")
}
