//! `GET /v1/account/history`: an account's entries, newest first.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use creditpack::wire::HistoryPage;
use creditpack::{AccountId, Version};
use serde::Deserialize;

use super::App;
use super::caller::MayRead;
use super::problem::Refusal;
use super::query::{Query, Whole, version};

/// The most entries on one page.
const LIMIT_MAX: u64 = 500;

/// How many entries are on a page where nobody says.
const LIMIT: u32 = 50;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/account/history", get(history))
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
    #[serde(default, deserialize_with = "version")]
    before: Option<Version>,
    limit: Option<Whole<1, LIMIT_MAX>>,
}

async fn history(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Query(asked): Query<Asked>,
) -> Result<Json<HistoryPage>, Refusal> {
    let account = caller.account(asked.account)?;
    let limit = asked.limit.and_then(|limit| limit.get().try_into().ok()).unwrap_or(LIMIT);
    Ok(Json(app.ledger.history(account, asked.before, limit).await?))
}
