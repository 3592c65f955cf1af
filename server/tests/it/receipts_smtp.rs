//! Receipts by an SMTP server.

use creditpackd::config::{Config, Transport};
use creditpackd::ledger::MailState;
use creditpackd::secret::Secret;
use mail_parser::MessageParser;

use crate::backend::{Backend, new_data};
use crate::receipts::{buy, eventually, failed, mail, prints, tried, with_email};
use crate::smtp_fake::{SmtpFake, SmtpFault};

fn by_smtp(url: &str) -> Config {
    let mut config = prints();
    config.receipts.transport = Transport::Smtp { url: Secret::new(url) };
    config
}

#[tokio::test]
async fn a_receipt_is_handed_to_the_server_once() {
    let fake = SmtpFake::start().await;
    fake.fail([SmtpFault::Later]);
    let backend = Backend::start_with(by_smtp(&fake.url), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "ar")).await;
    let waiting = tried(&backend, &paid["purchase"], 1).await;
    assert!(waiting.reason.unwrap().starts_with("smtp: transient error (451)"));
    backend.clock.advance(5_000);
    let bytes = eventually(|| fake.mails().pop()).await;
    let message = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some("إيصالك من Prints & Co"));
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some("buyer@example.com"));
    let link = paid["receipt_url"].as_str().unwrap();
    assert!(message.body_text(0).unwrap().contains(link));
    assert!(message.body_html(0).unwrap().contains("dir=\"rtl\""));
    let key = format!("receipt/{}", paid["purchase"].as_str().unwrap());
    let header = message.header("Resend-Idempotency-Key").unwrap();
    assert_eq!(header.as_text(), Some(key.as_str()));
    eventually(|| mail(&backend, &paid["purchase"]).is_none().then_some(())).await;
    assert_eq!(fake.mails().len(), 1);
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_a_matter_for_the_operator() {
    let fake = SmtpFake::start().await;
    fake.fail([SmtpFault::Never]);
    let backend = Backend::start_with(by_smtp(&fake.url), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    let failed = failed(&backend, &paid["purchase"]).await;
    assert!(failed.reason.unwrap().starts_with("smtp: permanent error (550)"));
    assert_eq!((failed.attempts, fake.mails().len()), (1, 0));
}

#[tokio::test]
async fn a_server_that_is_not_there_holds_up_nothing() {
    let backend = Backend::start_with(by_smtp("smtp://127.0.0.1:9"), new_data()).await;
    let paid = buy(&backend, &with_email("c_1", "en")).await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
    assert_eq!(tried(&backend, &paid["purchase"], 1).await.state, MailState::Pending);
}
