//! Receipts of the program itself: killed while it sends, and asked by its operator; and what the
//! vendor's own client makes of our stand-in.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Serving, init};
use crate::receipts::{eventually, with_email};
use crate::resend_fake::{API_KEY, Fault, ResendFake};

/// A shop whose receipts go to that stand-in.
fn shop(folder: &Path) {
    assert!(init(folder).status.success());
    let file = folder.join("shop.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let from = "# from = \"Example Prints <receipts@example.com>\"";
    let with = format!("{}\nreply_to = \"help@example.com\"", from.trim_start_matches("# "));
    assert!(text.contains(from));
    let text = text.replacen(from, &with, 1);
    let url = "# public_url = \"https://credits.example.com\"";
    assert!(text.contains(url));
    std::fs::write(file, text.replacen(url, url.trim_start_matches("# "), 1)).unwrap();
}

fn serve(folder: &Path, fake: &ResendFake) -> Serving {
    Serving::start_with(folder, |command| {
        command.env("CREDITPACK_RESEND_API_KEY", API_KEY);
        command.env("CREDITPACK_RESEND_API_BASE", &fake.url);
    })
}

async fn buy(serving: &Serving, id: &str) -> Value {
    let mut body = with_email(id, "en");
    for url in ["success_url", "cancel_url"] {
        body[url] = json!("http://localhost:3000/");
    }
    let (status, made) = serving.post("/v1/checkouts", &body).await;
    assert_eq!(status, 201, "{made}");
    let session = made["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let form = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let press = form.build().unwrap().post(serving.url(&format!("/test/checkout/{session}")));
    let press = press.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(press.body("choice=pay").send().await.unwrap().status().as_u16(), 303);
    made["purchase"].clone()
}

fn receipts(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().arg("receipts").args(arguments);
    program.arg("--data").arg(folder.join("data")).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

#[tokio::test]
async fn a_backend_that_was_killed_while_it_sent_sends_each_receipt_once() {
    let (folder, fake) = (TempDir::new().unwrap(), ResendFake::start().await);
    shop(folder.path());
    for round in 1..=3 {
        // The mail is sent, and the process is gone before anybody says so.
        fake.fail([Fault::LostAnswer]);
        let serving = serve(folder.path(), &fake);
        buy(&serving, &format!("c_{round}")).await;
        eventually(|| (fake.sent().len() == round).then_some(())).await;
        drop(serving);
        let serving = serve(folder.path(), &fake);
        let nothing_left = || {
            let listed = receipts(folder.path(), &["list"]);
            told(&listed).starts_with("no receipt waits").then_some(())
        };
        eventually(nothing_left).await;
        drop(serving);
        assert_eq!((fake.sent().len(), fake.requests()), (round, round * 2));
    }
}

#[tokio::test]
async fn an_operator_sees_what_failed_and_has_it_sent_again_while_it_is_served() {
    let (folder, fake) = (TempDir::new().unwrap(), ResendFake::start().await);
    shop(folder.path());
    fake.fail([Fault::Invalid]);
    let serving = serve(folder.path(), &fake);
    let purchase = buy(&serving, "c_1").await;
    let purchase = purchase.as_str().unwrap();
    let list = || told(&receipts(folder.path(), &["list", "--failed"]));
    let listed = eventually(|| Some(list()).filter(|listed| listed.contains("422"))).await;
    assert!(listed.starts_with(&format!("{purchase}  failed   attempts 1  ")), "{listed}");
    let resent = receipts(folder.path(), &["resend", purchase]);
    assert!(resent.status.success() && told(&resent).contains("is sent again"));
    eventually(|| (fake.sent().len() == 1).then_some(())).await;
    eventually(|| list().starts_with("no receipt failed").then_some(())).await;
    let unknown = receipts(folder.path(), &["resend", "pur_none"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(told(&unknown), "creditpackd: pur_none: there is no such purchase\n");
    drop(serving);
}

#[tokio::test]
async fn the_vendors_client_finds_our_stand_in_to_be_resend() {
    let fake = ResendFake::start().await;
    // Faults before and between what the script sends; it says what it expects of each.
    fake.fail([Fault::TooMany(7), Fault::Broken, Fault::Invalid]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/resend-client.mjs");
    let mut node = tokio::process::Command::new("node");
    let ran = node.arg(script).args([&fake.url, API_KEY]).output().await.unwrap();
    assert!(ran.status.success(), "{}", told(&ran));
    assert_eq!(fake.sent().len(), 1);
}
