//! What the process tells of itself: metrics, request ids, readiness.

use reqwest::Method;
use serde_json::json;

use creditpackd::ledger::Scope;

use crate::backend::{Backend, SECRET_KEY, hold, op, send};
use crate::keys::key;

/// The value of a series, by the beginning of its line.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(series) && !line.starts_with('#'));
    let line = line.unwrap_or_else(|| panic!("no {series} in\n{text}"));
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn metrics_tell_what_happened_and_of_nobody() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_secret_name", 1).await;
    for number in 0..2 {
        let body = hold("u_secret_name", &op(number));
        backend.post("/v1/holds", SECRET_KEY, &body).await;
    }
    backend.get(&format!("/v1/holds/{}?account=u_2", op(1)), SECRET_KEY).await;
    backend.get("/nowhere/u_secret_name", "").await.refused(404, "not_found");
    let mut stream = backend.stream("?account=u_secret_name", SECRET_KEY).await;
    stream.expect("heartbeat").await;
    let answer = backend.get("/metrics", SECRET_KEY).await.ok(200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = &answer.text;
    for (series, expect) in [
        ("creditpack_http_refusals_total{code=\"insufficient_credits\"}", 1.0),
        ("creditpack_http_refusals_total{code=\"not_found\"}", 1.0),
        ("creditpack_http_refusals_total{code=\"unknown_op\"}", 1.0),
        ("creditpack_streams", 1.0),
        ("creditpack_writer_queue", 0.0),
        ("creditpack_writer_lost_commits_total", 0.0),
        (
            "creditpack_http_request_seconds_count{method=\"POST\",route=\"/v1/holds\",\
             status=\"201\"}",
            1.0,
        ),
        (
            "creditpack_http_request_seconds_count{method=\"GET\",route=\"/v1/holds/{op}\",\
             status=\"404\"}",
            1.0,
        ),
        (
            "creditpack_http_request_seconds_count{method=\"GET\",route=\"none\",status=\"404\"}",
            1.0,
        ),
    ] {
        assert!((value(text, series) - expect).abs() < 0.5, "{series}\n{text}");
    }
    assert!(value(text, "creditpack_connections") >= 1.0);
    assert!(value(text, "creditpack_writer_commit_seconds_count") >= 3.0);
    assert!(value(text, "creditpack_writer_batch_commands_sum") >= 3.0);
    assert!(value(text, "creditpack_sweep_age_seconds") < 5.0);
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("u_secret_name") && !text.contains(&op(1)), "{text}");
}

#[tokio::test]
async fn metrics_need_a_key_that_is_for_them() {
    let backend = Backend::start().await;
    backend.get("/metrics", "").await.refused(401, "token_missing");
    backend.get("/metrics", &backend.token("u_1").await).await.refused(403, "forbidden");
    let (_, watcher) = key(&backend, "prometheus", &[Scope::Metrics]).await;
    backend.get("/metrics", &watcher).await.ok(200);
    backend.get("/v1/account?account=u_1", &watcher).await.refused(403, "forbidden");
}

#[tokio::test]
async fn requests_have_ids_of_their_own_or_those_they_bring() {
    let backend = Backend::start().await;
    let with = async |id: &str| {
        let request = backend.request(Method::GET, "/healthz", "").header("x-request-id", id);
        send(request).await.header("x-request-id").to_owned()
    };
    assert_eq!(with("trace-1.a_b:c").await, "trace-1.a_b:c");
    for odd in ["a b", "a\"b", "{}", "", &"x".repeat(65)] {
        let made = with(odd).await;
        assert!(made.len() == 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    }
    assert_ne!(with("").await, with("").await);
    let refused = backend.get("/nowhere", "").await.refused(404, "not_found");
    assert!(!refused.header("x-request-id").is_empty());
}

#[tokio::test]
async fn ready_means_that_reads_and_commands_are_answered() {
    let backend = Backend::start().await;
    backend.get("/readyz", "").await.ok(200);
    backend.grant("g1", "u_1", 1).await;
    // Another process keeps the writer out: commands wait, and so does readiness.
    let path = backend.data().join("ledger.sqlite3");
    let blocker = rusqlite::Connection::open(path).unwrap();
    blocker.execute_batch("begin immediate").unwrap();
    let late = backend.get("/readyz", "").await.refused(503, "store_unavailable");
    assert_eq!(late.header("retry-after"), "1");
    backend.get("/healthz", "").await.ok(200);
    blocker.execute_batch("rollback").unwrap();
    for _ in 0..200 {
        if backend.get("/readyz", "").await.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    backend.get("/readyz", "").await.ok(200);
    let body = json!({ "id": "g2", "account": "u_1", "credits": 1, "reason": "x" });
    backend.post("/v1/grants", SECRET_KEY, &body).await.ok(201);
}
