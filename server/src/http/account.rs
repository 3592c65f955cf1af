//! `GET /v1/account`: a snapshot, at once or when there is something new.

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use creditpack::wire::Snapshot;
use creditpack::{AccountId, Epoch, Version};
use serde::Deserialize;
use tokio::time::Instant;

use super::caller::MayRead;
use super::problem::Refusal;
use super::query::{Query, Whole, version};
use super::{App, Stopping};
use crate::feed::{Event, Subscription};

/// The longest that a snapshot may be waited for, in seconds.
const WAIT_S_MAX: u64 = 25;

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/account", get(account))
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
    #[serde(default, deserialize_with = "version")]
    since: Option<Version>,
    epoch: Option<Epoch>,
    wait_s: Option<Whole<0, WAIT_S_MAX>>,
}

async fn account(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Query(asked): Query<Asked>,
) -> Result<Json<Snapshot>, Refusal> {
    let account = caller.account(asked.account)?;
    let (since, epoch) = (asked.since, asked.epoch);
    let wait_s = asked.wait_s.map_or(0, Whole::get);
    let until = Instant::now() + Duration::from_secs(wait_s);
    let mut waiting = wait_s > 0;
    loop {
        // Subscribed first and read second: nothing falls between.
        let news = app.ledger.feed().subscribe(&account);
        let snapshot = app.ledger.snapshot(account.clone(), since, epoch).await?;
        let up_to_date =
            since == Some(snapshot.version) && epoch.is_none_or(|epoch| epoch == snapshot.epoch);
        if !waiting || !up_to_date {
            return Ok(Json(snapshot));
        }
        // An entry may be one that was read already: it came after the subscription.
        waiting = entry(news, &app.stopping, until).await;
    }
}

/// Returns when the account gets an entry, or else, with false, once the time is over or the
/// backend goes down.
async fn entry(mut news: Subscription, stopping: &Stopping, until: Instant) -> bool {
    let entry = async {
        // What was missed may have been an entry.
        while news.next().await.is_ok_and(|event| !matches!(*event, Event::Entry(_))) {}
    };
    tokio::select! {
        () = entry => true,
        () = stopping.wait() => false,
        () = tokio::time::sleep_until(until) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::http::header::AUTHORIZATION;
    use tower::ServiceExt as _;

    use super::*;
    use crate::http::tests::{self, SECRET_KEY, Stage};

    async fn poll(app: App, query: &str) -> u64 {
        let request = Request::get(format!("/v1/account?account=u_1&{query}"))
            .header(AUTHORIZATION, format!("Bearer {SECRET_KEY}"));
        let request = request.body(Body::empty()).unwrap();
        let response = router().with_state::<()>(app).oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 100_000).await.unwrap();
        serde_json::from_slice::<Snapshot>(&body).unwrap().version.get()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_entry_that_was_read_already_ends_no_long_poll() {
        let stage = Stage::new().await;
        let first = stage.grant("g1").await;
        let feed = stage.app.ledger.feed().clone();
        let mut polled = tokio::spawn(poll(stage.app.clone(), "since=1&wait_s=25"));
        while feed.watchers() == 0 {
            tokio::task::yield_now().await;
        }
        feed.publish(&tests::account(), Event::Entry(first));
        let soon = Duration::from_millis(300);
        assert!(tokio::time::timeout(soon, &mut polled).await.is_err(), "there is nothing new");
        stage.grant("g2").await;
        assert_eq!(polled.await.unwrap(), 2);
    }
}
