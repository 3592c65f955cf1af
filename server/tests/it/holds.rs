//! Spends over HTTP: every way through, and every replay.

use serde_json::json;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, hold, op};

#[tokio::test]
async fn a_browser_holds_and_the_product_claims_extends_and_captures() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    let (op, at) = (op(1), format!("/v1/holds/{}", op(1)));
    // The account may be left out with a client token.
    let body = json!({ "op": op, "operation": "image", "quantity": 2, "created_at_ms": NOW_MS });
    let held = backend.post("/v1/holds", &token, &body).await.ok(201);
    let epoch = backend.get("/v1/account", &token).await.ok(200).get("epoch");
    assert_eq!(
        held.json(),
        json!({
            "op": op, "epoch": epoch, "verdict": "applied", "version": 2, "operation": "image", "credits": 2,
            "state": "held", "expires_at_ms": NOW_MS + 120_000,
        })
    );
    assert!(!held.is_replay());
    let again = backend.post("/v1/holds", &token, &body).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), held.json());

    let claim = json!({ "account": "u_1", "operation": "image", "quantity": 2, "claim": "run_1" });
    let claimed = backend.post(&format!("{at}/claim"), SECRET_KEY, &claim).await.ok(200);
    assert_eq!(claimed.get("quantity"), json!(2));
    assert_eq!(claimed.get("expires_at_ms"), json!(NOW_MS + 600_000));
    assert!(backend.post(&format!("{at}/claim"), SECRET_KEY, &claim).await.ok(200).is_replay());

    backend.clock.advance(60_000);
    let extend = json!({ "account": "u_1", "claim": "run_1" });
    let extended = backend.post(&format!("{at}/extend"), SECRET_KEY, &extend).await.ok(200);
    assert_eq!(extended.get("expires_at_ms"), json!(NOW_MS + 660_000));
    let other = json!({ "account": "u_1", "claim": "run_2" });
    backend.post(&format!("{at}/extend"), SECRET_KEY, &other).await.refused(409, "hold_claimed");

    let over = json!({ "account": "u_1", "credits": 3 });
    backend.post(&format!("{at}/capture"), SECRET_KEY, &over).await.refused(409, "exceeds_hold");
    let part = json!({ "account": "u_1", "credits": 1 });
    let captured = backend.post(&format!("{at}/capture"), SECRET_KEY, &part).await.ok(200);
    assert_eq!(
        (captured.get("state"), captured.get("ended_version")),
        (json!("captured"), json!(3))
    );
    let again = backend.post(&format!("{at}/capture"), SECRET_KEY, &part).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), captured.json());
    let all = json!({ "account": "u_1" });
    backend.post(&format!("{at}/capture"), SECRET_KEY, &all).await.refused(409, "already_captured");
    let release = json!({ "account": "u_1", "reason": "failed" });
    let late = backend.post(&format!("{at}/release"), SECRET_KEY, &release).await;
    late.refused(409, "already_captured");
    assert_eq!(backend.balance("u_1").await, (3, 4, 0));
    assert_eq!(backend.get(&at, &token).await.ok(200).json(), captured.json());
}

#[tokio::test]
async fn the_product_makes_the_hold_that_the_browser_announced() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let body = |claim: &str| {
        let mut body = hold("u_1", &op(1));
        body["claim"] = json!(claim);
        body
    };
    let held = backend.post("/v1/holds", SECRET_KEY, &body("run_1")).await.ok(201);
    assert_eq!(held.get("expires_at_ms"), json!(NOW_MS + 600_000));
    assert!(backend.post("/v1/holds", SECRET_KEY, &body("run_1")).await.ok(200).is_replay());
    let other = backend.post("/v1/holds", SECRET_KEY, &body("run_2")).await;
    other.refused(409, "hold_claimed");
    // The browser cannot take it back: its work may have started.
    let token = backend.token("u_1").await;
    let at = format!("/v1/holds/{}/release", op(1));
    let refused = backend.post(&at, &token, &json!({ "reason": "cancelled" })).await;
    refused.refused(409, "hold_claimed");
    let release = json!({ "account": "u_1", "reason": "invalid_output" });
    let released = backend.post(&at, SECRET_KEY, &release).await.ok(200);
    assert_eq!(released.get("reason"), json!("invalid_output"));
    assert!(backend.post(&at, SECRET_KEY, &release).await.ok(200).is_replay());
    let capture = json!({ "account": "u_1" });
    let late = backend.post(&format!("/v1/holds/{}/capture", op(1)), SECRET_KEY, &capture).await;
    late.refused(409, "already_released");
}

#[tokio::test]
async fn the_product_claims_a_hold_that_waits() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);
    let mut body = hold("u_1", &op(1));
    body["claim"] = json!("run_1");
    let claimed = backend.post("/v1/holds", SECRET_KEY, &body).await.ok(200);
    assert!(!claimed.is_replay(), "it changed the hold");
    assert_eq!(claimed.get("expires_at_ms"), json!(NOW_MS + 600_000));
    // A key that names no run makes a hold that is claimed all the same.
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(2))).await.ok(201);
    let at = format!("/v1/holds/{}/claim", op(2));
    let claim = json!({ "account": "u_1", "operation": "image", "claim": "run_1" });
    backend.post(&at, SECRET_KEY, &claim).await.refused(409, "hold_claimed");
}

#[tokio::test]
async fn a_browser_takes_back_what_waits_and_a_cancelled_op_stays_cancelled() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);
    let cancel = json!({ "account": "u_1", "reason": "cancelled" });
    let at = format!("/v1/holds/{}/release", op(1));
    let reason = json!({ "account": "u_1", "reason": "failed" });
    backend.post(&at, &token, &reason).await.refused(403, "forbidden");
    assert_eq!(backend.post(&at, &token, &cancel).await.ok(200).get("state"), "released");

    let at = format!("/v1/holds/{}/release", op(2));
    let tombstone = backend.post(&at, &token, &cancel).await.ok(200);
    assert_eq!(tombstone.get("verdict"), "rejected");
    assert_eq!(tombstone.get("code"), "cancelled");
    assert!(backend.post(&at, &token, &cancel).await.ok(200).is_replay());
    let late = backend.post("/v1/holds", &token, &hold("u_1", &op(2))).await;
    let late = late.refused(409, "cancelled");
    assert!(late.is_replay());
    assert_eq!((late.get("op"), late.get("verdict")), (json!(op(2)), json!("rejected")));
}

#[tokio::test]
async fn a_refusal_for_lack_of_credits_is_for_good() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let refused = backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await;
    let refused = refused.refused(402, "insufficient_credits");
    for (field, expect) in [
        ("op", json!(op(1))),
        ("verdict", json!("rejected")),
        ("required", json!(1)),
        ("available", json!(0)),
        ("version", json!(0)),
    ] {
        assert_eq!(refused.get(field), expect, "{field}");
    }
    assert!(!refused.is_replay());
    backend.grant("g1", "u_1", 5).await;
    let again = backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await;
    let again = again.refused(402, "insufficient_credits");
    assert!(again.is_replay());
    assert_eq!(again.json(), refused.json());
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn an_op_is_for_one_thing_and_its_time() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    let post = async |number: u64, field: &str, value| {
        let mut body = hold("u_1", &op(number));
        body[field] = value;
        backend.post("/v1/holds", &token, &body).await
    };
    post(1, "quantity", json!(1)).await.ok(201);
    post(1, "quantity", json!(2)).await.refused(409, "op_conflict");
    post(1, "operation", json!("draft")).await.refused(409, "op_conflict");
    post(2, "operation", json!("video")).await.refused(422, "unknown_operation");
    let changed = post(3, "expected_credits", json!(2)).await.refused(409, "price_changed");
    assert_eq!(changed.get("credits"), json!(1));
    let ahead = post(4, "created_at_ms", json!(NOW_MS + 600_001)).await;
    assert_eq!(ahead.refused(400, "invalid_request").get("field"), "created_at_ms");
    post(4, "created_at_ms", json!(NOW_MS + 600_000)).await.ok(201);
    let week_ms = 7 * 24 * 60 * 60 * 1000;
    let old = post(5, "created_at_ms", json!(NOW_MS - week_ms - 1)).await;
    assert_eq!(old.refused(410, "op_too_old").get("server_time_ms"), json!(NOW_MS));
    // An op of last week that was applied is answered as ever.
    backend.clock.advance(week_ms + 1);
    let again = backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await.ok(200);
    assert!(again.is_replay());
}

#[tokio::test]
async fn verdicts_are_told_in_the_order_asked_and_of_ones_own_ops_only() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1).await;
    let token = backend.token("u_1").await;
    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);
    backend.post("/v1/holds", &token, &hold("u_1", &op(2))).await.ok(402);
    let asked = json!({ "ops": [op(3), op(2), op(1)] });
    let answer = backend.post("/v1/holds/verdicts", &token, &asked).await.ok(200).json();
    let told: Vec<_> =
        answer["receipts"].as_array().unwrap().iter().map(|it| it["verdict"].clone()).collect();
    assert_eq!(told, [json!("unknown"), json!("rejected"), json!("applied")]);
    let at = format!("/v1/holds/{}", op(3));
    backend.get(&at, &token).await.refused(404, "unknown_op");
    // To others it does not exist.
    let stranger = backend.token("u_2").await;
    let at = format!("/v1/holds/{}", op(1));
    backend.get(&at, &stranger).await.refused(404, "unknown_op");
    let answer = backend.post("/v1/holds/verdicts", &stranger, &asked).await.ok(200).json();
    assert!(answer["receipts"].as_array().unwrap().iter().all(|it| it["verdict"] == "unknown"));
    let capture = json!({ "account": "u_2" });
    backend.post(&format!("{at}/capture"), SECRET_KEY, &capture).await.refused(404, "unknown_op");
}
