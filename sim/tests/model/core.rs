//! The model: its states, and what may happen in each.

use std::hash::{DefaultHasher, Hash, Hasher};

use creditpack::client::{Client, Effect, Input, Kind, NewSpend, Reply, StoredOp, StreamEvent};
use creditpack::ledger::{Claimant, Reason};
use creditpack::wire::Receipt;
use creditpack::{AccountId, OpId, OpRecord};
use creditpack_sim::backend::{ACCOUNT, Backend, amount};
use creditpack_sim::{Design, claim};
use stateright::{Model, Property};

use crate::truth;

const NOW_MS: u64 = 1_700_000_000_000;

/// The bounds of one exploration.
pub struct Core {
    pub credits: u64,
    /// So many requests, answers, entries or streams may be lost,
    pub losses: u8,
    /// so many requests and answers may come twice,
    pub echoes: u8,
    /// and so many spends may be called off.
    pub cancels: u8,
    pub ops: Vec<Op>,
}

/// One op that will be made.
#[derive(Clone, Copy)]
pub struct Op {
    pub page: usize,
    pub who: Who,
}

/// Who asks for an op's hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Browser,
    Server,
}

/// Everything at one moment.
#[derive(Clone, Debug)]
pub struct State {
    pub backend: Backend,
    pub pages: Vec<Page>,
    /// What is on its way, in an order that says nothing.
    pub network: Vec<Parcel>,
    /// The ops made so far, each as it was stored.
    pub made: Vec<Option<StoredOp>>,
    losses: u8,
    echoes: u8,
    cancels: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    pub client: Client,
    /// How many entries its open stream has told.
    pub stream: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parcel {
    Request(usize, Effect),
    /// A request whose answer nobody awaits.
    Echo(usize, Effect),
    Answer(usize, Input),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Make(usize),
    Cancel(usize),
    Deliver(usize),
    Lose(usize),
    Echo(usize),
    Read(usize),
    Skip(usize),
    Cut(usize),
    Beat(usize),
    TakeUp(usize),
    Claim(usize),
    Capture(usize),
    Fail(usize),
}

impl State {
    /// What of the ledger tells two states apart.
    fn ledger(&self) -> Vec<(Receipt, Option<u64>, bool)> {
        let life = self.backend.life();
        let held = |op: OpId| life.ops.get(&op).and_then(OpRecord::expires_at_ms);
        let made = self.made.iter().flatten().map(|stored| stored.op);
        made.map(|op| (life.receipt(op), held(op), life.is_claimed(op))).collect()
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.parts().hash(hasher);
    }
}

impl State {
    fn parts(&self) -> impl PartialEq + Hash + '_ {
        let bounds = (self.losses, self.echoes, self.cancels);
        let entries = &self.backend.life().entries;
        (&self.pages, &self.network, &self.made, bounds, entries, self.ledger())
    }

    fn feed(&mut self, page: usize, input: Input) {
        let effects = self.pages[page].client.handle(input, NOW_MS);
        self.perform(page, effects);
    }

    /// Storing succeeds at once here: the simulator is there for the rest.
    fn perform(&mut self, page: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save(stored) => self.feed(page, Input::Saved(stored.op)),
                Effect::Forget(_) | Effect::Settled(_) => {}
                Effect::Catalog { .. } => {
                    let costs = self.backend.costs();
                    self.feed(page, Input::Catalog(Reply::Body(costs)));
                }
                Effect::CloseStream => self.pages[page].stream = None,
                Effect::OpenStream { since, .. } => {
                    self.pages[page].stream = usize::try_from(since.get()).ok();
                }
                request => self.network.push(Parcel::Request(page, request)),
            }
        }
    }

    fn decide(&mut self, page: usize, request: Effect) -> Input {
        let client = &self.pages[page].client;
        let backend = &mut self.backend;
        match request {
            Effect::Hold { op, epoch, attempt: 1.. } if !client.wants_hold(op.op) => {
                Input::Held(op.op, epoch, creditpack::client::Answer::Nothing)
            }
            Effect::Hold { op, epoch, .. } => {
                let operation = backend.operation(&op.operation);
                let rules = (Design::Kept, NOW_MS);
                let life = backend.life_mut();
                let answer = life.hold(&op, operation.as_ref(), Claimant::Browser, rules);
                Input::Held(op.op, epoch, answer)
            }
            Effect::Release { op, epoch, .. } => {
                Input::Released(op, epoch, backend.life_mut().release_by_browser(op, NOW_MS))
            }
            Effect::Verdicts { ops, epoch, .. } => {
                Input::Verdicts(epoch, Some(backend.verdicts(&ops)))
            }
            Effect::Snapshot { since, .. } => {
                Input::Snapshot(Reply::Body(backend.snapshot(since, &[], NOW_MS)))
            }
            other => unreachable!("{other:?} asks for nothing"),
        }
    }

    fn arrive(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Echo(page, request) => drop(self.decide(page, request)),
            Parcel::Request(page, request) => {
                let answer = self.decide(page, request);
                self.network.push(Parcel::Answer(page, answer));
            }
            Parcel::Answer(page, input) => self.feed(page, input),
        }
    }

    fn make(&mut self, at: usize, op: Op) {
        let kind = if op.who == Who::Browser { Kind::Own } else { Kind::Announced };
        let id = OpId::v7(NOW_MS, [u8::try_from(at).unwrap_or_default() + 1; 10]);
        let new = NewSpend { op: id, kind, operation: "image".into(), quantity: 1 };
        let Ok(effects) = self.pages[op.page].client.spend(new, NOW_MS) else { return };
        self.made[at] = effects.iter().find_map(|effect| match effect {
            Effect::Save(stored) => Some(stored.clone()),
            _ => None,
        });
        self.perform(op.page, effects);
    }

    fn take_up(&mut self, at: usize) {
        let Some(stored) = &self.made[at] else { return };
        let operation = self.backend.operation(&stored.operation);
        let claimant = Claimant::Server(claim(1));
        let rules = (Design::Kept, NOW_MS);
        self.backend.life_mut().hold(stored, operation.as_ref(), claimant, rules);
    }

    /// Whether a page's stream has told everything and the page still lacks some of it.
    pub fn lags(&self, page: usize) -> bool {
        let version = self.backend.life().account.version.get();
        let told = self.pages[page].stream == Some(self.backend.life().entries.len());
        told && self.pages[page].client.view(NOW_MS).version < version
    }

    fn op(&self, at: usize) -> Option<OpId> {
        self.made[at].as_ref().map(|stored| stored.op)
    }

    fn has(&self, at: usize, held: bool, claimed: bool) -> bool {
        let life = self.backend.life();
        self.op(at).is_some_and(|op| {
            let is_held = life.ops.get(&op).is_some_and(|record| record.expires_at_ms().is_some());
            is_held == held && life.is_claimed(op) == claimed
        })
    }
}

fn fingerprint(parcel: &Parcel) -> u64 {
    let mut hasher = DefaultHasher::new();
    parcel.hash(&mut hasher);
    hasher.finish()
}

/// The thing lost as whoever waits for it hears of it.
fn lost(parcel: Parcel) -> Option<Parcel> {
    match parcel {
        Parcel::Echo(..) => None,
        Parcel::Request(page, effect) => {
            let nothing = creditpack::client::Answer::Nothing;
            Some(Parcel::Answer(
                page,
                match effect {
                    Effect::Hold { op, epoch, .. } => Input::Held(op.op, epoch, nothing),
                    Effect::Release { op, epoch, .. } => Input::Released(op, epoch, nothing),
                    Effect::Verdicts { epoch, .. } => Input::Verdicts(epoch, None),
                    _ => Input::Snapshot(Reply::Nothing),
                },
            ))
        }
        Parcel::Answer(page, input) => {
            let nothing = creditpack::client::Answer::Nothing;
            Some(Parcel::Answer(
                page,
                match input {
                    Input::Held(op, epoch, _) => Input::Held(op, epoch, nothing),
                    Input::Released(op, epoch, _) => Input::Released(op, epoch, nothing),
                    Input::Verdicts(epoch, _) => Input::Verdicts(epoch, None),
                    _ => Input::Snapshot(Reply::Nothing),
                },
            ))
        }
    }
}

impl Model for Core {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let backend = Backend::new(self.credits, 1_000, Design::Kept);
        let account = AccountId::new(ACCOUNT).expect("it is a name");
        let pages = 1 + self.ops.iter().map(|op| op.page).max().unwrap_or_default();
        let page = Page { client: Client::new(account), stream: None };
        let mut state = State {
            backend,
            pages: vec![page; pages],
            network: Vec::new(),
            made: vec![None; self.ops.len()],
            losses: self.losses,
            echoes: self.echoes,
            cancels: self.cancels,
        };
        for page in 0..pages {
            state.feed(page, Input::Restored(Vec::new()));
        }
        while let Some(parcel) = state.network.pop() {
            state.arrive(parcel);
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for at in 0..self.ops.len() {
            let who = self.ops[at].who;
            let (waits, runs) = (state.has(at, true, false), state.has(at, true, true));
            let unknown = state.has(at, false, false);
            match () {
                () if state.made[at].is_none() => actions.push(Action::Make(at)),
                () if unknown && who == Who::Server => actions.push(Action::TakeUp(at)),
                () if waits => actions.push(Action::Claim(at)),
                () if runs => actions.extend([Action::Capture(at), Action::Fail(at)]),
                () => {}
            }
            if state.cancels > 0 && state.made[at].is_some() {
                actions.push(Action::Cancel(at));
            }
        }
        for (at, parcel) in state.network.iter().enumerate() {
            if at > 0 && *parcel == state.network[at - 1] {
                continue;
            }
            actions.push(Action::Deliver(at));
            if state.losses > 0 {
                actions.push(Action::Lose(at));
            }
            let twice = match parcel {
                Parcel::Request(..) => true,
                Parcel::Answer(_, input) => {
                    matches!(input, Input::Held(..) | Input::Released(..))
                }
                Parcel::Echo(..) => false,
            };
            if state.echoes > 0 && twice {
                actions.push(Action::Echo(at));
            }
        }
        let entries = state.backend.life().entries.len();
        for (page, told) in state.pages.iter().map(|page| page.stream).enumerate() {
            if told.is_some_and(|told| told < entries) {
                actions.push(Action::Read(page));
                if state.losses > 0 {
                    actions.extend([Action::Skip(page), Action::Cut(page)]);
                }
            }
            if state.lags(page) && state.network.is_empty() {
                actions.push(Action::Beat(page));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Make(at) => state.make(at, self.ops[at]),
            Action::Cancel(at) => {
                state.cancels -= 1;
                let (page, op) = (self.ops[at].page, state.op(at)?);
                let effects = state.pages[page].client.cancel(op);
                state.perform(page, effects);
            }
            Action::Deliver(at) => {
                let parcel = state.network.remove(at);
                state.arrive(parcel);
            }
            Action::Lose(at) => {
                state.losses -= 1;
                let parcel = state.network.remove(at);
                state.network.extend(lost(parcel));
            }
            Action::Echo(at) => {
                state.echoes -= 1;
                let parcel = match state.network[at].clone() {
                    Parcel::Request(page, effect) => Parcel::Echo(page, effect),
                    other => other,
                };
                state.network.push(parcel);
            }
            Action::Read(page) | Action::Skip(page) => {
                let told = state.pages[page].stream.as_mut()?;
                *told += 1;
                let life = last.backend.life();
                let entry = life.entries[*told - 1].clone();
                if action == Action::Read(page) {
                    let event = StreamEvent::Entry(life.epoch, entry);
                    state.feed(page, Input::Stream(event));
                } else {
                    state.losses -= 1;
                }
            }
            Action::Cut(page) => {
                state.losses -= 1;
                state.pages[page].stream = None;
                state.feed(page, Input::StreamClosed);
            }
            Action::Beat(page) => {
                let beat = state.backend.heartbeat(NOW_MS);
                state.feed(page, Input::Stream(beat));
            }
            Action::TakeUp(at) => state.take_up(at),
            Action::Claim(at) => {
                let op = state.op(at)?;
                state.backend.life_mut().claim(op, &claim(1), NOW_MS);
            }
            Action::Capture(at) => {
                let op = state.op(at)?;
                state.backend.life_mut().capture(op, Some(amount(1)), NOW_MS);
            }
            Action::Fail(at) => {
                let op = state.op(at)?;
                state.backend.life_mut().release(op, Reason::Failed, NOW_MS);
            }
        }
        // The order in which things were sent says nothing about the order in which they arrive.
        state.network.sort_by_cached_key(fingerprint);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("I1 to I5: what is shown is true", |core: &Core, state: &State| {
                (0..state.pages.len()).all(|page| truth::shows(core, state, page, NOW_MS))
            }),
            Property::always("I8: an op debits once, a rejected one never", |_, state: &State| {
                state.backend.life().broken.is_none()
            }),
            Property::always("I6, I11: at rest all is resolved", |core: &Core, state: &State| {
                truth::is_resolved_if_at_rest(core, state, NOW_MS)
            }),
            Property::sometimes("every op ends", |core: &Core, state: &State| {
                truth::is_over(state) && state.made.len() == core.ops.len()
            }),
        ]
    }
}
