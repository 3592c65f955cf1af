//! What operators do to a ledger, with the program itself.

use std::path::Path;
use std::process::Output;

use rusqlite::Connection;
use serde_json::json;
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
