//! `GET /metrics`: what the process measures, for Prometheus.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::App;
use super::caller::MayMeasure;

/// The media type of the answer.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn router() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(
    State(app): State<App>,
    _: MayMeasure,
) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, OPEN_METRICS)], app.metrics.written())
}
