//! Receipts: kept by the commit that grants, mailed once, and seen by whoever has the link.

use std::path::PathBuf;
use std::time::Duration;

use creditpackd::config::{Config, DEFAULT};
use creditpackd::ledger::{Ledger, Mail, MailState, Resend, resend_receipt, unsent_mails};
use mail_parser::{MessageParser, MimeHeaders as _};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, config, new_data};
use crate::checkouts::{checkout, press};
use crate::patience;
use crate::webhooks::tell;

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an event of this kind says is that its session is paid.
const PAID: &str = "checkout.session.async_payment_succeeded";

/// A checkout of five credits with an address for the receipt.
pub(crate) fn with_email(id: &str, locale: &str) -> Value {
    let mut body = checkout("u_1", id);
    body["email"] = json!("buyer@example.com");
    body["locale"] = json!(locale);
    body
}

/// A config whose receipts are from somebody.
pub(crate) fn prints() -> Config {
    let mut config = config(DEFAULT);
    "Prints & Co".clone_into(&mut config.receipts.seller);
    config.receipts.from = "Prints & Co <receipts@prints.example>".parse().unwrap();
    config
}

/// Buys with that checkout and returns it as it is once it is paid.
pub(crate) async fn buy(backend: &Backend, body: &Value) -> Value {
    let made = backend.post("/v1/checkouts", SECRET_KEY, body).await.ok(201).json();
    let session = made["url"].as_str().unwrap().rsplit('/').next().unwrap();
    press(backend, &format!("/test/checkout/{session}"), "pay").await.ok(303);
    let path = format!("/v1/checkouts/{}?account=u_1", body["id"].as_str().unwrap());
    let paid = backend.get(&path, SECRET_KEY).await.ok(200).json();
    assert_eq!(paid["status"], "paid");
    paid
}

/// Waits until `found` finds something.
pub(crate) async fn eventually<T>(mut found: impl FnMut() -> Option<T>) -> T {
    patience::eventually(PATIENCE, "it happens", async || found()).await
}

/// The mail of a purchase as it is kept.
pub(crate) fn mail(backend: &Backend, purchase: &Value) -> Option<Mail> {
    let mails = unsent_mails(backend.data(), false).unwrap();
    mails.into_iter().find(|mail| json!(mail.purchase) == *purchase)
}

/// Waits until the mail of a purchase was tried so often and waits to be tried again.
pub(crate) async fn tried(backend: &Backend, purchase: &Value, attempts: u32) -> Mail {
    eventually(|| {
        let mail = mail(backend, purchase)?;
        // While it is being tried, it is due.
        let ended = mail.due_at_ms.is_none_or(|at_ms| at_ms > backend.clock.now_ms());
        (mail.attempts == attempts && ended).then_some(mail)
    })
    .await
}

/// Waits until the mail of a purchase is given up.
pub(crate) async fn failed(backend: &Backend, purchase: &Value) -> Mail {
    eventually(|| mail(backend, purchase).filter(|mail| mail.state == MailState::Failed)).await
}

/// The files in the outbox that are whole, by name.
pub(crate) fn files(backend: &Backend) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(backend.data().join("outbox")) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_receipt_is_written_as_a_message_in_the_buyers_language() {
    let backend = Backend::start_with(prints(), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "de-AT")).await;
    let file = eventually(|| files(&backend).pop()).await;
    let name = format!("{}.eml", paid["purchase"].as_str().unwrap());
    assert_eq!(file.file_name().unwrap().to_str().unwrap(), name);

    let bytes = std::fs::read(&file).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Prints & Co"), Some("receipts@prints.example"))
    );
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some("buyer@example.com"));
    assert_eq!(message.subject(), Some("Beleg von Prints & Co"));
    let id = format!("receipt.{}@prints.example", paid["purchase"].as_str().unwrap());
    assert_eq!(message.message_id(), Some(id.as_str()));
    assert_eq!(message.date().unwrap().to_timestamp(), i64::try_from(NOW_MS / 1000).unwrap());
    assert!(message.content_type().unwrap().is_multipart_alternative());
    let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
    let link = paid["receipt_url"].as_str().unwrap();
    for part in [&text, &html] {
        for words in ["Starter", "4,00\u{a0}$", "5 Credits", link, "Test"] {
            assert!(part.contains(words), "{words}: {part}");
        }
    }
    assert!(!html.contains("src="));
}

trait Alternative {
    fn is_multipart_alternative(&self) -> bool;
}

impl Alternative for mail_parser::ContentType<'_> {
    fn is_multipart_alternative(&self) -> bool {
        (self.ctype(), self.subtype()) == ("multipart", Some("alternative"))
    }
}

#[tokio::test]
async fn whoever_has_the_link_sees_the_receipt_and_nobody_else_learns_of_it() {
    let backend = Backend::start_with(prints(), new_data()).await;
    let open = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_0")).await.ok(201);
    assert_eq!(open.get("receipt_url"), json!(null), "it is not paid");
    // A receipt needs no address; only its mail does.
    let paid = buy(&backend, &checkout("u_1", "c_1")).await;
    let link = paid["receipt_url"].as_str().unwrap().strip_prefix(&backend.url).unwrap();
    let (root, secret) = link.rsplit_once('/').unwrap();
    assert_eq!((root, secret.len()), ("/r", 22));
    let page = backend.get(link, "").await.ok(200);
    for words in ["Receipt", "Prints &amp; Co", "Starter", "$4.00", "no real money moved"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    for (name, expect) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-robots-tag", "noindex"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), expect);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");

    let purchase = paid["purchase"].as_str().unwrap();
    for other in [&"A".repeat(22), &secret[..21], purchase, "%00", &"x".repeat(500)] {
        let none = backend.get(&format!("/r/{other}"), "").await.ok(404);
        assert!(none.text.contains("No such receipt"));
        assert_eq!(none.header("cache-control"), "no-store");
    }
    let request = backend.request(reqwest::Method::GET, "/r/nothing", "");
    let none = crate::backend::send(request.header("accept-language", "pl,en;q=0.5")).await;
    assert!(none.text.contains("Nie ma takiego potwierdzenia"));
    assert!(files(&backend).is_empty() && mail(&backend, &paid["purchase"]).is_none());
}

#[tokio::test]
async fn the_same_payment_told_often_makes_one_receipt() {
    let backend = std::sync::Arc::new(Backend::start_with(prints(), new_data()).await);
    let body = with_email("c_1", "en");
    let made = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201).json();
    let session = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut told = JoinSet::new();
    for _ in 0..50 {
        let (backend, session) = (backend.clone(), session.clone());
        told.spawn(async move { tell(&backend, PAID, &session).await });
    }
    told.join_all().await;
    eventually(|| files(&backend).pop()).await;
    let first = backend.get("/v1/checkouts/c_1?account=u_1", SECRET_KEY).await.ok(200).json();
    tell(&backend, PAID, &session).await;
    let again = backend.get("/v1/checkouts/c_1?account=u_1", SECRET_KEY).await.ok(200).json();
    assert_eq!(first["receipt_url"], again["receipt_url"]);
    let database = Connection::open(backend.data().join("ledger.sqlite3")).unwrap();
    let counted = "select (select count(*) from outbox), (select count(*) from purchase_receipts)";
    let counts: (u32, u32) =
        database.query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((counts, files(&backend).len()), ((1, 1), 1));
}

#[tokio::test]
async fn an_outbox_that_cannot_be_written_holds_up_no_grant() {
    let data = new_data();
    std::fs::write(data.path().join("outbox"), "in the way").unwrap();
    let backend = Backend::start_with(prints(), data).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
    let waiting = tried(&backend, &paid["purchase"], 1).await;
    assert_eq!(waiting.state, MailState::Pending);
    std::fs::remove_file(backend.data().join("outbox")).unwrap();
    backend.clock.advance(5_000);
    eventually(|| files(&backend).pop()).await;
    eventually(|| mail(&backend, &paid["purchase"]).is_none().then_some(())).await;
}

#[tokio::test]
async fn what_a_crash_left_unsent_is_sent_by_the_next_start() {
    let data = new_data();
    std::fs::write(data.path().join("outbox"), "in the way").unwrap();
    let backend = Backend::start_with(prints(), data).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    tried(&backend, &paid["purchase"], 1).await;
    let data = backend.stop().await;
    std::fs::remove_file(data.path().join("outbox")).unwrap();
    let backend = Backend::start_with(prints(), data).await;
    backend.clock.advance(5_000);
    eventually(|| files(&backend).pop()).await;
    let link = paid["receipt_url"].as_str().unwrap().rsplit('/').next().unwrap();
    backend.get(&format!("/r/{link}"), "").await.ok(200);
}

#[tokio::test]
async fn an_erased_address_gets_no_mail() {
    let data = new_data();
    std::fs::write(data.path().join("outbox"), "in the way").unwrap();
    let backend = Backend::start_with(prints(), data).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let purchase = &paid["purchase"];
    tried(&backend, purchase, 1).await;
    let database = Connection::open(backend.data().join("ledger.sqlite3")).unwrap();
    database.execute("update purchases set email = null", []).unwrap();
    backend.clock.advance(5_000);
    assert_eq!(failed(&backend, purchase).await.reason.unwrap(), "the buyer's address was erased");
    let resent = resend_receipt(backend.data(), purchase.as_str().unwrap(), NOW_MS).unwrap();
    assert_eq!(resent, Resend::NoAddress);
    assert!(files(&backend).is_empty());
}

#[tokio::test]
async fn the_operator_has_a_receipt_sent_again_and_hears_why_not() {
    let backend = Backend::start_with(prints(), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    eventually(|| files(&backend).pop()).await;
    let purchase = paid["purchase"].as_str().unwrap();
    let resend =
        |purchase: &str| resend_receipt(backend.data(), purchase, backend.clock.now_ms()).unwrap();
    assert_eq!(resend(purchase), Resend::Queued);
    let again = format!("{purchase}-2.eml");
    eventually(|| files(&backend).into_iter().find(|path| path.ends_with(&again))).await;
    assert_eq!(resend("pur_none"), Resend::Unknown);
    let open = backend.post("/v1/checkouts", SECRET_KEY, &with_email("c_2", "en")).await.ok(201);
    assert_eq!(resend(open.get("purchase").as_str().unwrap()), Resend::NotPaid);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_tells_how_full_it_is() {
    let data = new_data();
    std::fs::write(data.path().join("outbox"), "in the way").unwrap();
    let backend = Backend::start_with(prints(), data).await;
    for id in ["c_1", "c_2"] {
        buy(&backend, &with_email(id, "en")).await;
        backend.clock.advance(1);
    }
    let config = prints();
    let settings = creditpackd::serve::settings;
    let data = backend.stop().await;
    let clock = creditpackd::clock::Clock::standing_at(NOW_MS);
    let ledger = Ledger::open(settings(&config, data.path(), clock)).unwrap();
    let outbox = ledger.outbox().await.unwrap();
    assert_eq!((outbox.pending, outbox.failed), (2, 0));
    assert_eq!(outbox.oldest_paid_at_ms, Some(NOW_MS));
}
