//! Secret keys and signing keys while a backend serves: made, scoped, used, revoked, rotated.

use creditpackd::config::DEFAULT;
use creditpackd::control::{Outcome, Task};
use creditpackd::keys::{new_secret_key, scoped_secret_key};
use creditpackd::ledger::{KeyLine, Scope, Scopes};
use serde_json::json;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, config};

/// Has the serving backend do a task, the way the command line does.
pub(crate) async fn have_done(backend: &Backend, task: Task) -> Outcome {
    task.have_done(&config(DEFAULT), backend.data()).await.unwrap()
}

/// A new secret key of those scopes: its id and its text.
pub(crate) async fn key(backend: &Backend, name: &str, scopes: &[Scope]) -> (String, String) {
    let secret = new_secret_key();
    let stored = scoped_secret_key(&secret, name, Scopes::new(scopes)).unwrap();
    let id = stored.id.clone();
    assert_eq!(have_done(backend, Task::AddSecretKey(stored)).await, Outcome::Done);
    (id, secret.expose().to_owned())
}

async fn listed(backend: &Backend, id: &str) -> KeyLine {
    let Outcome::Keys(keys) = have_done(backend, Task::ListSecretKeys).await else { panic!() };
    keys.into_iter().find(|key| key.id == id).unwrap()
}

#[tokio::test]
async fn a_key_is_good_from_its_making_to_its_revocation_while_the_backend_serves() {
    let backend = Backend::start().await;
    let (id, secret) = key(&backend, "reports", &[Scope::Read]).await;
    backend.get("/v1/account?account=u_1", &secret).await.ok(200);
    let line = listed(&backend, &id).await;
    assert_eq!((line.name.as_str(), line.scopes.as_str()), ("reports", "read"));
    assert_eq!((line.last_used_at_ms, line.revoked_at_ms), (Some(NOW_MS), None));

    let mut stream = backend.stream("?account=u_1", &secret).await;
    for name in ["heartbeat", "incoming"] {
        stream.expect(name).await;
    }
    assert_eq!(have_done(&backend, Task::RevokeSecretKey(id.clone())).await, Outcome::Done);
    backend.get("/v1/account?account=u_1", &secret).await.refused(401, "token_invalid");
    let bye = stream.expect("bye").await;
    assert_eq!(bye.data, json!({ "reason": "token_expired" }));
    assert_eq!(listed(&backend, &id).await.revoked_at_ms, Some(NOW_MS));
    let again = have_done(&backend, Task::RevokeSecretKey(id)).await;
    assert_eq!(again, Outcome::UnknownKey);
    backend.get("/v1/account?account=u_1", SECRET_KEY).await.ok(200);
}

#[tokio::test]
async fn keys_and_their_last_use_outlive_a_restart() {
    let backend = Backend::start().await;
    let (id, secret) = key(&backend, "shop", &[Scope::Spend]).await;
    backend.clock.advance(5000);
    backend.get("/v1/account?account=u_1", &secret).await.ok(200);
    let backend = Backend::start_with(config(DEFAULT), backend.stop().await).await;
    assert_eq!(listed(&backend, &id).await.last_used_at_ms, Some(NOW_MS + 5000));
    backend.get("/v1/account?account=u_1", &secret).await.ok(200);
}

#[tokio::test]
async fn a_rotation_keeps_two_keys_alive_and_at_once_only_the_new_one() {
    let backend = Backend::start().await;
    let old = backend.token("u_1").await;
    let rotate = |at_once| Task::RotateTokenKey { at_once };
    assert_eq!(have_done(&backend, rotate(false)).await, Outcome::Done);
    let new = backend.token("u_1").await;
    for token in [&old, &new] {
        backend.get("/v1/account", token).await.ok(200);
    }
    assert_eq!(have_done(&backend, rotate(false)).await, Outcome::TooSoon);
    let mut stream = backend.stream("", &old).await;
    for name in ["heartbeat", "incoming"] {
        stream.expect(name).await;
    }
    assert_eq!(have_done(&backend, rotate(true)).await, Outcome::Done);
    let bye = stream.expect("bye").await;
    assert_eq!(bye.data, json!({ "reason": "token_expired" }), "it does not outlive its key");
    for token in [&old, &new] {
        backend.get("/v1/account", token).await.refused(401, "token_invalid");
    }
    let newest = backend.token("u_1").await;
    backend.get("/v1/account", &newest).await.ok(200);
    assert_eq!(have_done(&backend, rotate(false)).await, Outcome::Done);
    backend.clock.advance(900_000);
    assert_eq!(
        have_done(&backend, rotate(false)).await,
        Outcome::Done,
        "the old one's time is over"
    );
    backend.get("/v1/account", &newest).await.refused(401, "token_invalid");
}

#[tokio::test]
async fn without_a_backend_the_same_is_done_to_the_ledger_itself() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let data = backend.stop().await;
    assert!(!data.path().join("creditpackd.sock").exists());
    let secret = new_secret_key();
    let stored = scoped_secret_key(&secret, "later", Scopes::new(&[Scope::Grant])).unwrap();
    let tasks = [Task::AddSecretKey(stored), Task::RotateTokenKey { at_once: true }];
    for task in tasks {
        let done = task.have_done(&config(DEFAULT), data.path()).await.unwrap();
        assert_eq!(done, Outcome::Done);
    }
    let backend = Backend::start_with(config(DEFAULT), data).await;
    let grant = json!({ "id": "g", "account": "u_1", "credits": 1, "reason": "x" });
    backend.post("/v1/grants", secret.expose(), &grant).await.ok(201);
    backend.get("/v1/account", &token).await.refused(401, "token_invalid");
}

#[tokio::test]
async fn a_stream_of_a_live_key_is_not_ended_by_another_ones_end() {
    let backend = Backend::start().await;
    let (_, secret) = key(&backend, "live", &[Scope::Read]).await;
    let (other, _) = key(&backend, "other", &[Scope::Read]).await;
    let mut stream = backend.stream("?account=u_1", &secret).await;
    for name in ["heartbeat", "incoming"] {
        stream.expect(name).await;
    }
    have_done(&backend, Task::RevokeSecretKey(other)).await;
    backend.grant("g1", "u_1", 5).await;
    assert_eq!(stream.expect("entry").await.data["version"], 1);
}

#[tokio::test]
async fn a_revoked_key_is_refused_whatever_else_is_wrong() {
    let backend = Backend::start().await;
    let (id, secret) = key(&backend, "shop", &[Scope::Spend]).await;
    let database = rusqlite::Connection::open(backend.data().join("ledger.sqlite3")).unwrap();
    database.execute("update token_keys set pkcs8 = x'00'", []).unwrap();
    let failed = have_done(&backend, Task::RevokeSecretKey(id.clone())).await;
    assert!(matches!(failed, Outcome::Failed(_)), "{failed:?}");
    backend.get("/v1/account?account=u_1", &secret).await.refused(401, "token_invalid");
    backend.get("/v1/account?account=u_1", SECRET_KEY).await.ok(200);
}
