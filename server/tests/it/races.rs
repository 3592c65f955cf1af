//! What happens at once, over HTTP: one winner, and every loser is told.

use serde_json::json;

use crate::backend::{Backend, SECRET_KEY, hold, op};

#[tokio::test(flavor = "multi_thread")]
async fn work_and_release_never_both_win() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1000).await;
    let token = backend.token("u_1").await;
    for number in 0..100 {
        backend.post("/v1/holds", &token, &hold("u_1", &op(number))).await.ok(201);
        let at = format!("/v1/holds/{}", op(number));
        let (claim_at, release_at) = (format!("{at}/claim"), format!("{at}/release"));
        let claim = json!({ "account": "u_1", "operation": "image", "claim": "run" });
        let cancel = json!({ "reason": "cancelled" });
        let (claimed, released) = tokio::join!(
            backend.post(&claim_at, SECRET_KEY, &claim),
            backend.post(&release_at, &token, &cancel),
        );
        match (claimed.status, released.status) {
            (200, 409) => drop(released.refused(409, "hold_claimed")),
            (409, 200) => drop(claimed.refused(409, "already_released")),
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_of_the_work_gets_a_hold() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1000).await;
    let token = backend.token("u_1").await;
    for number in 0..50 {
        // Half of them race for a hold that waits, half for one that they make.
        if number % 2 == 0 {
            backend.post("/v1/holds", &token, &hold("u_1", &op(number))).await.ok(201);
        }
        let body = |claim: &str| {
            let mut body = hold("u_1", &op(number));
            body["claim"] = json!(claim);
            body
        };
        let (first, second) = (body("run_1"), body("run_2"));
        let (first, second) = tokio::join!(
            backend.post("/v1/holds", SECRET_KEY, &first),
            backend.post("/v1/holds", SECRET_KEY, &second),
        );
        let (won, lost) = if first.status < 300 { (first, second) } else { (second, first) };
        assert_eq!(won.get("state"), "held");
        lost.refused(409, "hold_claimed");
    }
    assert_eq!(backend.balance("u_1").await.2, 50);
}
