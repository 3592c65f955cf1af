//! A database that can only be read: reads go on, spends are refused, nothing is lost.

use std::time::Duration;

use creditpackd::config::DEFAULT;
use creditpackd::ledger::{Mode, OpenError};
use serde_json::json;

use super::disk::Disk;
use super::run::Run;
use crate::backend::{Backend, SECRET_KEY, config, new_data};
use crate::ledger_book;

/// How often something is asked that is to come true, and how long it is waited in between.
const PATIENCE: u32 = 400;
const PAUSE: Duration = Duration::from_millis(25);

/// Asks for readiness until it is as it should be.
async fn ready_with(backend: &Backend, detail: Option<&str>) {
    for _ in 0..PATIENCE {
        let answer = backend.get("/readyz", "").await;
        let told = (answer.status != 200).then(|| answer.get("detail"));
        if told.as_ref().map(|told| told.as_str().unwrap()) == detail {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("it is never {detail:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_on_and_spends_are_refused_until_it_can_be_written() {
    let data = new_data();
    let disk = Disk::of(data.path());
    let backend = Backend::start_with(config(DEFAULT), data).await;
    backend.grant("g1", "u_1", 5).await;
    let grant = json!({ "id": "g2", "account": "u_1", "credits": 1, "reason": "x" });
    disk.set_read_only(true);
    backend.post("/v1/grants", SECRET_KEY, &grant).await.refused(503, "store_unavailable");
    ready_with(&backend, Some("the database can only be read: spends are refused")).await;
    assert_eq!(backend.balance("u_1").await, (1, 5, 0), "what is there can be read");
    let refused = backend.post("/v1/grants", SECRET_KEY, &grant).await;
    assert_eq!(refused.refused(503, "store_unavailable").header("retry-after"), "1");
    disk.set_read_only(false);
    ready_with(&backend, None).await;
    backend.post("/v1/grants", SECRET_KEY, &grant).await.ok(201);
    assert_eq!(backend.balance("u_1").await, (2, 6, 0));
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_cannot_be_written_is_not_served() {
    let mut run = Run::new().await;
    run.close();
    run.disk.set_read_only(true);
    let refused = ledger_book::open(run.folder.path(), &run.clock, Mode::Test);
    let refused = refused.unwrap_err();
    assert!(matches!(refused, OpenError::ReadOnly(_)), "{refused:?}");
    assert!(refused.to_string().contains("ledger.sqlite3 can only be read"), "{refused}");
}
