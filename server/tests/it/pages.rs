//! The pages that are served, and what every answer says to browsers.

use creditpackd::http::openapi::document;
use reqwest::Method;

use crate::backend::{Answer, Backend, SECRET_KEY, send};
use crate::checkouts::checkout;
use crate::openapi::object;

/// Asserts what every answer says: nothing runs, nothing frames it, nothing is sniffed or told on.
#[track_caller]
fn check(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for rule in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action "]
    {
        assert!(policy.contains(rule), "{path} has no {rule}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{path} {name}");
    }
    assert!(!answer.header("cache-control").is_empty(), "{path}");
    assert_eq!(answer.header("set-cookie"), "", "{path}");
}

#[tokio::test]
async fn every_answer_is_guarded_whatever_is_asked() {
    let backend = Backend::start().await;
    backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
    let mut pages = 0;
    for (path, methods) in object(&document()["paths"]) {
        for (method, _) in object(methods) {
            for credential in ["", SECRET_KEY] {
                if path.ends_with("/stream") {
                    continue;
                }
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let path = path.replace(['{', '}'], "");
                let request = backend.request(method, &format!("{path}?account=u_1"), credential);
                let answer = send(request).await;
                pages += usize::from(answer.header("content-type").starts_with("text/html"));
                check(&path, &answer);
            }
        }
    }
    check("/nowhere", &backend.get("/nowhere", "").await);
    assert!(pages >= 4, "documentation and checkout, each twice: {pages}");
}

#[tokio::test]
async fn a_page_is_not_indexed_and_runs_no_script() {
    let backend = Backend::start().await;
    let made = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    let checkout = url.strip_prefix(&backend.url).unwrap();
    for path in [checkout, "/test/checkout/none", "/docs"] {
        let answer = backend.get(path, "").await;
        check(path, &answer);
        assert!(answer.text.contains("name=\"robots\" content=\"noindex\""), "{path}");
        for wrong in ["<script", "javascript:", "onclick", "style=\""] {
            assert!(!answer.text.contains(wrong), "{path} has {wrong}");
        }
        assert!(answer.header("content-security-policy").contains("style-src 'sha256-"), "{path}");
    }
    let declined = backend.request(Method::POST, checkout, "").body("choice=decline");
    let form = "application/x-www-form-urlencoded";
    check("a declined card", &send(declined.header("content-type", form)).await.ok(200));
}
