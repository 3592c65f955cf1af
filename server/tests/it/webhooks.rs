//! What may be told to us by webhook, by whom, and how often.

use std::sync::Arc;

use creditpackd::payments::stripe::signature::sign;
use creditpackd::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::backend::{Answer, Backend, NOW_MS, SECRET_KEY, WEBHOOK_SECRETS, send};
use crate::checkouts::checkout;

const STRIPE: &str = "/v1/webhooks/stripe";

/// A checkout's session, by making one.
async fn session(backend: &Backend, account: &str) -> String {
    let made = backend.post("/v1/checkouts", SECRET_KEY, &checkout(account, "c_1")).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    url.rsplit('/').next().unwrap().to_owned()
}

fn event(id: &str, kind: &str, session: &str, payment_status: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "livemode": false, "created": NOW_MS / 1000,
        "unheard_of": { "fields": "are ignored" },
        "data": { "object": {
            "id": session, "object": "checkout.session", "payment_status": payment_status,
            "amount_total": 99_999_999, "metadata": {}, "something": ["new"],
        }},
    })
}

fn completed(id: &str, session: &str, payment_status: &str) -> Value {
    event(id, "checkout.session.completed", session, payment_status)
}

async fn post(backend: &Backend, body: &str, signature: &str) -> Answer {
    let request = backend.request(Method::POST, STRIPE, "");
    send(request.header("stripe-signature", signature).body(body.to_owned())).await
}

/// Tells of a session, by an event of that kind.
pub(crate) async fn tell(backend: &Backend, kind: &str, session: &str) {
    deliver(backend, &event(&format!("evt_{kind}_{session}"), kind, session, "unpaid"))
        .await
        .ok(200);
}

/// Sends an event as Stripe would.
async fn deliver(backend: &Backend, event: &Value) -> Answer {
    let body = event.to_string();
    let secret = Secret::new(WEBHOOK_SECRETS[0]);
    let signature = sign(body.as_bytes(), &secret, backend.clock.now_ms());
    post(backend, &body, &signature).await
}

#[tokio::test]
async fn a_paid_session_grants_what_was_bought_and_nothing_twice() {
    let backend = Backend::start().await;
    let session = session(&backend, "u_1").await;
    deliver(&backend, &completed("evt_1", &session, "paid")).await.ok(200);
    // The amount in the event means nothing: the stored purchase says 5.
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
    deliver(&backend, &completed("evt_1", &session, "paid")).await.ok(200);
    deliver(&backend, &completed("evt_2", &session, "paid")).await.ok(200);
    let later = event("evt_3", "checkout.session.async_payment_succeeded", &session, "paid");
    deliver(&backend, &later).await.ok(200);
    let expired = event("evt_4", "checkout.session.expired", &session, "unpaid");
    deliver(&backend, &expired).await.ok(200);
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_replays_at_once_grant_once() {
    let backend = Arc::new(Backend::start().await);
    let session = session(&backend, "u_1").await;
    let mut replays = JoinSet::new();
    for number in 0..64 {
        let event = completed(&format!("evt_{}", number % 4), &session, "paid");
        let backend = Arc::clone(&backend);
        replays.spawn(async move { deliver(&backend, &event).await.status });
    }
    assert!(replays.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn a_payment_under_way_may_arrive_or_fail() {
    let backend = Backend::start().await;
    let path = |account: &str| format!("/v1/checkouts/c_1?account={account}");
    for (account, kind, status, settled) in [
        ("u_1", "checkout.session.async_payment_succeeded", "paid", 5),
        ("u_2", "checkout.session.async_payment_failed", "failed", 0),
    ] {
        let session = session(&backend, account).await;
        let unpaid = completed(&format!("evt_{account}"), &session, "unpaid");
        deliver(&backend, &unpaid).await.ok(200);
        let snapshot = backend.get(&format!("/v1/account?account={account}"), SECRET_KEY).await;
        assert_eq!(snapshot.get("incoming")[0]["status"], "processing");
        let end = event(&format!("evt_{account}_end"), kind, &session, "paid");
        deliver(&backend, &end).await.ok(200);
        assert_eq!(backend.balance(account).await.1, settled);
        let answer = backend.get(&path(account), SECRET_KEY).await.ok(200);
        assert_eq!(answer.get("status"), json!(status));
    }
    let free = session(&backend, "u_3").await;
    deliver(&backend, &completed("evt_free", &free, "no_payment_required")).await.ok(200);
    assert_eq!(backend.balance("u_3").await.1, 5);
}

#[tokio::test]
async fn what_is_not_ours_is_taken_and_ignored() {
    let backend = Backend::start().await;
    let session = session(&backend, "u_1").await;
    deliver(&backend, &completed("evt_1", "cs_of_somebody_else", "paid")).await.ok(200);
    deliver(&backend, &event("evt_2", "invoice.paid", &session, "paid")).await.ok(200);
    deliver(&backend, &completed("evt_3", &session, "a_word_of_tomorrow")).await.ok(200);
    let mut foreign = completed("evt_4", "cs_of_somebody_else", "paid");
    foreign["data"]["object"]["metadata"] = json!({ "instance": "01J", "purchase": "pur_1" });
    deliver(&backend, &foreign).await.ok(200);
    let mut odd = completed("evt_5", "cs_of_somebody_else", "paid");
    odd["data"]["object"]["metadata"] = json!({ "instance": 7, "credits": [1] });
    deliver(&backend, &odd).await.ok(200);
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
}

#[tokio::test]
async fn only_signed_bodies_are_believed() {
    let backend = Backend::start().await;
    let session = session(&backend, "u_1").await;
    let body = completed("evt_1", &session, "paid").to_string();
    let signed = |secret: &str, at_ms| sign(body.as_bytes(), &Secret::new(secret), at_ms);
    let good = signed(WEBHOOK_SECRETS[0], NOW_MS);
    let refused = async |body: &str, signature: &str| {
        let answer = post(&backend, body, signature).await.refused(400, "invalid_request");
        assert_eq!(answer.get("field"), "Stripe-Signature", "{signature}");
    };
    refused(&body, "").await;
    refused(&body, "t=1,v1=00").await;
    refused(&body, &signed("whsec_of_somebody_else", NOW_MS)).await;
    refused(&body, &signed(WEBHOOK_SECRETS[0], NOW_MS - 301_000)).await;
    refused(&body, &signed(WEBHOOK_SECRETS[0], NOW_MS + 301_000)).await;
    refused(&body.replace("paid", "paid "), &good).await;
    refused(&body, &good.replace("v1=", "v0=")).await;
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
    // While a secret is rolled there are two signatures, and two secrets.
    let forged = format!("v1={}", "00".repeat(32));
    post(&backend, &body, &good.replacen(",v1", &format!(",{forged},v1"), 1)).await.ok(200);
    post(&backend, &body, &signed(WEBHOOK_SECRETS[1], NOW_MS - 299_000)).await.ok(200);
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn signed_nonsense_is_refused_and_so_is_real_money() {
    let backend = Backend::start().await;
    let session = session(&backend, "u_1").await;
    let mut live = completed("evt_1", &session, "paid");
    live["livemode"] = json!(true);
    let refused = deliver(&backend, &live).await.refused(400, "invalid_request");
    assert_eq!(refused.get("field"), "livemode");
    for bad in [json!({}), json!([]), json!({ "id": 1 }), json!({ "id": "evt", "type": "x" })] {
        deliver(&backend, &bad).await.refused(400, "invalid_request");
    }
    let mut no_session = completed("evt_2", &session, "paid");
    no_session["data"]["object"] = json!({ "object": "checkout.session" });
    deliver(&backend, &no_session).await.refused(400, "invalid_request");
    let secret = Secret::new(WEBHOOK_SECRETS[0]);
    for text in ["", "not json", "{"] {
        let signature = sign(text.as_bytes(), &secret, NOW_MS);
        post(&backend, text, &signature).await.refused(400, "invalid_request");
    }
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
}
