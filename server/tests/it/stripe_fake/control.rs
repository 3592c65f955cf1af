//! What a test in another process tells the stand-in: `POST /_control/...`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use super::{Fault, StripeFake, form};

pub(super) fn router(fake: StripeFake) -> Router {
    Router::new()
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

async fn fail(State(fake): State<StripeFake>, Path(fault): Path<String>) -> StatusCode {
    match Fault::named(&fault) {
        Some(fault) => {
            fake.fail(fault);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}
