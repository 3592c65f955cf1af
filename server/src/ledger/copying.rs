//! One database copied into another file, page by page, as of one moment.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::failure::OpenError;
use super::files::private;

/// So many pages are copied between two reports: 4 MiB.
const PAGES: i32 = 1024;

/// A file that is not finished yet. Whatever a killed process left there is thrown away.
pub(super) struct Unfinished {
    path: PathBuf,
    /// Locked: two commands do not write one file.
    _lock: File,
}

impl Unfinished {
    /// The unfinished file for `target`, beside it.
    pub(super) fn of(target: &Path) -> Result<Self, OpenError> {
        let path = beside(target, ".unfinished");
        let lock = open_private(&path).and_then(|file| {
            file.try_lock().map_err(io::Error::from)?;
            file.set_len(0)?;
            Ok(file)
        });
        let lock = lock.map_err(|error| OpenError::Files { path: path.clone(), error })?;
        for rest in ["-journal", "-wal", "-shm"] {
            remove(&beside(&path, rest))?;
        }
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Copies what `from` sees; `progress` hears how many pages of how many are done.
    pub(super) fn copy(
        &self,
        from: &Connection,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(), OpenError> {
        // A transaction of our own holds the moment, so that writers do not start the copy over.
        let moment = from.unchecked_transaction()?;
        moment.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
        let mut to = Connection::open(&self.path)?;
        {
            let backup = Backup::new(from, &mut to)?;
            loop {
                let step = backup.step(PAGES)?;
                let pages = backup.progress();
                let total = u64::from(pages.pagecount.unsigned_abs());
                progress(total - u64::from(pages.remaining.unsigned_abs()), total);
                if step == StepResult::Done {
                    break;
                }
            }
        }
        one_file(to)
    }

    /// Puts the finished file in the place of `target` in one step, for good.
    pub(super) fn finish(self, target: &Path) -> Result<(), OpenError> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        let finished = synced.and_then(|()| fs::rename(&self.path, target));
        let finished = finished.and_then(|()| sync_parent(target));
        finished.map_err(|error| OpenError::Files { path: target.to_owned(), error })
    }
}

/// Closes a database so that all of it is in its one file.
pub(super) fn one_file(connection: Connection) -> Result<(), OpenError> {
    connection.query_row("pragma journal_mode = delete", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error.into())
}

/// `path` with something after its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the names in the directory of `path` durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn open_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

fn remove(path: &Path) -> Result<(), OpenError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(OpenError::Files { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
}
