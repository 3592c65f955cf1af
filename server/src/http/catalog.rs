//! `GET /v1/catalog`: what is sold and what it buys.

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use creditpack::AccountId;
use creditpack::Catalog;
use creditpack::money::Currency;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::App;
use super::caller::MayRead;
use super::problem::Refusal;
use super::query::Query;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/catalog", get(catalog))
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
    currency: Option<Currency>,
}

async fn catalog(
    State(app): State<App>,
    caller: Option<MayRead>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let show = |catalog: &Catalog| {
        catalog.public(asked.currency.unwrap_or(catalog.currency), String::new())
    };
    let caller = caller.map(|MayRead(caller)| caller);
    let mut shown = match &caller {
        Some(caller) if caller.is_about_one(asked.account.as_ref()) => {
            app.storefront.serve(caller.account(asked.account)?, show).await??
        }
        _ => show(&app.config.catalog)?,
    };
    // Of what is shown, and of nothing else: a new promotion must not show.
    shown.version = digest(&serde_json::to_vec(&shown).unwrap_or_default());
    let body = serde_json::to_vec(&shown).unwrap_or_default();
    let etag = format!("\"{}\"", digest(&body));
    // An account may have prices of its own, which no shared cache may keep.
    let cache = if caller.is_some() { "private, no-cache" } else { "public, max-age=60" };
    let unchanged = headers.get_all(IF_NONE_MATCH).iter().any(|known| names(known, &etag));
    let etag = HeaderValue::from_str(&etag).map_err(|_| Refusal::internal())?;
    let described: [(HeaderName, HeaderValue); 4] = [
        (ETAG, etag),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
        (VARY, HeaderValue::from(AUTHORIZATION)),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, described).into_response());
    }
    Ok((described, body).into_response())
}

/// Whether an `If-None-Match` names that tag. Comparison is weak, as RFC 9110 says.
fn names(known: &HeaderValue, etag: &str) -> bool {
    let listed = known.to_str().unwrap_or_default().split(',').map(str::trim);
    listed.map(|tag| tag.trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

/// A short name of a content.
fn digest(content: &[u8]) -> String {
    hex::encode(&Sha256::digest(content)[..12])
}
