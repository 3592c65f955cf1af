//! One browser with several tabs, one backend, and everything that is on its way between them.

use std::collections::VecDeque;

use creditpack::client::{
    Client, Declined, Digest, Effect, Input, Kind, NewSpend, Outcome, Reply, Role, StoredOp,
    StreamEvent,
};
use creditpack::display::View;
use creditpack::ids::Version;
use creditpack::{AccountId, Credits, OpId};

use crate::backend::{ACCOUNT, Backend};
use crate::world::{Parcel, decide, lost, nothing, op_made};

/// What one tab says to the others.
#[derive(Clone, Debug)]
pub enum Message {
    Hello,
    Told(Box<Digest>),
}

pub struct Tab {
    pub client: Client,
    pub parcels: VecDeque<Parcel>,
    /// What the open stream will tell next; none while it is closed.
    pub stream: Option<VecDeque<StreamEvent>>,
    streamed: usize,
    /// What other tabs said, oldest first.
    pub inbox: VecDeque<Message>,
    pub outcomes: Vec<Outcome>,
    /// How many snapshots it has asked for.
    pub snapshots: usize,
}

pub struct Browser {
    pub backend: Backend,
    pub tabs: Vec<Tab>,
    pub stored: Vec<StoredOp>,
    /// Requests of tabs that are gone: on their way all the same.
    pub strays: Vec<Effect>,
    pub now_ms: u64,
    made: u64,
}

impl Browser {
    pub fn new(backend: Backend) -> Self {
        let (stored, strays) = (Vec::new(), Vec::new());
        Self { backend, tabs: Vec::new(), stored, strays, now_ms: 1_000, made: 0 }
    }

    /// Two tabs, the first of which leads, with everything delivered.
    pub fn with_two_tabs(credits: u64) -> Self {
        let mut browser = Self::new(Backend::with_credits(credits));
        browser.open(Role::Alone);
        browser.deliver_all();
        browser.open(Role::Following);
        browser.deliver_all();
        browser
    }

    pub fn open(&mut self, role: Role) {
        let client = Client::new(AccountId::new(ACCOUNT).unwrap());
        self.open_as(client, role);
    }

    pub fn open_as(&mut self, client: Client, role: Role) {
        let at = self.tabs.len();
        self.tabs.push(Tab {
            client,
            parcels: VecDeque::new(),
            stream: None,
            streamed: 0,
            inbox: VecDeque::new(),
            outcomes: Vec::new(),
            snapshots: 0,
        });
        self.feed(at, Input::Role(role));
        let stored = self.stored.clone();
        self.feed(at, Input::Restored(stored));
        if self.tabs.len() == 2 {
            self.feed(0, Input::Role(Role::Leading));
        }
    }

    /// Closes a tab without a word. Its requests may still reach the backend.
    pub fn kill(&mut self, at: usize) {
        let tab = self.tabs.remove(at);
        self.strays.extend(tab.parcels.into_iter().filter_map(|parcel| match parcel {
            Parcel::Request(request) => Some(request),
            Parcel::Answer(_) => None,
        }));
    }

    /// One tab leads from now on. A frozen one is not told that it no longer does.
    pub fn lead(&mut self, at: usize, frozen: Option<usize>) {
        let role = if self.tabs.len() == 1 { Role::Alone } else { Role::Leading };
        for other in
            (0..self.tabs.len()).filter(|other| ![Some(at), frozen].contains(&Some(*other)))
        {
            self.feed(other, Input::Role(Role::Following));
        }
        self.feed(at, Input::Role(role));
    }

    pub fn view(&self, at: usize) -> View {
        self.tabs[at].client.view(self.now_ms)
    }

    pub fn shown(&self) -> Vec<u64> {
        (0..self.tabs.len()).map(|at| self.view(at).shown.get()).collect()
    }

    pub fn spend(&mut self, at: usize, kind: Kind) -> Result<OpId, Declined> {
        self.made += 1;
        let op = op_made(self.made, self.now_ms);
        let new = NewSpend { op, kind, operation: "image".into(), quantity: 1 };
        let effects = self.tabs[at].client.spend(new, self.now_ms)?;
        self.perform(at, effects);
        Ok(op)
    }

    pub fn cancel(&mut self, at: usize, op: OpId) {
        let effects = self.tabs[at].client.cancel(op);
        self.perform(at, effects);
    }

    pub fn feed(&mut self, at: usize, input: Input) {
        let effects = self.tabs[at].client.handle(input, self.now_ms);
        self.perform(at, effects);
    }

    fn perform(&mut self, at: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save(op) => {
                    self.tabs[at].parcels.push_back(Parcel::Answer(Input::Saved(op.op)));
                    self.stored.retain(|stored| stored.op != op.op);
                    self.stored.push(op);
                }
                Effect::Catalog { .. } => {
                    let costs = Reply::Body(self.backend.costs());
                    self.tabs[at].parcels.push_back(Parcel::Answer(Input::Catalog(costs)));
                }
                Effect::Forget(op) => self.stored.retain(|stored| stored.op != op),
                Effect::CloseStream => self.tabs[at].stream = None,
                Effect::Settled(outcome) => self.tabs[at].outcomes.push(outcome),
                Effect::OpenStream { epoch, since, .. } => self.open_stream(at, epoch, since),
                Effect::AskTabs => self.say(at, &Message::Hello),
                Effect::Tell(digest) => self.say(at, &Message::Told(Box::new(digest))),
                request => {
                    let asks = matches!(request, Effect::Snapshot { .. });
                    self.tabs[at].snapshots += usize::from(asks);
                    self.tabs[at].parcels.push_back(Parcel::Request(request));
                }
            }
        }
    }

    fn open_stream(&mut self, at: usize, epoch: creditpack::Epoch, since: Version) {
        self.tabs[at].stream = Some(self.backend.stream_from(epoch, since).into());
        self.tabs[at].streamed = self.backend.entries.len();
    }

    fn say(&mut self, at: usize, message: &Message) {
        for (other, tab) in self.tabs.iter_mut().enumerate() {
            if other != at {
                tab.inbox.push_back(message.clone());
            }
        }
    }

    /// What a tab tells one that asks.
    pub fn heard(&mut self, at: usize) -> Digest {
        let others = self.tabs.len() - 1;
        let other = if at == others { 0 } else { others };
        self.tabs[other].inbox.clear();
        self.feed(at, Input::AskedByTab);
        match self.tabs[other].inbox.pop_back() {
            Some(Message::Told(digest)) => *digest,
            other => panic!("{other:?} is no digest"),
        }
    }

    /// Reads one message of another tab.
    pub fn hear(&mut self, at: usize) -> bool {
        let Some(message) = self.tabs[at].inbox.pop_front() else { return false };
        self.feed(at, message.input());
        true
    }

    /// Delivers one parcel of a tab.
    pub fn deliver(&mut self, at: usize, parcel: usize) {
        match self.tabs[at].parcels.remove(parcel) {
            Some(Parcel::Request(request)) => {
                let client = &self.tabs[at].client;
                let answer = decide(&mut self.backend, client, self.now_ms, request);
                self.tabs[at].parcels.push_back(Parcel::Answer(answer));
            }
            Some(Parcel::Answer(input)) => self.feed(at, input),
            None => {}
        }
    }

    /// Loses one parcel of a tab.
    pub fn lose(&mut self, at: usize, parcel: usize) {
        let input = match self.tabs[at].parcels.remove(parcel) {
            Some(Parcel::Request(request)) => lost(&request),
            Some(Parcel::Answer(input)) => nothing(input),
            None => return,
        };
        self.tabs[at].parcels.push_back(Parcel::Answer(input));
    }

    /// A request of a tab that is gone reaches the backend.
    pub fn deliver_stray(&mut self) {
        if let Some(stray) = self.strays.pop() {
            let nobody = Client::new(AccountId::new(ACCOUNT).unwrap());
            decide(&mut self.backend, &nobody, self.now_ms, stray);
        }
    }

    /// Reads one event off a tab's stream.
    pub fn read_stream(&mut self, at: usize) -> bool {
        let tab = &mut self.tabs[at];
        let new = self.backend.entries.iter().skip(tab.streamed).cloned();
        let epoch = self.backend.epoch;
        tab.streamed = self.backend.entries.len();
        let Some(stream) = &mut tab.stream else { return false };
        stream.extend(new.map(|entry| StreamEvent::Entry(epoch, entry)));
        let Some(event) = stream.pop_front() else { return false };
        self.feed(at, Input::Stream(event));
        true
    }

    pub fn cut_stream(&mut self, at: usize) {
        if self.tabs[at].stream.take().is_some() {
            self.feed(at, Input::StreamClosed);
        }
    }

    /// Delivers everything there is, until nothing is left to do.
    pub fn deliver_all(&mut self) {
        let frozen = Vec::new();
        self.deliver_all_but(&frozen);
    }

    /// The same, with some tabs frozen.
    pub fn deliver_all_but(&mut self, frozen: &[usize]) {
        for _ in 0..10_000 {
            let mut moved = false;
            for at in (0..self.tabs.len()).filter(|at| !frozen.contains(at)) {
                let has_parcel = !self.tabs[at].parcels.is_empty();
                self.deliver(at, 0);
                moved |= has_parcel | self.hear(at) | self.read_stream(at);
            }
            if !moved {
                return;
            }
        }
        panic!("tabs and backend never come to rest");
    }

    pub fn tick(&mut self, ms: u64) {
        self.now_ms += ms;
        for at in 0..self.tabs.len() {
            self.feed(at, Input::Tick);
        }
    }

    pub fn grant_then_deliver(&mut self, credits: u64) {
        self.backend.grant(credits);
        self.deliver_all();
    }
}

impl Message {
    pub fn input(self) -> Input {
        match self {
            Self::Hello => Input::AskedByTab,
            Self::Told(digest) => Input::Told(*digest),
        }
    }
}

/// A client that takes spends while offline, up to so many credits.
pub fn client_with_offline_credits(credits: u64) -> Client {
    let credits = Credits::new(credits).unwrap();
    Client::new(AccountId::new(ACCOUNT).unwrap()).with_offline_credits(credits)
}
