//! `GET /r/{secret}`: the receipt page. Whoever has the link may see it; nobody else learns of it.

use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::App;
use super::path::Name;
use super::problem::Refusal;
use crate::receipts::{POLICY, Receipts};

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

pub(super) fn router() -> Router<App> {
    Router::new().route("/r/{secret}", get(receipt))
}

async fn receipt(
    State(app): State<App>,
    Name(secret): Name,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(page) = app.receipts.page(&secret).await? {
        return Ok((guarded(), Html(page)).into_response());
    }
    let page = Receipts::unknown_page(preferred(&headers));
    Ok((StatusCode::NOT_FOUND, guarded(), Html(page)).into_response())
}

/// The first language that a browser names.
fn preferred(headers: &HeaderMap) -> Option<&str> {
    headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?.split([',', ';']).next().map(str::trim)
}

/// Nothing frames the page or finds it; that nothing keeps it holds for all answers.
fn guarded() -> [(HeaderName, HeaderValue); 3] {
    let policy = HeaderValue::from_str(&POLICY);
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    [
        (CONTENT_SECURITY_POLICY, policy),
        (ROBOTS, HeaderValue::from_static("noindex")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ]
}
