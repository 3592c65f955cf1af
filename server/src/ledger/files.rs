//! The data directory: its permissions, and the lock that keeps a second process out.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failure::OpenError;

const DATABASE: &str = "ledger.sqlite3";
const LOCK: &str = "creditpackd.lock";

/// A data directory that no other process uses while this is alive.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    /// Locked; the system unlocks it when the process is gone, however it goes.
    lock: File,
}

impl DataDir {
    /// Takes the directory, which has to be there.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        if !path.is_dir() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let at = path.join(LOCK);
        let lock = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(&at)
            .map_err(|error| OpenError::Files { path: at.clone(), error })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(OpenError::Files { path: at, error }),
        }
    }

    /// Takes the directory, made for its owner alone if it is not there.
    pub(super) fn make(path: &Path) -> Result<Self, OpenError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| OpenError::Files { path: path.to_owned(), error })?;
        Self::take(path)
    }

    /// Where the database is, or will be.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The database that is there.
    pub(super) fn existing_database(&self) -> Result<PathBuf, OpenError> {
        database_in(&self.path)
    }

    /// An empty database file for its owner alone, unless one is there; durable itself.
    pub(super) fn new_database(&self) -> Result<PathBuf, OpenError> {
        let database = self.database();
        let made = private(OpenOptions::new().write(true).create(true).truncate(false))
            .open(&database)
            .and_then(|file| file.sync_all())
            .and_then(|()| File::open(&self.path)?.sync_all());
        match made {
            Ok(()) => Ok(database),
            Err(error) => Err(OpenError::Files { path: database, error }),
        }
    }
}

/// The database in a directory, whoever may be using it.
pub(super) fn database_in(path: &Path) -> Result<PathBuf, OpenError> {
    let database = path.join(DATABASE);
    let missing = fs::metadata(&database).is_err_and(|e| e.kind() == ErrorKind::NotFound);
    if missing { Err(OpenError::Missing(path.to_owned())) } else { Ok(database) }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked meanwhile shares the lock until its exec.
        let _ = self.lock.unlock();
    }
}

/// Open to its owner alone, if it is made.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
