//! A copy of the ledger in one file, taken while it may be served.

use std::path::Path;

use super::copying::Unfinished;
use super::failure::OpenError;
use super::files;
use super::sqlite::schema;

/// Copies the ledger in `data_dir` as of one moment into the file `to`. That appears, or takes the
/// place of an earlier one, once all of it is on disk. `progress` hears how many pages are done.
///
/// # Errors
///
/// [`OpenError`] if there is no ledger, it cannot be read, or `to` cannot be written or is in the
/// data directory. There is no new file then.
pub fn backup(data_dir: &Path, to: &Path, progress: impl FnMut(u64, u64)) -> Result<(), OpenError> {
    let database = files::database_in(data_dir)?;
    let refused = |error| OpenError::Files { path: to.to_owned(), error };
    if to.is_dir() {
        return Err(refused(std::io::ErrorKind::IsADirectory.into()));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().map_err(refused)?;
    if folder == data_dir.canonicalize().map_err(refused)? {
        let why = "a backup does not belong into the data directory";
        return Err(refused(std::io::Error::other(why)));
    }
    let from = schema::open_reader(&database)?;
    schema::require_ours(&from, &database)?;
    let unfinished = Unfinished::of(to)?;
    unfinished.copy(&from, progress)?;
    unfinished.finish(to)
}
