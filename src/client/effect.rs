//! What the client wants done.

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use super::{Digest, StoredOp};
use crate::credits::Credits;
use crate::error::Code;
use crate::ids::{Epoch, OpId, Version};
use crate::ledger::Reason;

/// One thing to do. Whoever does it feeds what came of it back as an [`super::Input`].
///
/// `attempt` counts from 0; before a later one the runtime waits, longer each time. `epoch` is the
/// newest one the client knew when it asked; it goes back with the answer, because a receipt does
/// not name its epoch and one from an earlier life of the database proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Store the op durably, then say so: it is sent only after that.
    Save(StoredOp),
    /// Drop the op from storage.
    Forget(OpId),
    /// Ask the backend to hold the op's credits.
    Hold {
        /// What to send.
        op: StoredOp,
        /// To be given back with the answer.
        epoch: Option<Epoch>,
        /// How often it was sent before.
        attempt: u32,
    },
    /// Ask the backend to release the op as cancelled, or to see to it that it is never applied.
    Release {
        /// Which op.
        op: OpId,
        /// To be given back with the answer.
        epoch: Option<Epoch>,
        /// How often it was sent before.
        attempt: u32,
    },
    /// Ask for the verdicts of these ops.
    Verdicts {
        /// At most 100.
        ops: Vec<OpId>,
        /// To be given back with the answer.
        epoch: Option<Epoch>,
        /// How often it was asked before.
        attempt: u32,
    },
    /// Ask for the catalog.
    Catalog {
        /// How often it was asked before.
        attempt: u32,
    },
    /// Take a snapshot.
    Snapshot {
        /// From where on receipts are wanted.
        since: Option<(Epoch, Version)>,
        /// How often it was asked before.
        attempt: u32,
    },
    /// Open the stream, which tells every entry after that version.
    OpenStream {
        /// The base's epoch.
        epoch: Epoch,
        /// The base's version.
        since: Version,
        /// How often it failed before.
        attempt: u32,
    },
    /// Ask for a snapshot as soon as there is news after that version, in place of a stream.
    Poll {
        /// The base's epoch.
        epoch: Epoch,
        /// The base's version.
        since: Version,
        /// How often it failed, or brought nothing new too early.
        attempt: u32,
    },
    /// Close the stream, or end the poll.
    CloseStream,
    /// Tell the other tabs of this account.
    Tell(Digest),
    /// Ask the other tabs what there is to know.
    AskTabs,
    /// Tell whoever spends that this op is over.
    Settled(Outcome),
}

/// How an own op ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Outcome {
    /// Which op.
    pub op: OpId,
    /// What it was for.
    pub operation: String,
    /// What was set aside for it.
    pub credits: Credits,
    /// How it ended.
    pub state: EndState,
    /// What it cost in the end.
    pub spent: Credits,
    /// Why its credits returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// How an own op ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// Its work finished.
    Captured,
    /// Its credits returned.
    Released,
    /// Its credits were spent at once.
    Debited,
    /// The backend refused it; it was never charged.
    Rejected,
    /// It was called off before anything was set aside.
    Cancelled,
    /// The backend does not know it, and it was not sent again: it is from before a restore of the
    /// database, or older than the time for which verdicts are kept.
    Dropped,
}
