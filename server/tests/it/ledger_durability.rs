//! What is on disk: acknowledged is kept, one process at a time, one mode for ever.

use std::fs;
use std::path::Path;

use creditpack::ledger::Claimant;
use creditpackd::clock::Clock;
use creditpackd::ledger::{Ledger, Mode, OpenError, TokenKey};
use tokio::task::JoinSet;

use crate::ledger_book::{Book, START_MS, account, code, key, op, open, request};

/// Holds by many at once, so that commits are shared; all acknowledged.
async fn hold_many(book: &Book, count: u64) {
    let mut holds = JoinSet::new();
    for number in 0..count {
        let (ledger, now_ms) = (book.ledger.clone(), book.clock.now_ms());
        holds.spawn(async move {
            let request = request(op(number), Claimant::Browser, now_ms);
            assert_eq!(code(&ledger.hold(account(), request).await.unwrap()), None);
        });
    }
    holds.join_all().await;
}

async fn check_kept(book: &Book, count: u64) {
    let snapshot = book.since(0).await;
    assert_eq!(snapshot.held.get(), count);
    assert_eq!(snapshot.version.get(), count + 1);
    assert_eq!(u64::try_from(snapshot.receipts.len()).unwrap(), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_there_after_reopening() {
    let book = Book::with_credits(500).await;
    let epoch = book.ledger.epoch();
    hold_many(&book, 300).await;
    let book = book.reopen();
    check_kept(&book, 300).await;
    assert_eq!(book.ledger.epoch(), epoch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_in_the_files_at_once() {
    let book = Book::with_credits(500).await;
    hold_many(&book, 300).await;
    // The files as a power cut would leave them: nobody had the time to close anything.
    let left = tempfile::tempdir().unwrap();
    // The log first: the writer may write it back and empty it while we copy, but then what was in
    // it is in the database, which it can be replayed onto.
    for file in ["ledger.sqlite3-wal", "ledger.sqlite3"] {
        fs::copy(book.dir.path().join(file), left.path().join(file)).unwrap();
    }
    let ledger = open(left.path(), &book.clock, Mode::Test).unwrap();
    check_kept(&Book { dir: left, clock: book.clock.clone(), ledger }, 300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_in_order_leaves_no_log() {
    let book = Book::with_credits(5).await;
    book.snapshot().await;
    book.ledger.shutdown().await;
    assert!(!book.dir.path().join("ledger.sqlite3-wal").exists());
    check_kept(&book.reopen(), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_refused() {
    let book = Book::new();
    let second = open(book.dir.path(), &book.clock, Mode::Test);
    assert!(matches!(second.unwrap_err(), OpenError::InUse(_)));
    let another = Ledger::create(book.dir.path(), &key(), &book.clock);
    assert!(matches!(another.unwrap_err(), OpenError::InUse(_)));
    book.ledger.shutdown().await;
    open(book.dir.path(), &book.clock, Mode::Test).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_mode_stays() {
    let book = Book::new();
    book.ledger.shutdown().await;
    let refused = open(book.dir.path(), &book.clock, Mode::Live).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this ledger is for test payments and cannot serve live ones: use another data directory"
    );
    drop(open(book.dir.path(), &book.clock, None).unwrap());
    open(book.dir.path(), &book.clock, Mode::Test).unwrap();
}

#[test]
fn without_a_mode_none_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::standing_at(START_MS);
    Ledger::create(dir.path(), &key(), &clock).unwrap();
    drop(open(dir.path(), &clock, None).unwrap());
    drop(open(dir.path(), &clock, Mode::Live).unwrap());
    drop(open(dir.path(), &clock, None).unwrap());
    let refused = open(dir.path(), &clock, Mode::Test).unwrap_err();
    assert!(matches!(refused, OpenError::OtherMode { recorded: Mode::Live, asked: Mode::Test }));
}

#[test]
fn a_ledger_is_made_once_and_has_to_be_made() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::standing_at(START_MS);
    let missing = |path: &Path| open(path, &clock, Mode::Test).unwrap_err();
    assert!(matches!(missing(&dir.path().join("none")), OpenError::Missing(_)));
    assert!(matches!(missing(dir.path()), OpenError::Missing(_)));
    // An init that was killed before it committed leaves an empty file behind.
    fs::write(dir.path().join("ledger.sqlite3"), "").unwrap();
    assert!(matches!(missing(dir.path()), OpenError::Missing(_)));
    Ledger::create(dir.path(), &key(), &clock).unwrap();
    let again = Ledger::create(dir.path(), &key(), &clock).unwrap_err();
    assert!(matches!(again, OpenError::AlreadyThere(_)));
    open(dir.path(), &clock, Mode::Test).unwrap();
}

#[test]
fn a_foreign_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::standing_at(START_MS);
    fs::write(dir.path().join("ledger.sqlite3"), "not a database at all").unwrap();
    assert!(matches!(open(dir.path(), &clock, Mode::Test).unwrap_err(), OpenError::Database(_)));
    fs::remove_file(dir.path().join("ledger.sqlite3")).unwrap();
    let other = rusqlite::Connection::open(dir.path().join("ledger.sqlite3")).unwrap();
    other.pragma_update(None, "user_version", 1).unwrap();
    drop(other);
    let refused = open(dir.path(), &clock, Mode::Test).unwrap_err();
    assert!(matches!(refused, OpenError::NotALedger { .. }));
}

#[test]
fn no_ledger_is_made_in_the_database_of_another_program() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite3");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("create table theirs (x)").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    let clock = Clock::standing_at(START_MS);
    let refused = Ledger::create(dir.path(), &key(), &clock).unwrap_err();
    assert!(matches!(refused, OpenError::NotALedger { .. }), "{refused}");
    let refused = open(dir.path(), &clock, Mode::Test).unwrap_err();
    assert!(matches!(refused, OpenError::NotALedger { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before, "it is left as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_a_later_program_is_refused() {
    let book = Book::new();
    book.ledger.shutdown().await;
    let later = rusqlite::Connection::open(book.dir.path().join("ledger.sqlite3")).unwrap();
    later.pragma_update(None, "user_version", 99).unwrap();
    drop(later);
    let refused = open(book.dir.path(), &book.clock, Mode::Test).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }));
}

#[cfg(unix)]
#[test]
fn the_data_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    Ledger::create(&data, &key(), &Clock::standing_at(START_MS)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in fs::read_dir(&data).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_kept() {
    let book = Book::new();
    assert_eq!(book.ledger.secret_keys().await.unwrap(), [key()]);
    let signing = TokenKey {
        kid: "kid_1".into(),
        pkcs8: vec![1, 2, 3],
        created_at_ms: START_MS,
        retired_at_ms: None,
    };
    book.ledger.add_token_key(signing.clone()).await.unwrap();
    assert!(!format!("{signing:?}").contains("[1, 2, 3]"));
    assert_eq!(book.reopen().ledger.token_keys().await.unwrap(), [signing]);
}
