//! What a page shows, without a backend: the real client against the real ledger, in memory.

mod backend;
mod situation;

use std::collections::VecDeque;

use creditpack::client::{
    Answer, Client, Effect, Input, Kind, NewSpend, Outcome, Reply, StoredOp, StreamEvent,
};
use creditpack::credits::Balance;
use creditpack::wire::PublicCatalog;
use creditpack::{Account, AccountId, Epoch, OpId, Version, display};
use wasm_bindgen::prelude::*;

use crate::convert::{read, write};
use crate::prices::public;
use crate::refusal::{of_declined, of_rule, unreadable};
use backend::Backend;
use situation::{Situation, Wanted};

const ACCOUNT: &str = "preview";
const EPOCH: &str = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";

/// So long ago was a stale picture fresh.
const STALE_MS: u64 = 60_000;

/// A client and its backend, brought into one situation and alive from there on.
#[wasm_bindgen]
pub struct Preview {
    client: Client,
    backend: Backend,
    /// Whether the backend answers; it always takes the page's word for what happened before.
    answers: bool,
    /// Whether spends can be stored.
    stores: bool,
    /// Holds that were asked for and wait for [`Preview::answer`].
    asked: Vec<(StoredOp, Option<Epoch>)>,
    /// How spends ended, until a page takes note.
    outcomes: Vec<Outcome>,
    now_ms: u64,
}

#[wasm_bindgen]
impl Preview {
    #[wasm_bindgen(constructor)]
    pub fn new(
        public_catalog: &JsValue,
        situation: &JsValue,
        ops: &JsValue,
        now_ms: &JsValue,
    ) -> Result<Preview, JsValue> {
        let catalog = public(public_catalog)?;
        let situation: Situation =
            read(situation).map_err(|error| unreadable("situation", &error))?;
        let ops: Vec<OpId> = read(ops).map_err(|error| unreadable("ops", &error))?;
        let now_ms = moment(now_ms)?;
        let mut preview = Self::of(&catalog, &situation).map_err(|error| of_rule(&error))?;
        preview.bring_about(&catalog, situation, ops, now_ms);
        Ok(preview)
    }

    pub fn view(&self) -> JsValue {
        write(&self.client.view(self.now_ms))
    }

    /// Spends; the hold waits for [`Preview::answer`].
    pub fn spend(
        &mut self,
        op: &str,
        operation: String,
        quantity: &JsValue,
        now_ms: &JsValue,
    ) -> Result<(), JsValue> {
        let quantity = read(quantity).map_err(|error| unreadable("quantity", &error))?;
        let new = NewSpend { op: op_of(op)?, kind: Kind::Own, operation, quantity };
        self.hear(moment(now_ms)?);
        let effects = self.client.spend(new, self.now_ms).map_err(of_declined)?;
        self.run(effects);
        Ok(())
    }

    #[wasm_bindgen(js_name = canSpend)]
    pub fn can_spend(&self, operation: &str, quantity: &JsValue) -> bool {
        read(quantity).is_ok_and(|quantity| self.client.cost(operation, quantity).is_ok())
    }

    /// Lets the backend decide the hold of `op`, and tell of it.
    pub fn answer(&mut self, op: &str, now_ms: &JsValue) -> Result<(), JsValue> {
        let op = op_of(op)?;
        self.hear(moment(now_ms)?);
        let Some(at) = self.asked.iter().position(|(stored, _)| stored.op == op) else {
            return Ok(());
        };
        let (stored, epoch) = self.asked.remove(at);
        if self.client.wants_hold(op) {
            let answer = self.backend.hold(&stored, self.now_ms);
            self.step(Input::Held(op, epoch, answer));
            self.tell();
        }
        Ok(())
    }

    /// Ends the work of `op`: its credits are spent, or return.
    pub fn finish(&mut self, op: &str, worked: bool, now_ms: &JsValue) -> Result<(), JsValue> {
        let op = op_of(op)?;
        self.hear(moment(now_ms)?);
        if worked {
            self.backend.capture(op, self.now_ms);
        } else {
            self.backend.fail(op, self.now_ms);
        }
        self.tell();
        Ok(())
    }

    pub fn cancel(&mut self, op: &str, now_ms: &JsValue) -> Result<(), JsValue> {
        let op = op_of(op)?;
        self.hear(moment(now_ms)?);
        let effects = self.client.cancel(op);
        self.run(effects);
        self.tell();
        Ok(())
    }

    /// From now on, this is what is done for credits.
    pub fn sell(&mut self, public_catalog: &JsValue, now_ms: &JsValue) -> Result<(), JsValue> {
        self.backend.sell(&public(public_catalog)?);
        self.hear(moment(now_ms)?);
        self.step(Input::Catalog(Reply::Body(self.backend.costs())));
        Ok(())
    }

    /// How spends ended since this was asked last.
    pub fn outcomes(&mut self) -> JsValue {
        write(&std::mem::take(&mut self.outcomes))
    }

    /// The entries of what happened here, newest first.
    pub fn history(&self) -> JsValue {
        write(&self.backend.history())
    }

    /// The same as people tell it.
    pub fn stories(&self) -> JsValue {
        write(&display::stories(&self.backend.history()))
    }
}

impl Preview {
    /// A client that knows nothing yet, before a backend of these numbers.
    fn of(catalog: &PublicCatalog, situation: &Situation) -> Result<Self, creditpack::Error> {
        let balance = Balance::new(situation.settled, situation.held)?;
        let account = Account { version: Version::ZERO.next(), balance };
        let (name, epoch) = (AccountId::new(ACCOUNT)?, EPOCH.parse()?);
        let backend = Backend::new(name.clone(), epoch, account, catalog, situation.incoming);
        Ok(Self {
            client: Client::new(name),
            backend,
            answers: true,
            stores: situation.phase != Wanted::Unsaved,
            asked: Vec::new(),
            outcomes: Vec::new(),
            now_ms: 0,
        })
    }

    /// Lets everything happen that leads to `situation`. Spends that do not fit are not made, so
    /// that an account without credits has none on their way.
    fn bring_about(
        &mut self,
        catalog: &PublicCatalog,
        situation: Situation,
        ops: Vec<OpId>,
        now_ms: u64,
    ) {
        let Situation { mut pending, phase, .. } = situation;
        self.now_ms = now_ms.saturating_sub(STALE_MS);
        self.answers = phase != Wanted::Loading;
        self.step(Input::Restored(Vec::new()));
        if pending.is_empty() && phase.needs_spends() {
            pending.extend(catalog.operations.first().map(|operation| operation.id.clone()));
        }
        for (op, operation) in ops.into_iter().zip(pending) {
            let new = NewSpend { op, kind: Kind::Own, operation, quantity: 1 };
            let effects = self.client.spend(new, self.now_ms).unwrap_or_default();
            self.run(effects);
        }
        match phase {
            Wanted::Loading | Wanted::Settled | Wanted::Pending | Wanted::Unsaved => {}
            Wanted::Unknown => self.lose_answers(),
            Wanted::Stale => {
                self.answers = false;
                self.step(Input::StreamClosed);
            }
            Wanted::Offline => self.step(Input::Online(false)),
            Wanted::Overcommitted => {
                self.backend.take_all(self.now_ms);
                self.tell();
            }
        }
        self.hear(now_ms);
    }

    /// No answer comes to what was asked: nobody knows whether it was applied.
    fn lose_answers(&mut self) {
        for (stored, epoch) in std::mem::take(&mut self.asked) {
            self.step(Input::Held(stored.op, epoch, Answer::Nothing));
        }
    }

    /// It is `now_ms`, and a stream that is open proves that it is alive.
    fn hear(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        if self.answers {
            self.step(Input::Stream(self.backend.heartbeat(now_ms)));
        }
    }

    /// Tells the client of every entry that it does not have.
    fn tell(&mut self) {
        let known = self.client.view(self.now_ms).version;
        for entry in self.backend.entries_after(known) {
            self.step(Input::Stream(entry));
        }
    }

    fn step(&mut self, input: Input) {
        let effects = self.client.handle(input, self.now_ms);
        self.run(effects);
    }

    fn run(&mut self, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            for input in self.done(effect) {
                effects.extend(self.client.handle(input, self.now_ms));
            }
        }
    }

    /// Does what the client wants done, as far as the situation allows; what came of it.
    fn done(&mut self, effect: Effect) -> Vec<Input> {
        match effect {
            Effect::Save(stored) if self.stores => vec![Input::Saved(stored.op)],
            Effect::Save(stored) => vec![Input::SaveFailed(stored.op)],
            Effect::Hold { op, epoch, .. } => {
                self.asked.push((op, epoch));
                Vec::new()
            }
            Effect::Settled(outcome) => {
                self.outcomes.push(outcome);
                Vec::new()
            }
            Effect::Catalog { .. } => vec![Input::Catalog(Reply::Body(self.backend.costs()))],
            Effect::Release { op, epoch, .. } if self.answers => {
                let answer = self.backend.call_off(op, self.now_ms);
                vec![Input::Released(op, epoch, answer)]
            }
            Effect::Verdicts { ops, epoch, .. } if self.answers => {
                vec![Input::Verdicts(epoch, Some(self.backend.verdicts(&ops)))]
            }
            Effect::Snapshot { since, .. } if self.answers => {
                let snapshot = self.backend.snapshot(since, self.now_ms);
                vec![Input::Snapshot(Reply::Body(snapshot))]
            }
            Effect::OpenStream { .. } if self.answers => self.opened(),
            _ => Vec::new(),
        }
    }

    fn opened(&self) -> Vec<Input> {
        let incoming = self.backend.incoming();
        let events = [self.backend.heartbeat(self.now_ms), StreamEvent::Incoming(incoming)];
        events.into_iter().map(Input::Stream).collect()
    }
}

fn op_of(text: &str) -> Result<OpId, JsValue> {
    text.parse().map_err(|error| of_rule(&error))
}

fn moment(now_ms: &JsValue) -> Result<u64, JsValue> {
    read(now_ms).map_err(|error| unreadable("nowMs", &error))
}
