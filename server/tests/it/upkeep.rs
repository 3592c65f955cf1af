//! What operators do to a ledger, with the program itself.

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::process::{Serving, creditpackd, init, text};

/// Runs a command that takes `--config` and `--data`.
fn run(folder: &Path, command: &str, args: &[&str]) -> Output {
    creditpackd(folder, command).args(args).output().unwrap()
}

/// What it wrote, after it ended with that code.
#[track_caller]
fn ended(output: &Output, code: i32) -> String {
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{error}");
    out + &error
}

#[tokio::test]
async fn an_audit_beside_a_running_backend_says_how_it_ended() {
    let folder = TempDir::new().unwrap();
    assert!(ended(&run(folder.path(), "audit", &[]), 2).contains("shop.toml"));
    init(folder.path());
    let serving = Serving::start(folder.path());
    for id in ["g1", "g2"] {
        let grant = json!({ "id": id, "account": "u_1", "credits": 5, "reason": "x" });
        assert_eq!(serving.post("/v1/grants", &grant).await.0, 201);
    }
    let clean = ended(&run(folder.path(), "audit", &[]), 0);
    assert_eq!(clean, "everything agrees: 1 accounts, 2 entries, 0 ops, 0 purchases\n");
    assert_eq!(serving.terminate(), Some(0));
    let database = Connection::open(folder.path().join("data/ledger.sqlite3")).unwrap();
    database.execute("update accounts set settled = 100", []).unwrap();
    let told = ended(&run(folder.path(), "audit", &[]), 1);
    assert_eq!(
        told,
        "the ledger diverges:\n  account:  u_1\n  what:     the account's settled\n  \
        expected: 10\n  found:    100\n"
    );
}

/// Runs the program without a config, on the data in `folder`.
fn on_data(folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().env("CREDITPACK_LOG", "warn").args(args);
    program.arg("--data").arg(folder.join("data")).output().unwrap()
}

/// A ledger with the opening balances of `lines`, which are CSV.
fn imported(lines: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    init(folder.path());
    assert_eq!(import(folder.path(), "open.csv", lines, &[]).status.code(), Some(0));
    folder
}

fn import(folder: &Path, name: &str, lines: &str, args: &[&str]) -> Output {
    let file = folder.join(name);
    std::fs::write(&file, lines).unwrap();
    run(folder, "import", &[&[file.to_str().unwrap()], args].concat())
}

#[test]
fn opening_balances_are_imported_once_however_often_it_is_tried() {
    let lines = "account,credits,reason,id\nu_1,5,,\nu_2, 7 ,\"moved, from old\",old:2\n";
    let folder = imported(lines);
    let again = import(folder.path(), "open.csv", lines, &[]);
    assert_eq!(ended(&again, 0), "0 imported, 2 known before, 0 refused\n");
    let more = "{\"account\":\"u_1\",\"credits\":5}\n\n{\"account\":\"u_3\",\"credits\":1}\n";
    let more = import(folder.path(), "more.ndjson", more, &[]);
    assert_eq!(ended(&more, 0), "1 imported, 1 known before, 0 refused\n");
    let other = import(folder.path(), "open.csv", "account,credits\nu_4,1\nu_1,6\n", &[]);
    let told = ended(&other, 1);
    assert!(told.starts_with("1 imported, 0 known before, 1 refused\n"), "{told}");
    assert!(told.contains("line 3: this id was used before"), "{told}");
    let audited = ended(&run(folder.path(), "audit", &[]), 0);
    assert_eq!(audited, "everything agrees: 4 accounts, 4 entries, 0 ops, 0 purchases\n");
}

#[test]
fn a_file_with_bad_lines_is_not_imported_at_all() {
    let folder = imported("account,credits\nu_0,1\n");
    let bad = "account,credits\nu_1,5\nu 2,5\nu_3,0\nu_4,-1\nu_5,1.5\nu_1,5\nu_6\n";
    let told = ended(&import(folder.path(), "bad.csv", bad, &[]), 1);
    assert!(told.contains("nothing is imported: 6 bad lines, 1 good ones"), "{told}");
    for line in ["line 3: ", "line 4: credits must", "line 5: ", "line 6: ", "line 7: ", "line 8: "]
    {
        assert!(told.contains(line), "{line}{told}");
    }
    let bad = "{\"account\":\"u_1\",\"credits\":1}\nnonsense\n";
    let told = ended(&import(folder.path(), "bad.ndjson", bad, &[]), 1);
    assert!(told.contains("line 2: "), "{told}");
    let dry = import(folder.path(), "good.csv", "account,credits\nu_1,5\n", &["--dry-run"]);
    assert_eq!(ended(&dry, 0), "nothing is imported, as asked: 1 good lines\n");
    assert!(ended(&run(folder.path(), "audit", &[]), 0).contains(" 1 accounts, 1 entries"));
    let serving = Serving::start(folder.path());
    let beside = import(folder.path(), "good.csv", "account,credits\nu_1,5\n", &[]);
    assert!(ended(&beside, 2).contains("stop it first"));
    drop(serving);
}

#[test]
fn bad_lines_have_the_numbers_that_an_editor_shows() {
    let folder = imported("account,credits\nu_0,1\n");
    for (name, lines, told) in [
        ("gap.csv", "\n\naccount,credits\n\nu_1,5\n\n\nu_2,x\n", "line 8: credits: "),
        ("crlf.csv", "account,credits\r\n\r\nu 1,5\r\n", "line 3: account must be"),
        ("end.csv", "account,credits\n\nu_1", "line 3: it has 1 fields, and the line of names 2"),
        ("comma.csv", "account,credits,reason\nu_1,5,moved, at last\n", "line 2: it has 4 fields"),
        ("quoted.csv", "account,credits,reason\nu_1,5,\"moved, at last\"\nu_2,0,\n", "line 3: "),
        ("names.csv", "\nwho,credits\nu_1,5\n", "line 3: missing field `account`\n"),
        ("array.ndjson", "[\"u_1\", 5]\n", "line 1: it must be one JSON object\n"),
        ("cut.ndjson", "{\"account\":\"u_1\"\n", "line 1: EOF while parsing an object\n"),
        ("gap.ndjson", "\n\nnonsense\n", "line 3: it must be one JSON object\n"),
    ] {
        let said = ended(&import(folder.path(), name, lines, &["--dry-run"]), 1);
        assert!(said.contains(": 1 bad lines") && said.contains(&format!("\n{told}")), "{said}");
    }
}

#[test]
fn what_cannot_be_read_is_told_once_and_ends() {
    let folder = imported("account,credits\nu_0,1\n");
    std::fs::create_dir(folder.path().join("folder.csv")).unwrap();
    // Names that are no text are no names: what stands under them is not taken by its order.
    let bytes = folder.path().join("bytes.csv");
    std::fs::write(&bytes, b"\naccount,cr\xffdits\nu_1,5\n").unwrap();
    let told = ended(&run(folder.path(), "import", &[bytes.to_str().unwrap()]), 1);
    assert!(told.contains(": 1 bad lines, 0 good ones\nline 2: it is not UTF-8"), "{told}");
    let file = folder.path().join("folder.csv");
    let told = ended(&run(folder.path(), "import", &[file.to_str().unwrap()]), 1);
    assert!(told.contains(": 1 bad lines, 0 good ones\nline 1: "), "{told}");
}

#[test]
fn a_backup_that_is_none_or_was_cut_off_is_named() {
    let folder = imported("account,credits\nu_1,5\n");
    let backup = folder.path().join("backup");
    std::fs::copy(folder.path().join("data/ledger.sqlite3"), &backup).unwrap();
    let whole = std::fs::read(&backup).unwrap();
    for (bytes, code, why) in [
        (&whole[..100_000], 1, "backup is damaged: "),
        (b"not one at all", 2, "backup cannot be read: file is not a database"),
    ] {
        std::fs::write(&backup, bytes).unwrap();
        let mut restore = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
        restore.env_clear().arg("restore").arg("--from").arg(&backup);
        restore.arg("--data").arg(folder.path().join("fresh"));
        let told = ended(&restore.output().unwrap(), code);
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn a_file_that_begins_as_windows_writes_it_is_read() {
    for (name, lines) in [
        ("a.csv", "\u{feff}account,credits\r\nu_1,5\r\n"),
        ("a.ndjson", "\u{feff}{\"account\":\"u_1\",\"credits\":5}\r\n"),
    ] {
        let folder = TempDir::new().unwrap();
        init(folder.path());
        let told = ended(&import(folder.path(), name, lines, &[]), 0);
        assert_eq!(told, "1 imported, 0 known before, 0 refused\n", "{name}");
    }
}

/// A mistake on the command line leaves nothing lying about, least of all a copy of everything.
#[test]
fn a_backup_into_nowhere_and_a_restore_from_nowhere_leave_nothing_behind() {
    let folder = imported("account,credits\nu_1,5\n");
    let to = folder.path().join("backups");
    std::fs::create_dir(&to).unwrap();
    let refused = on_data(folder.path(), &["backup", "--to", to.to_str().unwrap()]);
    assert!(ended(&refused, 2).contains("is a directory"));
    assert!(!folder.path().join("backups.unfinished").exists());
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let missing = folder.path().join("missing.backup");
    let refused = on_data(folder.path(), &["restore", "--from", missing.to_str().unwrap()]);
    assert!(ended(&refused, 2).contains("nothing was changed"));
    assert!(!folder.path().join("data").exists());
}

/// The link of an exported entry, computed as docs/ledger.md says and by nothing of ours.
fn link(before: &[u8], line: &Value) -> Vec<u8> {
    const FIELDS: [&str; 16] = [
        "version",
        "kind",
        "credits",
        "op",
        "operation",
        "returned",
        "applied_version",
        "expires_at_ms",
        "reason",
        "source",
        "purchase",
        "owed",
        "actor",
        "settled",
        "held",
        "at_ms",
    ];
    let mut bytes = [b"19:creditpack entry v1,", before].concat();
    for field in FIELDS {
        let text = match &line[field] {
            Value::Null => continue,
            Value::String(text) => format!("{field}={text}"),
            number => format!("{field}={number}"),
        };
        bytes.extend_from_slice(format!("{}:{text},", text.len()).as_bytes());
    }
    Sha256::digest(bytes).to_vec()
}

#[tokio::test]
async fn an_export_holds_every_entry_and_its_chain() {
    let folder = imported("account,credits,reason\nu_1,5,\"grüße, \"\"alle\"\"\"\nu_2,7,\n");
    let serving = Serving::start(folder.path());
    let less = json!({ "id": "g", "account": "u_1", "credits": -2, "reason": "x", "actor": "ann" });
    assert_eq!(serving.post("/v1/grants", &less).await.0, 201);
    let lines = on_data(folder.path(), &["export", "--account", "u_1", "--format", "ndjson"]);
    let lines = ended(&lines, 0);
    let lines: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let told: Vec<_> = lines.iter().map(|it| (it["kind"].clone(), it["settled"].clone())).collect();
    assert_eq!(told, [(json!("grant"), json!(5)), (json!("adjust"), json!(3))]);
    assert_eq!(lines[0]["reason"], json!("grüße, \"alle\""));
    let mut before = Sha256::digest("19:creditpack chain v1,3:u_1,").to_vec();
    for line in &lines {
        before = link(&before, line);
        assert_eq!(line["chain"], json!(hex::encode(&before)));
    }
    let all = ended(&on_data(folder.path(), &["export", "--all", "--format", "csv"]), 0);
    let mut csv = csv::Reader::from_reader(all.as_bytes());
    assert_eq!(csv.headers().unwrap().iter().next(), Some("account"));
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    let accounts: Vec<_> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(accounts, ["u_1", "u_1", "u_2"]);
    assert_eq!((&rows[1][3], &rows[1][4], &rows[1][18]), ("2", "", &*hex::encode(&before)));
    let nobody = on_data(folder.path(), &["export", "--account", "u_9", "--format", "csv"]);
    assert!(ended(&nobody, 2).contains("there is no account u_9"));
    let both = on_data(folder.path(), &["export", "--format", "csv"]);
    assert_eq!(both.status.code(), Some(2));
}

fn epoch(folder: &Path) -> String {
    let database = Connection::open(folder.join("data/ledger.sqlite3")).unwrap();
    let sql = "select value from settings where name = 'epoch'";
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_backup_of_a_running_backend_is_restored_as_a_new_epoch() {
    let folder = imported("account,credits\nu_1,5\n");
    let file = folder.path().join("kept.backup");
    let to = file.to_str().unwrap();
    let serving = Serving::start(folder.path());
    ended(&on_data(folder.path(), &["backup", "--to", to]), 0);
    let more = json!({ "id": "g", "account": "u_1", "credits": 2, "reason": "x" });
    assert_eq!(serving.post("/v1/grants", &more).await.0, 201);
    let busy = on_data(folder.path(), &["restore", "--from", to, "--replace"]);
    assert!(ended(&busy, 2).contains("stop it first"));
    assert_eq!(serving.terminate(), Some(0));
    let before = epoch(folder.path());
    let occupied = on_data(folder.path(), &["restore", "--from", to]);
    assert!(ended(&occupied, 2).contains("--replace"));
    assert_eq!(epoch(folder.path()), before);
    let told = ended(&on_data(folder.path(), &["restore", "--from", to, "--replace"]), 0);
    let after = epoch(folder.path());
    assert!(after > before && told.contains(&after), "{before} {after} {told}");
    let aside = folder.path().join("data/ledger.sqlite3.replaced-1");
    assert!(told.contains(aside.to_str().unwrap()));
    let kept = Connection::open(&aside).unwrap();
    let count = |database: &Connection| -> u64 {
        database.query_row("select count(*) from entries", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&kept), 2, "nothing of what was there is lost");
    let serving = Serving::start(folder.path());
    assert_eq!(serving.settled().await, json!(5));
    assert_eq!(serving.terminate(), Some(0));
    ended(&run(folder.path(), "audit", &[]), 0);
    // Into an empty directory, which is made.
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    ended(&on_data(folder.path(), &["restore", "--from", to]), 0);
    ended(&run(folder.path(), "audit", &[]), 0);
}

#[test]
fn a_bad_backup_changes_nothing() {
    let folder = imported("account,credits\nu_1,5\n");
    let before = epoch(folder.path());
    let file = folder.path().join("kept.backup");
    let to = file.to_str().unwrap();
    let restore = || on_data(folder.path(), &["restore", "--from", to, "--replace"]);
    ended(&restore(), 2);
    let into_data = folder.path().join("data/kept.backup");
    let misplaced = on_data(folder.path(), &["backup", "--to", into_data.to_str().unwrap()]);
    assert!(ended(&misplaced, 2).contains("does not belong"));
    ended(&on_data(folder.path(), &["backup", "--to", to]), 0);
    let good = std::fs::read(&file).unwrap();
    let tampered = Connection::open(&file).unwrap();
    tampered.execute("update accounts set settled = 100", []).unwrap();
    drop(tampered);
    assert!(ended(&restore(), 1).contains("the account's settled"));
    for (at, byte) in [(4096 * 3, 0xff), (4096 * 6, 0xaa)] {
        let mut torn = good.clone();
        torn[at..at + 512].fill(byte);
        std::fs::write(&file, &torn).unwrap();
        assert_ne!(restore().status.code(), Some(0));
    }
    for (bad, code) in [(&b"nonsense, nonsense, nonsense"[..], 2), (&b""[..], 1)] {
        std::fs::write(&file, bad).unwrap();
        ended(&restore(), code);
    }
    assert_eq!(epoch(folder.path()), before);
    ended(&run(folder.path(), "audit", &[]), 0);
}

/// A log is replayed onto whatever database lies beside it.
#[test]
fn a_log_that_somebody_left_behind_does_not_get_into_what_is_restored() {
    let folder = imported("account,credits\nu_1,5\n");
    let file = folder.path().join("kept.backup");
    ended(&on_data(folder.path(), &["backup", "--to", file.to_str().unwrap()]), 0);
    let database = folder.path().join("data/ledger.sqlite3");
    let open = Connection::open(&database).unwrap();
    open.execute("update accounts set settled = 100", []).unwrap();
    let log = std::fs::read(folder.path().join("data/ledger.sqlite3-wal")).unwrap();
    assert!(!log.is_empty());
    drop(open);
    std::fs::remove_file(&database).unwrap();
    std::fs::write(folder.path().join("data/ledger.sqlite3-wal"), &log).unwrap();
    let told = ended(&on_data(folder.path(), &["restore", "--from", file.to_str().unwrap()]), 0);
    ended(&run(folder.path(), "audit", &[]), 0);
    let aside = folder.path().join("data/ledger.sqlite3.replaced-1");
    assert!(told.contains(aside.to_str().unwrap()), "{told}");
    let kept = folder.path().join("data/ledger.sqlite3.replaced-1-wal");
    assert_eq!(std::fs::read(kept).unwrap(), log, "nothing of what was there is lost");
}

/// What a spreadsheet would take for a formula of its own.
#[tokio::test]
async fn an_export_for_spreadsheets_has_no_formulas_in_it() {
    let folder = imported("account,credits,reason\nu_1,5,\"=HYPERLINK(\"\"http://x\"\")\"\n");
    let serving = Serving::start(folder.path());
    for (id, text) in [("a", "+1"), ("b", "-1 as agreed"), ("c", "@SUM(1)"), ("d", "1=1")] {
        let grant = json!(
            { "id": id, "account": "u_1", "credits": -1, "reason": text, "actor": text });
        assert_eq!(serving.post("/v1/grants", &grant).await.0, 201);
    }
    let all = ended(&on_data(folder.path(), &["export", "--all", "--format", "csv"]), 0);
    let mut csv = csv::Reader::from_reader(all.as_bytes());
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    let reasons: Vec<_> = rows.iter().map(|row| row[9].to_owned()).collect();
    assert_eq!(reasons, ["'=HYPERLINK(\"http://x\")", "'+1", "'-1 as agreed", "'@SUM(1)", "1=1"]);
    assert_eq!((&rows[1][13], &rows[4][13]), ("'+1", "1=1"));
    let exact = ended(&on_data(folder.path(), &["export", "--all", "--format", "ndjson"]), 0);
    assert!(exact.contains(r#""reason":"+1""#), "{exact}");
}
