//! The stream of entries, and whether it can be trusted to be alive.

use alloc::string::String;
use alloc::vec::Vec;

use super::fallback::Fallback;
use super::{Base, Client, Effect, StreamEvent};
use crate::credits::Credits;
use crate::display::{Happened, HappenedKey};
use crate::entry::{Entry, EntryKind};
use crate::ids::{Epoch, Version};
use crate::mutation::{Mutation, is_on};
use crate::wire::Heartbeat;

/// A stream this silent is dead: three heartbeats of the backend are missing.
const SILENCE_MS_MAX: u64 = 45_000;

/// How long a picture stays fresh without a stream.
const FRESH_MS: u64 = 5_000;

/// Whether the stream is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum StreamState {
    #[default]
    Closed,
    Opening,
    Live,
    /// Long polls stand in for it.
    Polling,
}

/// What is known of the way to the backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    pub(super) online: bool,
    visible: bool,
    pub(super) stream: StreamState,
    /// How often in a row the stream, or the poll in its place, failed.
    pub(super) attempt: u32,
    heard_at_ms: u64,
    /// The base's version when the last heartbeat told of a later one.
    behind: Option<Version>,
    pub(super) fallback: Fallback,
    /// When anything happened here last.
    pub(super) seen_at_ms: u64,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            online: true,
            visible: true,
            stream: StreamState::Closed,
            attempt: 0,
            heard_at_ms: 0,
            behind: None,
            fallback: Fallback::default(),
            seen_at_ms: 0,
        }
    }
}

impl Link {
    pub(super) const fn heard(&mut self, now_ms: u64) {
        self.heard_at_ms = now_ms;
    }

    /// Whether it is worth asking anything.
    const fn reaches(&self) -> bool {
        self.online && self.visible
    }

    /// What was heard last may be of long ago, whatever the clock says.
    pub(super) const fn doubt(&mut self) {
        self.heard_at_ms = 0;
    }

    /// Whether what is shown may be older than the moment it is shown in.
    pub(super) fn is_stale(&self, now_ms: u64) -> bool {
        let silence_ms = now_ms.saturating_sub(self.heard_at_ms);
        match self.stream {
            StreamState::Live | StreamState::Polling => silence_ms > SILENCE_MS_MAX,
            StreamState::Closed | StreamState::Opening => silence_ms > FRESH_MS,
        }
    }
}

impl Client {
    pub(super) fn streamed(&mut self, event: StreamEvent, now_ms: u64, effects: &mut Vec<Effect>) {
        if !matches!(self.link.stream, StreamState::Opening | StreamState::Live) {
            return self.streamed_late(&event);
        }
        let before = core::mem::replace(&mut self.link.stream, StreamState::Live);
        self.link.heard(now_ms);
        match event {
            StreamEvent::Heartbeat(heartbeat) => {
                // The first one opens every stream, also one that cannot go on. The second proves it.
                if before == StreamState::Live {
                    self.link.attempt = 0;
                }
                self.heartbeat(heartbeat, now_ms, effects);
            }
            StreamEvent::Incoming(list) => {
                // Two lists of one moment are told apart: tabs may hear of them in any order.
                let at_ms = self.backend_time_ms(now_ms).max(self.tabs.incoming_at_ms + 1);
                self.set_incoming(list, at_ms);
            }
            StreamEvent::Entry(epoch, entry) => {
                self.link.attempt = 0;
                self.entry(epoch, entry, effects);
            }
            StreamEvent::Verdict(receipt) => {
                let streamed_in = self.base.map(|base| base.epoch);
                if self.counts(&receipt, streamed_in, effects) {
                    self.learn(&receipt);
                }
            }
            StreamEvent::Reset => {
                self.link.attempt += 1;
                self.disconnect(effects);
                self.want_snapshot(effects);
            }
        }
    }

    /// A stream that was given up says nothing of how things are now, and moves nothing. But an
    /// entry stays true for ever: an op that is known to have taken effect must not be sent again,
    /// in whichever life of the database comes next.
    fn streamed_late(&mut self, event: &StreamEvent) {
        if let StreamEvent::Entry(epoch, entry) = event
            && self.base.is_some_and(|base| base.epoch == *epoch)
        {
            self.evidence.learn_entry(entry);
        }
    }

    fn heartbeat(&mut self, heartbeat: Heartbeat, now_ms: u64, effects: &mut Vec<Effect>) {
        self.set_clock(heartbeat.server_time_ms, now_ms);
        let Some(base) = self.base else { return };
        if heartbeat.epoch > base.epoch {
            return self.want_snapshot(effects);
        }
        let behind = heartbeat.epoch == base.epoch && heartbeat.version > base.version;
        // Entries follow their heartbeat. Only if the base has not moved by the next one, some are
        // lost.
        if behind && !is_on(Mutation::HeartbeatIgnored) && self.link.behind == Some(base.version) {
            self.want_snapshot(effects);
        }
        self.link.behind = behind.then_some(base.version);
    }

    /// An entry enters the base if it is the next one, and its op leaves the overlay with it.
    fn entry(&mut self, epoch: Epoch, entry: Entry, effects: &mut Vec<Effect>) {
        let Some(base) = self.base else { return };
        if epoch < base.epoch {
            return;
        }
        if epoch > base.epoch {
            return self.want_snapshot(effects);
        }
        self.evidence.learn_entry(&entry);
        if is_on(Mutation::DeltasWithoutVersions) {
            self.base = Some(base.changed_by(&entry));
            return;
        }
        if is_on(Mutation::GapJumped) && entry.version > base.version {
            self.base = Some(base.jumped_to(&entry));
            return;
        }
        if entry.version > base.version {
            self.gap.keep(entry);
            self.drain_gap();
        }
        if !self.gap.is_empty() {
            self.want_snapshot(effects);
        }
    }

    /// Advances the base by every entry that follows it.
    pub(super) fn drain_gap(&mut self) {
        while let Some(base) = self.base
            && let Some(entry) = self.gap.take_next(base.version)
        {
            self.base = Some(base.advanced(&entry));
            self.tell(&entry);
        }
        let pending = &self.pending;
        self.evidence.prune(|op| pending.contains(op));
    }

    /// Tells the buyer what an entry did, and takes a granted purchase off the incoming list.
    fn tell(&mut self, entry: &Entry) {
        let key = match entry.kind {
            EntryKind::Hold => return,
            EntryKind::Grant | EntryKind::Reinstate => HappenedKey::Granted,
            EntryKind::Debit | EntryKind::Capture => HappenedKey::Spent,
            EntryKind::Release | EntryKind::Refund => HappenedKey::Returned,
            EntryKind::Clawback | EntryKind::Adjust => HappenedKey::Taken,
        };
        let purchase = entry.purchase.as_deref();
        let bought = self.incoming.iter().position(|line| Some(&*line.purchase) == purchase);
        let pack = bought.map(|at| self.incoming.remove(at).pack);
        if let Some(pending) = entry.op.and_then(|op| self.pending.get_mut(op)) {
            pending.told = true;
        }
        let (operation, reason) = (entry.operation.as_deref(), entry.reason.as_deref());
        self.happen(key, entry.credits, operation, reason, pack);
    }

    /// Tells the buyer what happened.
    pub(super) fn happen(
        &mut self,
        key: HappenedKey,
        credits: Credits,
        operation: Option<&str>,
        reason: Option<&str>,
        pack: Option<String>,
    ) {
        let serial = self.happened.as_ref().map_or(1, |last| last.serial.wrapping_add(1));
        let [operation, reason] = [operation, reason].map(|word| word.map(String::from));
        self.happened = Some(Happened { serial, key, credits, operation, reason, pack });
    }

    /// Opens the stream, later the more often it failed in a row; or polls, where none gets through.
    pub(super) fn open_stream(&mut self, effects: &mut Vec<Effect>) {
        let wanted = self.link.reaches() && !self.tabs.is_following();
        if let (true, Some(base)) = (wanted, self.base) {
            if self.link.fallback.is_on(self.link.seen_at_ms) {
                return self.poll(base, effects);
            }
            self.link.stream = StreamState::Opening;
            self.link.fallback.begin_stream();
            let Base { epoch, version: since, .. } = base;
            let attempt = self.link.attempt;
            effects.push(Effect::OpenStream { epoch, since, attempt });
        }
    }

    /// The stream ended or could not be opened. Where the backend refuses streams, the snapshots
    /// that are taken from the second failure on tell what it would have told.
    pub(super) fn stream_closed(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.link.stream == StreamState::Closed {
            return;
        }
        self.link.stream = StreamState::Closed;
        self.link.attempt += 1;
        self.link.fallback.end_stream(now_ms);
        if self.link.attempt > 1 {
            self.look(effects);
        }
        self.open_stream(effects);
    }

    pub(super) fn set_online(&mut self, online: bool, effects: &mut Vec<Effect>) {
        let before = core::mem::replace(&mut self.link.online, online);
        if online && !before {
            self.start_over(effects);
        }
        if !online {
            self.disconnect(effects);
        }
    }

    pub(super) fn set_visible(&mut self, visible: bool, now_ms: u64, effects: &mut Vec<Effect>) {
        let before = core::mem::replace(&mut self.link.visible, visible);
        match visible {
            false => self.disconnect(effects),
            true if !before || self.link.is_stale(now_ms) => self.start_over(effects),
            true if self.tabs.is_following() => {}
            // A machine that slept has a stream that looks open: look once, to be sure.
            true => self.look(effects),
        }
    }

    /// The page is back, perhaps in another network: one that lets streams through.
    fn start_over(&mut self, effects: &mut Vec<Effect>) {
        self.link.fallback = Fallback::default();
        self.reconnect(effects);
    }

    /// Nothing that was open before a pause is trusted after it. Pages come back with several
    /// events at once: one look answers them all.
    pub(super) fn reconnect(&mut self, effects: &mut Vec<Effect>) {
        self.link.attempt = 0;
        self.disconnect(effects);
        self.look(effects);
    }

    pub(super) fn disconnect(&mut self, effects: &mut Vec<Effect>) {
        if self.link.stream != StreamState::Closed {
            self.link.stream = StreamState::Closed;
            effects.push(Effect::CloseStream);
        }
    }

    /// Time has passed: a silent stream is replaced, an announced op that never came called off.
    pub(super) fn tick(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        // A clock that was set back must not make silence look shorter.
        self.link.heard_at_ms = self.link.heard_at_ms.min(now_ms);
        let stale = self.link.is_stale(now_ms);
        let is_open = matches!(self.link.stream, StreamState::Live | StreamState::Polling);
        if is_open && stale {
            self.reconnect(effects);
        }
        // The leading tab is silent: until another one leads, this one asks for itself.
        if stale && self.tabs.is_following() && self.link.reaches() && !self.is_resyncing() {
            self.want_snapshot(effects);
        }
        self.release_overdue(now_ms, effects);
        self.take_over_overdue(now_ms, effects);
    }

    pub(super) fn set_clock(&mut self, server_time_ms: u64, now_ms: u64) {
        self.clock_ahead_ms = server_time_ms.cast_signed().saturating_sub(now_ms.cast_signed());
    }
}
