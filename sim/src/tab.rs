//! Devices, their storage, and the pages open on them.

use std::collections::{BTreeSet, VecDeque};

use creditpack::client::{Client, Digest, Role, StoredOp};
use creditpack::{Credits, OpId};

use crate::backend::{Stream, account};
use crate::oracle::Watch;

/// One browser: its pages share what it stores and, where it has locks, one stream.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// Own ops, as stored.
    pub stored: Vec<StoredOp>,
    /// Every op that was ever stored.
    pub ever_stored: BTreeSet<OpId>,
    /// Whether storing fails.
    pub forgetful: bool,
    /// Whether it has Web Locks: without them every page is alone.
    pub locks: bool,
    /// The slot and the page that hold the lock of whoever leads.
    pub holder: Option<(usize, u32)>,
    /// What its pages told each other last.
    pub told: VecDeque<Digest>,
    /// How much of it was ever told.
    pub told_count: usize,
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
    /// Its place among the pages of its browser.
    pub seat: Seat,
    /// What the oracle knows of it.
    pub watch: Watch,
}

/// The place of a page among those of its browser, as its host sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seat {
    /// What it is to the others; nothing while it is away, or alone for want of locks.
    pub role: Option<Role>,
    /// Counts its stays: what is said while it is away never reaches it.
    pub stay: u32,
    /// The highest fence that it has had or heard of.
    pub fence: u64,
    /// When it last heard of whoever leads.
    pub heard_at_ms: u64,
    /// When it asked who leads, if it waits for an answer.
    pub asked_at_ms: Option<u64>,
    /// Whether something that was said to it is lost.
    pub missed: bool,
}

impl Tab {
    /// A page that has just been opened.
    pub fn new(page: u32, device: usize, offline_credits: Credits) -> Self {
        Self {
            client: Client::new(account()).with_offline_credits(offline_credits),
            page,
            device,
            stream: None,
            stream_turn: 0,
            storing: VecDeque::new(),
            frozen: false,
            hidden: false,
            offline: false,
            token_expired: false,
            seat: Seat::default(),
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
                self.ever_stored.insert(op);
                Some((op, true))
            }
        }
    }
}
