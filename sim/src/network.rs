//! What becomes of what is on its way: it arrives, late or twice or out of order, or is lost.

use creditpack::client::{Answer, Effect, Input, POLL_WAIT_S, Reply};
use creditpack::error::Code;
use creditpack::ids::{Epoch, Version};
use creditpack::ledger::Claimant;

use crate::coverage::Kind;
use crate::parcel::{Cargo, Parcel, Request, emptied};
use crate::world::World;

/// How a backend refuses without a verdict.
const REFUSALS: [Code; 4] =
    [Code::Overloaded, Code::RateLimited, Code::TokenInvalid, Code::PriceChanged];

/// How long the backend waits for news before it answers a poll.
const POLL_WAIT_MS: u64 = POLL_WAIT_S as u64 * 1_000;

impl World {
    /// The parcel that a number chooses: in arrival, frozen pages are passed over.
    fn choose(&self, at: u8) -> Option<usize> {
        let moves = |parcel: &Parcel| match (&parcel.cargo, &self.tabs[parcel.slot]) {
            (Cargo::Sent(_) | Cargo::Echo(_), _) | (_, None) => true,
            (_, Some(tab)) if tab.page != parcel.page => true,
            (Cargo::Poll(turn, epoch, since, asked_at_ms), Some(tab))
                if tab.stream_turn == *turn =>
            {
                let (life, waited_ms) = (self.backend.life(), self.now_ms - asked_at_ms);
                let news = (life.epoch, life.account.version) != (*epoch, *since);
                !tab.frozen && (news || waited_ms >= POLL_WAIT_MS)
            }
            (_, Some(tab)) => !tab.frozen,
        };
        let able = || self.parcels.iter().enumerate().filter(|(_, parcel)| moves(parcel));
        let at = match usize::from(at) {
            0 => 0,
            at => at % able().count().max(1),
        };
        able().nth(at).map(|(at, _)| at)
    }

    /// Something arrives. Says whether there was anything.
    pub(crate) fn deliver(&mut self, at: u8) -> bool {
        let Some(at) = self.choose(at) else { return false };
        let parcel = self.parcels.remove(at);
        self.arrive(parcel);
        true
    }

    /// Something arrives and stays on its way. Pages hear the answer to a question to read once:
    /// their runtime asks and waits.
    pub(crate) fn duplicate(&mut self, at: u8) {
        let Some(at) = self.choose(at) else { return };
        let parcel = self.parcels.remove(at);
        let again = match &parcel.cargo {
            Cargo::Sent(request) | Cargo::Echo(request) => Some(Cargo::Echo(request.clone())),
            Cargo::Answer(input @ (Input::Held(..) | Input::Released(..)), life) => {
                Some(Cargo::Answer(input.clone(), *life))
            }
            Cargo::Said(stay, message) => Some(Cargo::Said(*stay, message.clone())),
            _ => None,
        };
        if let Some(cargo) = again {
            self.parcels.push(Parcel { cargo, ..parcel.clone() });
        }
        self.arrive(parcel);
    }

    /// Something is lost. Whoever waits for it learns, later, that nothing came.
    pub(crate) fn lose(&mut self, at: u8) {
        let Some(at) = self.choose(at) else { return };
        let mut parcel = self.parcels.remove(at);
        let present = self.backend.present();
        parcel.cargo = match parcel.cargo {
            Cargo::Sent(request) => Cargo::Answer(request.unanswered(), present),
            Cargo::Answer(input, life) => Cargo::Answer(emptied(input), life),
            Cargo::Open(turn, ..) if turn % 2 == 0 => Cargo::Silent(turn),
            Cargo::Open(turn, ..) => Cargo::NoStream(turn),
            Cargo::Poll(turn, ..) | Cargo::Polled(turn, ..) => {
                Cargo::Polled(turn, Reply::Nothing, present)
            }
            Cargo::Echo(_) | Cargo::Stolen => return,
            Cargo::Said(stay, _) => return self.miss(parcel.slot, stay),
            inside => inside,
        };
        self.parcels.push(parcel);
    }

    /// A page hears that nothing came of a request, which is still on its way.
    pub(crate) fn late(&mut self, at: u8) {
        let Some(at) = self.choose(at) else { return };
        if let Cargo::Sent(request) = &self.parcels[at].cargo {
            let cargo = Cargo::Echo(request.clone());
            let late = Parcel { cargo, ..self.parcels[at].clone() };
            let unanswered = Cargo::Answer(request.unanswered(), self.backend.present());
            self.parcels[at].cargo = unanswered;
            self.parcels.push(late);
        }
    }

    /// The backend refuses a request and does nothing.
    pub(crate) fn refuse(&mut self, at: u8, how: u8) {
        let code = REFUSALS[usize::from(how) % REFUSALS.len()];
        let Some(at) = self.choose(at) else { return };
        let Parcel { slot, page, cargo } = self.parcels.remove(at);
        let cargo = match cargo {
            Cargo::Sent(request) => self.refused(&request, code),
            other => other,
        };
        self.parcels.push(Parcel { slot, page, cargo });
    }

    /// The backend does what is asked and answers that it does not know.
    pub(crate) fn stumble(&mut self, at: u8) {
        let Some(at) = self.choose(at) else { return };
        let Parcel { slot, page, cargo } = self.parcels.remove(at);
        let cargo = match cargo {
            Cargo::Sent(request) => {
                let present = self.backend.present();
                self.decide(slot, page, request.clone());
                Cargo::Answer(request.unanswered(), present)
            }
            other => other,
        };
        self.parcels.push(Parcel { slot, page, cargo });
    }

    fn refused(&self, request: &Request, code: Code) -> Cargo {
        // A release is never refused for its price.
        let answer = Answer::Refused(match &request.effect {
            Effect::Release { .. } if code == Code::PriceChanged => Code::Overloaded,
            _ => code,
        });
        let input = match request.unanswered() {
            Input::Held(op, epoch, _) => Input::Held(op, epoch, answer),
            Input::Released(op, epoch, _) => Input::Released(op, epoch, answer),
            reading => reading,
        };
        Cargo::Answer(input, self.backend.present())
    }

    fn arrive(&mut self, parcel: Parcel) {
        let Parcel { slot, page, cargo } = parcel;
        let here = self.tabs[slot].as_ref().is_some_and(|tab| tab.page == page);
        match cargo {
            Cargo::Echo(request) => drop(self.decide(slot, page, request)),
            Cargo::Sent(request) if !here => drop(self.decide(slot, page, request)),
            _ if !here => {}
            Cargo::Sent(request) => {
                let answer = self.answer(slot, page, request);
                self.send(slot, answer);
            }
            Cargo::Waiting(request) => {
                let cargo = if self.is_wanted(slot, &request) {
                    Cargo::Sent(request)
                } else {
                    Cargo::Answer(request.unanswered(), self.backend.present())
                };
                self.send(slot, cargo);
            }
            Cargo::Answer(input, life) => self.feed(slot, input, Some(life)),
            Cargo::Open(turn, ..) if self.held_back => self.send(slot, Cargo::Silent(turn)),
            Cargo::Open(turn, epoch, since) => self.open_stream(slot, turn, epoch, since),
            Cargo::NoStream(turn) => self.stream_over(slot, turn, Input::StreamClosed, None),
            Cargo::Silent(turn) => self.stream_over(slot, turn, Input::StreamSilent, None),
            Cargo::Poll(turn, epoch, since, _) => self.poll(slot, turn, (epoch, since)),
            Cargo::Polled(turn, reply, life) => {
                self.stream_over(slot, turn, Input::Polled(reply), Some(life));
            }
            Cargo::Loading(0) => self.load(slot),
            Cargo::Loading(times) => self.send(slot, Cargo::Loading(times - 1)),
            Cargo::Storing => self.store(slot),
            Cargo::Said(stay, message) => self.hear(slot, stay, message),
            Cargo::Granted => self.granted(slot),
            Cargo::Stolen => self.stolen(slot),
        }
    }

    /// Whether a request that waited its turn is still to be sent.
    fn is_wanted(&self, slot: usize, request: &Request) -> bool {
        let Some(tab) = &self.tabs[slot] else { return false };
        match &request.effect {
            Effect::Hold { op, .. } => tab.client.wants_hold(op.op),
            Effect::Release { op, .. } => tab.client.wants_release(*op),
            _ => true,
        }
    }

    /// A request reaches the backend, unless the page is offline or its token has run out.
    fn answer(&mut self, slot: usize, page: u32, request: Request) -> Cargo {
        let present = self.backend.present();
        if let Some(tab) = &mut self.tabs[slot] {
            if tab.offline {
                return Cargo::Answer(request.unanswered(), present);
            }
            // The page asks for a new token before it sends anything again.
            if std::mem::take(&mut tab.token_expired) {
                self.coverage.count(Kind::TokenExpired);
                return self.refused(&request, Code::TokenExpired);
            }
        }
        Cargo::Answer(self.decide(slot, page, request), present)
    }

    fn decide(&mut self, slot: usize, page: u32, request: Request) -> Input {
        if let Effect::Hold { op, .. } = &request.effect {
            self.hold_arrives(slot, page, op.op);
        }
        let (now_ms, design) = (self.now_ms, self.backend.design);
        let input = match request.effect {
            Effect::Hold { op, epoch, .. } => {
                let operation = self.backend.operation(&op.operation);
                let life = self.backend.life_mut();
                let rules = (design, now_ms);
                let answer = life.hold(&op, operation.as_ref(), Claimant::Browser, rules);
                Input::Held(op.op, epoch, answer)
            }
            Effect::Release { op, epoch, .. } => {
                let answer = self.backend.life_mut().release_by_browser(op, now_ms);
                Input::Released(op, epoch, answer)
            }
            Effect::Verdicts { ops, epoch, .. } => {
                Input::Verdicts(epoch, Some(self.backend.verdicts(&ops)))
            }
            Effect::Snapshot { since, .. } => {
                let asked_about = &request.asked_about;
                Input::Snapshot(Reply::Body(self.backend.snapshot(since, asked_about, now_ms)))
            }
            Effect::Catalog { .. } => Input::Catalog(Reply::Body(self.backend.costs())),
            other => unreachable!("{other:?} asks the backend for nothing"),
        };
        self.trace.backend(slot, &input, &self.backend);
        input
    }

    fn open_stream(&mut self, slot: usize, turn: u32, epoch: Epoch, since: Version) {
        let now_ms = self.now_ms;
        let Some(tab) = &mut self.tabs[slot] else { return };
        if tab.stream_turn != turn {
            return;
        }
        if tab.offline || std::mem::take(&mut tab.token_expired) {
            return self.send(slot, Cargo::NoStream(turn));
        }
        tab.stream = Some(self.backend.open_stream(epoch, since, now_ms));
        self.feed(slot, Input::StreamOpened, None);
    }

    /// A poll reaches the backend, unless the page is offline or its token has run out.
    fn poll(&mut self, slot: usize, turn: u32, since: (Epoch, Version)) {
        let (now_ms, present) = (self.now_ms, self.backend.present());
        let Some(tab) = &mut self.tabs[slot] else { return };
        let reply = if tab.offline || std::mem::take(&mut tab.token_expired) {
            Reply::Nothing
        } else {
            self.coverage.count(Kind::Polled);
            Reply::Body(self.backend.snapshot(Some(since), &[], now_ms))
        };
        self.send(slot, Cargo::Polled(turn, reply, present));
    }

    /// A page hears how its stream, or the poll in its place, ended.
    fn stream_over(&mut self, slot: usize, turn: u32, told: Input, decided: Option<usize>) {
        let Some(tab) = &mut self.tabs[slot] else { return };
        if tab.stream_turn == turn {
            tab.stream = None;
            self.feed(slot, told, decided);
        }
    }

    fn store(&mut self, slot: usize) {
        let Some(tab) = &mut self.tabs[slot] else { return };
        let Some(storing) = tab.storing.pop_front() else { return };
        match self.devices[tab.device].store(storing) {
            Some((op, true)) => self.feed(slot, Input::Saved(op), None),
            Some((op, false)) => {
                self.coverage.count(Kind::SaveFailed);
                self.feed(slot, Input::SaveFailed(op), None);
            }
            None => {}
        }
    }

    /// A page reads one event of its stream, or hears that it is closed. Says whether there was
    /// anything to read.
    pub(crate) fn read(&mut self, slot: usize) -> bool {
        let Some(tab) = &mut self.tabs[slot] else { return false };
        if tab.frozen {
            return false;
        }
        let turn = tab.stream_turn;
        let Some(stream) = &mut tab.stream else { return false };
        stream.catch_up(&self.backend);
        let life = stream.life;
        match stream.queue.pop_front() {
            Some(event) => self.feed(slot, Input::Stream(event), Some(life)),
            None if stream.is_alive(&self.backend) && !tab.offline => return false,
            None => self.stream_over(slot, turn, Input::StreamClosed, None),
        }
        true
    }

    /// A page's stream breaks, with all that it had on its way.
    pub(crate) fn cut(&mut self, slot: usize) {
        let Some(tab) = &self.tabs[slot] else { return };
        if tab.stream.is_some() && !tab.frozen {
            let turn = tab.stream_turn;
            self.coverage.count(Kind::StreamCut);
            self.stream_over(slot, turn, Input::StreamClosed, None);
        }
    }

    /// What was said to a page is lost.
    fn miss(&mut self, slot: usize, stay: u32) {
        if let Some(tab) = &mut self.tabs[slot]
            && tab.seat.stay == stay
        {
            tab.seat.missed = true;
            self.coverage.count(Kind::Missed);
        }
    }
}
