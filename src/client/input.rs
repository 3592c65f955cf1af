//! What happens to the client.

use alloc::vec::Vec;

use super::{Costs, Digest, Role, StoredOp};
use crate::entry::Entry;
use crate::error::Code;
use crate::ids::{Epoch, OpId};
use crate::wire::{Heartbeat, Incoming, Receipt, Snapshot};

/// One thing that happened. Answers bring back the epoch that their [`super::Effect`] named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// These ops were found in storage; sent once, before anything is asked of the backend.
    Restored(Vec<StoredOp>),
    /// The op is stored.
    Saved(OpId),
    /// The op cannot be stored: it lives in memory only.
    SaveFailed(OpId),
    /// What came of asking for a hold.
    Held(OpId, Option<Epoch>, Answer),
    /// What came of asking for a release.
    Released(OpId, Option<Epoch>, Answer),
    /// The verdicts asked for, or `None` if no answer came.
    Verdicts(Option<Epoch>, Option<Vec<Receipt>>),
    /// What came of asking for the catalog.
    Catalog(Reply<Costs>),
    /// What came of asking for a snapshot.
    Snapshot(Reply<Snapshot>),
    /// An event of the stream.
    Stream(StreamEvent),
    /// The stream's answer has begun: it is open, as far as the network tells.
    StreamOpened,
    /// The stream told nothing within [`super::FIRST_EVENT_MS`] of being asked for, and is closed.
    StreamSilent,
    /// The stream is closed, or could not be opened.
    StreamClosed,
    /// What came of a poll.
    Polled(Reply<Snapshot>),
    /// The browser went online or offline.
    Online(bool),
    /// The page is shown, perhaps once more, or on its way out.
    Visible(bool),
    /// What this tab is to the other tabs of its account now.
    Role(Role),
    /// The leading tab has a fresh picture.
    LeaderHeard,
    /// Another tab tells what it knows.
    Told(Digest),
    /// Another tab asks what there is to know.
    AskedByTab,
    /// Someone wants to be sure.
    Refresh,
    /// Time has passed.
    Tick,
}

/// What came of a request for something to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply<T> {
    /// What was asked for.
    Body(T),
    /// A refusal that asking again would only repeat.
    Refused,
    /// No answer, or one that may differ next time.
    Nothing,
}

impl<T> Reply<T> {
    /// The same reply about something made from its body.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Reply<U> {
        match self {
            Self::Body(body) => Reply::Body(make(body)),
            Self::Refused => Reply::Refused,
            Self::Nothing => Reply::Nothing,
        }
    }
}

impl Code {
    /// Whether asking for the same thing again would only be refused again.
    pub const fn is_lasting(self) -> bool {
        matches!(self, Self::InvalidRequest | Self::Forbidden | Self::NotFound)
    }
}

/// What came of a request about one op.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The backend told the op's fate.
    Receipt(Receipt),
    /// The backend refused, by a code that is known.
    Refused(Code),
    /// No answer, or one that tells nothing: nobody knows whether it was applied.
    Nothing,
}

/// An event of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StreamEvent {
    /// The stream is alive.
    Heartbeat(Heartbeat),
    /// The whole list of purchases that have not granted yet.
    Incoming(Vec<Incoming>),
    /// A line of the ledger.
    Entry(Epoch, Entry),
    /// A refused op.
    Verdict(Receipt),
    /// The stream cannot go on from the base: take a snapshot.
    Reset,
}
