//! `POST /v1/quotes`: what a purchase would cost.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use creditpack::wire::{QuoteAnswer, QuoteRequest};

use super::App;
use super::body::Body;
use super::caller::Caller;
use super::problem::Refusal;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/quotes", post(quote))
}

async fn quote(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<QuoteRequest>,
) -> Result<Json<QuoteAnswer>, Refusal> {
    let account = caller.account(request.account.clone())?;
    Ok(Json(app.payments.quote(account, request).await?))
}
