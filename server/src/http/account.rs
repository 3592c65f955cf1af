//! `GET /v1/account`: a snapshot, at once or when there is something new.

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use creditpack::wire::Snapshot;
use creditpack::{AccountId, Epoch, Version};
use serde::Deserialize;

use super::caller::Caller;
use super::problem::Refusal;
use super::query::Query;
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
    since: Option<Version>,
    epoch: Option<Epoch>,
    wait_s: Option<u64>,
}

async fn account(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Snapshot>, Refusal> {
    let account = caller.account(asked.account)?;
    let wait_s = asked.wait_s.unwrap_or(0);
    if wait_s > WAIT_S_MAX {
        return Err(Refusal::invalid("wait_s", "must be 0 to 25"));
    }
    let (since, epoch) = (asked.since, asked.epoch);
    // Subscribed first and read second: nothing falls between.
    let news = app.ledger.feed().subscribe(&account);
    let snapshot = app.ledger.snapshot(account.clone(), since, epoch).await?;
    let up_to_date =
        since == Some(snapshot.version) && epoch.is_none_or(|epoch| epoch == snapshot.epoch);
    if wait_s == 0 || !up_to_date {
        return Ok(Json(snapshot));
    }
    wait(news, &app.stopping, Duration::from_secs(wait_s)).await;
    Ok(Json(app.ledger.snapshot(account, since, epoch).await?))
}

/// Returns when the account gets an entry, the time is over, or the backend goes down.
async fn wait(mut news: Subscription, stopping: &Stopping, longest: Duration) {
    let entry = async {
        // What was missed may have been an entry.
        while news.next().await.is_ok_and(|event| !matches!(*event, Event::Entry(_))) {}
    };
    tokio::select! {
        () = entry => {}
        () = stopping.wait() => {}
        () = tokio::time::sleep(longest) => {}
    }
}
