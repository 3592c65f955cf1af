//! The database file: made, opened, brought to the present schema, and asked what it promises.

use std::cmp::Ordering;
use std::path::Path;
use std::time::Duration;

use creditpack::Epoch;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::super::Mode;
use super::super::failure::OpenError;
use super::super::inspection::Inspection;
use super::super::keys::SecretKey;
use super::super::store::StoreError;
use super::{keys, links};

/// Marks the file as a ledger: "cred" in ASCII.
const APPLICATION_ID: u32 = 0x6372_6564;

/// The steps from nothing to the present schema. The schema's version is how many were taken; a
/// step that was released is never changed, only followed by another.
pub(in super::super) const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("promotions.sql"),
    include_str!("experiments.sql"),
    CHAIN,
    include_str!("refunds.sql"),
    include_str!("keys.sql"),
    include_str!("payments.sql"),
    include_str!("outbox.sql"),
];

/// The step after which the entries that are there are linked.
const CHAIN: &str = include_str!("chain.sql");

/// The first SQLite that cannot lose commits to its WAL-reset bug: 3.51.3.
const SQLITE_MIN: i32 = 3_051_003;

/// How long a statement waits for another connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory for pages, in KiB: the writer's, and each reader's.
const WRITER_CACHE_KIB: u32 = 64 * 1024;
const READER_CACHE_KIB: u32 = 4 * 1024;

/// So many statements stay prepared on each connection.
const STATEMENTS_MAX: usize = 64;

/// What a database says of itself.
pub(crate) struct Identity {
    /// Which life of it this is.
    pub(crate) epoch: Epoch,
    /// What names the installation.
    pub(crate) instance: String,
}

/// Makes the ledger in the empty file at `path`, all of it or, if `agreed` fails, nothing.
pub(crate) fn create<E: From<OpenError>>(
    path: &Path,
    key: &SecretKey,
    now_ms: u64,
    agreed: impl FnOnce() -> Result<(), E>,
) -> Result<(), E> {
    let mut connection = connect(path).map_err(OpenError::from)?;
    let made = make(&mut connection, path, key, now_ms)?;
    agreed()?;
    Ok(made.commit().map_err(OpenError::from)?)
}

/// Everything that a new ledger has, not committed yet.
fn make<'a>(
    connection: &'a mut Connection,
    path: &Path,
    key: &SecretKey,
    now_ms: u64,
) -> Result<rusqlite::Transaction<'a>, OpenError> {
    // Before anything is set, which would change a file that is somebody else's.
    if !is_empty(connection)? {
        require_ours(connection, path)?;
        return Err(OpenError::AlreadyThere(path.to_owned()));
    }
    writing(connection)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&transaction, path, 0)?;
    for (name, value) in [
        ("epoch", ulid::Ulid::generate().to_string()),
        ("instance", ulid::Ulid::generate().to_string()),
        ("created_at_ms", now_ms.to_string()),
    ] {
        put(&transaction, name, &value)?;
    }
    keys::add_secret(&transaction, key, now_ms)?;
    Ok(transaction)
}

/// Opens the ledger at `path` for writing, at the present schema.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    let mut connection = connect(path)?;
    // SQLite falls back to reading where it may not write, and then begins any transaction.
    if connection.is_readonly("main")? {
        return Err(OpenError::ReadOnly(path.to_owned()));
    }
    if is_empty(&connection)? {
        return Err(OpenError::Missing(path.to_owned()));
    }
    require_ours(&connection, path)?;
    let version = schema_version(&connection)?;
    writing(&connection)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    migrate(&transaction, path, version)?;
    transaction.commit()?;
    Ok(connection)
}

/// Opens the ledger at `path` for reading only.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE_KIB))?;
    Ok(connection)
}

/// Opens the ledger at `path`, which is of the present schema, for one short write beside whoever
/// serves it. Only for what the writer keeps nothing of in memory.
pub(crate) fn open_beside(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path)?;
    require_present(&connection, path)?;
    writing(&connection)?;
    Ok(connection)
}

/// Refuses what this program cannot read without changing it.
pub(crate) fn require_present(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    require_ours(connection, path)?;
    let (found, known) = (schema_version(connection)?, present());
    match found.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(OpenError::Older { found, known }),
        Ordering::Greater => Err(OpenError::Newer { found, known }),
    }
}

pub(crate) fn require_ours(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let id: u32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let reason = "it was made by another program";
    Err(OpenError::NotALedger { path: path.to_owned(), reason })
}

/// Who this database is.
pub(crate) fn identity(connection: &Connection, path: &Path) -> Result<Identity, OpenError> {
    let lost = |reason| OpenError::NotALedger { path: path.to_owned(), reason };
    let epoch = get(connection, "epoch")?.and_then(|text| text.parse().ok());
    Ok(Identity {
        epoch: epoch.ok_or_else(|| lost("it has no epoch"))?,
        instance: get(connection, "instance")?.ok_or_else(|| lost("it has no instance"))?,
    })
}

/// What can be told of this database by reading all of it.
pub(crate) fn inspect(connection: &Connection, path: &Path) -> Result<Inspection, OpenError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    let checked: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    let mode = get(connection, "mode")?.as_deref().and_then(Mode::parse);
    Ok(Inspection {
        schema: schema_version(connection)?,
        epoch: identity(connection, path)?.epoch,
        mode,
        bytes: number("select page_count * page_size from pragma_page_count, pragma_page_size")?,
        damage: Some(checked).filter(|checked| checked != "ok"),
        secret_keys: number("select count(*) from secret_keys where revoked_at_ms is null")?,
        // Small tables only: entries may be many.
        last_seen_at_ms: number(
            "select ifnull(max(at_ms), 0) from ( \
                select max(created_at_ms, ifnull(last_used_at_ms, 0)) as at_ms from secret_keys \
                union all select created_at_ms from token_keys)",
        )?,
    })
}

/// Records the mode at the first start that has one.
///
/// # Errors
///
/// [`OpenError::OtherMode`] if the other one was recorded.
pub(crate) fn require_mode(connection: &Connection, asked: Mode) -> Result<(), OpenError> {
    match get(connection, "mode")? {
        None => Ok(put(connection, "mode", asked.as_str())?),
        Some(word) => match Mode::parse(&word) {
            Some(recorded) if recorded == asked => Ok(()),
            Some(recorded) => Err(OpenError::OtherMode { recorded, asked }),
            None => Err(OpenError::NotALedger {
                path: connection.path().unwrap_or_default().into(),
                reason: "it is for payments of a kind that is not known here",
            }),
        },
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // Never made by opening: `create` makes the file first, readable by its owner only.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Otherwise a prepared statement is compiled again for each value that it is asked with.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    be_patient(&connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Has statements wait for other connections, for a while.
pub(super) fn be_patient(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)
}

/// Sets what acknowledged writes rely on, and believes only what reads back.
fn writing(connection: &Connection) -> Result<(), OpenError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(OpenError::NotDurable(format!("SQLite is only {}", rusqlite::version())));
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    require(connection, "journal_mode", "wal")?;
    require(connection, "synchronous", "2")?;
    require(connection, "foreign_keys", "1")
}

fn require(connection: &Connection, pragma: &str, expected: &str) -> Result<(), OpenError> {
    let found = connection.pragma_query_value(None, pragma, |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        })
    })?;
    if found == expected {
        return Ok(());
    }
    Err(OpenError::NotDurable(format!("{pragma} is {found:?} and should be {expected:?}")))
}

/// Takes the steps that are missing, in the caller's transaction.
fn migrate(connection: &Connection, path: &Path, from: u32) -> Result<(), OpenError> {
    let known = present();
    if from > known {
        return Err(OpenError::Newer { found: from, known });
    }
    if from == known {
        return Ok(());
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        connection.execute_batch(step)?;
        if *step == CHAIN {
            links::link_all(connection).map_err(|error| unreadable(path, &error))?;
        }
    }
    connection.pragma_update(None, "user_version", known)?;
    Ok(())
}

fn unreadable(path: &Path, error: &StoreError) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), error: error.to_string() }
}

/// The version of the present schema.
fn present() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn schema_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether nothing was made in the database yet: `create` was killed, or did not begin.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = "select count(*) from sqlite_schema";
    let tables: u64 = connection.query_row(tables, [], |row| row.get(0))?;
    Ok(tables == 0 && schema_version(connection)? == 0)
}

fn get(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let sql = "select value from settings where name = ?1";
    connection.query_row(sql, params![name], |row| row.get(0)).optional()
}

fn put(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "insert into settings (name, value) values (?1, ?2)";
    connection.execute(sql, params![name, value])?;
    Ok(())
}
