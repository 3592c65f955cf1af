//! Which pages of which sites may call us from a browser.

use std::time::Duration;

use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::noting::X_REQUEST_ID;
use crate::config::Origin;

/// How long a browser may remember a preflight: two hours, the most that Chromium keeps.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The mark of an answer that repeats an earlier one.
pub(super) const REPLAYED: [(HeaderName, HeaderValue); 1] =
    [(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"))];

/// Where a stream was left.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Lets pages of `origins` call, without cookies: tokens travel in `Authorization`.
pub(super) fn layer(origins: &[Origin]) -> CorsLayer {
    // An origin is ASCII without control characters, which every header may carry.
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CACHE_CONTROL,
            CONTENT_TYPE,
            IF_NONE_MATCH,
            LAST_EVENT_ID,
        ])
        .expose_headers([RETRY_AFTER, ETAG, IDEMPOTENT_REPLAYED, X_REQUEST_ID])
        .max_age(MAX_AGE)
}
