//! `GET /healthz`, `GET /readyz`: for whoever watches the process.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use creditpack::Code;

use super::App;
use super::problem::Refusal;

/// How long the store may take to show that it works.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn router() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers reads and commands too, in time, and the process does not go down.
async fn readyz(State(app): State<App>) -> Result<&'static str, Refusal> {
    if app.stopping.is_so() {
        return Err(Code::StoreUnavailable.into());
    }
    if app.ledger.is_read_only() {
        return Err(Refusal::unavailable("the database can only be read: spends are refused"));
    }
    let checked = tokio::time::timeout(PATIENCE, app.ledger.check()).await;
    checked.map_err(|_| Code::StoreUnavailable)??;
    Ok("ready\n")
}
