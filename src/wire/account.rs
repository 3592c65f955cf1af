//! An account as it is read: snapshot, stream, history.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::Receipt;
use crate::credits::Credits;
use crate::entry::Entry;
use crate::ids::{AccountId, Epoch, OpId, Version};
use crate::words::words;

/// `GET /v1/account`: one consistent read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// Whose.
    pub account: AccountId,
    /// Which life of the database.
    pub epoch: Epoch,
    /// How many entries it has.
    pub version: Version,
    /// Credits owned.
    pub settled: i64,
    /// Credits promised.
    pub held: Credits,
    /// Credits free to promise.
    pub available: i64,
    /// Every live hold.
    pub holds: Vec<HoldLine>,
    /// Every purchase not granted yet.
    pub incoming: Vec<Incoming>,
    /// Every op with a verdict or an entry at or after `since`.
    pub receipts: Vec<Receipt>,
    /// Whether that is all of them.
    pub receipts_complete: bool,
    /// The backend's clock.
    pub server_time_ms: u64,
}

/// A live hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HoldLine {
    /// Which op's.
    pub op: OpId,
    /// What it is for.
    pub operation: String,
    /// How much it promises.
    pub credits: Credits,
    /// When it was made.
    pub created_at_ms: u64,
    /// When it may be expired.
    pub expires_at_ms: u64,
    /// Whether a run of the work owns it.
    pub claimed: bool,
}

/// A purchase that has not granted yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Incoming {
    /// Which purchase.
    pub purchase: String,
    /// What was bought.
    pub pack: String,
    /// What it will grant.
    pub credits: Credits,
    /// How far it is.
    pub status: PurchaseStatus,
}

words! {
    /// How far a purchase is.
    pub enum PurchaseStatus {
        /// The buyer has not paid yet.
        Open = "open",
        /// The payment is under way.
        Processing = "processing",
        /// Paid, and its credits granted.
        Paid = "paid",
        /// The buyer let it lapse.
        Expired = "expired",
        /// The payment failed.
        Failed = "failed",
        /// The payment was given back.
        Refunded = "refunded",
        /// A part of the payment was given back.
        PartiallyRefunded = "partially_refunded",
        /// The buyer's bank disputes the payment.
        Disputed = "disputed",
    }
}

/// Stream event `incoming`: the whole list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IncomingList {
    /// Every purchase not granted yet.
    pub incoming: Vec<Incoming>,
}

/// Stream event `heartbeat`: the stream is alive, and the account is at this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Heartbeat {
    /// How many entries the account has.
    pub version: Version,
    /// Which life of the database.
    pub epoch: Epoch,
    /// The backend's clock.
    pub server_time_ms: u64,
}

/// An entry with the epoch it belongs to, as stream and history carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamped {
    /// Which life of the database.
    pub epoch: Epoch,
    /// The entry's own fields.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Stream event `reset`: take a snapshot and reopen from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Why.
    pub reason: ResetReason,
}

words! {
    /// Why a stream cannot go on.
    pub enum ResetReason {
        /// The reader asked to go on from where the account has not been.
        UnknownCursor = "unknown_cursor",
        /// The reader knows another life of the database.
        Epoch = "epoch",
        /// The reader was too slow.
        Lagged = "lagged",
    }
}

/// Stream event `bye`: renew what is named and reopen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bye {
    /// Why.
    pub reason: ByeReason,
}

words! {
    /// Why a stream ends in good order.
    pub enum ByeReason {
        /// The client token is past its time.
        TokenExpired = "token_expired",
        /// The backend goes down.
        Shutdown = "shutdown",
    }
}

/// `GET /v1/account/history`: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryPage {
    /// The page's entries.
    pub entries: Vec<Stamped>,
    /// Where the next page begins; none at the end.
    pub next_before: Option<Version>,
}
