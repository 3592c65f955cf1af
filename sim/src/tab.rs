//! Devices, their storage, and the pages open on them.

use std::collections::VecDeque;

use creditpack::OpId;
use creditpack::client::{Client, StoredOp};

use crate::backend::{Stream, account};
use crate::oracle::Watch;

/// One browser: its pages share what it stores.
///
/// Pages of one browser share nothing else today. When they exchange what they know, this is the
/// place: a parcel between pages of one device, and I10 beside it in the oracle.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// Own ops, as stored.
    pub stored: Vec<StoredOp>,
    /// Whether storing fails.
    pub forgetful: bool,
    /// How far its clock is ahead of the backend's.
    pub ahead_ms: i64,
}

/// What a page wants of its device's storage, in this order.
#[derive(Clone, Debug)]
pub enum Storing {
    /// Keep this op.
    Save(StoredOp),
    /// Drop it.
    Forget(OpId),
}

/// One open page.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one page")]
pub struct Tab {
    /// The optimistic client under proof.
    pub client: Client,
    /// Tells this page from those that stood in its place before.
    pub page: u32,
    /// The number of its device.
    pub device: usize,
    /// Its open stream.
    pub stream: Option<Stream>,
    /// Counts its streams, so that one which opens too late is told from the one that is wanted.
    pub stream_turn: u32,
    /// What it wants stored.
    pub storing: VecDeque<Storing>,
    /// Whether it is frozen: nothing reaches it.
    pub frozen: bool,
    /// Whether it is hidden.
    pub hidden: bool,
    /// Whether it is offline.
    pub offline: bool,
    /// Whether its token ran out.
    pub token_expired: bool,
    /// What the oracle knows of it.
    pub watch: Watch,
}

impl Tab {
    /// A page that has just been opened.
    pub fn new(page: u32, device: usize) -> Self {
        Self {
            client: Client::new(account()),
            page,
            device,
            stream: None,
            stream_turn: 0,
            storing: VecDeque::new(),
            frozen: false,
            hidden: false,
            offline: false,
            token_expired: false,
            watch: Watch::default(),
        }
    }
}

impl Device {
    /// Does what a page wants stored; says which op is stored now, or cannot be.
    pub fn store(&mut self, storing: Storing) -> Option<(OpId, bool)> {
        match storing {
            Storing::Forget(op) => {
                self.stored.retain(|stored| stored.op != op);
                None
            }
            Storing::Save(stored) if self.forgetful => Some((stored.op, false)),
            Storing::Save(new) => {
                let op = new.op;
                self.stored.retain(|stored| stored.op != op);
                self.stored.push(new);
                Some((op, true))
            }
        }
    }
}
