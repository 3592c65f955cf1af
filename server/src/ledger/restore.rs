//! A backup put in the place of a ledger, as the beginning of a new epoch.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use ulid::Ulid;

use super::audit::{AuditError, audit_file};
use super::copying::{Unfinished, beside, one_file, sync_parent};
use super::failure::OpenError;
use super::files::DataDir;
use super::sqlite::schema;

/// Whether a ledger that is there already may be put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// No: only an empty directory is restored into.
    Nothing,
    /// Yes: it is kept under another name.
    PutAside,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The new epoch.
    pub epoch: String,
    /// Where the ledger is that was there before.
    pub put_aside: Option<PathBuf>,
}

/// Why nothing was restored. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a ledger already.
    #[error("there is a ledger in {}: add --replace to put it aside", .0.display())]
    Occupied(PathBuf),
    /// The backup is damaged.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What SQLite found.
        why: String,
    },
    /// The backup contradicts itself.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The backup cannot be read or the data directory cannot be used.
    #[error(transparent)]
    Ledger(#[from] OpenError),
}

impl From<rusqlite::Error> for RestoreError {
    fn from(error: rusqlite::Error) -> Self {
        OpenError::from(error).into()
    }
}

/// Checks the backup `from` and puts it into `data_dir`, brought to the present schema, as a new
/// epoch that is above its own and above that of a ledger it replaces. `progress` hears how many
/// pages, then how many entries are done.
///
/// # Errors
///
/// [`RestoreError`]; the directory is as it was then. It is so too if the process dies on the way,
/// and a restore that is run again goes through.
pub fn restore(
    from: &Path,
    data_dir: &Path,
    replace: Replace,
    mut progress: impl FnMut(u64, u64),
) -> Result<Restored, RestoreError> {
    let source =
        Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|error| {
            OpenError::Unreadable { path: from.to_owned(), error: error.to_string() }
        })?;
    let dir = DataDir::make(data_dir)?;
    let database = dir.database();
    let occupied = fs::metadata(&database).is_ok_and(|file| file.len() > 0);
    if occupied && replace == Replace::Nothing {
        return Err(RestoreError::Occupied(data_dir.to_owned()));
    }
    let unfinished = Unfinished::of(&database)?;
    unfinished.copy(&source, &mut progress).map_err(|error| of_backup(from, error))?;
    drop(source);
    let replaced = if occupied { folded(&database)? } else { None };
    let epoch = renew(unfinished.path(), from, replaced)?;
    audit_file(unfinished.path(), progress)?;
    one_file(Connection::open(unfinished.path())?)?;
    let has_before = occupied || has_log(&database);
    let put_aside = if has_before { Some(put_aside(&dir.new_database()?)?) } else { None };
    unfinished.finish(&database)?;
    Ok(Restored { epoch: epoch.to_string(), put_aside })
}

/// Checks the copy's pages, brings it to the present schema and begins its new epoch.
fn renew(copy: &Path, from: &Path, replaced: Option<Ulid>) -> Result<Ulid, RestoreError> {
    let connection = schema::open(copy).map_err(|error| of_backup(from, error))?;
    let found: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(RestoreError::Damaged { path: from.to_owned(), why: found });
    }
    let own = epoch(&connection);
    let above = own.max(replaced);
    let epoch = [Some(Ulid::generate()), above.and_then(|above| above.increment().ok())];
    let epoch = epoch.into_iter().flatten().max().unwrap_or_default();
    connection
        .execute("update settings set value = ?1 where name = 'epoch'", [epoch.to_string()])?;
    one_file(connection)?;
    Ok(epoch)
}

/// Brings what is only in the log of the ledger that is replaced into its one file, and tells its
/// epoch. One that is damaged has none, and its log is put aside with it.
fn folded(database: &Path) -> Result<Option<Ulid>, RestoreError> {
    let read = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(
        |connection| {
            connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
            Ok((epoch(&connection), connection))
        },
    );
    match read {
        Ok((epoch, connection)) => match one_file(connection) {
            Ok(()) => Ok(epoch),
            Err(OpenError::Database(error)) if is_damage(&error) => Ok(epoch),
            Err(error) => Err(error.into()),
        },
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What went wrong with a copy of the backup `from`, said of that where it is to blame.
fn of_backup(from: &Path, error: OpenError) -> RestoreError {
    let why = match error {
        OpenError::Database(error)
            if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) =>
        {
            let error = error.to_string();
            return OpenError::Unreadable { path: from.to_owned(), error }.into();
        }
        OpenError::Database(error) if is_damage(&error) => error.to_string(),
        OpenError::Missing(_) => "it is empty".to_owned(),
        error => return error.into(),
    };
    RestoreError::Damaged { path: from.to_owned(), why }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn epoch(connection: &Connection) -> Option<Ulid> {
    let sql = "select value from settings where name = 'epoch'";
    let text: String = connection.query_row(sql, [], |row| row.get(0)).ok()?;
    Ulid::from_string(&text).ok()
}

/// What SQLite keeps beside a database. It would take any of them for that of the restored one.
const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Whether there is a log, also of a database that somebody took away.
fn has_log(database: &Path) -> bool {
    LOGS.iter().any(|suffix| beside(database, suffix).exists())
}

/// Gives the ledger that is there a second name, under which it stays, and moves the log of a
/// damaged or lost one there.
fn put_aside(database: &Path) -> Result<PathBuf, OpenError> {
    for number in 1.. {
        let aside = beside(database, &format!(".replaced-{number}"));
        match fs::hard_link(database, &aside) {
            Ok(()) => {
                let kept = move_log(database, &aside).and_then(|()| sync_parent(database));
                kept.map_err(|error| OpenError::Files { path: aside.clone(), error })?;
                return Ok(aside);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(OpenError::Files { path: aside, error }),
        }
    }
    Err(OpenError::Missing(database.to_owned()))
}

fn move_log(database: &Path, aside: &Path) -> io::Result<()> {
    for suffix in LOGS {
        match fs::rename(beside(database, suffix), beside(aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
