//! What the client asks of the backend, one request each.

use creditpack::OpId;
use creditpack::client::{Answer, Input, POLL_WAIT_S, Reply as Told, StoredOp};
use creditpack::error::Code;
use creditpack::ids::{Epoch, Version};
use creditpack::ledger::Reason;
use creditpack::wire::{HoldBody, ReleaseRequest, VerdictsAnswer, VerdictsRequest};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::AbortController;

use crate::convert::{Catalog, FromJs, json, write};
use crate::runtime::{Runtime, Shared};
use crate::stream::cursor;
use crate::transport::{Asked, Reply};
use crate::{backoff, failure};

/// One thing to ask for.
struct Question {
    attempt: u32,
    path: String,
    /// What to post; a question without it is a `GET`.
    body: Option<String>,
    /// Of a poll: what ends it.
    poll: Option<AbortController>,
    /// The op that must still want to be asked about when its turn comes, and who tells.
    wanted: Option<(OpId, Wanted)>,
}

/// Whether the client still wants to ask this about the op.
type Wanted = fn(&Runtime, OpId) -> bool;

impl Question {
    fn get(attempt: u32, path: String) -> Self {
        Self { attempt, path, body: None, poll: None, wanted: None }
    }

    fn post(attempt: u32, path: String, body: &impl Serialize) -> Self {
        Self { body: json(&write(body)), ..Self::get(attempt, path) }
    }

    fn is_wanted(&self, runtime: &Runtime) -> bool {
        self.poll.as_ref().is_none_or(|poll| !poll.signal().aborted())
            && self.wanted.is_none_or(|(op, wants)| wants(runtime, op))
    }
}

/// What to make of the answer, or of none.
type Listener = Box<dyn FnOnce(&Shared, Option<Reply>)>;

impl Runtime {
    pub(crate) fn hold(self: &Shared, stored: StoredOp, epoch: Option<Epoch>, attempt: u32) {
        let op = stored.op;
        let body = HoldBody {
            account: Some(self.account.clone()),
            op,
            operation: stored.operation,
            quantity: Some(u64::from(stored.quantity)),
            expected_credits: Some(stored.credits),
            created_at_ms: stored.created_at_ms,
            claim: None,
        };
        let question = Question::post(attempt, "/v1/holds".into(), &body);
        self.ask(
            Question { wanted: Some((op, Self::wants_hold)), ..question },
            Box::new(move |this, reply| this.step(Input::Held(op, epoch, answer(op, reply)))),
        );
    }

    pub(crate) fn release(self: &Shared, op: OpId, epoch: Option<Epoch>, attempt: u32) {
        let path = ["/v1/holds/", &String::from(op), "/release"].concat();
        let account = Some(self.account.clone());
        let body = ReleaseRequest { account, reason: Reason::Cancelled };
        let question = Question::post(attempt, path, &body);
        self.ask(
            Question { wanted: Some((op, Self::wants_release)), ..question },
            Box::new(move |this, reply| this.step(Input::Released(op, epoch, answer(op, reply)))),
        );
    }

    pub(crate) fn verdicts(self: &Shared, ops: Vec<OpId>, epoch: Option<Epoch>, attempt: u32) {
        let body = VerdictsRequest { account: Some(self.account.clone()), ops };
        self.ask(
            Question::post(attempt, "/v1/holds/verdicts".into(), &body),
            Box::new(move |this, reply| {
                let reply = reply.filter(Reply::is_ok);
                let answer = reply.and_then(|reply| VerdictsAnswer::from_js(&reply.body));
                this.step(Input::Verdicts(epoch, answer.map(|answer| answer.receipts)));
            }),
        );
    }

    pub(crate) fn snapshot(self: &Shared, since: Option<(Epoch, Version)>, attempt: u32) {
        let since = since.map(|(epoch, version)| cursor(epoch, version)).unwrap_or_default();
        let path = ["/v1/account?", &self.account_query(), &since].concat();
        self.ask(
            Question::get(attempt, path),
            Box::new(|this, reply| {
                let (told, _) = this.read(reply);
                this.step(Input::Snapshot(told));
            }),
        );
    }

    pub(crate) fn poll(self: &Shared, epoch: Epoch, since: Version, attempt: u32) {
        let Some(life) = self.begin_stream() else { return };
        let wait_s = creditpack::decimal(POLL_WAIT_S.into());
        let cursor = cursor(epoch, since);
        let path = ["/v1/account?", &self.account_query(), &cursor, "&wait_s=", &wait_s].concat();
        self.ask(
            Question { poll: Some(life.clone()), ..Question::get(attempt, path) },
            Box::new(move |this, reply| {
                let (told, _) = this.read(reply);
                this.stream_ended(&life, Input::Polled(told));
            }),
        );
    }

    pub(crate) fn catalog_again(self: &Shared, attempt: u32) {
        let path = match &self.currency {
            Some(currency) => {
                let currency = String::from(js_sys::encode_uri_component(currency));
                ["/v1/catalog?currency=", &currency].concat()
            }
            None => "/v1/catalog".into(),
        };
        self.ask(
            Question::get(attempt, path),
            Box::new(|this, reply| {
                let (told, body) = this.read::<Catalog>(reply);
                if matches!(told, Told::Body(_)) {
                    this.set_catalog(body);
                }
                this.step(Input::Catalog(told.map(|catalog| catalog.costs)));
            }),
        );
    }

    /// Sends the question when its turn comes, if it is wanted then. One future for all kinds of
    /// questions: a state machine for each would be a good part of the module's weight.
    fn ask(self: &Shared, question: Question, listener: Listener) {
        self.spawn(async move |this| {
            let Question { attempt, path, body, poll, .. } = &question;
            let hurry = poll.as_ref().map_or_else(|| this.hurry_signal(), AbortController::signal);
            backoff::wait(&this.host, &this.transport, *attempt, &hurry).await;
            let mut reply = None;
            if question.is_wanted(&this) {
                let method = if body.is_some() { "POST" } else { "GET" };
                let mut asked = Asked::new(method, path, body.as_deref());
                if poll.is_some() {
                    asked.patience_ms += POLL_WAIT_S * 1000;
                }
                reply = this.transport.send(&this.host, &asked, poll.as_ref()).await.ok();
            }
            if let Some(reply) = &reply {
                this.transport.heed(reply.retry_after_ms);
            }
            listener(&this, reply);
        });
    }

    /// What the client is told of an answer, and the answer's body as it came. A refusal that
    /// would only be repeated is the page's to know.
    fn read<T: FromJs>(&self, reply: Option<Reply>) -> (Told<T>, JsValue) {
        let nothing = (Told::Nothing, JsValue::UNDEFINED);
        let Some(reply) = reply else { return nothing };
        if reply.is_ok() {
            return T::from_js(&reply.body).map_or(nothing, |told| (Told::Body(told), reply.body));
        }
        if self.refuses(&reply) { (Told::Refused, JsValue::UNDEFINED) } else { nothing }
    }

    /// Whether the answer is a refusal for good; the page is told of it then.
    fn refuses(&self, reply: &Reply) -> bool {
        let problem = reply.problem();
        if self.is_closed() || !Code::parse(&problem.code).is_some_and(Code::is_lasting) {
            return false;
        }
        self.host.refused(failure::of_problem(&problem, None));
        true
    }
}

/// What an answer tells of `op`.
fn answer(op: OpId, reply: Option<Reply>) -> Answer {
    reply.map_or(Answer::Nothing, |reply| reply.answer(op))
}
