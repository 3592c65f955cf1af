//! How long a start takes on a database that years have filled.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::Failure;
use super::backend::Backend;
use super::report::Report;

const START_MAX: Duration = Duration::from_secs(2);

/// Entries of each account: a grant, then debits.
const ENTRIES: u64 = 10;

/// So many accounts are written at once.
const CHUNK: u64 = 50_000;

/// Starts on an empty database, then on one with `accounts`.
pub(crate) async fn measure(report: &mut Report, dir: &Path, accounts: u64) -> Result<(), Failure> {
    Backend::init(dir)?;
    let empty = start(dir)?;
    println!("filling a database with {accounts} accounts and {} entries", accounts * ENTRIES);
    fill(&dir.join("data/ledger.sqlite3"), accounts)?;
    let full = start(dir)?;
    report.at_most_time("start, empty", empty, START_MAX);
    report.at_most_time("start, full", full, START_MAX);
    tokio::task::yield_now().await;
    Ok(())
}

fn start(dir: &Path) -> Result<Duration, Failure> {
    let begin = Instant::now();
    let backend = Backend::serve(dir)?;
    let took = begin.elapsed();
    drop(backend);
    Ok(took)
}

/// Writes rows such as years of use leave. Nothing that a start reads is in them but their number.
fn fill(database: &Path, accounts: u64) -> Result<(), Failure> {
    let mut connection = Connection::open(database)?;
    // Nothing here has to survive: neither a log nor the disk is waited for.
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "cache_size", -262_144)?;
    for first in (1..=accounts).step_by(usize::try_from(CHUNK)?) {
        let last = (first + CHUNK - 1).min(accounts);
        let transaction = connection.transaction()?;
        for sql in [ACCOUNT_ROWS, ENTRY_ROWS, OP_ROWS] {
            transaction.execute(sql, params![first, last, ENTRIES])?;
        }
        transaction.commit()?;
    }
    Ok(())
}

const ACCOUNT_ROWS: &str = "
    with recursive numbers(n) as (select ?1 union all select n + 1 from numbers where n < ?2)
    insert into accounts (key, account, version, settled, held)
    select n, 'filled_' || n, ?3, 1000 - ?3, 0 from numbers";

const ENTRY_ROWS: &str = "
    with recursive numbers(n) as (select ?1 union all select n + 1 from numbers where n < ?2),
        versions(v) as (select 1 union all select v + 1 from versions where v < ?3)
    insert into entries (account, version, kind, credits, op, operation, source, settled, held, at_ms,
        chain)
    select n, v,
        iif(v = 1, 'grant', 'debit'), iif(v = 1, 999, 1),
        iif(v = 1, null, unhex(printf('%016x%016x', n, v))), iif(v = 1, null, 'image'),
        iif(v = 1, 'promotion', null), 1000 - v, 0, 1700000000000 + v,
        randomblob(32)
    from numbers cross join versions";

const OP_ROWS: &str = "
    with recursive numbers(n) as (select ?1 union all select n + 1 from numbers where n < ?2),
        versions(v) as (select 2 union all select v + 1 from versions where v < ?3)
    insert into ops (account, op, operation, quantity, state, version, touched, credits, at_ms)
    select n, unhex(printf('%016x%016x', n, v)), 'image', 1, 'debited', v, v, 1, 1700000000000 + v
    from numbers cross join versions";
