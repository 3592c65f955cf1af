//! `GET /v1/account/stream`: what happens to an account, as it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event as Sent, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use creditpack::wire::{
    Bye, ByeReason, Heartbeat, Incoming, IncomingList, Reset, ResetReason, Stamped,
};
use creditpack::{AccountId, Entry, Epoch, Version};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_stream::wrappers::ReceiverStream;

use super::App;
use super::caller::{Caller, MayRead};
use super::cors::LAST_EVENT_ID;
use super::holds::told;
use super::problem::Refusal;
use super::query::{Query, version};
use crate::feed::{Event, Lagged, Subscription};

/// How many events may wait for a slow reader here; more wait in its subscription.
const WAITING_MAX: usize = 4;

/// How many entries of the past are read at once.
const PAGE: u32 = 200;

/// How long a reader who takes nothing has to take the last event.
const LAST_WORD: Duration = Duration::from_secs(2);

/// How long a reader may take nothing at all. Heartbeats alone want to be read more often.
const STALLED: Duration = Duration::from_secs(60);

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
    let cursor = Cursor::asked(&asked, &headers);
    let (out, events) = mpsc::channel(WAITING_MAX);
    let reader = Reader { app, account, out, first: version, told: version };
    let open = reader.app.metrics.requests.stream();
    tokio::spawn(async move {
        reader.run(cursor, news, incoming, caller).await;
        drop(open);
    });
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, Sse::new(ReceiverStream::new(events))).into_response())
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

/// Why a stream ends.
enum End {
    /// The reader must start over.
    Reset(ResetReason),
    /// In good order.
    Bye(ByeReason),
    /// Nobody reads any more.
    Gone,
}

/// One open stream.
struct Reader {
    app: App,
    account: AccountId,
    out: mpsc::Sender<Result<Sent, Infallible>>,
    /// The account's version when the stream began.
    first: Version,
    /// The version up to which the reader has been told.
    told: Version,
}

impl Reader {
    async fn run(
        mut self,
        cursor: Cursor,
        news: Subscription,
        incoming: Vec<Incoming>,
        caller: Caller,
    ) {
        let (out, stopping) = (self.out.clone(), self.app.stopping.clone());
        let expiry = self.expiry(caller);
        // Whatever ends a stream ends it also while its reader takes nothing.
        let end = tokio::select! {
            biased;
            Err(end) = self.tell(cursor, news, incoming) => end,
            () = expiry => End::Bye(ByeReason::TokenExpired),
            () = stopping.wait() => End::Bye(ByeReason::Shutdown),
            () = out.closed() => End::Gone,
        };
        let last = match end {
            End::Reset(reason) => event("reset", &Reset { reason }),
            End::Bye(reason) => event("bye", &Bye { reason }),
            End::Gone => return,
        };
        // Whoever does not take it learns it by the end of the stream.
        let _ = tokio::time::timeout(LAST_WORD, self.send(last)).await;
    }

    async fn tell(
        &mut self,
        cursor: Cursor,
        news: Subscription,
        incoming: Vec<Incoming>,
    ) -> Result<Infallible, End> {
        let version = self.first;
        self.heartbeat().await?;
        self.send(event("incoming", &IncomingList { incoming })).await?;
        let epoch = self.app.ledger.epoch();
        self.told = cursor.resolve(version, epoch).map_err(End::Reset)?;
        // Apart from the rest: a stream that only waits does not keep room for reading the past.
        Box::pin(self.catch_up(version)).await?;
        self.follow(news).await
    }

    /// Tells what happened up to `version`.
    async fn catch_up(&mut self, version: Version) -> Result<(), End> {
        while self.told < version {
            let page = self.app.ledger.entries_after(self.account.clone(), self.told, PAGE).await;
            // The store does not answer now; whoever reads finds out by starting over.
            let page = page.map_err(|_| End::Reset(ResetReason::Lagged))?;
            if page.is_empty() {
                return Err(End::Reset(ResetReason::UnknownCursor));
            }
            for entry in page {
                self.entry(entry).await?;
            }
        }
        Ok(())
    }

    /// Tells what happens, for as long as nothing is missed.
    async fn follow(&mut self, mut news: Subscription) -> Result<Infallible, End> {
        let mut beat = self.beats();
        loop {
            tokio::select! {
                news = news.next() => self.news(news).await?,
                _ = beat.tick() => self.heartbeat().await?,
            }
        }
    }

    async fn news(&mut self, news: Result<Arc<Event>, Lagged>) -> Result<(), End> {
        let news = news.map_err(|Lagged| End::Reset(ResetReason::Lagged))?;
        match &*news {
            Event::Entry(entry) if entry.version <= self.told => Ok(()),
            Event::Entry(entry) if entry.version == self.told.next() => {
                self.entry(entry.clone()).await
            }
            Event::Entry(entry) => Box::pin(self.catch_up(entry.version)).await,
            Event::Verdict(receipt) => {
                self.send(event("verdict", &told(&self.app, receipt.clone()))).await
            }
            Event::Incoming(incoming) => {
                self.send(event("incoming", &IncomingList { incoming: incoming.clone() })).await
            }
        }
    }

    async fn entry(&mut self, entry: Entry) -> Result<(), End> {
        let epoch = self.app.ledger.epoch();
        let version = entry.version;
        let sent = event("entry", &Stamped { epoch, entry }).id(format!("{epoch}:{version}"));
        self.send(sent).await?;
        self.told = version;
        Ok(())
    }

    /// Says how far the account is, told of or not, so that a reader sees when it is behind.
    async fn heartbeat(&self) -> Result<(), End> {
        let ledger = &self.app.ledger;
        let server_time_ms = ledger.clock().now_ms();
        let newest = ledger.feed().newest(&self.account);
        let version = newest.map_or(self.first, |newest| newest.max(self.first));
        let beat = Heartbeat { version, epoch: ledger.epoch(), server_time_ms };
        self.send(event("heartbeat", &beat)).await
    }

    async fn send(&self, sent: Sent) -> Result<(), End> {
        let waiting = match self.out.try_send(Ok(sent)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(End::Gone),
            Err(TrySendError::Full(waiting)) => waiting,
        };
        match tokio::time::timeout(STALLED, self.out.send(waiting)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }

    fn beats(&self) -> Interval {
        let every = self.app.config.heartbeat;
        let mut beats = interval_at(Instant::now() + every, every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats
    }

    /// Returns when the reader's token has expired, or the key that it rests on is accepted no longer.
    fn expiry(&self, caller: Caller) -> impl Future<Output = ()> + use<> {
        let now_ms = self.app.ledger.clock().now_ms();
        let keys = Arc::clone(&self.app.keys);
        async move {
            match caller {
                Caller::Client { expires_at_ms, kid, .. } => {
                    let left = Duration::from_millis(expires_at_ms.saturating_sub(now_ms));
                    // Whoever had a key wrote its own time into the tokens it made.
                    let _ = tokio::time::timeout(left, keys.retired(&kid)).await;
                }
                Caller::Secret(key) => keys.revoked(&key.id).await,
            }
        }
    }
}

/// An event of that name; everything that is sent can be written as JSON.
fn event(name: &str, data: &impl Serialize) -> Sent {
    Sent::default().event(name).json_data(data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::{Stage, account};

    const EPOCH: &str = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";

    #[tokio::test(flavor = "multi_thread")]
    async fn a_heartbeat_tells_how_far_the_account_is_even_to_a_reader_who_is_behind() {
        let stage = Stage::new().await;
        let _news = stage.app.ledger.feed().subscribe(&account());
        let (out, mut events) = mpsc::channel(WAITING_MAX);
        let told = Version::ZERO;
        let reader = Reader { app: stage.app.clone(), account: account(), out, first: told, told };
        for (expect, grant) in [("\"version\":0", "g1"), ("\"version\":1", "g2")] {
            assert!(reader.heartbeat().await.is_ok());
            let sent = format!("{:?}", events.recv().await.unwrap());
            assert!(sent.contains(&expect.escape_default().to_string()), "{sent}");
            stage.grant(grant).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stream_that_waits_takes_little_memory() {
        let stage = Stage::new().await;
        let news = stage.app.ledger.feed().subscribe(&account());
        let (out, _events) = mpsc::channel(WAITING_MAX);
        let told = Version::ZERO;
        let reader = Reader { app: stage.app.clone(), account: account(), out, first: told, told };
        let (expires_at_ms, kid) = (u64::MAX, "".into());
        let caller = Caller::Client { account: account(), expires_at_ms, kid };
        let running = reader.run(Cursor::Now(None), news, Vec::new(), caller);
        let bytes = std::mem::size_of_val(&running);
        assert!(bytes <= 4096, "{bytes} bytes for each of ten thousand");
    }

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
