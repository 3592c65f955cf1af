//! Long polls, which stand in for the stream where it does not get through.

use alloc::vec::Vec;

use super::stream::StreamState;
use super::{Base, Client, Effect, Reply};
use crate::ids::Version;
use crate::mutation::{Mutation, is_on};
use crate::wire::Snapshot;

/// How long a stream may take to tell its first event, once its request has left. One that takes
/// longer is being held back on its way, as by a proxy that collects an answer before it passes
/// it on.
pub const FIRST_EVENT_MS: u32 = 5_000;

/// How long the backend may wait for news before it answers a poll: its own bound.
pub const POLL_WAIT_S: u32 = 25;

/// A stream that ends sooner after its answer began is cut by something on its way.
const SHORT_MS: u64 = 1_000;

/// So many of them in a row are no accident.
const SHORT_STREAMS: u8 = 3;

/// How long it polls before a stream is tried again.
const STREAM_AGAIN_MS: u64 = 5 * 60_000;

/// A poll that brings no news sooner than this was not kept waiting by the backend.
const EARLY_MS: u64 = 10_000;

/// Whether streams get through, and what is polled if they do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Fallback {
    /// When the present stream's answer began.
    opened_at_ms: Option<u64>,
    /// Streams in a row that were cut short.
    short: u8,
    /// Until when to poll.
    until_ms: u64,
    /// When the present poll was asked for, and the base's version then.
    asked_at_ms: u64,
    asked_since: Version,
}

impl Fallback {
    pub(super) const fn is_on(&self, now_ms: u64) -> bool {
        now_ms < self.until_ms
    }

    /// A stream is about to be opened.
    pub(super) const fn begin_stream(&mut self) {
        self.opened_at_ms = None;
    }

    /// The stream has ended. One that was never opened says nothing of streams.
    pub(super) const fn end_stream(&mut self, now_ms: u64) {
        let Some(opened_at_ms) = self.opened_at_ms.take() else { return };
        let was_short = now_ms.saturating_sub(opened_at_ms) < SHORT_MS;
        self.short = if was_short { self.short + 1 } else { 0 };
        if self.short == SHORT_STREAMS {
            self.begin(now_ms);
        }
    }

    const fn begin(&mut self, now_ms: u64) {
        self.short = 0;
        self.until_ms = now_ms + STREAM_AGAIN_MS;
    }
}

impl Client {
    /// The stream's answer has begun.
    pub(super) fn stream_opened(&mut self, now_ms: u64) {
        if self.link.stream == StreamState::Opening {
            self.link.fallback.opened_at_ms = Some(now_ms);
        }
    }

    /// The stream told nothing within [`FIRST_EVENT_MS`].
    pub(super) fn stream_silent(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.link.stream != StreamState::Opening {
            return;
        }
        self.link.stream = StreamState::Closed;
        self.link.attempt = 0;
        self.link.fallback.begin(now_ms);
        self.open_stream(effects);
    }

    /// Asks what happened after `base`. Always from there, never from where an unresolved op was
    /// made: a poll from below the present version is answered at once, and so would be the next.
    pub(super) fn poll(&mut self, base: Base, effects: &mut Vec<Effect>) {
        let Base { epoch, version: since, .. } = base;
        self.link.stream = StreamState::Polling;
        self.link.fallback.asked_at_ms = self.link.seen_at_ms;
        self.link.fallback.asked_since = since;
        effects.push(Effect::Poll { epoch, since, attempt: self.link.attempt });
    }

    /// A poll was answered, or was not: then it may be the network, and the stream is tried next.
    pub(super) fn polled(
        &mut self,
        reply: Reply<Snapshot>,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        if self.link.stream != StreamState::Polling {
            return;
        }
        self.link.stream = StreamState::Closed;
        match reply {
            Reply::Refused => {}
            Reply::Body(snapshot) if snapshot.account == self.account => {
                self.pace_polls(snapshot.version, now_ms);
                // While another look is being taken, that one tells the news, and goes on here.
                if !self.is_resyncing() {
                    let ignored = is_on(Mutation::AskedSinceIgnored);
                    let receipts_complete = snapshot.receipts_complete || ignored;
                    let since =
                        if ignored { Version::ZERO } else { self.link.fallback.asked_since };
                    self.expect_snapshot(since);
                    let snapshot = Snapshot { receipts_complete, ..snapshot };
                    self.snapshot_answered(Reply::Body(snapshot), now_ms, effects);
                }
            }
            Reply::Body(_) | Reply::Nothing => {
                self.link.fallback.until_ms = 0;
                self.link.attempt += 1;
                self.look(effects);
            }
        }
    }

    /// Answers with news are followed by a poll after a moment; answers without any that come too
    /// early, by ever later ones.
    fn pace_polls(&mut self, version: Version, now_ms: u64) {
        let fallback = &self.link.fallback;
        let is_news = version > fallback.asked_since;
        let is_early = now_ms.saturating_sub(fallback.asked_at_ms) < EARLY_MS;
        self.link.attempt = match (is_news, is_early) {
            (true, _) => 1,
            (false, true) => self.link.attempt + 1,
            (false, false) => 0,
        };
    }
}
