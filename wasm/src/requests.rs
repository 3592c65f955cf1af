//! What the client asks of the backend, one request each.

use creditpack::OpId;
use creditpack::client::{Answer, Input, Reply as Told, StoredOp};
use creditpack::error::Code;
use creditpack::ids::{Epoch, Version};
use creditpack::ledger::Reason;
use creditpack::wire::{HoldBody, ReleaseRequest, VerdictsAnswer, VerdictsRequest};
use gloo_net::http::Method;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::convert::{Catalog, FromJs, json, write};
use crate::runtime::{Runtime, Shared};
use crate::stream::cursor;
use crate::transport::{Body, Reply};
use crate::{backoff, failure};

impl Runtime {
    pub(crate) async fn hold(self: Shared, stored: StoredOp, epoch: Option<Epoch>, attempt: u32) {
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
        self.wait(attempt).await;
        let answer = if self.wants_hold(op) {
            self.ask_about(op, "/v1/holds", &body).await
        } else {
            Answer::Nothing
        };
        self.step(Input::Held(op, epoch, answer));
    }

    pub(crate) async fn release(self: Shared, op: OpId, epoch: Option<Epoch>, attempt: u32) {
        let path = ["/v1/holds/", &op.to_string(), "/release"].concat();
        let account = Some(self.account.clone());
        let body = ReleaseRequest { account, reason: Reason::Cancelled };
        self.wait(attempt).await;
        let answer = if self.wants_release(op) {
            self.ask_about(op, &path, &body).await
        } else {
            Answer::Nothing
        };
        self.step(Input::Released(op, epoch, answer));
    }

    pub(crate) async fn verdicts(self: Shared, ops: Vec<OpId>, epoch: Option<Epoch>, attempt: u32) {
        self.wait(attempt).await;
        let body = VerdictsRequest { account: Some(self.account.clone()), ops };
        let reply = self.post("/v1/holds/verdicts", &body).await.ok().filter(Reply::is_ok);
        let answer = reply.and_then(|reply| VerdictsAnswer::from_js(&reply.body));
        self.step(Input::Verdicts(epoch, answer.map(|answer| answer.receipts)));
    }

    pub(crate) async fn snapshot(self: Shared, since: Option<(Epoch, Version)>, attempt: u32) {
        self.wait(attempt).await;
        let since = since.map(|(epoch, version)| cursor(epoch, version)).unwrap_or_default();
        let path = ["/v1/account?", &self.account_query(), &since].concat();
        let (told, _) = self.read(&path).await;
        self.step(Input::Snapshot(told));
    }

    pub(crate) async fn catalog_again(self: Shared, attempt: u32) {
        self.wait(attempt).await;
        let path = match &self.currency {
            Some(currency) => {
                let currency = String::from(js_sys::encode_uri_component(currency));
                ["/v1/catalog?currency=", &currency].concat()
            }
            None => "/v1/catalog".into(),
        };
        let (told, body) = self.read::<Catalog>(&path).await;
        if matches!(told, Told::Body(_)) {
            self.set_catalog(body);
        }
        self.step(Input::Catalog(told.map(|catalog| catalog.costs)));
    }

    async fn wait(&self, attempt: u32) {
        backoff::wait(attempt, self.transport.pause_ms()).await;
    }

    async fn ask_about(&self, op: OpId, path: &str, body: &impl Serialize) -> Answer {
        match self.post(path, body).await {
            Ok(reply) => reply.answer(op),
            Err(_) => Answer::Nothing,
        }
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Reply, JsValue> {
        let body = Body::Json(json(&write(body)).ok_or_else(failure::network)?);
        let reply = self.transport.send(&self.host, Method::POST, path, body).await?;
        self.transport.heed(&reply);
        Ok(reply)
    }

    /// Asks for something to read: what the client is told of it, and the body as it came. A
    /// refusal that would only be repeated is the page's to know.
    async fn read<T: FromJs>(&self, path: &str) -> (Told<T>, JsValue) {
        let nothing = (Told::Nothing, JsValue::UNDEFINED);
        let sent = self.transport.send(&self.host, Method::GET, path, Body::None).await;
        let Ok(reply) = sent else { return nothing };
        self.transport.heed(&reply);
        if reply.is_ok() {
            return T::from_js(&reply.body).map_or(nothing, |told| (Told::Body(told), reply.body));
        }
        let problem = reply.problem();
        if self.is_closed() || !Code::parse(&problem.code).is_some_and(Code::is_lasting) {
            return nothing;
        }
        self.host.refused(failure::of_problem(&problem, None));
        (Told::Refused, JsValue::UNDEFINED)
    }
}
