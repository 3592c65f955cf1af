//! Client tokens over HTTP, and what every credential may and may not do.

use reqwest::Method;
use serde_json::json;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, hold, op, send};

#[tokio::test]
async fn a_token_lasts_as_long_as_was_asked_for() {
    let backend = Backend::start().await;
    let body = json!({ "account": "u_1", "ttl_s": 60 });
    let answer = backend.post("/v1/tokens", SECRET_KEY, &body).await.ok(201);
    assert_eq!(answer.get("expires_at_ms"), json!(NOW_MS + 60_000));
    let token = answer.get("token").as_str().unwrap().to_owned();
    backend.get("/v1/account", &token).await.ok(200);
    backend.clock.advance(60_000);
    let late = backend.get("/v1/account", &token).await.refused(401, "token_expired");
    assert_eq!(late.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn tokens_outlive_a_restart() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let config = crate::backend::config(creditpackd::config::DEFAULT);
    let backend = Backend::start_with(config, backend.stop().await).await;
    backend.get("/v1/account", &token).await.ok(200);
}

#[tokio::test]
async fn a_token_of_another_installation_is_no_token() {
    let (backend, other) = (Backend::start().await, Backend::start().await);
    let token = other.token("u_1").await;
    backend.get("/v1/account", &token).await.refused(401, "token_invalid");
}

/// Every account-bound and secret address, with a body that would do.
fn addresses() -> Vec<(Method, String, serde_json::Value)> {
    let at = |end: &str| format!("/v1/holds/{}{end}", op(1));
    let claim = json!({ "account": "u_1", "operation": "image", "claim": "run" });
    let checkout = json!({
        "account": "u_1", "id": "c_1", "pack": "starter",
        "success_url": "https://shop.example/", "cancel_url": "https://shop.example/",
    });
    let grant = json!({ "id": "g", "account": "u_1", "credits": 1, "reason": "x" });
    let refund = json!({ "id": "r", "account": "u_1", "op": op(1), "reason": "x" });
    let nothing = json!(null);
    vec![
        (Method::GET, "/v1/account?account=u_1".into(), nothing.clone()),
        (Method::GET, "/v1/account/stream?account=u_1".into(), nothing.clone()),
        (Method::GET, "/v1/account/history?account=u_1".into(), nothing.clone()),
        (Method::POST, "/v1/holds".into(), hold("u_1", &op(1))),
        (Method::GET, at("?account=u_1"), nothing.clone()),
        (Method::POST, "/v1/holds/verdicts".into(), json!({ "account": "u_1", "ops": [] })),
        (Method::POST, at("/release"), json!({ "account": "u_1", "reason": "cancelled" })),
        (Method::POST, "/v1/quotes".into(), json!({ "account": "u_1", "pack": "starter" })),
        (Method::POST, "/v1/checkouts".into(), checkout),
        (Method::GET, "/v1/checkouts/c_1?account=u_1".into(), nothing),
        (Method::POST, at("/claim"), claim.clone()),
        (Method::POST, at("/extend"), claim.clone()),
        (Method::POST, at("/capture"), claim),
        (Method::POST, "/v1/tokens".into(), json!({ "account": "u_1" })),
        (Method::POST, "/v1/grants".into(), grant),
        (Method::POST, "/v1/refunds".into(), refund),
    ]
}

/// Asserts that every address refuses that credential with that code.
async fn check(backend: &Backend, credential: &str, status: u16, code: &str) {
    for (method, path, body) in addresses() {
        let request = backend.request(method.clone(), &path, credential);
        let request = if method == Method::POST { request.json(&body) } else { request };
        let answer = send(request).await;
        assert_eq!((answer.status, answer.get("code")), (status, json!(code)), "{path}");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_good_credential() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let (kept, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{kept}.{}", signature.chars().rev().collect::<String>());
    check(&backend, "", 401, "token_missing").await;
    check(&backend, "nonsense", 401, "token_invalid").await;
    check(&backend, &forged, 401, "token_invalid").await;
    check(&backend, "sk_test_0000000000000000000001", 401, "token_invalid").await;
    // A catalog is public, but not to those who show a bad credential.
    backend.get("/v1/catalog", "").await.ok(200);
    backend.get("/v1/catalog", &forged).await.refused(401, "token_invalid");
    let basic = backend.request(Method::GET, "/v1/account", "").basic_auth("a", Some("b"));
    send(basic).await.refused(401, "token_invalid");
    backend.clock.advance(900_000);
    check(&backend, &token, 401, "token_expired").await;
}

#[tokio::test]
async fn a_browser_speaks_for_its_own_account_only() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let stranger = backend.token("u_2").await;
    check(&backend, &stranger, 403, "forbidden").await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn a_browser_may_not_do_what_needs_the_secret_key() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    for (method, path, body) in addresses().into_iter().rev().take(5) {
        let answer = send(backend.request(method, &path, &token).json(&body)).await;
        answer.refused(403, "forbidden");
    }
    let mut claimed = hold("u_1", &op(1));
    claimed["claim"] = json!("run");
    backend.post("/v1/holds", &token, &claimed).await.refused(403, "forbidden");
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn operations_that_settle_at_once_are_for_the_secret_key() {
    let text = creditpackd::config::DEFAULT.replacen(
        "id = \"draft\"",
        "id = \"draft\"\nsettle = \"at_once\"",
        1,
    );
    let backend =
        Backend::start_with(crate::backend::config(&text), crate::backend::new_data()).await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    let body = json!({
        "account": "u_1", "op": op(1), "operation": "draft", "created_at_ms": NOW_MS,
    });
    backend.post("/v1/holds", &token, &body).await.refused(403, "forbidden");
    let debited = backend.post("/v1/holds", SECRET_KEY, &body).await.ok(201);
    assert_eq!(debited.get("state"), "debited");
    assert_eq!(debited.json().get("expires_at_ms"), None);
    let capture = format!("/v1/holds/{}/capture", op(1));
    let late = backend.post(&capture, SECRET_KEY, &json!({ "account": "u_1" })).await;
    late.refused(409, "already_captured");
}
