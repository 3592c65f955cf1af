//! Scripted orderings of what can happen to a page, run natively. The same files are run through
//! the Wasm in Node by the npm package's tests. Their views were derived from the design by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use creditpack::client::{
    Answer, Client, Costs, Effect, Input, Kind, NewSpend, Reply, StoredOp, StreamEvent,
};
use creditpack::ids::Epoch;
use creditpack::wire::{IncomingList, Problem, Receipt, VerdictsAnswer};
use creditpack::{AccountId, Credits, OpId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const NOW_MS: u64 = 1_700_000_000_000;
const EPOCH: &str = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";

#[test]
fn every_ordering_shows_what_the_design_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/orderings");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 40, "{} orderings", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let ordering: Value = serde_json::from_str(&text).unwrap();
        play(path.file_stem().unwrap().to_str().unwrap(), &ordering);
    }
}

fn play(name: &str, ordering: &Value) {
    let mut page = Page::new(ordering["slow_storage"].as_bool().unwrap());
    if let Some(available) = ordering["start"]["available"].as_i64() {
        page.settle(available);
    }
    for (at, step) in ordering["steps"].as_array().unwrap().iter().enumerate() {
        let place = format!("{name}, step {}: {}", at + 1, step["do"]);
        page.take(&step["do"], &place);
        let view = serde_json::to_value(page.client.view(page.now_ms)).unwrap();
        for (field, expected) in step["view"].as_object().unwrap() {
            assert_eq!(&view[field], expected, "{place}: {field} of {view}");
        }
        if let Some(over) = step.get("over") {
            assert_eq!(&json!(page.over), over, "{place}");
        }
    }
}

/// One page, and the requests that it is waiting for.
struct Page {
    client: Client,
    asked: Vec<Effect>,
    stored: BTreeMap<OpId, StoredOp>,
    names: BTreeMap<String, OpId>,
    over: Vec<(String, String)>,
    slow_storage: bool,
    now_ms: u64,
}

impl Page {
    fn new(slow_storage: bool) -> Self {
        let mut page = Self {
            client: Client::new(AccountId::new("u_1").unwrap()),
            asked: Vec::new(),
            stored: BTreeMap::new(),
            names: BTreeMap::new(),
            over: Vec::new(),
            slow_storage,
            now_ms: NOW_MS,
        };
        page.feed(Input::Restored(Vec::new()));
        page
    }

    /// Everything a page hears before an ordering begins.
    fn settle(&mut self, available: i64) {
        let operations = [("image", 1), ("film", 3), ("draft", 2)];
        let operations = operations.map(|(id, credits)| json!({"id": id, "credits": credits}));
        let catalog = json!({"operations": operations, "low_at": 1});
        self.take(&json!({"answer": "catalog", "status": 200, "body": catalog}), "start");
        let snapshot = json!({
            "account": "u_1", "epoch": EPOCH, "version": 1, "settled": available, "held": 0,
            "available": available, "holds": [], "incoming": [], "receipts": [],
            "receipts_complete": false, "server_time_ms": NOW_MS,
        });
        self.take(&json!({"answer": "snapshot", "status": 200, "body": snapshot}), "start");
        let beat = json!({"version": 1, "epoch": EPOCH, "server_time_ms": NOW_MS});
        self.take(&json!({"event": "heartbeat", "data": beat}), "start");
    }

    fn take(&mut self, what: &Value, place: &str) {
        let word = |name: &str| what[name].as_str();
        if let Some(to) = word("answer") {
            let body = self.named(&what["body"]);
            self.answer(to, (200..300).contains(&what["status"].as_u64().unwrap()), body, place);
        } else if let Some(to) = word("no_answer") {
            self.answer(to, false, json!({}), place);
        } else if let Some(name) = word("event") {
            let data = self.named(&what["data"]);
            self.feed(Input::Stream(event(name, data)));
        } else if let Some(op) = word("spend").or(word("announce")) {
            let kind = if word("spend").is_some() { Kind::Own } else { Kind::Announced };
            let quantity = what["quantity"].as_u64().unwrap();
            let spent = self.spend(op, kind, word("operation").unwrap(), quantity);
            assert!(spent, "{place}: declined");
        } else if let Some(operation) = word("declined") {
            assert!(!self.spend("declined", Kind::Own, operation, 1), "{place}: spent");
        } else if let Some(op) = word("cancel") {
            let effects = self.client.cancel(self.names[op]);
            self.perform(effects);
        } else if let Some(op) = word("stored") {
            self.feed(Input::Saved(self.names[op]));
        } else if let Some(op) = word("not_stored") {
            self.feed(Input::SaveFailed(self.names[op]));
        } else if word("stream") == Some("closed") {
            self.feed(Input::StreamClosed);
        } else if let Some(ms) = what["wait_ms"].as_u64() {
            self.now_ms += ms;
            self.feed(Input::Tick);
        } else {
            self.page(word("page").unwrap_or_else(|| panic!("{place}: what is that?")));
        }
    }

    fn page(&mut self, what: &str) {
        match what {
            "reloaded" => {
                self.client = Client::new(AccountId::new("u_1").unwrap());
                self.asked.clear();
                self.feed(Input::Restored(self.stored.values().cloned().collect()));
            }
            "offline" | "online" => self.feed(Input::Online(what == "online")),
            "hidden" | "shown" => self.feed(Input::Visible(what == "shown")),
            "refresh" => self.feed(Input::Refresh),
            other => panic!("{other} is nothing a page does"),
        }
    }

    fn spend(&mut self, name: &str, kind: Kind, operation: &str, quantity: u64) -> bool {
        let op = self.op(name);
        let new = NewSpend { op, kind, operation: operation.into(), quantity };
        let Ok(effects) = self.client.spend(new, self.now_ms) else { return false };
        self.perform(effects);
        true
    }

    fn feed(&mut self, input: Input) {
        let effects = self.client.handle(input, self.now_ms);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save(stored) => {
                    let op = stored.op;
                    self.stored.insert(op, stored);
                    if !self.slow_storage {
                        self.feed(Input::Saved(op));
                    }
                }
                Effect::Forget(op) => drop(self.stored.remove(&op)),
                Effect::Settled(outcome) => {
                    let state = serde_json::to_value(outcome.state).unwrap();
                    self.over.push((self.name(outcome.op), state.as_str().unwrap().into()));
                }
                Effect::OpenStream { .. } | Effect::CloseStream => {}
                request => self.asked.push(request),
            }
        }
    }

    fn answer(&mut self, to: &str, ok: bool, body: Value, place: &str) {
        let at = self.asked.iter().position(|effect| self.subject(effect) == to);
        let at = at.unwrap_or_else(|| panic!("{place}: {to} is not asked, but {:?}", self.asked));
        let input = match self.asked.remove(at) {
            Effect::Hold { op, epoch, .. } => Input::Held(op.op, epoch, answer_on(op.op, ok, body)),
            Effect::Release { op, epoch, .. } => {
                Input::Released(op, epoch, answer_on(op, ok, body))
            }
            Effect::Verdicts { epoch, .. } => {
                let told = ok.then(|| read::<VerdictsAnswer>(body).receipts);
                Input::Verdicts(epoch, told)
            }
            Effect::Catalog { .. } => {
                Input::Catalog(if ok { Reply::Body(costs(&body)) } else { Reply::Nothing })
            }
            _ => Input::Snapshot(if ok { Reply::Body(read(body)) } else { Reply::Nothing }),
        };
        self.feed(input);
    }

    /// What a request is about, in the words of the orderings.
    fn subject(&self, effect: &Effect) -> String {
        match effect {
            Effect::Hold { op, .. } => format!("hold {}", self.name(op.op)),
            Effect::Release { op, .. } => format!("release {}", self.name(*op)),
            Effect::Verdicts { .. } => "verdicts".into(),
            Effect::Catalog { .. } => "catalog".into(),
            Effect::Snapshot { .. } => "snapshot".into(),
            other => format!("{other:?}"),
        }
    }

    fn name(&self, op: OpId) -> String {
        let found = self.names.iter().find(|(_, id)| **id == op);
        found.map_or_else(|| op.to_string(), |(name, _)| name.clone())
    }

    /// The op of that name; ops are named by single letters.
    fn op(&mut self, name: &str) -> OpId {
        let random = [name.as_bytes()[0]; 10];
        *self.names.entry(name.into()).or_insert_with(|| OpId::v7(NOW_MS, random))
    }

    /// A body with the ids of the ops that it names.
    fn named(&mut self, body: &Value) -> Value {
        match body {
            Value::Array(all) => all.iter().map(|one| self.named(one)).collect(),
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| match value.as_str() {
                    Some(op) if name == "op" => (name.clone(), json!(self.op(op))),
                    _ => (name.clone(), self.named(value)),
                };
                fields.iter().map(field).collect()
            }
            other => other.clone(),
        }
    }
}

fn read<T: DeserializeOwned>(body: Value) -> T {
    let text = body.to_string();
    serde_json::from_value(body).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn answer_on(op: OpId, ok: bool, body: Value) -> Answer {
    if ok {
        return Answer::Receipt(read::<Receipt>(body));
    }
    Answer::of_problem(op, &read::<Problem>(body))
}

fn costs(body: &Value) -> Costs {
    let operations = body["operations"].as_array().unwrap().iter();
    let cost = |operation: &Value| {
        let credits = Credits::new(operation["credits"].as_u64().unwrap()).unwrap();
        (operation["id"].as_str().unwrap().to_owned(), credits)
    };
    Costs { operations: operations.map(cost).collect(), low_at: Credits::ONE }
}

fn event(name: &str, data: Value) -> StreamEvent {
    match name {
        "heartbeat" => StreamEvent::Heartbeat(read(data)),
        "incoming" => StreamEvent::Incoming(read::<IncomingList>(data).incoming),
        "entry" => {
            let epoch: Epoch = data["epoch"].as_str().unwrap().parse().unwrap();
            StreamEvent::Entry(epoch, read(data))
        }
        "verdict" => StreamEvent::Verdict(read(data)),
        "reset" => StreamEvent::Reset,
        other => panic!("there is no event {other}"),
    }
}
