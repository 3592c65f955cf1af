//! What is noted of every request: an id, a span for what is logged meanwhile, measurements.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::problem::RefusedWith;
use crate::clock::Stopwatch;
use crate::metrics::Metrics;

/// Names a request, in both directions.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name that is taken over.
const ID_BYTES_MAX: usize = 64;

/// The route of an address that leads nowhere.
const NOWHERE: &str = "none";

/// Notes a request and how it was answered. Of its address only the route: that may name an account
/// or be a secret.
pub(super) async fn note(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let id = id(&request);
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NOWHERE, MatchedPath::as_str);
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), method, route);
    let time = Stopwatch::start();
    let answered = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let refused = response.extensions().get::<RefusedWith>();
        let code = refused.map_or("", |RefusedWith(code)| code);
        tracing::debug!(status, code, took = ?time.elapsed(), "answered");
        response
    };
    let mut response = answered.instrument(span).await;
    metrics.requests.answered(method, route, response.status().as_u16(), time.elapsed());
    if let Some(RefusedWith(code)) = response.extensions().get() {
        metrics.requests.refused(code);
    }
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

/// The id that the request brings, if it can be written anywhere; else a new one.
fn id(request: &Request) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let brought = request
        .headers()
        .get(X_REQUEST_ID)
        .filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(plain));
    brought.cloned().unwrap_or_else(|| {
        let new = format!("{:016x}", rand::random::<u64>());
        HeaderValue::try_from(new).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// A method's name; all that we do not serve have one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
