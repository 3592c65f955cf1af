//! The backend in memory: lives of one database, and the protocol's reads over them.

use std::collections::VecDeque;

use creditpack::catalog::{Operation, Settlement};
use creditpack::client::{Costs, StreamEvent};
use creditpack::ids::{Epoch, Version};
use creditpack::wire::{Heartbeat, Receipt, Snapshot};
use creditpack::{AccountId, Credits, Entry, OpId, OpRecord};

use crate::life::Life;
use crate::world::Design;

/// Whose credits.
pub const ACCOUNT: &str = "u_1";

/// The backend: the present life of its database is the last one.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Every life it ever had; all but the last are as the restore found them.
    pub lives: Vec<Life>,
    /// What is done for credits. The last one is spent at once, by the product's server only.
    pub operations: Vec<Operation>,
    /// Which forbidden design it has, if any.
    pub design: Design,
    /// How many receipts a snapshot can list.
    pub receipts_max: usize,
    backup: Option<Life>,
}

/// A stream of one browser: what it will tell next.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The life it tells of.
    pub life: usize,
    /// What is on its way, oldest first.
    pub queue: VecDeque<StreamEvent>,
    entries: usize,
    refusals: usize,
    incoming: usize,
}

impl Backend {
    /// A backend that has granted so many credits.
    pub fn new(credits: u64, receipts_max: usize, design: Design) -> Self {
        let operations = ["image", "film", "draft"].into_iter().zip([1, 3, 2]);
        let operations: Vec<_> = operations
            .map(|(id, credits)| Operation {
                settle: if id == "draft" { Settlement::AtOnce } else { Settlement::OnCapture },
                ..Operation::new(id, id, amount(credits))
            })
            .collect();
        let mut life = Life::new(epoch(1));
        if credits > 0 {
            life.grant(amount(credits), 0);
        }
        Self { lives: vec![life], operations, design, receipts_max, backup: None }
    }

    /// The present life's number.
    pub fn present(&self) -> usize {
        self.lives.len() - 1
    }

    /// The present life.
    pub fn life(&self) -> &Life {
        &self.lives[self.present()]
    }

    /// The present life, to decide in.
    pub fn life_mut(&mut self) -> &mut Life {
        let present = self.present();
        &mut self.lives[present]
    }

    /// The number of the life of that name.
    pub fn life_named(&self, epoch: &str) -> Option<usize> {
        self.lives.iter().rposition(|life| life.epoch.as_str() == epoch)
    }

    /// The operation of that name.
    pub fn operation(&self, id: &str) -> Option<Operation> {
        self.operations.iter().find(|operation| operation.id == id).cloned()
    }

    /// The catalog, as a client is told of it.
    pub fn costs(&self) -> Costs {
        let cost = |operation: &Operation| (operation.id.clone(), operation.credits);
        Costs { operations: self.operations.iter().map(cost).collect(), low_at: Credits::ONE }
    }

    /// One consistent read, with receipts from `since` on. `asked_about` is what only the forbidden
    /// design looks at: the ops that were pending when the snapshot was asked for.
    pub fn snapshot(
        &self,
        since: Option<(Epoch, Version)>,
        asked_about: &[OpId],
        now_ms: u64,
    ) -> Snapshot {
        let life = self.life();
        let balance = life.account.balance;
        let from = since
            .filter(|&(epoch, version)| epoch == life.epoch && version <= life.account.version);
        let mut receipts = from.map_or_else(Vec::new, |(_, since)| self.touched(since));
        let complete = receipts.len() <= self.receipts_max
            && from.is_some_and(|(_, since)| life.pruned.is_none_or(|pruned| pruned < since));
        receipts.truncate(self.receipts_max);
        if self.design == Design::ReceiptsOnlyOfOpsAskedAbout {
            receipts.retain(|receipt| asked_about.contains(&receipt.op));
        }
        Snapshot {
            account: account(),
            epoch: life.epoch,
            version: life.account.version,
            settled: balance.settled(),
            held: balance.held(),
            available: balance.available(),
            holds: Vec::new(),
            incoming: life.incoming.clone(),
            receipts,
            receipts_complete: complete,
            server_time_ms: now_ms,
        }
    }

    fn touched(&self, since: Version) -> Vec<Receipt> {
        let touched = |record: &&OpRecord| match self.design {
            Design::ReceiptsOfVerdictsOnly => record.receipt().version >= Some(since),
            _ => record.touched() >= since,
        };
        self.life().ops.values().filter(touched).map(OpRecord::receipt).collect()
    }

    /// What is known of these ops.
    pub fn verdicts(&self, ops: &[OpId]) -> Vec<Receipt> {
        ops.iter().map(|op| self.life().receipt(*op)).collect()
    }

    /// Whether any life of the database has decided an op.
    pub fn has_heard_of(&self, op: OpId) -> bool {
        self.lives.iter().any(|life| life.ops.contains_key(&op))
    }

    /// What a stream says every 15 seconds.
    pub fn heartbeat(&self, now_ms: u64) -> StreamEvent {
        let (version, epoch) = (self.life().account.version, self.life().epoch);
        StreamEvent::Heartbeat(Heartbeat { version, epoch, server_time_ms: now_ms })
    }

    /// A stream from that version on, or one that says that it cannot go on from there.
    pub fn open_stream(&self, epoch: Epoch, since: Version, now_ms: u64) -> Stream {
        let life = self.life();
        let mut queue = VecDeque::from([self.heartbeat(now_ms)]);
        if epoch == life.epoch && since <= life.account.version {
            queue.push_back(StreamEvent::Incoming(life.incoming.clone()));
            let entries = usize::try_from(since.get()).unwrap_or(usize::MAX);
            let (refusals, incoming) = (life.refusals.len(), life.incoming_changes);
            return Stream { life: self.present(), queue, entries, refusals, incoming };
        }
        queue.push_back(StreamEvent::Reset);
        let told = usize::MAX;
        Stream { life: self.present(), queue, entries: told, refusals: told, incoming: told }
    }

    /// Keeps a copy of the database.
    pub fn back_up(&mut self) {
        self.backup = Some(self.life().clone());
    }

    /// Goes back to the copy, in a new life. Says whether there was one.
    pub fn restore(&mut self) -> bool {
        let Some(backup) = &self.backup else { return false };
        let epoch = epoch(self.lives.len() + 1);
        self.lives.push(backup.reborn(epoch));
        true
    }
}

impl Stream {
    /// Puts what was decided meanwhile on its way. A stream of an earlier life has no more to tell.
    pub fn catch_up(&mut self, backend: &Backend) {
        if self.life != backend.present() || self.entries == usize::MAX {
            return;
        }
        let life = backend.life();
        let entry = |entry: &Entry| StreamEvent::Entry(life.epoch, entry.clone());
        self.queue.extend(life.entries[self.entries..].iter().map(entry));
        let refusals = &life.refusals[self.refusals..];
        self.queue.extend(refusals.iter().cloned().map(StreamEvent::Verdict));
        if self.incoming != life.incoming_changes {
            self.queue.push_back(StreamEvent::Incoming(life.incoming.clone()));
        }
        self.entries = life.entries.len();
        self.refusals = life.refusals.len();
        self.incoming = life.incoming_changes;
    }

    /// Whether its backend is still the one that opened it.
    pub fn is_alive(&self, backend: &Backend) -> bool {
        self.life == backend.present()
    }

    /// Drops what it would have told: the reader was too slow.
    pub fn lag(&mut self) {
        self.queue = VecDeque::from([StreamEvent::Reset]);
        (self.entries, self.refusals, self.incoming) = (usize::MAX, usize::MAX, usize::MAX);
    }
}

/// That many credits: all amounts here are small.
pub fn amount(credits: u64) -> Credits {
    Credits::new(credits).unwrap_or_default()
}

/// The account's name.
pub fn account() -> AccountId {
    AccountId::new(ACCOUNT).expect("it is a name")
}

fn epoch(number: usize) -> Epoch {
    format!("01J9ZQ3W4X5Y6Z7A8B9C0D{number:04}").parse().expect("it is a ULID")
}
