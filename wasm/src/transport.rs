//! HTTP to the backend, by gloo-net: credentials, timeouts, answers.

use std::cell::{Cell, RefCell};

use creditpack::OpId;
use creditpack::client::Answer;
use creditpack::wire::{Problem, Receipt};
use gloo_net::http::{Headers, Request, Response};
use js_sys::{Array, JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestInit};

use crate::convert::FromJs;
use crate::failure::{coded, network, of_problem};
use crate::host::{Host, now_ms};

/// How long an answer may take to begin.
const TIMEOUT_MS: u32 = 15_000;

/// The way to one backend, for one account.
pub(crate) struct Transport {
    endpoint: String,
    token: RefCell<Option<String>>,
    /// The page's promise of a token while it is open, so that never two are asked for at once.
    renewing: RefCell<Option<Promise>>,
    /// Aborted when the client closes.
    life: AbortController,
    /// Until when the backend asked us to wait.
    not_before_ms: Cell<u64>,
}

/// An answer of the backend.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: JsValue,
    pub(crate) retry_after_ms: Option<u32>,
}

impl Reply {
    pub(crate) const fn is_ok(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The refusal in its body; an empty one if it has none.
    pub(crate) fn problem(&self) -> Problem {
        let problem = Problem::from_js(&self.body).unwrap_or_default();
        Problem { status: self.status, ..problem }
    }

    /// What the reply tells of `op`.
    pub(crate) fn answer(&self, op: OpId) -> Answer {
        if self.is_ok() {
            return Receipt::from_js(&self.body).map_or(Answer::Nothing, Answer::Receipt);
        }
        Answer::of_problem(op, &self.problem())
    }

    /// The body, or the refusal as an error.
    pub(crate) fn into_result(self) -> Result<JsValue, JsValue> {
        if self.is_ok() {
            return Ok(self.body);
        }
        Err(of_problem(&self.problem(), self.retry_after_ms))
    }
}

impl Transport {
    pub(crate) fn new(endpoint: String) -> Result<Self, JsValue> {
        Ok(Self {
            endpoint,
            token: RefCell::default(),
            renewing: RefCell::default(),
            life: AbortController::new()?,
            not_before_ms: Cell::default(),
        })
    }

    /// Ends every request that is under way.
    pub(crate) fn close(&self) {
        self.life.abort();
    }

    /// Waits with what the client itself asks for as long as the backend wants it to.
    pub(crate) fn heed(&self, reply: &Reply) {
        if let Some(pause_ms) = reply.retry_after_ms {
            self.not_before_ms.set(now_ms() + u64::from(pause_ms));
        }
    }

    /// How much longer the backend wants us to wait.
    pub(crate) fn pause_ms(&self) -> u32 {
        u32::try_from(self.not_before_ms.get().saturating_sub(now_ms())).unwrap_or(0)
    }

    /// Drops the token, so that the next request gets a new one.
    pub(crate) fn forget_token(&self) {
        self.token.take();
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn send(
        &self,
        host: &Host,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Result<Reply, JsValue> {
        let late = AbortSignal::timeout_with_u32(TIMEOUT_MS);
        let response = self.open(host, method, path, body, &late).await?;
        let retry_after_ms = retry_after_ms(&response);
        let text = response.text().await.map_err(|_| network())?;
        let body = JSON::parse(&text).unwrap_or(JsValue::UNDEFINED);
        Ok(Reply { status: response.status(), body, retry_after_ms })
    }

    /// Sends a request and returns as soon as its answer begins. A token the backend no longer
    /// takes is renewed once. `stop` ends it early, as closing the client does.
    pub(crate) async fn open(
        &self,
        host: &Host,
        method: &str,
        path: &str,
        body: Option<&str>,
        stop: &AbortSignal,
    ) -> Result<Response, JsValue> {
        if self.life.signal().aborted() {
            return Err(network());
        }
        let stop = AbortSignal::any(&Array::of2(&self.life.signal(), stop));
        let mut renewed = false;
        loop {
            let token = self.token(host).await?;
            let request = self.request(method, path, body, &token, &stop)?;
            let response = request.send().await.map_err(|_| network())?;
            if renewed || response.status() != 401 {
                return Ok(response);
            }
            renewed = true;
            if self.token.borrow().as_ref() == Some(&token) {
                self.forget_token();
            }
        }
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        token: &str,
        stop: &AbortSignal,
    ) -> Result<Request, JsValue> {
        let headers = Headers::new();
        headers.set("Authorization", &["Bearer ", token].concat());
        let options = RequestInit::new();
        options.set_method(method);
        options.set_signal(Some(stop));
        if let Some(text) = body {
            headers.set("Content-Type", "application/json");
            options.set_body(&text.into());
        }
        options.set_headers(&headers.into_raw());
        // Not gloo-net's builder: it parses and prints the address, with a query of its own.
        web_sys::Request::new_with_str_and_init(&[&self.endpoint, path].concat(), &options)
            .map(Request::from)
            .map_err(|_| network())
    }

    async fn token(&self, host: &Host) -> Result<String, JsValue> {
        if let Some(token) = self.token.borrow().clone() {
            return Ok(token);
        }
        let promise = self.renewal(host)?;
        let token = JsFuture::from(promise).await;
        self.renewing.take();
        let token = token.ok().and_then(|token| token.as_string()).ok_or_else(no_token)?;
        self.token.replace(Some(token.clone()));
        Ok(token)
    }

    fn renewal(&self, host: &Host) -> Result<Promise, JsValue> {
        let mut renewing = self.renewing.borrow_mut();
        if let Some(promise) = renewing.as_ref() {
            return Ok(promise.clone());
        }
        let promise = host.get_token().map_err(|_| no_token())?;
        *renewing = Some(promise.clone());
        Ok(promise)
    }
}

fn no_token() -> JsValue {
    coded("token_missing", "getToken gave no token")
}

fn retry_after_ms(response: &Response) -> Option<u32> {
    let seconds: u32 = response.headers().get("Retry-After")?.parse().ok()?;
    Some(seconds.min(3600) * 1000)
}
