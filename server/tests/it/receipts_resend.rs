//! Receipts by Resend: once each, whatever goes wrong on the way.

use std::time::Duration;

use creditpackd::config::{Config, Transport};
use creditpackd::ledger::{MailState, Resend, resend_receipt, unsent_mails};
use creditpackd::secret::Secret;
use serde_json::{Value, json};

use crate::backend::{Backend, SECRET_KEY, new_data};
use crate::receipts::{buy, eventually, failed, mail, prints, tried, with_email};
use crate::resend_fake::{API_KEY, Email, Fault, ResendFake};

/// How long an answer may take: where there is none, so long a test waits for it. A busy machine
/// answers within it, as what is tried again waits for a clock that stands.
const TIMEOUT: Duration = Duration::from_secs(2);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn by_resend(base: &str, api_key: &str) -> Config {
    let mut config = prints();
    config.receipts.reply_to = Some("help@prints.example".parse().unwrap());
    config.receipts.timeout = TIMEOUT;
    // A link is the same whichever port a start gets: a mail under the same key must be, too.
    config.public_url = Some("https://credits.example".parse().unwrap());
    config.receipts.transport =
        Transport::Resend { api_key: Secret::new(api_key), api_base: base.parse().unwrap() };
    config
}

async fn start() -> (Backend, ResendFake) {
    let fake = ResendFake::start().await;
    (Backend::start_with(by_resend(&fake.url, API_KEY), new_data()).await, fake)
}

async fn sent(fake: &ResendFake, count: usize) -> Vec<Email> {
    eventually(|| Some(fake.sent()).filter(|sent| sent.len() == count)).await
}

/// Waits until nothing is left to be sent.
async fn all_sent(backend: &Backend, purchase: &Value) {
    eventually(|| mail(backend, purchase).is_none().then_some(())).await;
}

#[tokio::test]
async fn a_receipt_is_one_mail_under_a_key_of_its_own() {
    let (backend, fake) = start().await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let email = sent(&fake, 1).await.remove(0);
    all_sent(&backend, &paid["purchase"]).await;
    assert_eq!(email.key, Some(format!("receipt/{}", paid["purchase"].as_str().unwrap())));
    for (field, expect) in [
        ("from", "Prints & Co <receipts@prints.example>"),
        ("to", "buyer@example.com"),
        ("reply_to", "help@prints.example"),
        ("subject", "Your receipt from Prints & Co"),
    ] {
        assert_eq!(email.body[field], json!(expect));
    }
    let link = paid["receipt_url"].as_str().unwrap();
    for part in ["html", "text"] {
        assert!(email.body[part].as_str().unwrap().contains(link), "{part}");
    }
    assert_eq!(email.id, "00000000-0000-4000-8000-000000000001");
}

/// Asserts that a receipt arrives once although that goes wrong with its first attempts.
async fn check_arrives(faults: &[Fault], reason: &str) {
    let (backend, fake) = start().await;
    fake.fail(faults.iter().copied());
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0), "no grant waits for a mail");
    for attempts in 1..=u32::try_from(faults.len()).unwrap() {
        let mail = tried(&backend, &paid["purchase"], attempts).await;
        assert_eq!(mail.state, MailState::Pending);
        assert!(mail.reason.as_ref().unwrap().contains(reason), "{mail:?}");
        backend.clock.advance(mail.due_at_ms.unwrap() - backend.clock.now_ms());
    }
    all_sent(&backend, &paid["purchase"]).await;
    assert_eq!((fake.sent().len(), fake.requests()), (1, faults.len() + 1), "{faults:?}");
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_now_is_sent_later() {
    check_arrives(&[Fault::Broken, Fault::Broken, Fault::Broken], "500 internal_server_error")
        .await;
    check_arrives(&[Fault::Silence], "no answer in time").await;
    check_arrives(&[Fault::Page], "not one of its own").await;
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_not_sent_twice() {
    check_arrives(&[Fault::LostAnswer, Fault::LostAnswer], "no answer in time").await;
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_gets_it() {
    let (backend, fake) = start().await;
    fake.fail([Fault::TooMany(600)]);
    let before_ms = backend.clock.now_ms();
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let mail = tried(&backend, &paid["purchase"], 1).await;
    assert_eq!(mail.due_at_ms, Some(before_ms + 600_000));
    let (backend, fake) = start().await;
    fake.fail([Fault::Quota]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let mail = tried(&backend, &paid["purchase"], 1).await;
    assert!(mail.due_at_ms.unwrap() >= before_ms + 3_600_000, "{mail:?}");
    assert_eq!(fake.sent().len(), 0);
}

#[tokio::test]
async fn a_quota_that_is_used_up_holds_mails_for_as_long_as_it_takes() {
    let (backend, fake) = start().await;
    fake.fail([Fault::TooMany(86_400), Fault::TooMany(86_400), Fault::LostAnswer]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    for attempts in [1, 2] {
        let mail = tried(&backend, &paid["purchase"], attempts).await;
        assert_eq!(mail.state, MailState::Pending, "{mail:?}");
        assert!(mail.reason.unwrap().contains("429 rate_limit_exceeded"));
        assert_eq!(mail.due_at_ms.unwrap() - backend.clock.now_ms(), DAY_MS);
        backend.clock.advance(DAY_MS);
    }
    tried(&backend, &paid["purchase"], 3).await;
    assert_eq!(fake.sent().len(), 1, "nobody said so");
    // From here on its day counts: the provider may know its key.
    backend.clock.advance(DAY_MS);
    let mail = failed(&backend, &paid["purchase"]).await;
    assert_eq!(mail.reason.unwrap(), "resend: no answer in time; given up after a day");
}

#[tokio::test]
async fn nobodys_address_is_kept_with_what_the_provider_said() {
    let (backend, fake) = start().await;
    fake.fail([Fault::Named]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let mail = failed(&backend, &paid["purchase"]).await;
    let expect = "resend: 422 validation_error: No such mailbox: [address]";
    assert_eq!(mail.reason.as_deref(), Some(expect));
}

#[tokio::test]
async fn the_rate_limit_is_kept_without_running_into_it() {
    let (backend, fake) = start().await;
    fake.limit(1);
    for id in ["c_1", "c_2"] {
        buy(&backend, &with_email(id, "en")).await;
    }
    // Only what is kept shows that its answer was read: the wait counts from there.
    let left = || unsent_mails(backend.data(), false).unwrap().len();
    eventually(|| (left() == 1).then_some(())).await;
    // What the fake says goes for a second; it then allows one more.
    fake.limit(1);
    backend.clock.advance(999);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(fake.requests(), 1);
    backend.clock.advance(1);
    sent(&fake, 2).await;
    assert_eq!(fake.requests(), 2, "none was refused");
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_waits_for_the_operator() {
    let (backend, fake) = start().await;
    fake.fail([Fault::Invalid]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let mail = failed(&backend, &paid["purchase"]).await;
    let reason = "resend: 422 invalid_parameter: The `to` field is not valid.";
    assert_eq!((mail.reason.as_deref(), mail.attempts), (Some(reason), 1));
    let measured = backend.get("/metrics", SECRET_KEY).await.ok(200).text;
    assert!(measured.contains("creditpack_receipts_failed_total 1"), "{measured}");
    backend.clock.advance(DAY_MS);
    let resent = resend_receipt(backend.data(), &mail.purchase, backend.clock.now_ms()).unwrap();
    assert_eq!(resent, Resend::Queued);
    let email = sent(&fake, 1).await.remove(0);
    assert_eq!(email.key, Some(format!("receipt/{}/2", mail.purchase)));
    assert_eq!(fake.requests(), 2);
}

#[tokio::test]
async fn nothing_is_tried_again_after_a_day() {
    let (backend, fake) = start().await;
    fake.fail([Fault::LostAnswer]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    tried(&backend, &paid["purchase"], 1).await;
    // By now the provider has forgotten the key, and would send it again.
    backend.clock.advance(DAY_MS);
    let mail = failed(&backend, &paid["purchase"]).await;
    assert_eq!(mail.reason.unwrap(), "resend: no answer in time; given up after a day");
    assert_eq!((fake.requests(), fake.sent().len()), (1, 1));
}

#[tokio::test]
async fn a_wrong_key_is_the_operators_mistake_and_not_the_mails() {
    let fake = ResendFake::start().await;
    let config = by_resend(&fake.url, "re_wrong");
    let backend = Backend::start_with(config, new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let mail = tried(&backend, &paid["purchase"], 1).await;
    assert_eq!(mail.state, MailState::Pending);
    assert!(!mail.reason.unwrap().contains("re_wrong"), "no secret is told");
    let data = backend.stop().await;
    let backend = Backend::start_with(by_resend(&fake.url, API_KEY), data).await;
    backend.clock.advance(5_000);
    sent(&fake, 1).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_holds_up_nothing() {
    let backend = Backend::start_with(by_resend("http://127.0.0.1:9", API_KEY), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
    let mail = tried(&backend, &paid["purchase"], 1).await;
    assert_eq!(mail.reason.unwrap(), "resend: cannot be reached");
}

#[tokio::test]
async fn a_mail_that_reads_otherwise_after_a_restart_is_left_to_the_operator() {
    let (backend, fake) = start().await;
    fake.fail([Fault::LostAnswer]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    tried(&backend, &paid["purchase"], 1).await;
    let data = backend.stop().await;
    let mut config = by_resend(&fake.url, API_KEY);
    "Prints, renamed".clone_into(&mut config.receipts.seller);
    let backend = Backend::start_with(config, data).await;
    backend.clock.advance(5_000);
    let reason = failed(&backend, &paid["purchase"]).await.reason.unwrap();
    assert!(reason.contains("an earlier attempt"), "{reason}");
    assert_eq!((fake.requests(), fake.sent().len()), (2, 1));
}

#[tokio::test]
async fn a_mail_that_was_being_sent_when_the_power_went_arrives_once() {
    let (backend, fake) = start().await;
    fake.fail([Fault::LostAnswer]);
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    sent(&fake, 1).await;
    // Down while nobody has said that it was sent.
    let data = backend.stop().await;
    let backend = Backend::start_with(by_resend(&fake.url, API_KEY), data).await;
    backend.clock.advance(5_000);
    all_sent(&backend, &paid["purchase"]).await;
    assert_eq!(fake.sent().len(), 1);
}
