//! One open stream, from its first heartbeat to its last word.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use creditpack::wire::{
    Bye, ByeReason, Heartbeat, Incoming, IncomingList, Reset, ResetReason, Stamped,
};
use creditpack::{AccountId, Entry, Version};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::Cursor;
use super::wire::{Wire, event};
use crate::feed::{Event, Lagged, Subscription};
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::holds::told;
use crate::metrics::Counted;

/// How many entries of the past are read at once.
const PAGE: u32 = 200;

/// How long a reader who takes nothing has to take the last event.
const LAST_WORD: Duration = Duration::from_secs(2);

/// How long a reader may take nothing at all. Heartbeats alone want to be read more often.
const STALLED: Duration = Duration::from_secs(60);

/// Why a stream ends.
enum End {
    /// The reader must start over.
    Reset(ResetReason),
    /// In good order.
    Bye(ByeReason),
    /// Nobody reads any more.
    Gone,
}

/// What a stream begins with.
pub(super) struct Begin {
    pub(super) cursor: Cursor,
    pub(super) incoming: Vec<Incoming>,
}

/// Whoever reads one stream.
pub(super) struct Reader {
    app: App,
    account: AccountId,
    wire: Wire,
    /// How long it may take nothing.
    stalled: Duration,
    /// The account's version when the stream began.
    first: Version,
    /// The version up to which the reader has been told.
    told: Version,
    _open: Counted,
}

impl Reader {
    /// One who is at `version` and reads what comes over `connection`.
    pub(super) fn new(
        app: App,
        account: AccountId,
        version: Version,
        connection: TcpStream,
    ) -> Self {
        let (wire, stalled) = (Wire::new(connection), STALLED);
        let open = app.metrics.requests.stream();
        Self { app, account, wire, stalled, first: version, told: version, _open: open }
    }

    /// Tells what happens until there is a reason to end.
    pub(super) async fn run(mut self, begin: Begin, news: Subscription, caller: Caller) {
        let (closed, stopping) = (self.wire.closed(), self.app.stopping.clone());
        let expiry = self.expiry(caller);
        // Whatever ends a stream ends it also while its reader takes nothing.
        let end = tokio::select! {
            biased;
            Err(end) = self.tell(begin, news) => end,
            () = expiry => End::Bye(ByeReason::TokenExpired),
            () = stopping.wait() => End::Bye(ByeReason::Shutdown),
            () = closed => End::Gone,
        };
        let last = match end {
            End::Reset(reason) => event("reset", &Reset { reason }, None),
            End::Bye(reason) => event("bye", &Bye { reason }, None),
            End::Gone => return,
        };
        // Whoever does not take it learns it by the end of the stream.
        let _ = timeout(LAST_WORD, self.wire.send(&last)).await;
    }

    async fn tell(&mut self, begin: Begin, news: Subscription) -> Result<Infallible, End> {
        let Begin { cursor, incoming } = begin;
        self.heartbeat().await?;
        self.send("incoming", &IncomingList { incoming }).await?;
        let epoch = self.app.ledger.epoch();
        self.told = cursor.resolve(self.first, epoch).map_err(End::Reset)?;
        // Apart from the rest: a stream that only waits does not keep room for reading the past.
        Box::pin(self.catch_up(self.first)).await?;
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
                // Apart from the rest: a stream that only waits keeps no room for what it may tell.
                news = news.next() => Box::pin(self.news(news)).await?,
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
            Event::Entry(entry) => self.catch_up(entry.version).await,
            Event::Verdict(receipt) => {
                self.send("verdict", &told(&self.app, receipt.clone())).await
            }
            Event::Incoming(incoming) => {
                self.send("incoming", &IncomingList { incoming: incoming.clone() }).await
            }
        }
    }

    async fn entry(&mut self, entry: Entry) -> Result<(), End> {
        let epoch = self.app.ledger.epoch();
        let version = entry.version;
        let place = format!("{epoch}:{version}");
        self.write(event("entry", &Stamped { epoch, entry }, Some(&place))).await?;
        self.told = version;
        Ok(())
    }

    /// Says how far the account is, told of or not, so that a reader sees when it is behind.
    async fn heartbeat(&mut self) -> Result<(), End> {
        let ledger = &self.app.ledger;
        let server_time_ms = ledger.clock().now_ms();
        let newest = ledger.feed().newest(&self.account);
        let version = newest.map_or(self.first, |newest| newest.max(self.first));
        let beat = Heartbeat { version, epoch: ledger.epoch(), server_time_ms };
        self.send("heartbeat", &beat).await
    }

    async fn send(&mut self, name: &str, data: &impl Serialize) -> Result<(), End> {
        self.write(event(name, data, None)).await
    }

    async fn write(&mut self, event: String) -> Result<(), End> {
        match Box::pin(timeout(self.stalled, self.wire.send(&event))).await {
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
                    let _ = timeout(left, keys.retired(&kid)).await;
                }
                Caller::Secret(key) => keys.revoked(&key.id).await,
            }
        }
    }
}

#[cfg(test)]
mod tests;
