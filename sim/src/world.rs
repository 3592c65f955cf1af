//! The world: a backend, devices with pages, and everything that is on its way between them.

use creditpack::client::{Effect, Input, Kind as SpendKind, NewSpend, StoredOp};
use creditpack::display::View;
use creditpack::{Credits, OpId};

use crate::backend::{Backend, amount};
use crate::coverage::{Coverage, Kind};
use crate::offline::Queued;
use crate::oracle::{Cause, Violation};
use crate::parcel::{Cargo, Message, Parcel, Request};
use crate::step::Setup;
use crate::tab::{Device, Storing, Tab};
use crate::trace::{self, Trace};

/// Designs of a backend, or of what runs a client, that must not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// As the protocol wants it.
    Kept,
    /// A hold that comes again is held again.
    NotIdempotent,
    /// A refused hold that comes again is decided again.
    RejectionNotSticky,
    /// A snapshot's receipts tell only of the ops that were pending when it was asked for.
    ReceiptsOnlyOfOpsAskedAbout,
    /// A snapshot's receipts leave out ops that only ended since.
    ReceiptsOfVerdictsOnly,
    /// A browser's pages heed whoever says that it leads, also after a later lead has begun.
    FenceNotObeyed,
    /// A page that slept takes what it was told meanwhile for news.
    OldBeatsBelieved,
}

impl Design {
    /// Every one but the protocol's.
    pub const FORBIDDEN: &[Self] = &[
        Self::NotIdempotent,
        Self::RejectionNotSticky,
        Self::ReceiptsOnlyOfOpsAskedAbout,
        Self::ReceiptsOfVerdictsOnly,
        Self::FenceNotObeyed,
        Self::OldBeatsBelieved,
    ];
}

/// Everything there is.
#[derive(Clone, Debug)]
pub struct World {
    /// The backend.
    pub backend: Backend,
    /// The browsers.
    pub devices: Vec<Device>,
    /// A place for each page; empty where it is closed. Pages of one device stand together.
    pub tabs: Vec<Option<Tab>>,
    /// What is on its way, oldest first.
    pub parcels: Vec<Parcel>,
    /// Ops that were announced to the product's server.
    pub announced: Vec<StoredOp>,
    /// The backend's clock.
    pub now_ms: u64,
    /// What has happened so far, besides the lines of the ledger.
    pub coverage: Coverage,
    /// What went wrong first, if anything did.
    pub violation: Option<Violation>,
    /// What happened, for people; kept only where someone will read it.
    pub trace: Trace,
    pages: u32,
    /// Every op that was ever made, as it was then.
    pub(crate) made: Vec<StoredOp>,
    pub(crate) offline_credits: Credits,
    /// Every op that was ever made offline, in that order.
    pub(crate) queued: Vec<Queued>,
    /// Whether something on the way holds streams back.
    pub(crate) held_back: bool,
    slow_storage: bool,
    pub(crate) runs: u64,
}

/// When every world begins.
const BEGIN_MS: u64 = 1_700_000_000_000;

impl World {
    /// A world with every page open.
    pub fn new(setup: Setup, design: Design, trace: Trace) -> Self {
        let skew_ms = i64::from(setup.skew_min) * 60_000;
        let device = |at: usize| Device {
            forgetful: setup.forgetful && at + 1 == setup.devices,
            locks: setup.locks,
            ahead_ms: if at == 0 { skew_ms } else { -skew_ms },
            ..Device::default()
        };
        let mut world = Self {
            backend: Backend::new(setup.credits, setup.receipts_max, design),
            devices: (0..setup.devices).map(device).collect(),
            tabs: (0..setup.devices * setup.tabs).map(|_| None).collect(),
            parcels: Vec::new(),
            announced: Vec::new(),
            now_ms: BEGIN_MS,
            coverage: Coverage::default(),
            violation: None,
            trace,
            pages: 0,
            made: Vec::new(),
            offline_credits: amount(setup.offline_credits),
            queued: Vec::new(),
            held_back: setup.held_back,
            slow_storage: setup.slow_storage,
            runs: 0,
        };
        for slot in 0..world.tabs.len() {
            world.open(slot);
        }
        world
    }

    /// The device of a tab.
    pub fn device_of(&self, slot: usize) -> usize {
        slot * self.devices.len() / self.tabs.len()
    }

    /// The time on a tab's device.
    pub fn clock_ms(&self, slot: usize) -> u64 {
        self.now_ms.saturating_add_signed(self.devices[self.device_of(slot)].ahead_ms)
    }

    /// Opens a page, which takes its place and reads what its device has stored.
    pub fn open(&mut self, slot: usize) {
        let device = self.device_of(slot);
        self.pages += 1;
        self.tabs[slot] = Some(Tab::new(self.pages, device, self.offline_credits));
        self.join(slot);
        self.send(slot, Cargo::Loading(if self.slow_storage { 4 } else { 0 }));
    }

    /// A page reads what its device has stored.
    pub(crate) fn load(&mut self, slot: usize) {
        let stored = self.devices[self.device_of(slot)].stored.clone();
        self.feed(slot, Input::Restored(stored), None);
    }

    /// A page is gone, with all that was on its way to it.
    pub fn crash(&mut self, slot: usize) {
        self.leave(slot);
        self.tabs[slot] = None;
    }

    /// What a page shows.
    pub fn view(&self, slot: usize) -> Option<View> {
        Some(self.tabs[slot].as_ref()?.client.view(self.clock_ms(slot)))
    }

    /// One step of a page, checked. `decided` is the life of the database that the input tells of.
    pub fn feed(&mut self, slot: usize, input: Input, decided: Option<usize>) {
        let now_ms = self.clock_ms(slot);
        let Some(tab) = &mut self.tabs[slot] else { return };
        tab.watch.hear(&input, decided, &self.backend, now_ms);
        let told = self.trace.is_on().then(|| trace::told(&input));
        let effects = tab.client.handle(input, now_ms);
        self.after(slot, &Cause::Input, &effects);
        if let Some(told) = told {
            self.tell(slot, &told, &effects);
        }
        self.perform(slot, effects);
    }

    /// A buyer spends, or announces a spend, on a page.
    pub fn spend(&mut self, slot: usize, kind: SpendKind, operation: &str, quantity: u64) {
        let now_ms = self.clock_ms(slot);
        let op = self.next_op();
        let cost = self.cost(slot, kind, operation, quantity);
        let Some(tab) = &mut self.tabs[slot] else { return };
        let new = NewSpend { op, kind, operation: operation.into(), quantity };
        let spent = tab.client.spend(new, now_ms);
        let told =
            format_args!("{kind:?} spend {} on {operation} x{quantity}", short(op)).to_string();
        match spent {
            Err(declined) => {
                let told = format!("{told}: {declined:?}");
                self.declined(slot, &declined, cost);
                self.after(slot, &Cause::Declined(declined), &[]);
                self.tell(slot, &told, &[]);
            }
            Ok(effects) => {
                let saved = effects.iter().find_map(|effect| match effect {
                    Effect::Save(stored) => Some(stored.clone()),
                    _ => None,
                });
                let Some(stored) = saved else {
                    return self.blame("I9", format!("{} is not to be stored", short(op)));
                };
                let cause = Cause::Spent(stored.clone());
                self.made.push(stored.clone());
                self.promised(slot, &stored);
                if kind == SpendKind::Announced {
                    self.announced.push(stored);
                }
                self.after(slot, &cause, &effects);
                self.tell(slot, &told, &effects);
                self.perform(slot, effects);
            }
        }
    }

    /// A buyer calls a spend off.
    pub fn cancel(&mut self, slot: usize, op: OpId) {
        let Some(tab) = &mut self.tabs[slot] else { return };
        tab.watch.calls_off(op);
        let effects = tab.client.cancel(op);
        self.after(slot, &Cause::Input, &effects);
        self.tell(slot, &format!("cancel {}", short(op)), &effects);
        self.perform(slot, effects);
    }

    /// Compares what a page shows now with what the oracle knows.
    fn after(&mut self, slot: usize, cause: &Cause, effects: &[Effect]) {
        let now_ms = self.clock_ms(slot);
        let Some(tab) = &mut self.tabs[slot] else { return };
        for effect in effects {
            let Effect::Hold { op, .. } = effect else { continue };
            if self.devices[tab.device].ever_stored.contains(&op.op) {
                tab.watch.is_stored(op.op);
            }
        }
        let view = tab.client.view(now_ms);
        let (was_in, took_over) = (tab.watch.life(), tab.watch.taken_over());
        let checked = tab.watch.check(&view, cause, effects, &mut self.backend, now_ms);
        if was_in.is_some() && was_in != tab.watch.life() {
            self.coverage.count(Kind::EpochChanged);
        }
        if took_over < tab.watch.taken_over() {
            self.coverage.count(Kind::TakenOver);
        }
        if let Err(violation) = checked {
            self.violation.get_or_insert(violation);
        }
    }

    /// What has happened, the lines of the ledger included.
    pub fn covered(&self) -> Coverage {
        let mut covered = self.coverage.clone();
        for life in &self.backend.lives {
            life.entries.iter().for_each(|entry| covered.count_entry(entry));
            life.refusals.iter().for_each(|_| covered.count(Kind::Rejection));
        }
        covered
    }

    /// An op is sent as it was made, whoever sends it.
    fn is_as_made(&mut self, sent: &StoredOp) {
        let made = self.made.iter().find(|made| made.op == sent.op);
        let content = |op: &StoredOp| {
            (op.kind, op.operation.clone(), op.quantity, op.credits, op.created_at_ms)
        };
        if made.map(content) != Some(content(sent)) {
            self.blame("I8", format!("{made:?} is sent as {sent:?}"));
        }
    }

    fn perform(&mut self, slot: usize, effects: Vec<Effect>) {
        for effect in effects {
            let Some(tab) = &mut self.tabs[slot] else { return };
            let cargo = match effect {
                Effect::Save(stored) => {
                    let (op, called_off) = (stored.op, stored.called_off);
                    tab.storing.push_back(Storing::Save(stored));
                    if called_off {
                        self.called_off(op);
                    }
                    Cargo::Storing
                }
                Effect::Forget(op) => {
                    tab.storing.push_back(Storing::Forget(op));
                    Cargo::Storing
                }
                Effect::CloseStream => {
                    tab.stream = None;
                    tab.stream_turn += 1;
                    continue;
                }
                Effect::OpenStream { epoch, since, .. } => {
                    tab.stream = None;
                    tab.stream_turn += 1;
                    Cargo::Open(tab.stream_turn, epoch, since)
                }
                Effect::Poll { epoch, since, .. } => {
                    tab.stream = None;
                    tab.stream_turn += 1;
                    Cargo::Poll(tab.stream_turn, epoch, since, self.now_ms)
                }
                Effect::Settled(outcome) => {
                    self.reports(&outcome);
                    continue;
                }
                Effect::Tell(digest) => {
                    self.say(slot, &Message::Told(Box::new(digest)));
                    continue;
                }
                Effect::AskTabs => {
                    self.say(slot, &Message::Hello);
                    continue;
                }
                asked => {
                    if let Effect::Hold { op, attempt, .. } = &asked {
                        self.is_as_made(op);
                        self.sends_hold(slot, op.op, *attempt);
                    }
                    self.ask(slot, asked)
                }
            };
            self.send(slot, cargo);
        }
    }

    fn ask(&self, slot: usize, effect: Effect) -> Cargo {
        let unusual = self.backend.design == Design::ReceiptsOnlyOfOpsAskedAbout;
        let asked_about = match (&effect, unusual) {
            (Effect::Snapshot { .. }, true) => self
                .view(slot)
                .map_or_else(Vec::new, |view| view.spends.iter().map(|spend| spend.op).collect()),
            _ => Vec::new(),
        };
        let request = Request { effect, asked_about };
        if request.attempt() == 0 { Cargo::Sent(request) } else { Cargo::Waiting(request) }
    }

    /// Puts something on its way.
    pub(crate) fn send(&mut self, slot: usize, cargo: Cargo) {
        let Some(tab) = &self.tabs[slot] else { return };
        let page = tab.page;
        self.parcels.push(Parcel { slot, page, cargo });
    }

    /// Keeps what went wrong, if it is the first.
    pub(crate) fn blame(&mut self, invariant: &'static str, detail: String) {
        self.violation.get_or_insert(Violation { invariant, detail });
    }

    fn tell(&mut self, slot: usize, what: &str, effects: &[Effect]) {
        if self.trace.is_on() {
            let view = self.view(slot);
            let device = self.device_of(slot);
            self.trace.page(device, slot, what, effects, view.as_ref());
        }
    }

    fn next_op(&mut self) -> OpId {
        let number = self.made.len() as u64 + 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        OpId::v7(self.now_ms, random)
    }
}

/// An op as people read it: the number under which the world made it.
pub fn short(op: OpId) -> String {
    let bytes = op.as_bytes();
    format!("op{}", u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]))
}
