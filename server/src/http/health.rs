//! `GET /healthz`, `GET /readyz`: for whoever watches the process.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use creditpack::Code;

use super::App;
use super::problem::Refusal;

pub(super) fn router() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers too.
async fn readyz(State(app): State<App>) -> Result<&'static str, Refusal> {
    if !app.ledger.is_serving() {
        return Err(Code::StoreUnavailable.into());
    }
    Ok("ready\n")
}
