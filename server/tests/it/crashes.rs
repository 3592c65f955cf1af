//! Processes killed at random moments: nothing acknowledged is lost, nothing happens twice, and a
//! command leaves what was there or what it makes.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use creditpackd::ledger::audit;
use rand::RngExt as _;
use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::process::{SECRET_KEY, Serving, creditpackd, init};

/// How often a process is killed: ten times, or as `CREDITPACK_KILLS` says.
pub(crate) fn kills() -> u64 {
    std::env::var("CREDITPACK_KILLS").map_or(10, |kills| kills.parse().unwrap())
}

/// A moment between now and `within_ms`.
fn moment(within_ms: u64) -> Duration {
    Duration::from_micros(rand::rng().random_range(0..within_ms * 1000))
}

/// Grants one credit after the other until the backend is gone; says which were acknowledged.
async fn grant_until_killed(
    (client, url): (Client, Arc<str>),
    begun: Arc<Notify>,
    round: u64,
    worker: u64,
) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let id = format!("g-{round}-{worker}-{number}");
        // Two workers share an account.
        let account = format!("u_{}", worker / 2);
        let grant = json!({ "id": id, "account": account, "credits": 1, "reason": "x" });
        let sent = client.post(format!("{url}/v1/grants")).bearer_auth(SECRET_KEY).json(&grant);
        match sent.send().await {
            Ok(answer) if answer.status().as_u16() == 201 => {
                acknowledged.push(id);
                begun.notify_one();
            }
            Ok(answer) => panic!("{answer:?}"),
            Err(_) => return acknowledged,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_there_twice() {
    let folder = TempDir::new().unwrap();
    init(folder.path());
    let client = Client::new();
    let mut acknowledged = Vec::new();
    for round in 0..kills() {
        let serving = Serving::start(folder.path());
        let (url, begun): (Arc<str>, _) = (serving.url.as_str().into(), Arc::new(Notify::new()));
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            let at = (client.clone(), Arc::clone(&url));
            workers.spawn(grant_until_killed(at, Arc::clone(&begun), round, worker));
        }
        begun.notified().await;
        tokio::time::sleep(moment(300)).await;
        drop(serving);
        for ids in workers.join_all().await {
            acknowledged.extend(ids);
        }
    }
    assert!(!acknowledged.is_empty());
    let serving = Serving::start(folder.path());
    let grants = format!("{}/v1/grants", serving.url);
    // Asked again, each gets its first answer: it is there, and does not come twice.
    for id in &acknowledged {
        let worker: u64 = id.split('-').nth(2).unwrap().parse().unwrap();
        let account = format!("u_{}", worker / 2);
        let grant = json!({ "id": id, "account": account, "credits": 1, "reason": "x" });
        let sent = client.post(&grants).bearer_auth(SECRET_KEY).json(&grant).send();
        assert_eq!(sent.await.unwrap().status().as_u16(), 200, "{id} was lost");
    }
    assert_eq!(serving.terminate(), Some(0));
    let audited = audit(&folder.path().join("data"), |_, _| {}).unwrap();
    assert!(audited.entries >= u64::try_from(acknowledged.len()).unwrap());
    let database = Connection::open(folder.path().join("data/ledger.sqlite3")).unwrap();
    let count = |sql: &str| -> u64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let entries = count("select count(*) from entries");
    assert_eq!(entries, count("select sum(settled) from accounts"), "one credit each");
    assert_eq!(entries, count("select count(*) from grants"), "one entry for each id");
}

/// A ledger with so many accounts, and its backup.
fn filled(accounts: u64) -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    init(folder.path());
    let mut lines = "account,credits\n".to_owned();
    for number in 0..accounts {
        writeln!(lines, "u_{number},{}", 1 + number % 9).unwrap();
    }
    let file = folder.path().join("open.csv");
    std::fs::write(&file, lines).unwrap();
    let imported = creditpackd(folder.path(), "import").arg(&file).output().unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let backup = folder.path().join("first.backup");
    assert!(run(&folder, &["backup", "--to", backup.to_str().unwrap()]).status.success());
    (folder, backup)
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().env("CREDITPACK_LOG", "error").args(args);
    program.arg("--data").arg(folder.join("data"));
    program.stdout(Stdio::null()).stderr(Stdio::null());
    program
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    command(folder.path(), args).output().unwrap()
}

/// Runs a command and kills it at some moment; it may be done by then.
fn run_killed(mut command: Command, within_ms: u64) {
    let mut process = command.spawn().unwrap();
    std::thread::sleep(moment(within_ms));
    process.kill().unwrap();
    process.wait().unwrap();
}

fn facts(database: &Path) -> Value {
    let database = Connection::open(database).unwrap();
    let text = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(text("pragma integrity_check"), "ok");
    let epoch = text("select value from settings where name = 'epoch'");
    let entries = text("select cast(count(*) as text) from entries");
    json!([epoch, entries])
}

#[test]
fn a_backup_that_is_killed_leaves_the_file_before_or_the_whole_one() {
    let (folder, first) = filled(3_000);
    let file = folder.path().join("nightly.backup");
    let to = file.to_str().unwrap();
    let whole = facts(&first);
    for round in 0..kills() {
        let before = round % 2 == 1;
        if before {
            std::fs::write(&file, "the file before").unwrap();
        }
        run_killed(command(folder.path(), &["backup", "--to", to]), 60);
        match std::fs::read(&file) {
            Ok(bytes) if before && bytes == b"the file before" => {}
            Ok(_) => assert_eq!(facts(&file), whole),
            Err(error) => assert!(!before, "{error}"),
        }
        assert!(run(&folder, &["backup", "--to", to]).status.success(), "it goes through later");
        assert_eq!(facts(&file), whole);
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_ledger_or_the_new_one() {
    let (folder, backup) = filled(3_000);
    let more = folder.path().join("more.csv");
    std::fs::write(&more, "account,credits\nlater,1\n").unwrap();
    assert!(creditpackd(folder.path(), "import").arg(&more).status().unwrap().success());
    let database = folder.path().join("data/ledger.sqlite3");
    let [old, new] = ["3001", "3000"];
    let restore = ["restore", "--from", backup.to_str().unwrap(), "--replace"];
    for _ in 0..kills() {
        let before = facts(&database);
        run_killed(command(folder.path(), &restore), 250);
        let after = facts(&database);
        if after != before {
            assert_eq!(after[1], json!(new));
            assert!(after[0].as_str() > before[0].as_str(), "the new one is a later epoch");
        }
        audit(&folder.path().join("data"), |_, _| {}).unwrap();
        assert!(run(&folder, &restore).status.success(), "it goes through later");
        assert_eq!(facts(&database)[1], json!(new));
    }
    let aside = folder.path().join("data/ledger.sqlite3.replaced-1");
    assert_eq!(facts(&aside)[1], json!(old), "what was replaced first is still there");
}
