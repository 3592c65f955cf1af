//! A person who wants to be forgotten: their ledger stays, all else goes, from the files too.

use std::fs;
use std::path::Path;
use std::time::Duration;

use creditpack::AccountId;
use creditpackd::config::DEFAULT;
use creditpackd::control::{Outcome, Task};
use creditpackd::ledger::{AttemptEnd, Outcome as Payment, PurchaseEvent, unsent_mails};
use serde_json::{Value, json};

use crate::backend::{Backend, SECRET_KEY, SITE, config};
use crate::checkouts::{checkout, press};
use crate::keys::have_done;
use crate::ledger_book::{Book, account, purchase_request};
use crate::patience::eventually;

/// How long it may take until mails are written, or nothing is left of them.
const PATIENCE: Duration = Duration::from_secs(20);

const EMAIL: &str = "jane.doe@mail.example";

/// A checkout of somebody who says who they are.
fn body(account: &str, id: &str, email: &str) -> Value {
    let mut body = checkout(account, id);
    body["email"] = json!(email);
    body["locale"] = json!("pt-BR");
    body["success_url"] = json!(format!("{SITE}/thanks?for={email}"));
    body
}

async fn buy(backend: &Backend, account: &str, id: &str, email: &str) {
    let made = backend.post("/v1/checkouts", SECRET_KEY, &body(account, id, email)).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    press(backend, url.strip_prefix(&backend.url).unwrap(), "pay").await.ok(303);
    backend.settled(account, |snapshot| snapshot["settled"] == json!(5)).await;
}

/// Whether any file in the data directory has that text.
fn kept(data: &Path, text: &str) -> bool {
    let mut files = fs::read_dir(data).unwrap().map(|file| file.unwrap().path());
    files.any(|path| {
        if path.is_dir() {
            return kept(&path, text);
        }
        // A socket cannot be read.
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// Waits until so many mails are written.
async fn mailed(backend: &Backend, count: usize) {
    let mails = || fs::read_dir(backend.data().join("outbox")).map_or(0, Iterator::count);
    let written = async || (mails() >= count).then_some(());
    eventually(PATIENCE, "mails are written", written).await;
}

fn erase(account: &str) -> Task {
    Task::EraseAccount(AccountId::new(account).unwrap())
}

#[tokio::test]
async fn what_an_account_told_is_forgotten_and_its_ledger_is_not() {
    let backend = Backend::start().await;
    buy(&backend, "u_1", "c_1", EMAIL).await;
    buy(&backend, "u_2", "c_2", "john@mail.example").await;
    mailed(&backend, 2).await;
    let history = "/v1/account/history?account=u_1";
    let before = backend.get(history, SECRET_KEY).await.ok(200).json();

    assert_eq!(have_done(&backend, erase("u_1")).await, Outcome::Erased(1));
    assert_eq!(have_done(&backend, erase("u_1")).await, Outcome::Erased(0), "it may be repeated");
    assert_eq!(have_done(&backend, erase("u_9")).await, Outcome::Erased(0), "and be of nobody");
    assert_eq!(backend.get(history, SECRET_KEY).await.ok(200).json(), before);
    let paid = backend.get("/v1/checkouts/c_1?account=u_1", SECRET_KEY).await.ok(200);
    assert_eq!((paid.get("status"), paid.get("url")), (json!("paid"), Value::Null));
    // The same request again is still the same checkout.
    let again = backend.post("/v1/checkouts", SECRET_KEY, &body("u_1", "c_1", EMAIL)).await.ok(200);
    assert!(again.is_replay());

    let gone = async || (!kept(backend.data(), EMAIL)).then_some(());
    eventually(PATIENCE, "nor is it left in the files, though they are in use", gone).await;

    let data = backend.stop().await;
    assert!(!kept(data.path(), EMAIL));
    assert!(
        kept(&data.path().join("outbox"), "john@mail.example"),
        "of others nothing is forgotten"
    );
    let backend = Backend::start_with(config(DEFAULT), data).await;
    assert_eq!(backend.get(history, SECRET_KEY).await.ok(200).json(), before);
}

/// Whoever is told that nothing was done does not do it again.
#[test]
fn an_operator_is_told_what_is_left_to_do() {
    let folder = tempfile::TempDir::new().unwrap();
    crate::process::init(folder.path());
    let (config, data) = (folder.path().join("shop.toml"), folder.path().join("data"));
    fs::write(data.join("outbox"), "in the way").unwrap();
    let mut erase = std::process::Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    erase.env_clear().args(["account", "erase", "--account", "u_1", "--config"]).arg(config);
    let erased = erase.arg("--data").arg(data).output().unwrap();
    let told = crate::process::text(&erased.stderr);
    assert_eq!(erased.status.code(), Some(1), "{told}");
    assert!(told.contains("mails in files could not be removed"), "{told}");
    assert!(told.contains("do it again") && !told.contains("nothing was changed"), "{told}");
}

#[tokio::test]
async fn a_buyer_who_is_paying_still_gets_back() {
    let backend = Backend::start().await;
    let made = backend.post("/v1/checkouts", SECRET_KEY, &body("u_1", "c_1", EMAIL)).await.ok(201);
    assert_eq!(have_done(&backend, erase("u_1")).await, Outcome::Erased(1));
    let url = made.get("url").as_str().unwrap().to_owned();
    let paid = press(&backend, url.strip_prefix(&backend.url).unwrap(), "pay").await.ok(303);
    assert!(paid.header("location").starts_with(&format!("{SITE}/thanks")));
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(5)).await;
    // Once it is paid, the rest can go as well.
    assert_eq!(have_done(&backend, erase("u_1")).await, Outcome::Erased(0));
    let data = backend.stop().await;
    assert!(!kept(data.path(), EMAIL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_to_somebody_who_was_forgotten_is_never_sent_and_leaves_nothing() {
    let book = Book::new();
    for number in [1, 2] {
        book.ledger.create_purchase(purchase_request(number)).await.unwrap();
        let (event, session, outcome) = (None, format!("cs_{number}"), Payment::Paid);
        let event = PurchaseEvent { event, session, outcome };
        book.ledger.settle_purchase(format!("pur_{number:03}"), event).await.unwrap();
    }
    let refused = book.ledger.attempt_mail().await.unwrap().unwrap();
    let reason = "no such person: ann@example.com".to_owned();
    let end = AttemptEnd::Failed(reason);
    assert!(book.ledger.end_attempt(refused.mail, end.clone()).await.unwrap());
    let underway = book.ledger.attempt_mail().await.unwrap().unwrap();
    let erased = book.ledger.erase(account()).await.unwrap();
    assert_eq!((erased.told, erased.purchases.len()), (2, 2));
    assert!(!book.ledger.end_attempt(underway.mail, end).await.unwrap());
    assert_eq!(book.ledger.next_mail_at_ms().await.unwrap(), None);
    assert_eq!(book.ledger.attempt_mail().await.unwrap(), None);
    assert_eq!(unsent_mails(book.ledger.data_dir(), false).unwrap(), []);
}
