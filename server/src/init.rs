//! `creditpackd init`: everything that a first `serve` needs.

use std::env;
use std::fs::{self, OpenOptions};
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
    /// There is a config already.
    #[error("{} is there already; it is left as it is", .0.display())]
    ConfigThere(PathBuf),
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

/// Writes the starter config to `config`, makes the database in `data`, and a secret key.
///
/// # Errors
///
/// [`InitError`] if either is there already or cannot be made, or the key in
/// `CREDITPACK_SECRET_KEY` is no good.
pub fn run(config: &Path, data: &Path) -> Result<(), InitError> {
    let given = env::var("CREDITPACK_SECRET_KEY").ok().map(Secret::new);
    let key = given.clone().unwrap_or_else(new_secret_key);
    let stored = stored_secret_key(&key, "first").map_err(InitError::SecretKey)?;
    if config.exists() {
        return Err(InitError::ConfigThere(config.to_owned()));
    }
    Ledger::create(data, &stored, &Clock::system())?;
    write_config(config).map_err(|error| InitError::Config { path: config.to_owned(), error })?;
    report(config, data, given.is_none().then_some(&key)).map_err(InitError::Report)
}

fn write_config(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Not over one that appeared meanwhile.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(config::DEFAULT.as_bytes())?;
    file.sync_all()
}

fn report(config: &Path, data: &Path, new_key: Option<&Secret>) -> io::Result<()> {
    let (config, data) = (config.display(), data.display());
    let mut out = io::stdout().lock();
    writeln!(out, "config:     {config}\ndata:       {data}")?;
    if let Some(key) = new_key {
        writeln!(out, "secret key: {}  (shown this once; only its hash is kept)", key.expose())?;
    }
    writeln!(out, "next:       creditpackd serve --config {config} --data {data}")
}
