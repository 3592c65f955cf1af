//! `POST /v1/refunds`: credits that an op spent, given back.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use creditpack::wire::RefundRequest;

use super::App;
use super::body::Body;
use super::caller::MayGrant;
use super::grants::answer;
use super::problem::Refusal;
use super::text;
use crate::ledger::OpRefund;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/refunds", post(refund))
}

async fn refund(
    State(app): State<App>,
    _: MayGrant,
    Body(request): Body<RefundRequest>,
) -> Result<Response, Refusal> {
    let RefundRequest { id, account, op, credits, reason } = request;
    text::id("id", &id)?;
    text::sentence("reason", &reason)?;
    let asked = OpRefund { id: id.clone(), account, op, credits, reason };
    let refunded = app.ledger.refund(asked).await?;
    let refunded = refunded.map_err(|error| Refusal::from(error).on(op, app.ledger.epoch()))?;
    Ok(answer(&app, id, refunded))
}
