//! What a test in another process tells the stand-in: `POST /_control/...`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use creditpackd::payments::stripe::signature;
use creditpackd::secret::Secret;
use serde_json::{Value, json};

use super::{Fault, StripeFake, form};

pub(super) fn router(fake: StripeFake) -> Router {
    Router::new()
        .route("/_control/asked", get(asked))
        .route("/_control/sign/{secret}", post(sign))
        .route("/_control/fail/{fault}", post(fail))
        .route("/_control/{what}/{id}", post(tell))
        .with_state(fake)
}

/// The event that tells of it.
async fn tell(
    State(fake): State<StripeFake>,
    Path((what, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let query = form::read(&query.unwrap_or_default());
    let amount = query.get("amount").and_then(|amount| amount.parse().ok());
    let told = fake.world().tell(&what, &id, amount);
    told.map(Json).map_err(|refused| (StatusCode::BAD_REQUEST, Json(refused.error)))
}

/// Every request so far.
async fn asked(State(fake): State<StripeFake>) -> Json<Value> {
    let asked = fake.asked().into_iter().map(|asked| {
        json!({
            "method": asked.method, "path": asked.path, "form": asked.form, "key": asked.key,
            "version": asked.version,
        })
    });
    Json(asked.collect())
}

/// The header with which the backend's own test mode would sign a body.
async fn sign(
    State(fake): State<StripeFake>,
    Path(secret): Path<String>,
    body: axum::body::Bytes,
) -> String {
    signature::sign(&body, &Secret::new(secret), fake.world().clock.now_ms())
}

async fn fail(State(fake): State<StripeFake>, Path(fault): Path<String>) -> StatusCode {
    match Fault::named(&fault) {
        Some(fault) => {
            fake.fail(fault);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
