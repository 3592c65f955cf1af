//! The world: a backend, devices with pages, and everything that is on its way between them.

use creditpack::OpId;
use creditpack::client::{Effect, Input, Kind, NewSpend, Outcome, StoredOp};
use creditpack::display::View;

use crate::backend::Backend;
use crate::oracle::{Cause, Violation};
use crate::parcel::{Cargo, Parcel, Request};
use crate::step::Setup;
use crate::tab::{Device, Storing, Tab};
use crate::trace::Trace;

/// Designs of a backend that must not be chosen.
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
}

impl Design {
    /// Every one but the protocol's.
    pub const FORBIDDEN: &[Self] = &[
        Self::NotIdempotent,
        Self::RejectionNotSticky,
        Self::ReceiptsOnlyOfOpsAskedAbout,
        Self::ReceiptsOfVerdictsOnly,
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
    /// How own ops ended, as the pages were told.
    pub outcomes: Vec<Outcome>,
    /// The backend's clock.
    pub now_ms: u64,
    /// What went wrong first, if anything did.
    pub violation: Option<Violation>,
    /// What happened, for people; kept only where someone will read it.
    pub trace: Trace,
    pages: u32,
    ops: u64,
    pub(crate) runs: u64,
}

/// When every world begins.
const BEGIN_MS: u64 = 1_700_000_000_000;

impl World {
    /// A world with every page open.
    pub fn new(setup: Setup, design: Design, trace: Trace) -> Self {
        let skew_ms = i64::from(setup.skew_min) * 60_000;
        let device = |at: usize| Device {
            stored: Vec::new(),
            forgetful: setup.forgetful && at + 1 == setup.devices,
            ahead_ms: if at == 0 { skew_ms } else { -skew_ms },
        };
        let mut world = Self {
            backend: Backend::new(setup.credits, setup.receipts_max, design),
            devices: (0..setup.devices).map(device).collect(),
            tabs: (0..setup.devices * setup.tabs).map(|_| None).collect(),
            parcels: Vec::new(),
            announced: Vec::new(),
            outcomes: Vec::new(),
            now_ms: BEGIN_MS,
            violation: None,
            trace,
            pages: 0,
            ops: 0,
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

    /// Opens a page, with whatever its device has stored.
    pub fn open(&mut self, slot: usize) {
        let device = self.device_of(slot);
        self.pages += 1;
        self.tabs[slot] = Some(Tab::new(self.pages, device));
        let stored = self.devices[device].stored.clone();
        self.feed(slot, Input::Restored(stored), None);
    }

    /// A page is gone, with all that was on its way to it.
    pub fn crash(&mut self, slot: usize) {
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
        let told = self.trace.is_on().then(|| format!("{input:?}"));
        let effects = tab.client.handle(input, now_ms);
        self.after(slot, &Cause::Input, &effects);
        if let Some(told) = told {
            self.tell(slot, &told, &effects);
        }
        self.perform(slot, effects);
    }

    /// A buyer spends, or announces a spend, on a page.
    pub fn spend(&mut self, slot: usize, kind: Kind, operation: &str, quantity: u64) {
        let now_ms = self.clock_ms(slot);
        let op = self.next_op();
        let Some(tab) = &mut self.tabs[slot] else { return };
        let new = NewSpend { op, kind, operation: operation.into(), quantity };
        let spent = tab.client.spend(new, now_ms);
        let told =
            format_args!("{kind:?} spend {} on {operation} x{quantity}", short(op)).to_string();
        match spent {
            Err(declined) => {
                let told = format!("{told}: {declined:?}");
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
                if kind == Kind::Announced {
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
        let effects = tab.client.cancel(op);
        self.after(slot, &Cause::Input, &effects);
        self.tell(slot, &format!("cancel {}", short(op)), &effects);
        self.perform(slot, effects);
    }

    /// Compares what a page shows now with what the oracle knows.
    fn after(&mut self, slot: usize, cause: &Cause, effects: &[Effect]) {
        let now_ms = self.clock_ms(slot);
        let Some(tab) = &mut self.tabs[slot] else { return };
        let view = tab.client.view(now_ms);
        let checked = tab.watch.check(&view, cause, effects, &mut self.backend, now_ms);
        if let Err(violation) = checked {
            self.violation.get_or_insert(violation);
        }
    }

    fn perform(&mut self, slot: usize, effects: Vec<Effect>) {
        for effect in effects {
            let Some(tab) = &mut self.tabs[slot] else { return };
            let cargo = match effect {
                Effect::Save(stored) => {
                    tab.storing.push_back(Storing::Save(stored));
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
                    self.outcomes.push(outcome);
                    continue;
                }
                asked => self.ask(slot, asked),
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
        self.ops += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.ops.to_be_bytes());
        OpId::v7(self.now_ms, random)
    }
}

/// An op as people read it: the number under which the world made it.
pub fn short(op: OpId) -> String {
    let bytes = op.as_bytes();
    format!("op{}", u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]))
}
