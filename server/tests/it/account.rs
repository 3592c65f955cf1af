//! Snapshots, the long poll, history, grants, the catalog, health.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, hold, op, send};

#[tokio::test]
async fn a_snapshot_is_one_consistent_read() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let unseen = backend.get("/v1/account", &token).await.ok(200).json();
    assert_eq!((&unseen["version"], &unseen["available"]), (&json!(0), &json!(0)));
    assert_eq!(unseen["receipts_complete"], json!(false), "no since was given");

    backend.grant("g1", "u_1", 2).await;
    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);
    let snapshot = backend.get("/v1/account?since=0", &token).await.ok(200).json();
    for (field, expect) in [
        ("account", json!("u_1")),
        ("version", json!(2)),
        ("settled", json!(2)),
        ("held", json!(1)),
        ("available", json!(1)),
        ("incoming", json!([])),
        ("receipts_complete", json!(true)),
        ("server_time_ms", json!(NOW_MS)),
    ] {
        assert_eq!(snapshot[field], expect, "{field}");
    }
    assert_eq!(
        snapshot["holds"],
        json!([{
            "op": op(1), "operation": "image", "credits": 1, "created_at_ms": NOW_MS,
            "expires_at_ms": NOW_MS + 120_000, "claimed": false,
        }])
    );
    assert_eq!(snapshot["receipts"][0]["op"], json!(op(1)));
    let ahead = backend.get("/v1/account?since=9", &token).await.ok(200).json();
    assert_eq!(ahead["receipts_complete"], json!(false));
    let elsewhere = "/v1/account?since=0&epoch=01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";
    let elsewhere = backend.get(elsewhere, &token).await.ok(200).json();
    assert_eq!(elsewhere["receipts_complete"], json!(false));
}

#[tokio::test]
async fn a_long_poll_answers_when_there_is_something_new() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1).await;
    // Something is new already.
    let at_once = backend.get("/v1/account?account=u_1&since=0&wait_s=25", SECRET_KEY).await;
    assert_eq!(at_once.ok(200).get("version"), json!(1));
    let started = Instant::now();
    let (polled, ()) =
        tokio::join!(backend.get("/v1/account?account=u_1&since=1&wait_s=25", SECRET_KEY), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            backend.grant("g2", "u_1", 1).await;
        });
    assert_eq!(polled.ok(200).get("version"), json!(2));
    assert!(started.elapsed() < Duration::from_secs(20));
    let nothing_new = backend.get("/v1/account?account=u_1&since=2&wait_s=1", SECRET_KEY).await;
    assert_eq!(nothing_new.ok(200).get("version"), json!(2));
}

#[tokio::test]
async fn history_is_told_newest_first_and_by_the_page() {
    let backend = Backend::start().await;
    for number in 1..=5 {
        backend.grant(&format!("g{number}"), "u_1", number).await;
    }
    let token = backend.token("u_1").await;
    let page = backend.get("/v1/account/history?limit=2", &token).await.ok(200).json();
    let versions = |page: &serde_json::Value| -> Vec<u64> {
        let entries = page["entries"].as_array().unwrap();
        entries.iter().map(|entry| entry["version"].as_u64().unwrap()).collect()
    };
    assert_eq!((versions(&page), &page["next_before"]), (vec![5, 4], &json!(4)));
    assert_eq!(page["entries"][0]["source"], "adjustment");
    assert!(page["entries"][0]["epoch"].is_string());
    let rest = backend.get("/v1/account/history?before=4", &token).await.ok(200).json();
    assert_eq!((versions(&rest), &rest["next_before"]), (vec![3, 2, 1], &json!(null)));
}

#[tokio::test]
async fn grants_are_made_once_and_may_take_away() {
    let backend = Backend::start().await;
    let body = json!({ "id": "g", "account": "u_1", "credits": 5, "reason": "Hi", "actor": "ann" });
    let first = backend.post("/v1/grants", SECRET_KEY, &body).await.ok(201);
    let entry = &first.json()["entry"];
    assert_eq!((&entry["kind"], &entry["actor"]), (&json!("grant"), &json!("ann")));
    let again = backend.post("/v1/grants", SECRET_KEY, &body).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), first.json());
    let other =
        json!({ "id": "g", "account": "u_1", "credits": 6, "reason": "Hi", "actor": "ann" });
    let other = backend.post("/v1/grants", SECRET_KEY, &other).await;
    other.refused(409, "checkout_conflict");
    let taken = json!({ "id": "t", "account": "u_1", "credits": -2, "reason": "Oops" });
    let taken = backend.post("/v1/grants", SECRET_KEY, &taken).await.ok(201).json();
    assert_eq!(taken["entry"]["kind"], "adjust");
    let too_much = json!({ "id": "t2", "account": "u_1", "credits": -4, "reason": "Oops" });
    let too_much = backend.post("/v1/grants", SECRET_KEY, &too_much).await;
    too_much.refused(402, "insufficient_credits");
    assert_eq!(backend.balance("u_1").await, (2, 3, 0));
}

#[tokio::test]
async fn the_catalog_is_cached_by_its_content() {
    let backend = Backend::start().await;
    let public = backend.get("/v1/catalog", "").await.ok(200);
    assert!(public.header("cache-control").starts_with("public"));
    let catalog = public.json();
    assert_eq!(catalog["packs"][0]["id"], "starter");
    assert_eq!(catalog["packs"][0]["price"], json!({ "amount_minor": 400, "currency": "usd" }));
    assert_eq!(catalog["packs"][1]["credits"], json!(15));
    assert_eq!(catalog["operations"].as_array().unwrap().len(), 3);

    let etag = public.header("etag").to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let request = backend.request(Method::GET, "/v1/catalog", "");
        let unchanged = send(request.header("if-none-match", known)).await.ok(304);
        assert_eq!((unchanged.text.as_str(), unchanged.header("etag")), ("", etag.as_str()));
    }
    let request = backend.request(Method::GET, "/v1/catalog", "").header("if-none-match", "\"x\"");
    send(request).await.ok(200);

    let private = backend.get("/v1/catalog", &backend.token("u_1").await).await.ok(200);
    assert_eq!(private.header("cache-control"), "private, no-cache");
    assert!(private.headers.get_all("vary").iter().any(|vary| vary == "authorization"));
    assert_eq!(private.json(), catalog);
    let euros = backend.get("/v1/catalog?currency=eur", "").await;
    assert_eq!(euros.refused(400, "invalid_request").get("field"), "currency");
}

#[tokio::test]
async fn health_is_for_everybody() {
    let backend = Backend::start().await;
    backend.get("/healthz", "").await.ok(200);
    backend.get("/readyz", "").await.ok(200);
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await.ok(201);
    let path = "/v1/account?account=u_1&since=0";
    let before = backend.get(path, SECRET_KEY).await.ok(200).json();
    let config = crate::backend::config(creditpackd::config::DEFAULT);
    let backend = Backend::start_with(config, backend.stop().await).await;
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).json(), before);
}
