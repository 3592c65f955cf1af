//! Disk full, a damaged file, a clock that jumps: spends fail closed, reads go on, nothing is lost.

use std::future::pending;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use creditpack::Version;
use creditpack::ledger::Claimant;
use creditpackd::clock::Clock;
use creditpackd::config::DEFAULT;
use creditpackd::ledger::{AuditError, Failure, Ledger, Mode, NewGrant, audit};
use creditpackd::serve::{ServeError, serve, settings};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::backend::{config, new_data};
use crate::ledger_book::{Book, START_MS, account, claim_id, code, op, open};
use crate::process::{SECRET_KEY, Serving, creditpackd, init, text};

const HOUR_MS: u64 = 60 * 60 * 1000;

/// How long a backend may take to come round.
const PATIENCE: u32 = 400;

/// Serves with files that cannot grow past so many KiB: to SQLite that is a disk that is full.
#[cfg(target_os = "linux")]
fn serve_on_a_small_disk(folder: &std::path::Path, kib: u32) -> Command {
    let inner = creditpackd(folder, "serve");
    let mut shell = Command::new("bash");
    shell.env_clear().env("CREDITPACK_LOG", "warn").env("PATH", "/usr/bin:/bin");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
    shell.arg(inner.get_program()).args(inner.get_args());
    shell
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_refuses_spends_keeps_reads_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    init(folder.path());
    let serving = Serving::start_as(serve_on_a_small_disk(folder.path(), 700));
    // One client for all: to make one takes longer than a grant.
    let (client, grants) = (Client::new(), format!("{}/v1/grants", serving.url));
    let mut acknowledged = 0;
    let refused = loop {
        let id = format!("g{acknowledged}");
        let reason = "x".repeat(200);
        let grant = json!({ "id": id, "account": "u_1", "credits": 1, "reason": reason });
        let sent = client.post(&grants).bearer_auth(SECRET_KEY).json(&grant).send();
        let answer = sent.await.unwrap();
        match answer.status().as_u16() {
            201 => acknowledged += 1,
            status => break (status, answer.json::<Value>().await.unwrap()),
        }
        assert!(acknowledged < 20_000, "the disk was never full");
    };
    assert_eq!((refused.0, &refused.1["code"]), (503, &json!("store_unavailable")));
    assert!(acknowledged > 10);
    // The balance can be read again as soon as the database is open again.
    let mut read = json!(null);
    for _ in 0..PATIENCE {
        read = serving.settled().await;
        if !read.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(read, json!(acknowledged));
    drop(serving);
    let serving = Serving::start(folder.path());
    assert_eq!(serving.settled().await, json!(acknowledged));
    let more = json!({ "id": "more", "account": "u_1", "credits": 1, "reason": "x" });
    assert_eq!(serving.post("/v1/grants", &more).await.0, 201, "with space it goes on");
    assert_eq!(serving.terminate(), Some(0));
    let audited = audit(&folder.path().join("data"), |_, _| {}).unwrap();
    assert_eq!(audited.entries, acknowledged + 1);
}

/// Enough entries that the ledger has pages of nothing else.
async fn long_book() -> Book {
    let book = Book::new();
    for number in 0..300 {
        book.give(&format!("g{number}"), 1).await;
    }
    book
}

/// The page where the entries of the ledger end, overwritten.
fn damage(database: &std::path::Path) {
    let connection = rusqlite::Connection::open(database).unwrap();
    let sql = "select rootpage from sqlite_schema where name = 'entries'";
    let page: u64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::OpenOptions::new().write(true).open(database).unwrap();
    file.seek(SeekFrom::Start((page - 1) * 4096)).unwrap();
    file.write_all(&[0xff; 4096]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_told_and_spends_fail_closed() {
    let book = long_book().await;
    book.ledger.shutdown().await;
    let database = book.dir.path().join("ledger.sqlite3");
    damage(&database);
    let book = book.reopen();
    // What lies elsewhere is read, and what lies there is refused, never guessed.
    assert_eq!(book.snapshot().await.settled, 300);
    let history = book.ledger.entries_after(account(), Version::ZERO, 10).await;
    assert_eq!(history, Err(Failure::Unavailable));
    let (id, reason) = ("more".to_owned(), "x".to_owned());
    let more = NewGrant { id, account: account(), credits: 1, reason, actor: None };
    assert_eq!(book.ledger.grant(more).await, Err(Failure::Unavailable));
    book.ledger.shutdown().await;
    match audit(book.dir.path(), |_, _| {}) {
        Err(AuditError::Ledger(error)) => {
            let told = error.to_string();
            assert!(told.contains("ledger.sqlite3") && told.contains("malformed"), "{told}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_an_hour_takes_nothing_from_anybody() {
    let book = Book::with_credits(5).await;
    book.hold(op(1)).await;
    book.hold_as(op(2), Claimant::Server(claim_id("run"))).await;
    let promised_ms = book.snapshot().await.holds.iter().map(|hold| hold.expires_at_ms).max();
    let Book { dir, clock: _, ledger } = book;
    ledger.shutdown().await;
    let clock = Clock::standing_at(START_MS - HOUR_MS);
    let ledger = open(dir.path(), &clock, Mode::Test).unwrap();
    let book = Book { dir, clock, ledger };
    book.ledger.sweep().await.unwrap();
    assert_eq!(book.snapshot().await.held.get(), 2, "nothing runs out early");
    let extended = book.ledger.extend(account(), op(2), claim_id("run")).await.unwrap();
    assert_eq!(extended.record.unwrap().expires_at_ms(), promised_ms, "a promise is kept");
    assert_eq!(code(&book.capture(op(2)).await), None);
    assert_eq!(code(&book.hold(op(3)).await), None, "new work goes on by the clock there is");
    assert!(book.hold(op(1)).await.is_replay(), "what was decided stays decided");
    book.clock.advance(2 * HOUR_MS);
    book.ledger.sweep().await.unwrap();
    let snapshot = book.snapshot().await;
    assert_eq!((snapshot.held.get(), snapshot.settled), (0, 4), "then time does its work");
    audit(book.dir.path(), |_, _| {}).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_whose_writer_is_gone_ends_so_that_it_is_started_again() {
    let (data, config) = (new_data(), config(DEFAULT));
    let clock = Clock::standing_at(START_MS);
    let ledger = Ledger::open(settings(&config, data.path(), clock)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ready, is_ready) = oneshot::channel();
    let ready = |_| ready.send(()).unwrap();
    let served = tokio::spawn(serve(config, ledger.clone(), listener, ready, pending()));
    is_ready.await.unwrap();
    ledger.shutdown().await;
    let ended = tokio::time::timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
    assert!(matches!(ended, Err(ServeError::WriterGone)), "{ended:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told() {
    let folder = TempDir::new().unwrap();
    init(folder.path());
    std::fs::write(folder.path().join("data/ledger.sqlite3"), "nonsense, not a database").unwrap();
    let serve = creditpackd(folder.path(), "serve").stdout(Stdio::null()).output().unwrap();
    assert_eq!(serve.status.code(), Some(1));
    let told = text(&serve.stderr);
    assert!(told.contains("not a database"), "{told}");
}
