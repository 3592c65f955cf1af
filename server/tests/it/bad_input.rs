//! What nobody should send: each the protocol's refusal, none a panic, nothing changed.

use std::collections::BTreeSet;

use creditpackd::http::openapi::document;
use reqwest::Method;
use serde_json::{Value, json};

use crate::backend::{Backend, NOW_MS, SECRET_KEY, SITE, hold, op, send};
use crate::checkouts::checkout;
use crate::openapi::object;

/// Every address that reads a JSON body, with a good one.
fn bodies() -> Vec<(String, Value)> {
    let at = |end: &str| format!("/v1/holds/{}/{end}", op(1));
    let claim = json!({ "account": "u_1", "operation": "image", "quantity": 1, "claim": "run" });
    vec![
        ("/v1/tokens".into(), json!({ "account": "u_1", "ttl_s": 60 })),
        (
            "/v1/grants".into(),
            json!({ "id": "g9", "account": "u_1", "credits": 1, "reason": "x", "actor": "ann" }),
        ),
        (
            "/v1/refunds".into(),
            json!({ "id": "r9", "account": "u_1", "op": op(1), "credits": 1, "reason": "x" }),
        ),
        (
            "/v1/holds".into(),
            json!({
                "account": "u_1", "op": op(1), "operation": "image", "quantity": 1,
                "expected_credits": 1, "created_at_ms": NOW_MS, "claim": "run",
            }),
        ),
        ("/v1/holds/verdicts".into(), json!({ "account": "u_1", "ops": [op(1)] })),
        (at("claim"), claim),
        (at("extend"), json!({ "account": "u_1", "claim": "run" })),
        (at("capture"), json!({ "account": "u_1", "credits": 1 })),
        (at("release"), json!({ "account": "u_1", "reason": "failed" })),
        (
            "/v1/quotes".into(),
            json!({ "account": "u_1", "pack": "starter", "quantity": 1, "currency": "usd" }),
        ),
        (
            "/v1/checkouts".into(),
            json!({
                "account": "u_1", "id": "c_1", "pack": "starter", "quantity": 1,
                "currency": "usd", "success_url": SITE, "cancel_url": SITE,
                "expected": { "amount_minor": 400, "currency": "usd", "credits": 5 },
                "email": "a@b.c", "locale": "en",
            }),
        ),
    ]
}

#[tokio::test]
async fn what_is_compressed_is_not_taken_for_json() {
    let backend = Backend::start().await;
    let post = |coding| {
        let request = reqwest::Client::new().post(format!("{}/v1/quotes", backend.url));
        let request = request.bearer_auth(SECRET_KEY).header("content-encoding", coding);
        request.json(&json!({ "account": "u_1", "pack": "starter" })).send()
    };
    assert_eq!(post("identity").await.unwrap().status(), 200);
    assert_eq!(post("gzip").await.unwrap().status(), 415);
}

async fn post_text(
    backend: &Backend,
    path: &str,
    content_type: &str,
    text: String,
) -> crate::backend::Answer {
    let request = backend.request(Method::POST, path, SECRET_KEY);
    send(request.header("content-type", content_type).body(text)).await
}

#[tokio::test]
async fn no_body_but_well_formed_json_is_read() {
    let backend = Backend::start().await;
    for (path, good) in bodies() {
        let json = "application/json; charset=utf-8";
        for bad in ["", "{", "nonsense", "[]", "1", "null", "\"x\"", "{}{}", "{\"a\":\u{0}1}"] {
            let answer = post_text(&backend, &path, json, bad.to_owned()).await;
            answer.refused(400, "invalid_request");
        }
        let fields: Vec<_> = good.as_object().unwrap().values().collect();
        let array = serde_json::to_string(&fields).unwrap();
        post_text(&backend, &path, json, array).await.refused(400, "invalid_request");
        let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
        post_text(&backend, &path, json, deep).await.refused(400, "invalid_request");
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            let answer = post_text(&backend, &path, kind, good.to_string()).await;
            answer.refused(415, "unsupported_media_type");
        }
        let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(64 * 1024));
        post_text(&backend, &path, json, huge).await.refused(413, "body_too_large");
        let not_utf8 = backend.request(Method::POST, &path, SECRET_KEY);
        let not_utf8 = not_utf8.header("content-type", json).body(vec![b'{', 0xff, b'}']);
        send(not_utf8).await.refused(400, "invalid_request");
    }
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
}

/// Values that fit no field of ours, whatever its type.
fn odd_values() -> Vec<Value> {
    let huge: Value = serde_json::from_str("1e300").unwrap();
    vec![
        json!(-1.5),
        json!(0.5),
        huge,
        json!(u64::MAX),
        json!(true),
        json!({ "a": 1 }),
        json!([[1]]),
        json!("\u{0}"),
        json!("x".repeat(5000)),
    ]
}

#[tokio::test]
async fn every_field_of_every_body_is_checked() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    for (path, good) in bodies() {
        for (field, value) in good.as_object().unwrap() {
            for odd in odd_values() {
                let mut body = good.clone();
                body[field] = odd.clone();
                let answer = backend.post(&path, SECRET_KEY, &body).await;
                // A text that is merely unknown is refused by name.
                let expect = match (path.as_str(), field.as_str(), odd.is_string()) {
                    (_, "operation", true) if path == "/v1/holds" => (422, "unknown_operation"),
                    (_, "operation", true) => (404, "unknown_op"),
                    (_, "pack", true) => (422, "unknown_pack"),
                    (_, "success_url" | "cancel_url", true) => (422, "url_not_allowed"),
                    _ => (400, "invalid_request"),
                };
                let told = (answer.status, answer.get("code"));
                assert_eq!(told, (expect.0, json!(expect.1)), "{path} {field} {odd} {value}");
                if expect.0 == 400 {
                    let named = answer.get("field").as_str().unwrap_or_default().to_owned();
                    assert!(named.starts_with(field.as_str()), "{path} {field} {odd}: {named}");
                }
            }
        }
    }
    assert_eq!(backend.balance("u_1").await, (1, 5, 0), "nothing was done");
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let backend = Backend::start().await;
    let optional =
        ["ttl_s", "actor", "quantity", "expected_credits", "claim", "credits", "currency"];
    let optional = [&optional[..], &["expected", "email", "locale"]].concat();
    for (path, good) in bodies() {
        for field in good.as_object().unwrap().keys() {
            let claims = path.ends_with("/claim") || path.ends_with("/extend");
            let needed =
                (claims && field == "claim") || (path == "/v1/grants" && field == "credits");
            if optional.contains(&field.as_str()) && !needed {
                continue;
            }
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(field);
            let answer = backend.post(&path, SECRET_KEY, &body).await;
            let answer = answer.refused(400, "invalid_request");
            assert_eq!(answer.get("field"), json!(field), "{path}");
        }
    }
}

#[tokio::test]
async fn numbers_stay_in_their_ranges() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let over: u64 = 1 << 53;
    for (path, field, value) in [
        ("/v1/tokens", "ttl_s", json!(0)),
        ("/v1/tokens", "ttl_s", json!(901)),
        ("/v1/tokens", "ttl_s", json!(-1)),
        ("/v1/grants", "credits", json!(0)),
        ("/v1/grants", "credits", json!(over)),
        ("/v1/grants", "credits", json!(i64::MIN)),
        ("/v1/refunds", "credits", json!(over)),
        ("/v1/refunds", "credits", json!(-1)),
        ("/v1/holds", "quantity", json!(0)),
        ("/v1/holds", "quantity", json!(10_001)),
        ("/v1/holds", "quantity", json!(-1)),
        ("/v1/holds", "expected_credits", json!(over)),
        ("/v1/holds", "created_at_ms", json!(u64::MAX)),
        ("/v1/quotes", "quantity", json!(0)),
        ("/v1/checkouts", "quantity", json!(0)),
        ("/v1/checkouts", "quantity", json!(u64::MAX)),
    ] {
        let good = bodies().into_iter().find(|(at, _)| at == path).unwrap().1;
        let mut body = good;
        body[field] = value.clone();
        let answer = backend.post(path, SECRET_KEY, &body).await;
        assert_eq!(answer.status, 400, "{path} {field} {value}: {answer:?}");
        assert_eq!(answer.refused(400, "invalid_request").get("field"), json!(field));
    }
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await.ok(201);
    let capture = format!("/v1/holds/{}/capture", op(1));
    let nothing = json!({ "account": "u_1", "credits": 0 });
    backend.post(&capture, SECRET_KEY, &nothing).await.refused(400, "invalid_request");
    let ops: Vec<_> = (0..101).map(op).collect();
    let many = json!({ "account": "u_1", "ops": ops });
    let many = backend.post("/v1/holds/verdicts", SECRET_KEY, &many).await;
    assert_eq!(many.refused(400, "invalid_request").get("field"), "ops");
    let expired = json!({ "account": "u_1", "reason": "expired" });
    let release = format!("/v1/holds/{}/release", op(1));
    backend.post(&release, SECRET_KEY, &expired).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn queries_and_paths_are_checked_too() {
    let backend = Backend::start().await;
    for (path, field) in [
        ("/v1/account", "account"),
        ("/v1/account?account=", "account"),
        ("/v1/account?account=a%20b", "account"),
        ("/v1/account?account=u_1&since=-1", "since"),
        ("/v1/account?account=u_1&since=1.5", "since"),
        ("/v1/account?account=u_1&since=9007199254740992", "since"),
        ("/v1/account?account=u_1&since=99999999999999999999", "since"),
        ("/v1/account?account=u_1&epoch=x", "epoch"),
        ("/v1/account?account=u_1&wait_s=26", "wait_s"),
        ("/v1/account/stream", "account"),
        ("/v1/account/stream?account=u_1&since=x", "since"),
        ("/v1/account/history?account=u_1&limit=0", "limit"),
        ("/v1/account/history?account=u_1&limit=501", "limit"),
        ("/v1/account/history?account=u_1&before=x", "before"),
        ("/v1/catalog?currency=zzz", "currency"),
        ("/v1/holds/not-an-op?account=u_1", "op"),
        ("/v1/holds/0192F0C1-7D3A-7B4E-9C1D-2F3A4B5C6D7E?account=u_1", "op"),
        ("/v1/checkouts/c_1", "account"),
    ] {
        let answer = backend.get(path, SECRET_KEY).await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        assert_eq!(answer.refused(400, "invalid_request").get("field"), json!(field), "{path}");
    }
    for (path, detail) in [
        (
            "/v1/account?account=u_1&since=-1",
            "since must be a whole number from 0 to 9007199254740991",
        ),
        (
            "/v1/account?account=u_1&since=",
            "since must be a whole number from 0 to 9007199254740991",
        ),
        ("/v1/account?account=u_1&wait_s=x", "wait_s must be a whole number from 0 to 25"),
        ("/v1/account/history?account=u_1&limit=1e3", "limit must be a whole number from 1 to 500"),
        ("/v1/account?account=u_1&account=u_2", "account is there twice"),
        ("/v1/holds/%FF?account=u_1", "op must be UTF-8 text"),
        ("/v1/checkouts/%FF?account=u_1", "id must be UTF-8 text"),
        ("/test/checkout/%FF", "session must be UTF-8 text"),
    ] {
        let answer = backend.get(path, SECRET_KEY).await.refused(400, "invalid_request");
        assert_eq!(answer.get("detail"), json!(detail), "{path}");
        let field = detail.split(' ').next().unwrap();
        assert_eq!(answer.get("field"), json!(field), "{path}");
    }
    for end in ["claim", "extend", "capture", "release"] {
        let body = json!({
            "account": "u_1", "operation": "image", "claim": "run", "reason": "failed",
        });
        let answer = backend.post(&format!("/v1/holds/x/{end}"), SECRET_KEY, &body).await;
        assert_eq!(answer.refused(400, "invalid_request").get("field"), "op");
        let answer = backend.post(&format!("/v1/holds/%FF/{end}"), SECRET_KEY, &body).await;
        assert_eq!(answer.refused(400, "invalid_request").get("field"), "op");
    }
}

#[tokio::test]
async fn addresses_that_do_not_exist_are_problems_too() {
    let backend = Backend::start().await;
    backend.get("/", "").await.refused(404, "not_found");
    backend.get("/v1/nothing", SECRET_KEY).await.refused(404, "not_found");
    backend.get("/v1/holds", SECRET_KEY).await.refused(405, "method_not_allowed");
    let delete = backend.request(Method::DELETE, "/v1/account", SECRET_KEY);
    send(delete).await.refused(405, "method_not_allowed");
    backend.get("/v1/checkouts/c_1?account=u_1", SECRET_KEY).await.refused(404, "unknown_checkout");
    backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
}

#[test]
fn every_documented_body_is_in_the_table() {
    let mut documented = BTreeSet::new();
    for (path, methods) in object(&document()["paths"]) {
        for (_, operation) in object(methods) {
            let json = &operation["requestBody"]["content"]["application/json"];
            let signed = path.starts_with("/v1/webhooks/");
            if !json.is_null() && !signed {
                documented.insert(path.replace("{op}", &op(1)));
            }
        }
    }
    assert_eq!(documented, bodies().into_iter().map(|(path, _)| path).collect());
}

#[tokio::test]
async fn every_address_refuses_other_methods() {
    let backend = Backend::start().await;
    for (path, methods) in object(&document()["paths"]) {
        let path = path.replace("{op}", &op(1)).replace(['{', '}'], "");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if methods[method.as_str().to_lowercase()].is_null() {
                let answer = send(backend.request(method, &path, SECRET_KEY)).await;
                let allowed = answer.refused(405, "method_not_allowed");
                assert!(!allowed.header("allow").is_empty(), "{path}");
            }
        }
    }
}
