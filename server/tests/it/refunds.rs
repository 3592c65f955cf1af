//! Refunds of ops over HTTP.

use serde_json::{Value, json};

use crate::backend::{Backend, SECRET_KEY, hold, op};

fn refund(id: &str, credits: Option<u64>) -> Value {
    let mut body = json!({ "id": id, "account": "u_1", "op": op(1), "reason": "blurred" });
    if let Some(credits) = credits {
        body["credits"] = json!(credits);
    }
    body
}

/// A backend whose account has five credits, three of them spent by one op.
async fn spent() -> Backend {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let mut body = hold("u_1", &op(1));
    body["quantity"] = json!(3);
    backend.post("/v1/holds", SECRET_KEY, &body).await.ok(201);
    let capture = format!("/v1/holds/{}/capture", op(1));
    backend.post(&capture, SECRET_KEY, &json!({ "account": "u_1" })).await.ok(200);
    backend
}

#[tokio::test]
async fn a_spend_is_given_back_in_parts_each_once_for_its_id() {
    let backend = spent().await;
    let part = backend.post("/v1/refunds", SECRET_KEY, &refund("r1", Some(1))).await.ok(201);
    let epoch = backend.get("/v1/account?account=u_1", SECRET_KEY).await.get("epoch");
    assert_eq!(
        part.json(),
        json!({ "id": "r1", "entry": {
            "epoch": epoch, "version": 4, "kind": "refund", "op": op(1), "operation": "image",
            "credits": 1, "applied_version": 2, "reason": "blurred",
            "settled": 3, "held": 0, "available": 3, "at_ms": crate::backend::NOW_MS,
        } })
    );
    let again = backend.post("/v1/refunds", SECRET_KEY, &refund("r1", Some(1))).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), part.json());
    for other in [refund("r1", Some(2)), refund("r1", None)] {
        let other = backend.post("/v1/refunds", SECRET_KEY, &other).await;
        other.refused(409, "checkout_conflict");
    }
    let over = backend.post("/v1/refunds", SECRET_KEY, &refund("r2", Some(3))).await;
    over.refused(409, "exceeds_hold");
    let rest = backend.post("/v1/refunds", SECRET_KEY, &refund("r2", None)).await.ok(201);
    assert_eq!(rest.get("entry")["credits"], json!(2), "the id was free after its refusal");
    let none = backend.post("/v1/refunds", SECRET_KEY, &refund("r3", None)).await;
    none.refused(409, "exceeds_hold");
    assert_eq!(backend.balance("u_1").await, (5, 5, 0));
    let at = format!("/v1/holds/{}?account=u_1", op(1));
    let receipt = backend.get(&at, SECRET_KEY).await.ok(200);
    assert_eq!(receipt.get("state"), json!("refunded"));
    assert_eq!(receipt.get("ended_version"), json!(3));
}

#[tokio::test]
async fn many_refunds_at_once_never_give_back_more_than_was_spent() {
    let backend = spent().await;
    let mut answers = Vec::new();
    for round in 0..4 {
        let ids = [0, 1, 2, 3].map(|number| refund(&format!("r{}", round * 4 + number), Some(1)));
        let [a, b, c, d] = &ids;
        let post = |body| backend.post("/v1/refunds", SECRET_KEY, body);
        let (a, b, c, d) = tokio::join!(post(a), post(b), post(c), post(d));
        answers.extend([a.status, b.status, c.status, d.status]);
    }
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 3);
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 13);
    assert_eq!(backend.balance("u_1").await, (6, 5, 0));
}

#[tokio::test]
async fn nothing_is_given_back_of_what_was_not_spent() {
    let backend = Backend::start().await;
    let unknown = backend.post("/v1/refunds", SECRET_KEY, &refund("r1", None)).await;
    unknown.refused(404, "unknown_op");
    let rejected = backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await;
    rejected.refused(402, "insufficient_credits");
    let answer = backend.post("/v1/refunds", SECRET_KEY, &refund("r1", None)).await;
    assert_eq!(answer.refused(402, "insufficient_credits").get("op"), json!(op(1)));
    let zero = backend.post("/v1/refunds", SECRET_KEY, &refund("r1", Some(0))).await;
    zero.refused(402, "insufficient_credits");
}
