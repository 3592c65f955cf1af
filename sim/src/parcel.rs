//! What is on its way between a page, its storage and the backend.

use creditpack::OpId;
use creditpack::client::{Answer, Digest, Effect, Input, Reply};
use creditpack::ids::{Epoch, Version};
use creditpack::wire::Snapshot;

/// One thing on its way.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Which tab it belongs to,
    pub slot: usize,
    /// and which page in it: what comes for a page that is gone is dropped.
    pub page: u32,
    /// What it is.
    pub cargo: Cargo,
}

/// What a parcel is.
#[derive(Clone, Debug)]
pub enum Cargo {
    /// A request that waits its turn in the page, because it was sent before in vain.
    Waiting(Request),
    /// A request on the network.
    Sent(Request),
    /// The same request once more; nobody waits for its answer.
    Echo(Request),
    /// An answer on the network, and in which life of the database it was decided.
    Answer(Input, usize),
    /// A request for a stream: the page's count of streams, and from where on.
    Open(u32, Epoch, Version),
    /// A long poll: the page's count of streams, from where on, and when it was asked for.
    Poll(u32, Epoch, Version, u64),
    /// What came of the poll of that count, and in which life of the database it was decided.
    Polled(u32, Reply<Snapshot>, usize),
    /// What the page's storage holds; so many times something else comes first.
    Loading(u8),
    /// The next thing that the page wants stored.
    Storing,
    /// The stream of that count could not be opened.
    NoStream(u32),
    /// The stream of that count told nothing in time.
    Silent(u32),
    /// What another page of the browser says, to the page's stay of that count.
    Said(u32, Message),
    /// The lock of whoever leads is the page's now.
    Granted,
    /// The lock was stolen from the page.
    Stolen,
}

/// What one page says to the others of its browser.
#[derive(Clone, Debug)]
pub enum Message {
    /// What it knows.
    Told(Box<Digest>),
    /// What is there to know?
    Hello,
    /// It leads, under that fence.
    Beat {
        /// Higher than those of all leads before.
        fence: u64,
        /// Whether what it knows is fresh.
        fresh: bool,
        /// When it said so.
        at_ms: u64,
    },
    /// Does anybody lead?
    Ping,
    /// The account's use in this browser is over.
    SignedOut,
}

/// What a page asks of the backend.
#[derive(Clone, Debug)]
pub struct Request {
    /// What the client wants done.
    pub effect: Effect,
    /// Of a snapshot: the ops that were pending when it was asked for.
    pub asked_about: Vec<OpId>,
}

impl Request {
    /// What comes of it when nothing comes: whoever waits learns only that.
    pub fn unanswered(&self) -> Input {
        match &self.effect {
            Effect::Hold { op, epoch, .. } => Input::Held(op.op, *epoch, Answer::Nothing),
            Effect::Release { op, epoch, .. } => Input::Released(*op, *epoch, Answer::Nothing),
            Effect::Verdicts { epoch, .. } => Input::Verdicts(*epoch, None),
            Effect::Snapshot { .. } => Input::Snapshot(Reply::Nothing),
            Effect::Catalog { .. } => Input::Catalog(Reply::Nothing),
            other => unreachable!("{other:?} asks the backend for nothing"),
        }
    }

    /// How often it was sent before.
    pub fn attempt(&self) -> u32 {
        match &self.effect {
            Effect::Hold { attempt, .. }
            | Effect::Release { attempt, .. }
            | Effect::Verdicts { attempt, .. }
            | Effect::Snapshot { attempt, .. }
            | Effect::Catalog { attempt } => *attempt,
            _ => 0,
        }
    }
}

/// An answer whose content is lost.
pub fn emptied(input: Input) -> Input {
    match input {
        Input::Held(op, epoch, _) => Input::Held(op, epoch, Answer::Nothing),
        Input::Released(op, epoch, _) => Input::Released(op, epoch, Answer::Nothing),
        Input::Verdicts(epoch, _) => Input::Verdicts(epoch, None),
        Input::Snapshot(_) => Input::Snapshot(Reply::Nothing),
        Input::Catalog(_) => Input::Catalog(Reply::Nothing),
        local => local,
    }
}
