//! `POST /v1/tokens`: client tokens for browsers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use creditpack::wire::{TokenAnswer, TokenRequest};

use super::App;
use super::body::Body;
use super::caller::MayWork;
use super::problem::Refusal;
use crate::keys::TTL_S_MAX;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/tokens", post(mint))
}

async fn mint(
    State(app): State<App>,
    _: MayWork,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Json<TokenAnswer>), Refusal> {
    let ttl_s = request.ttl_s.unwrap_or(TTL_S_MAX);
    let now_ms = app.ledger.clock().now_ms();
    let minted = app.keys.now().client_tokens.mint(request.account, ttl_s, now_ms)?;
    let answer = TokenAnswer { token: minted.text, expires_at_ms: minted.expires_at_ms };
    Ok((StatusCode::CREATED, Json(answer)))
}
