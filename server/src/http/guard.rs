//! What surrounds every handler: limits, time, panics, headers, and addresses that do not exist.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use creditpack::Code;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::body::BODY_BYTES_MAX;
use super::problem::Refusal;
use super::{App, limits, noting};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// `routes` with everything around them that is the same for all.
pub(super) fn around(routes: Router, app: App) -> Router {
    let (timeout, metrics) = (app.config.request_timeout, app.metrics.clone());
    // One layer, because each one costs every request an allocation; the first is the outermost.
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(metrics, noting::note))
        .layer(unless_set(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ))
        .layer(unless_set(OPENER_POLICY, "same-origin"))
        .layer(unless_set(X_FRAME_OPTIONS, "DENY"))
        .layer(unless_set(REFERRER_POLICY, "no-referrer"))
        .layer(unless_set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_set(CACHE_CONTROL, "no-store"))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(timeout, in_time))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(app, limits::admit));
    routes.layer(around)
}

fn unless_set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// An answer that does not begin in time is an unknown outcome: what was accepted still happens.
async fn in_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::from(Code::StoreUnavailable).into_response(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = message.unwrap_or("of unknown kind"), "a handler panicked");
    Refusal::internal().into_response()
}

pub(super) async fn not_found() -> Refusal {
    Code::NotFound.into()
}

pub(super) async fn method_not_allowed() -> Refusal {
    Code::MethodNotAllowed.into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::config::Config;
    use crate::http::Parts;
    use crate::http::tests::Stage;

    async fn check(path: &str, status: u16, code: &str) -> String {
        let routes = Router::new()
            .route("/panic", get(async || -> () { panic!("a secret detail") }))
            .route("/slow", get(std::future::pending::<()>));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let stage = Stage::new().await;
        let parts = (*stage.app).clone();
        let config = (*parts.config).clone();
        let config = Config { request_timeout: Duration::from_millis(10), ..config };
        let impatient = App::new(Parts { config: Arc::new(config), ..parts });
        let response = around(routes, impatient).oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(&format!("\"code\":\"{code}\"")), "{text}");
        text
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let text = check("/panic", 500, "internal_error").await;
        assert!(!text.contains("secret"), "{text}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_takes_too_long_is_an_unknown_outcome() {
        check("/slow", 503, "store_unavailable").await;
    }
}
