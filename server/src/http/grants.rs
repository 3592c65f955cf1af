//! `POST /v1/grants`: credits given or taken by hand.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use creditpack::wire::{GrantAnswer, GrantRequest, Stamped};

use super::App;
use super::body::Body;
use super::caller::MayGrant;
use super::cors::REPLAYED;
use super::problem::Refusal;
use super::text;
use crate::ledger::{Granted, NewGrant};

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/grants", post(grant))
}

async fn grant(
    State(app): State<App>,
    _: MayGrant,
    Body(request): Body<GrantRequest>,
) -> Result<Response, Refusal> {
    text::id("id", &request.id)?;
    text::sentence("reason", &request.reason)?;
    request.actor.as_deref().map_or(Ok(()), |actor| text::sentence("actor", actor))?;
    let id = request.id.clone();
    let granted = app.ledger.grant(asked(request)).await??;
    Ok(answer(&app, id, granted))
}

/// The answer to whatever makes an entry once for its id.
pub(super) fn answer(app: &App, id: String, granted: Granted) -> Response {
    let entry = Stamped { epoch: app.ledger.epoch(), entry: granted.entry };
    let answer = Json(GrantAnswer { id, entry });
    if granted.replayed {
        return (REPLAYED, answer).into_response();
    }
    (StatusCode::CREATED, answer).into_response()
}

fn asked(request: GrantRequest) -> NewGrant {
    let GrantRequest { id, account, credits, reason, actor } = request;
    NewGrant { id, account, credits, reason, actor }
}
