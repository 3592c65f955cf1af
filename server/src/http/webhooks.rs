//! `POST /v1/webhooks/stripe`: what the payment provider tells us.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, Request, StatusCode};
use axum::routing::post;
use creditpack::Code;
use tower::ServiceExt as _;

use super::App;
use super::body::{Raw, parse};
use super::problem::Refusal;
use crate::payments::stripe::event::Event;
use crate::payments::stripe::signature::verify;

const STRIPE: &str = "/v1/webhooks/stripe";

const STRIPE_SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// The largest event that is read, in bytes: a dispute carries all of its evidence.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn router() -> Router<App> {
    let limit = DefaultBodyLimit::max(EVENT_BYTES_MAX);
    Router::new().route("/v1/webhooks/stripe", post(stripe).layer(limit))
}

/// Answers 200 only once the event's effect is durable, or it has none here.
async fn stripe(
    State(app): State<App>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<StatusCode, Refusal> {
    let secrets = app.payments.webhook_secrets();
    if secrets.is_empty() {
        return Err(Code::PaymentsNotConfigured.into());
    }
    let signature = headers.get(STRIPE_SIGNATURE).and_then(|value| value.to_str().ok());
    verify(&body, signature.unwrap_or_default(), secrets, app.ledger.clock().now_ms())
        .map_err(|error| Refusal::invalid("Stripe-Signature", &error.to_string()))?;
    let event = parse::<Event>(&body)?;
    app.payments.fulfil(event).await?;
    Ok(StatusCode::OK)
}

/// Sends `body` to our own webhook, the way it would arrive from outside. Whether it was taken.
pub(super) async fn deliver(app: App, body: Vec<u8>, signature: &str) -> bool {
    let request = Request::post(STRIPE)
        .header(CONTENT_TYPE, "application/json")
        .header(STRIPE_SIGNATURE, signature)
        .body(Body::from(body));
    let Ok(request) = request else { return false };
    match router().with_state::<()>(app).oneshot(request).await {
        Ok(response) => response.status().is_success(),
        Err(never) => match never {},
    }
}
