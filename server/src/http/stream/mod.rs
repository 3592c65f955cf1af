//! `GET /v1/account/stream`: what happens to an account, as it happens.

mod reader;
mod wire;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use creditpack::wire::ResetReason;
use creditpack::{AccountId, Epoch, Version};
use serde::Deserialize;

use self::reader::{Begin, Reader};
use super::App;
use super::caller::MayRead;
use super::cors::LAST_EVENT_ID;
use super::problem::Refusal;
use super::query::{Query, version};
use crate::handover::Handover;

const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/account/stream", get(stream))
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
    #[serde(default, deserialize_with = "version")]
    since: Option<Version>,
    epoch: Option<Epoch>,
}

async fn stream(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let account = caller.account(asked.account.clone())?;
    // Subscribed first and read second: nothing falls between.
    let news = app.ledger.feed().subscribe(&account);
    let (version, incoming) = app.ledger.incoming(account.clone()).await?;
    let begin = Begin { cursor: Cursor::asked(&asked, &headers), incoming };
    let reading = Handover::new(move |connection| {
        Reader::new(app, account, version, connection).run(begin, news, caller)
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok(reading.after(headers.into_response()))
}

/// Where a reader wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// From now.
    Now(Option<Epoch>),
    /// After that version.
    After(Version, Option<Epoch>),
    /// From somewhere that cannot be read.
    Unknown,
}

impl Cursor {
    /// The query says it, or else the header.
    fn asked(asked: &Asked, headers: &HeaderMap) -> Self {
        match (asked.since, headers.get(LAST_EVENT_ID)) {
            (Some(since), _) => Self::After(since, asked.epoch),
            (None, Some(id)) => Self::parse(id.to_str().unwrap_or_default()),
            (None, None) => Self::Now(asked.epoch),
        }
    }

    /// The cursor that an event's id `epoch:version` is.
    fn parse(id: &str) -> Self {
        let read = || {
            let (epoch, version) = id.split_once(':')?;
            let version = Version::new(version.parse().ok()?).ok()?;
            Some(Self::After(version, Some(epoch.parse().ok()?)))
        };
        read().unwrap_or(Self::Unknown)
    }

    /// The version after which to go on at `version` of `epoch`, or why that cannot be.
    fn resolve(self, version: Version, epoch: Epoch) -> Result<Version, ResetReason> {
        match self {
            Self::Now(Some(known)) | Self::After(_, Some(known)) if known != epoch => {
                Err(ResetReason::Epoch)
            }
            Self::Now(_) => Ok(version),
            Self::After(since, _) if since <= version => Ok(since),
            Self::After(..) | Self::Unknown => Err(ResetReason::UnknownCursor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: &str = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";

    fn check(id: &str, expect: Result<u64, ResetReason>) {
        let epoch = EPOCH.parse().unwrap();
        let at = Version::new(5).unwrap();
        assert_eq!(Cursor::parse(id).resolve(at, epoch).map(Version::get), expect, "{id}");
    }

    #[test]
    fn an_event_id_is_where_to_go_on() {
        check(&format!("{EPOCH}:3"), Ok(3));
        check(&format!("{EPOCH}:5"), Ok(5));
        check(&format!("{EPOCH}:6"), Err(ResetReason::UnknownCursor));
        check("01J9ZQ3W4X5Y6Z7A8B9C0D1E2G:3", Err(ResetReason::Epoch));
        for bad in ["", "3", ":3", "x:3", &format!("{EPOCH}:-1"), &format!("{EPOCH}:")] {
            check(bad, Err(ResetReason::UnknownCursor));
        }
    }
}
