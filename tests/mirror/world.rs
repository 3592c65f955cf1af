//! One client, one backend, and everything that is on its way between them.

use std::collections::VecDeque;

use creditpack::client::{
    Answer, Client, Declined, Effect, Input, Kind, NewSpend, Outcome, Reply, StoredOp, StreamEvent,
};
use creditpack::display::View;
use creditpack::ids::{Epoch, Version};
use creditpack::ledger::Claimant;
use creditpack::{AccountId, OpId};

use crate::backend::{ACCOUNT, Backend};

/// What can be delivered, lost or answered.
#[derive(Clone, Debug)]
pub enum Parcel {
    Request(Effect),
    Answer(Input),
}

pub struct World {
    pub backend: Backend,
    pub client: Client,
    /// Requests and answers on their way, oldest first.
    pub parcels: VecDeque<Parcel>,
    /// What the open stream will tell next; none while it is closed.
    pub stream: Option<VecDeque<StreamEvent>>,
    streamed: usize,
    /// From where on the poll under way wants news.
    pub poll: Option<(Epoch, Version)>,
    pub stored: Vec<StoredOp>,
    pub outcomes: Vec<Outcome>,
    /// How often in a row the stream, or the poll, had failed, each time it was opened.
    pub opened_after: Vec<u32>,
    pub now_ms: u64,
    made: u64,
}

impl World {
    /// A page that has just been opened, with these ops in its storage.
    pub fn new(backend: Backend, stored: Vec<StoredOp>) -> Self {
        let mut world = Self {
            backend,
            client: Client::new(AccountId::new(ACCOUNT).unwrap()),
            parcels: VecDeque::new(),
            stream: None,
            streamed: 0,
            poll: None,
            stored: stored.clone(),
            outcomes: Vec::new(),
            opened_after: Vec::new(),
            now_ms: 1_000,
            made: 0,
        };
        world.feed(Input::Restored(stored));
        world
    }

    /// The same, with everything delivered: the page has settled.
    pub fn settled(credits: u64) -> Self {
        let mut world = Self::new(Backend::with_credits(credits), Vec::new());
        world.deliver_all();
        world
    }

    /// The page is opened again, with whatever it had stored.
    pub fn reload(&mut self) {
        let reloaded = Self::new(self.backend.clone(), self.stored.clone());
        let (now_ms, made) = (self.now_ms, self.made);
        *self = Self { now_ms, made, ..reloaded };
    }

    pub fn view(&self) -> View {
        self.client.view(self.now_ms)
    }

    pub fn shown(&self) -> u64 {
        self.view().shown.get()
    }

    pub fn spend(&mut self, kind: Kind, quantity: u64) -> Result<OpId, Declined> {
        self.made += 1;
        let op = op_made(self.made, self.now_ms);
        let new = NewSpend { op, kind, operation: "image".into(), quantity };
        let effects = self.client.spend(new, self.now_ms)?;
        self.perform(effects);
        Ok(op)
    }

    pub fn spend_one(&mut self) -> OpId {
        self.spend(Kind::Own, 1).unwrap()
    }

    pub fn cancel(&mut self, op: OpId) {
        let effects = self.client.cancel(op);
        self.perform(effects);
    }

    pub fn feed(&mut self, input: Input) {
        let effects = self.client.handle(input, self.now_ms);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save(op) => {
                    self.parcels.push_back(Parcel::Answer(Input::Saved(op.op)));
                    self.stored.retain(|stored| stored.op != op.op);
                    self.stored.push(op);
                }
                Effect::Catalog { .. } => {
                    let costs = Reply::Body(self.backend.costs());
                    self.parcels.push_back(Parcel::Answer(Input::Catalog(costs)));
                }
                Effect::Forget(op) => self.stored.retain(|stored| stored.op != op),
                Effect::CloseStream => (self.stream, self.poll) = (None, None),
                Effect::Poll { epoch, since, attempt } => {
                    self.opened_after.push(attempt);
                    self.poll = Some((epoch, since));
                }
                Effect::Settled(outcome) => self.outcomes.push(outcome),
                Effect::OpenStream { epoch, since, attempt } => {
                    self.opened_after.push(attempt);
                    self.stream = Some(self.backend.stream_from(epoch, since).into());
                    self.streamed = self.backend.entries.len();
                }
                request => self.parcels.push_back(Parcel::Request(request)),
            }
        }
    }

    /// Delivers one parcel: a request is decided and its answer set on its way, an answer arrives.
    pub fn deliver(&mut self, at: usize) {
        match self.parcels.remove(at) {
            Some(Parcel::Request(request)) => {
                let Self { backend, client, now_ms, .. } = self;
                let answer = decide(backend, client, *now_ms, request);
                self.parcels.push_back(Parcel::Answer(answer));
            }
            Some(Parcel::Answer(input)) => self.feed(input),
            None => {}
        }
    }

    /// Loses one parcel: whoever waits for it learns only that nothing came.
    pub fn lose(&mut self, at: usize) {
        let input = match self.parcels.remove(at) {
            Some(Parcel::Request(request)) => lost(&request),
            Some(Parcel::Answer(input)) => nothing(input),
            None => return,
        };
        self.parcels.push_back(Parcel::Answer(input));
    }

    /// Puts what the backend has decided meanwhile on the open stream.
    pub fn publish(&mut self) {
        let new = self.backend.entries.iter().skip(self.streamed).cloned();
        let epoch = self.backend.epoch;
        if let Some(stream) = &mut self.stream {
            stream.extend(new.map(|entry| StreamEvent::Entry(epoch, entry)));
        }
        self.streamed = self.backend.entries.len();
    }

    /// Reads one event off the stream.
    pub fn read_stream(&mut self) -> bool {
        self.publish();
        let Some(event) = self.stream.as_mut().and_then(VecDeque::pop_front) else { return false };
        self.feed(Input::Stream(event));
        true
    }

    /// The stream's answer begins, and ends before it told anything.
    pub fn cut_stream_short(&mut self) {
        self.stream = None;
        self.feed(Input::StreamOpened);
        self.now_ms += 10;
        self.feed(Input::StreamClosed);
    }

    /// The stream tells nothing in time.
    pub fn hold_stream_back(&mut self) {
        self.stream = None;
        self.feed(Input::StreamSilent);
    }

    /// The backend answers the poll under way, be there news or not.
    pub fn answer_poll(&mut self) {
        let since = self.poll.take();
        assert!(since.is_some(), "nobody polls");
        self.feed(Input::Polled(Reply::Body(self.backend.snapshot(since))));
    }

    pub fn cut_stream(&mut self) {
        if self.stream.take().is_some() {
            self.feed(Input::StreamClosed);
        }
    }

    /// Delivers everything there is, until nothing is left to do.
    pub fn deliver_all(&mut self) {
        for _ in 0..10_000 {
            if !self.parcels.is_empty() {
                self.deliver(0);
            } else if !self.read_stream() {
                return;
            }
        }
        panic!("client and backend never come to rest: {:?}", self.parcels);
    }
}

/// The op that is made as the one of that number.
pub fn op_made(number: u64, now_ms: u64) -> OpId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    OpId::v7(now_ms, random)
}

/// What comes of a request. One that had to wait its turn is sent only if it is still wanted.
pub fn decide(backend: &mut Backend, client: &Client, now_ms: u64, request: Effect) -> Input {
    match request {
        Effect::Hold { ref op, attempt: 1.., .. } if !client.wants_hold(op.op) => lost(&request),
        Effect::Release { op, attempt: 1.., .. } if !client.wants_release(op) => lost(&request),
        Effect::Hold { op, epoch, .. } => {
            Input::Held(op.op, epoch, backend.hold(&op, Claimant::Browser, now_ms))
        }
        Effect::Release { op, epoch, .. } => {
            Input::Released(op, epoch, backend.release_by_browser(op))
        }
        Effect::Verdicts { ops, epoch, .. } => Input::Verdicts(epoch, Some(backend.verdicts(&ops))),
        Effect::Snapshot { since, .. } => Input::Snapshot(Reply::Body(backend.snapshot(since))),
        other => panic!("{other:?} is no request"),
    }
}

pub fn lost(request: &Effect) -> Input {
    match request {
        Effect::Hold { op, epoch, .. } => Input::Held(op.op, *epoch, Answer::Nothing),
        Effect::Release { op, epoch, .. } => Input::Released(*op, *epoch, Answer::Nothing),
        Effect::Verdicts { epoch, .. } => Input::Verdicts(*epoch, None),
        Effect::Snapshot { .. } => Input::Snapshot(Reply::Nothing),
        other => panic!("{other:?} is no request"),
    }
}

pub fn nothing(input: Input) -> Input {
    match input {
        Input::Held(op, epoch, _) => Input::Held(op, epoch, Answer::Nothing),
        Input::Released(op, epoch, _) => Input::Released(op, epoch, Answer::Nothing),
        Input::Verdicts(epoch, _) => Input::Verdicts(epoch, None),
        Input::Snapshot(_) => Input::Snapshot(Reply::Nothing),
        Input::Catalog(_) => Input::Catalog(Reply::Nothing),
        local => local,
    }
}
