//! `POST /v1/quotes`: what a purchase would cost.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use creditpack::wire::{QuoteAnswer, QuoteRequest};

use super::App;
use super::body::Body;
use super::caller::MayRead;
use super::limits::trying;
use super::problem::Refusal;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/quotes", post(quote))
}

async fn quote(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Body(request): Body<QuoteRequest>,
) -> Result<Json<QuoteAnswer>, Refusal> {
    let account = caller.account(request.account.clone())?;
    let code = request.promotion.is_some();
    let quoted = app.payments.quote(account.clone(), request);
    Ok(Json(trying(&app, &account, code, quoted).await?))
}
