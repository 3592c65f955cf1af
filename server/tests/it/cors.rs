//! Which pages may call.

use reqwest::Method;

use crate::backend::{Answer, Backend, SITE, send};

async fn preflight(backend: &Backend, origin: &str) -> Answer {
    let request = backend.request(Method::OPTIONS, "/v1/holds", "");
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,last-event-id");
    send(request).await
}

#[tokio::test]
async fn pages_of_allowed_sites_may_call() {
    let backend = Backend::start().await;
    let answer = preflight(&backend, SITE).await.ok(200);
    assert_eq!(answer.header("access-control-allow-origin"), SITE);
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    let headers = answer.header("access-control-allow-headers");
    for header in ["authorization", "content-type", "last-event-id"] {
        assert!(headers.contains(header), "{header}");
    }
    assert_eq!(answer.header("access-control-max-age"), "7200");
    assert_eq!(answer.header("access-control-allow-credentials"), "");

    let request = backend.request(Method::GET, "/v1/account", "").header("origin", SITE);
    let refused = send(request).await.refused(401, "token_missing");
    assert_eq!(refused.header("access-control-allow-origin"), SITE, "a page may read refusals");
    let exposed = refused.header("access-control-expose-headers");
    for header in ["retry-after", "etag", "idempotent-replayed"] {
        assert!(exposed.contains(header), "{header}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_not() {
    let backend = Backend::start().await;
    for origin in
        ["https://evil.example", "http://shop.example", "https://shop.example:8443", "null"]
    {
        let answer = preflight(&backend, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
}
