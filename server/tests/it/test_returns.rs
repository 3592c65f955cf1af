//! Test mode pretends refunds and disputes, too: a product tries what becomes of the credits.

use serde_json::{Value, json};

use crate::backend::{Answer, Backend, SECRET_KEY};
use crate::checkouts::{checkout, press};

/// Buys five credits for 4 dollars; the path of the page they were paid on.
async fn paid(backend: &Backend) -> String {
    let made = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    let page = url.strip_prefix(&backend.url).unwrap().to_owned();
    press(backend, &page, "pay").await.ok(303);
    backend.settled("u_1", |account| account["settled"] == 5).await;
    page
}

/// Presses a button, and asserts what the account then owns and what the checkout says.
async fn shows(backend: &Backend, page: &str, choice: &str, expect: (i64, &str)) -> Answer {
    let shown = press(backend, page, choice).await.ok(200);
    let checkout = backend.get("/v1/checkouts/c_1?account=u_1", SECRET_KEY).await.ok(200);
    let status = checkout.get("status");
    let settled = backend.balance("u_1").await.1;
    assert_eq!((settled, status.as_str().unwrap()), expect, "{choice}");
    shown
}

/// The kinds of the account's entries, newest first, with their credits and reasons.
async fn entries(backend: &Backend) -> Vec<(Value, Value, Value)> {
    let path = "/v1/account/history?account=u_1&limit=100";
    let page = backend.get(path, SECRET_KEY).await.ok(200);
    let entries = page.get("entries");
    let entries = entries.as_array().unwrap().iter();
    entries.map(|it| (it["kind"].clone(), it["credits"].clone(), it["reason"].clone())).collect()
}

#[tokio::test]
async fn a_refund_takes_its_credits_and_another_the_rest() {
    let backend = Backend::start().await;
    let page = paid(&backend).await;
    let shown = shows(&backend, &page, "refund_half", (3, "partially_refunded")).await;
    for words in ["Part of the payment was given back", "refund\">Refund", "Dispute"] {
        assert!(shown.text.contains(words), "{words}: {}", shown.text);
    }
    let shown = shows(&backend, &page, "refund", (0, "refunded")).await;
    assert!(!shown.text.contains("<button"), "nothing is left: {}", shown.text);
    for nothing in ["refund", "refund_half", "dispute", "win_dispute", "pay"] {
        shows(&backend, &page, nothing, (0, "refunded")).await;
    }
    let clawback = |credits: u64| (json!("clawback"), json!(credits), json!("refund"));
    assert_eq!(entries(&backend).await[..2], [clawback(3), clawback(2)]);
}

#[tokio::test]
async fn a_dispute_takes_the_credits_and_one_that_is_won_returns_them() {
    let backend = Backend::start().await;
    let page = paid(&backend).await;
    shows(&backend, &page, "win_dispute", (5, "paid")).await;
    for _ in 0..2 {
        let shown = shows(&backend, &page, "dispute", (0, "disputed")).await;
        assert!(shown.text.contains("Win the dispute"), "{}", shown.text);
        shows(&backend, &page, "dispute", (0, "disputed")).await;
        shows(&backend, &page, "win_dispute", (5, "paid")).await;
    }
    let kinds: Vec<_> = entries(&backend).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["reinstate", "clawback", "reinstate", "clawback", "grant"]);
}

#[tokio::test]
async fn what_is_not_paid_cannot_come_back() {
    let backend = Backend::start().await;
    let made = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    let page = url.strip_prefix(&backend.url).unwrap();
    for choice in ["refund", "refund_half", "dispute", "win_dispute"] {
        let shown = shows(&backend, page, choice, (0, "open")).await;
        assert!(shown.text.contains(">Pay</button>"), "{}", shown.text);
    }
    press(&backend, "/test/checkout/cs_test_none", "refund").await.ok(404);
}
