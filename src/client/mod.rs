//! The optimistic mirror of one account, sans-IO: inputs in, effects out.
//!
//! It keeps a confirmed base, the browser's own pending ops, and evidence on ops. What it shows is
//! always the base minus the ops that the base does not contain yet and that are not refused.
//!
//! **The whole trick:** an op leaves the overlay in the very step in which its effect enters the
//! base. So the number never jumps back up between an answer and the entry that proves it, and no
//! answer, however late, can be counted twice. Therefore: an answer to an op gives evidence and
//! never touches the base; only entries in version order and newer snapshots do; and a snapshot is
//! adopted only with the evidence that belongs to it.
//!
//! It has no clock, draws no random number and does no I/O: [`Client::handle`] takes the time, and
//! whoever runs its [`Effect`]s feeds the answers back as [`Input`]s.

mod answer;
mod base;
mod catalog;
mod effect;
mod ended;
mod evidence;
mod fallback;
mod heard;
mod input;
mod ordered;
mod pending;
mod queue;
mod resync;
mod spend;
mod stream;
mod tabs;
mod view;
mod wake;

pub use base::Base;
pub use effect::{Effect, EndState, Outcome};
pub use fallback::{FIRST_EVENT_MS, POLL_WAIT_S};
pub use input::{Answer, Input, Reply, StreamEvent};
pub use pending::{Kind, StoredOp};
pub use queue::REQUESTS_MAX;
pub use spend::{NewSpend, PENDING_MAX};
pub use tabs::{Digest, Role};
pub use view::Told;

use alloc::vec::Vec;

use base::GapBuffer;
use catalog::Catalog;
use evidence::Evidence;
use ordered::Ordered;
use pending::{Pending, Release};
use queue::Queue;
use resync::Resync;
use stream::Link;
use tabs::Tabs;

use crate::credits::Credits;
use crate::display::Happened;
use crate::error::{Code, Error};
use crate::ids::{AccountId, Epoch, OpId, Version};
use crate::mutation::{Mutation, is_on};
use crate::wire::{Incoming, Receipt};

/// What the client knows of the catalog: what operations cost, and when a balance reads as low.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Costs {
    /// The cost of each operation, in the catalog's order.
    pub operations: Vec<(alloc::string::String, Credits)>,
    /// At or below so many credits the balance reads as low.
    pub low_at: Credits,
}

/// The optimistic mirror of one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    account: AccountId,
    catalog: Catalog,
    base: Option<Base>,
    pending: Ordered<OpId, Pending>,
    evidence: Evidence,
    gap: GapBuffer,
    incoming: Vec<Incoming>,
    link: Link,
    resync: Resync,
    tabs: Tabs,
    queue: Queue,
    happened: Option<Happened>,
    /// How far the backend's clock is ahead of ours.
    clock_ahead_ms: i64,
    memory_only: bool,
    /// Memory only, and not by choice.
    storing_failed: bool,
}

/// Why a spend is refused before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// Nothing is known of the account or of the catalog yet.
    NotReady,
    /// The browser is offline.
    Offline,
    /// Credits were taken elsewhere: what is pending no longer fits.
    Overcommitted,
    /// It costs more than is shown.
    InsufficientCredits {
        /// What it costs.
        required: Credits,
        /// What is shown.
        available: i64,
    },
    /// The quantity breaks its rule.
    Invalid(Error),
    /// The catalog has no such operation, or too much is pending already.
    Refused(Code),
}

impl Client {
    /// A client of `account` that knows nothing yet.
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            catalog: Catalog::default(),
            base: None,
            pending: Ordered::default(),
            evidence: Evidence::default(),
            gap: GapBuffer::default(),
            incoming: Vec::new(),
            link: Link::default(),
            resync: Resync::default(),
            tabs: Tabs::default(),
            queue: Queue::default(),
            happened: None,
            clock_ahead_ms: 0,
            memory_only: false,
            storing_failed: false,
        }
    }

    /// A client whose pending ops do not survive the page, by the product's own choice.
    pub fn in_memory(account: AccountId) -> Self {
        Self { memory_only: true, ..Self::new(account) }
    }

    /// One step: what is to be done about `input`, in that order.
    pub fn handle(&mut self, input: Input, now_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.notice_time(now_ms, &mut effects);
        match input {
            Input::Restored(stored) => self.restore(stored, now_ms, &mut effects),
            Input::Saved(op) => self.saved(op, &mut effects),
            Input::SaveFailed(op) => {
                self.storing_failed |= !self.memory_only;
                self.memory_only = true;
                self.saved(op, &mut effects);
            }
            Input::Held(op, asked_in, answer) => {
                self.request_answered();
                let answer = self.of_this_epoch(asked_in, answer, &mut effects);
                self.hold_answered(op, &answer, &mut effects);
            }
            Input::Released(op, asked_in, answer) => {
                self.request_answered();
                let answer = self.of_this_epoch(asked_in, answer, &mut effects);
                self.release_answered(op, &answer, &mut effects);
            }
            Input::Verdicts(asked_in, receipts) => {
                let receipts = receipts.filter(|receipts| {
                    receipts.iter().all(|receipt| self.counts(receipt, asked_in, &mut effects))
                });
                self.verdicts_answered(receipts, &mut effects);
            }
            Input::Catalog(reply) => self.catalog_answered(reply, &mut effects),
            Input::Snapshot(snapshot) => self.snapshot_answered(snapshot, now_ms, &mut effects),
            Input::Stream(event) => self.streamed(event, now_ms, &mut effects),
            Input::StreamOpened => self.stream_opened(now_ms),
            Input::StreamSilent => self.stream_silent(now_ms, &mut effects),
            Input::StreamClosed => self.stream_closed(now_ms, &mut effects),
            Input::Polled(snapshot) => self.polled(snapshot, now_ms, &mut effects),
            Input::Online(online) => self.set_online(online, &mut effects),
            Input::Visible(visible) => self.set_visible(visible, now_ms, &mut effects),
            Input::Refresh => {
                self.want_catalog(&mut effects);
                self.want_snapshot(&mut effects);
            }
            Input::Role(role) => self.set_role(role, now_ms, &mut effects),
            Input::LeaderHeard => self.link.heard(now_ms),
            Input::Told(digest) => self.told(digest, now_ms, &mut effects),
            Input::AskedByTab => self.introduce(&mut effects),
            Input::Tick => self.tick(now_ms, &mut effects),
        }
        self.finish_ended(&mut effects);
        self.send_releases(&mut effects);
        self.send_holds(now_ms, &mut effects);
        self.count_requests(&effects);
        self.share(&mut effects);
        effects
    }

    /// The confirmed base's available credits minus what is overlaid: the number to show, before
    /// clamping at zero.
    fn displayed(&self, overlaid: i64) -> i64 {
        let incoming = if is_on(Mutation::IncomingSpendable) {
            self.incoming_credits()
        } else {
            Credits::ZERO
        };
        self.base.map_or(0, |base| base.available) - overlaid + incoming.signed()
    }

    /// Credits of own ops that the base does not contain yet and that are not refused.
    fn overlaid(&self) -> i64 {
        let base = self.base_version();
        self.pending
            .iter()
            .filter(|(op, _)| !self.evidence.is_in_base(*op, base))
            .map(|(_, pending)| pending.stored.credits.signed())
            .sum()
    }

    /// Whether an op's hold is still to be asked for. Things happen while a request waits its turn:
    /// the runtime asks before it sends one, and answers [`Answer::Nothing`] if it is not.
    pub fn wants_hold(&self, op: OpId) -> bool {
        let epoch = self.epoch();
        let wanted = self.pending.get(op).is_some_and(|pending| {
            pending.release == Release::No && !pending.may_be_lost_with(epoch)
        });
        wanted && self.proof(op).is_none()
    }

    /// Whether an op's release is still to be asked for, as [`Client::wants_hold`].
    pub fn wants_release(&self, op: OpId) -> bool {
        self.pending.get(op).is_some_and(|pending| pending.release != Release::No)
    }

    /// The newest epoch that is known: that of the base, or of a snapshot which waits to become it.
    fn epoch(&self) -> Option<Epoch> {
        self.resync.staged_epoch().max(self.base.map(|base| base.epoch))
    }

    /// Another epoch's answer tells nothing in this one.
    fn of_this_epoch(
        &mut self,
        asked_in: Option<Epoch>,
        answer: Answer,
        effects: &mut Vec<Effect>,
    ) -> Answer {
        let counts = match &answer {
            Answer::Receipt(receipt) => self.counts(receipt, asked_in, effects),
            Answer::Refused(_) | Answer::Nothing => asked_in.is_some() && asked_in == self.epoch(),
        };
        if counts { answer } else { Answer::Nothing }
    }

    /// Whether a receipt tells of the newest epoch that is known. One which does not say counts for
    /// the epoch in which it was asked for. One of a later epoch says that there is one.
    fn counts(
        &mut self,
        receipt: &Receipt,
        asked_in: Option<Epoch>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (told_in, known) = (receipt.epoch.or(asked_in), self.epoch());
        if known.is_some() && told_in > known {
            self.want_later_epoch(effects);
        }
        is_on(Mutation::EpochsMixed) || (told_in.is_some() && told_in == known)
    }

    fn base_version(&self) -> Version {
        self.base.map_or(Version::ZERO, |base| base.version)
    }
}
