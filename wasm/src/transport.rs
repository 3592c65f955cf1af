//! HTTP to the backend: credentials, timeouts, and answers by gloo-net.

use std::cell::Cell;

use creditpack::OpId;
use creditpack::client::Answer;
use creditpack::wire::{Problem, Receipt};
use gloo_net::http::{Headers, Response};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Date, JSON, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestCache, RequestInit};

use crate::convert::FromJs;
use crate::failure::{coded, invalid, network, of_problem};
use crate::host::Host;

#[wasm_bindgen]
extern "C" {
    /// The platform's own, or whatever a page put in its place. gloo-net's panics when that fails in
    /// another way than with an `Error`, and a panic is the end of every client of the page.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// How long an answer may take, once its request has left.
const PATIENCE_MS: u32 = 15_000;

/// The longest that a backend may ask us to wait.
const PAUSE_MS_MAX: f64 = 3_600_000.0;

/// The way to one backend, for one account.
pub(crate) struct Transport {
    endpoint: String,
    /// Aborted when the client closes.
    life: AbortController,
    /// How long the backend asked us to wait, and when.
    pause: Cell<(f64, f64)>,
}

/// A request.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: Option<&'a str>,
    pub(crate) accept: &'a str,
    /// How long its answer may take, once it has left.
    pub(crate) patience_ms: u32,
}

impl<'a> Asked<'a> {
    pub(crate) const fn new(method: &'a str, path: &'a str, body: Option<&'a str>) -> Self {
        Self { method, path, body, accept: "application/json", patience_ms: PATIENCE_MS }
    }
}

/// An answer that has begun.
pub(crate) struct Opened {
    pub(crate) response: Response,
    /// What it was asked with.
    pub(crate) token: String,
    /// Ends the answer when it takes too long, unless it is dropped before.
    pub(crate) late: Timeout,
    /// Node forgets to end an answer whose request was collected as garbage (undici issue 3644).
    pub(crate) request: (web_sys::Request, AbortSignal),
}

/// An answer of the backend.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: JsValue,
    pub(crate) retry_after_ms: Option<f64>,
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

    /// The body, or the refusal as an error. A body that is no object is somebody else's answer, such
    /// as the page of a Wi-Fi portal.
    pub(crate) fn into_result(self) -> Result<JsValue, JsValue> {
        if self.is_ok() && self.body.is_object() {
            return Ok(self.body);
        }
        Err(of_problem(&self.problem(), self.retry_after_ms))
    }
}

impl Transport {
    pub(crate) fn new(endpoint: String) -> Result<Self, JsValue> {
        web_sys::Request::new_with_str_and_init(&endpoint, &RequestInit::new())
            .map_err(|_| invalid("endpoint", "must be an address"))?;
        Ok(Self { endpoint, life: AbortController::new()?, pause: Cell::default() })
    }

    /// Ends every request that is under way.
    pub(crate) fn close(&self) {
        self.life.abort();
    }

    /// Aborted when the client closes.
    pub(crate) fn life(&self) -> AbortSignal {
        self.life.signal()
    }

    /// Waits with what the client itself asks for as long as the backend wants it to.
    pub(crate) fn heed(&self, retry_after_ms: Option<f64>) {
        if let Some(pause_ms) = retry_after_ms {
            self.pause.set((pause_ms, Date::now()));
        }
    }

    /// How much longer the backend wants us to wait; never longer than it said, though the clock be
    /// set back meanwhile.
    pub(crate) fn pause_ms(&self) -> Option<f64> {
        let (pause_ms, asked_at_ms) = self.pause.get();
        let left_ms = (asked_at_ms + pause_ms - Date::now()).min(pause_ms);
        (left_ms > 0.0 && !self.life().aborted()).then_some(left_ms)
    }

    /// Sends a request and reads its whole answer. Aborting `stop`, if there is one, ends it early,
    /// as closing the client does.
    pub(crate) async fn send(
        &self,
        host: &Host,
        asked: &Asked<'_>,
        stop: Option<&AbortController>,
    ) -> Result<Reply, JsValue> {
        let stop = stop.cloned().map_or_else(AbortController::new, Ok)?;
        let Opened { response, late, request, .. } = self.open(host, asked, &stop).await?;
        let retry_after_ms = retry_after_ms(&response);
        let status = response.status();
        let text = web_sys::Response::from(response).text()?;
        let text = JsFuture::from(text).await.map_err(|_| network())?.as_string();
        drop((late, request));
        let body = JSON::parse(&text.unwrap_or_default()).unwrap_or(JsValue::UNDEFINED);
        Ok(Reply { status, body, retry_after_ms })
    }

    /// Sends a request and returns as soon as its answer begins. A token the backend no longer
    /// takes is renewed once. Aborts `stop` if the answer takes too long.
    pub(crate) async fn open(
        &self,
        host: &Host,
        asked: &Asked<'_>,
        stop: &AbortController,
    ) -> Result<Opened, JsValue> {
        if self.life().aborted() {
            return Err(network());
        }
        let stopped = AbortSignal::any(&Array::of2(&self.life(), &stop.signal()));
        let mut renewed = false;
        loop {
            let token = host.get_token().map_err(|_| no_token())?;
            let token = JsFuture::from(token).await.ok().and_then(|token| token.as_string());
            let token = token.ok_or_else(no_token)?;
            let request = self.request(asked, &token, &stopped)?;
            let late = {
                let stop = stop.clone();
                Timeout::new(asked.patience_ms, move || stop.abort())
            };
            let response = JsFuture::from(fetch(&request).map_err(|_| network())?).await;
            let response: web_sys::Response =
                response.and_then(JsCast::dyn_into).map_err(|_| network())?;
            let response = Response::from(response);
            if renewed || response.status() != 401 {
                let request = (request, stopped);
                return Ok(Opened { response, token, late, request });
            }
            renewed = true;
            host.drop_token(&token);
        }
    }

    fn request(
        &self,
        asked: &Asked<'_>,
        token: &str,
        stop: &AbortSignal,
    ) -> Result<web_sys::Request, JsValue> {
        let headers = Headers::new();
        headers.set("Authorization", &["Bearer ", token].concat());
        headers.set("Accept", asked.accept);
        let options = RequestInit::new();
        options.set_method(asked.method);
        options.set_signal(Some(stop));
        // Balances are of the moment. The catalog has an ETag, for the browser's own cache to use.
        if !asked.path.starts_with("/v1/catalog") {
            options.set_cache(RequestCache::NoStore);
        }
        if let Some(text) = asked.body {
            headers.set("Content-Type", "application/json");
            options.set_body(&text.into());
        }
        options.set_headers(&headers.into_raw());
        // Not gloo-net's builder: it parses and prints the address, with a query of its own.
        web_sys::Request::new_with_str_and_init(&[&self.endpoint, asked.path].concat(), &options)
            .map_err(|_| network())
    }
}

fn no_token() -> JsValue {
    coded("token_missing", "getToken gave no token")
}

/// How long a refusal asks us to wait: so many seconds, or until a date. The date is read by the
/// backend's own clock, if the answer tells it.
pub(crate) fn retry_after_ms(response: &Response) -> Option<f64> {
    if !matches!(response.status(), 429 | 503) {
        return None;
    }
    let headers = response.headers();
    let asked = headers.get("Retry-After")?;
    let pause_ms = if let Ok(seconds) = asked.parse::<u32>() {
        f64::from(seconds) * 1000.0
    } else {
        let now_ms = headers.get("Date").map_or_else(Date::now, |now| Date::parse(&now));
        Date::parse(&asked) - now_ms
    };
    // A text that is no date is not a number: it asks for nothing.
    (pause_ms > 0.0).then(|| pause_ms.min(PAUSE_MS_MAX))
}
