//! One database copied into another file, page by page, as of one moment.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
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
        let lock = claimed(&path);
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

/// The file at `path`, emptied and locked; made if there is none.
fn claimed(path: &Path) -> io::Result<File> {
    loop {
        let file = open_private(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another command is writing it"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_at(&file, path)? {
            file.set_len(0)?;
            return Ok(file);
        }
        // Whoever had it finished meanwhile: what is locked is the finished file.
    }
}

/// Whether `path` names that very file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let named = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        named => named?,
    };
    let held = file.metadata()?;
    Ok((held.dev(), held.ino()) == (named.dev(), named.ino()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_finished_meanwhile_is_not_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, done) = (folder.path().join("b.unfinished"), folder.path().join("b"));
        let held = open_private(&draft).unwrap();
        assert!(is_at(&held, &draft).unwrap());
        fs::rename(&draft, &done).unwrap();
        assert!(!is_at(&held, &draft).unwrap());
        fs::write(&draft, "of the next").unwrap();
        assert!(!is_at(&held, &draft).unwrap());
    }

    #[test]
    fn two_commands_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("b");
        let first = Unfinished::of(&target).unwrap();
        let refused = Unfinished::of(&target).map(drop).unwrap_err().to_string();
        assert!(refused.ends_with("another command is writing it"), "{refused}");
        drop(first);
        Unfinished::of(&target).unwrap();
    }
}
