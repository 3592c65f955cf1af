//! A stand-in for Resend that keeps what it is told and refuses what Resend would.
//!
//! After resend.com/docs: fields it does not know are refused, an idempotency key is remembered
//! with the body it came with, errors have a `statusCode`, a `name` and a `message`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The one key it takes.
pub(crate) const API_KEY: &str = "re_test_0123456789";

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// It is refused because there were too many; another may come after so many seconds.
    TooMany(u64),
    /// Nothing more may be sent this month.
    Quota,
    /// It breaks, and nothing is sent.
    Broken,
    /// Nobody answers, and nothing is sent.
    Silence,
    /// It is sent, and nobody says so.
    LostAnswer,
    /// Somebody in between answers with a page.
    Page,
    /// The mail is refused for good.
    Invalid,
    /// So it is, with its address.
    Named,
}

/// A mail that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Email {
    pub(crate) id: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Known {
    faults: VecDeque<Fault>,
    sent: Vec<Email>,
    requests: usize,
    /// By idempotency key: the body it came with, and what was answered.
    keys: HashMap<String, (Value, String)>,
    /// How many more may be sent before the limit, where there is one.
    remaining: Option<u64>,
}

/// It, while it runs.
#[derive(Clone)]
pub(crate) struct ResendFake {
    pub(crate) url: String,
    known: Arc<Mutex<Known>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a request")]
struct Request {
    from: String,
    to: To,
    subject: String,
    html: Option<String>,
    text: Option<String>,
    reply_to: Option<To>,
    headers: Option<HashMap<String, String>>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "the shape of a request")]
enum To {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the shape of a request")]
struct Tag {
    name: String,
    value: String,
}

impl ResendFake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, known: Arc::default() };
        let routes = Router::new().route("/emails", post(receive)).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        fake
    }

    /// What goes wrong with the next requests, in this order.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.known().faults.extend(faults);
    }

    /// Lets only so many more be sent each second.
    pub(crate) fn limit(&self, remaining: u64) {
        self.known().remaining = Some(remaining);
    }

    /// Every mail that was sent.
    pub(crate) fn sent(&self) -> Vec<Email> {
        self.known().sent.clone()
    }

    /// How often it was asked to send.
    pub(crate) fn requests(&self) -> usize {
        self.known().requests
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }

    /// Takes a mail, unless it has it already.
    fn accept(&self, key: Option<String>, body: Value) -> Response {
        let mut known = self.known();
        if let Some((before, id)) = key.as_ref().and_then(|key| known.keys.get(key)) {
            if *before != body {
                let message = "This idempotency key was used with a different body.";
                return mistake(409, "invalid_idempotent_request", message);
            }
            return Json(json!({ "id": id })).into_response();
        }
        if known.remaining == Some(0) {
            known.remaining = Some(1);
            return too_many(1);
        }
        let number = known.sent.len() + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        if let Some(key) = &key {
            known.keys.insert(key.clone(), (body.clone(), id.clone()));
        }
        known.sent.push(Email { id: id.clone(), key, body });
        let mut answer = Json(json!({ "id": id })).into_response();
        if let Some(remaining) = &mut known.remaining {
            *remaining -= 1;
            let headers = answer.headers_mut();
            headers.insert("ratelimit-limit", 1.into());
            headers.insert("ratelimit-remaining", (*remaining).into());
            headers.insert("ratelimit-reset", 1.into());
        }
        answer
    }
}

async fn receive(State(fake): State<ResendFake>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = {
        let mut known = fake.known();
        known.requests += 1;
        known.faults.pop_front()
    };
    if let Some(refused) = unauthorized(&headers) {
        return refused;
    }
    let (key, body) = match read(&headers, &body) {
        Ok(read) => read,
        Err(refused) => return *refused,
    };
    match fault {
        None => fake.accept(key, body),
        Some(Fault::TooMany(wait_s)) => too_many(wait_s),
        Some(Fault::Quota) => mistake(429, "monthly_quota_exceeded", "You have used it all up."),
        Some(Fault::Broken) => mistake(500, "internal_server_error", "Something broke."),
        Some(Fault::Silence) => silence().await,
        Some(Fault::LostAnswer) => {
            drop(fake.accept(key, body));
            silence().await
        }
        Some(Fault::Page) => "<!doctype html><p>Welcome to the hotel's network".into_response(),
        Some(Fault::Named) => {
            let message = format!("No such mailbox: {}", body["to"].as_str().unwrap_or_default());
            mistake(422, "validation_error", &message)
        }
        Some(Fault::Invalid) => mistake(422, "invalid_parameter", "The `to` field is not valid."),
    }
}

/// Longer than anybody waits here.
async fn silence() -> Response {
    tokio::time::sleep(Duration::from_secs(60)).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

fn unauthorized(headers: &HeaderMap) -> Option<Response> {
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        None => Some(mistake(401, "missing_api_key", "Missing API key.")),
        Some(value) if value == format!("Bearer {API_KEY}") => None,
        Some(_) => Some(mistake(403, "invalid_api_key", "API key is invalid.")),
    }
}

/// The idempotency key and the body of a request that Resend would read.
fn read(headers: &HeaderMap, body: &Bytes) -> Result<(Option<String>, Value), Box<Response>> {
    let refused =
        |status, name, message: &str| -> Box<Response> { Box::new(mistake(status, name, message)) };
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().to_owned());
    if key.as_ref().is_some_and(|key| !(1..=256).contains(&key.len())) {
        return Err(refused(400, "invalid_idempotency_key", "It must be 1 to 256 characters."));
    }
    let request: Request = serde_json::from_slice(body).map_err(|error| {
        let missing = error.to_string().contains("missing field");
        let name = if missing { "missing_required_field" } else { "validation_error" };
        refused(if missing { 422 } else { 400 }, name, &error.to_string())
    })?;
    if request.html.is_none() && request.text.is_none() {
        return Err(refused(422, "missing_required_field", "Missing `html` or `text` field."));
    }
    Ok((key, serde_json::from_slice(body).unwrap()))
}

fn too_many(wait_s: u64) -> Response {
    let mut answer = mistake(429, "rate_limit_exceeded", "Too many requests.");
    let headers = answer.headers_mut();
    headers.insert("retry-after", wait_s.into());
    headers.insert("ratelimit-remaining", 0.into());
    answer
}

fn mistake(status: u16, name: &str, message: &str) -> Response {
    let body = json!({ "statusCode": status, "name": name, "message": message });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}
