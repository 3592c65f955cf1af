//! `GET /openapi.json`, `GET /docs`: what is served here, for programs and for people.

mod document;
mod operations;
mod page;

use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

pub use self::document::document;
use super::App;

/// It changes with the program only.
const CACHED: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

pub(super) fn router() -> Router<App> {
    Router::new().route("/openapi.json", get(openapi)).route("/docs", get(docs))
}

async fn openapi() -> ([(HeaderName, &'static str); 1], Json<&'static Value>) {
    ([CACHED], Json(document()))
}

async fn docs() -> ([(HeaderName, &'static str); 2], Html<&'static str>) {
    ([CACHED, (CONTENT_SECURITY_POLICY, page::policy())], Html(page::html()))
}
