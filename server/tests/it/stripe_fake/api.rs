//! The API itself: `/v1/...`.

use std::collections::BTreeMap;
use std::future::pending;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, body};
use creditpackd::payments::stripe::VERSION;
use serde_json::{Value, json};

use super::form::{read, shape};
use super::params::{Call, check};
use super::world::{Asked, Kept, Refused, World};
use super::{Fault, KEY, StripeFake};

type Form = BTreeMap<String, String>;

pub(super) fn router(fake: StripeFake) -> Router {
    Router::new().fallback(answer).with_state(fake)
}

async fn answer(State(fake): State<StripeFake>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body::to_bytes(body, 1 << 20).await.unwrap();
    let mut form = read(head.uri.query().unwrap_or_default());
    form.extend(read(std::str::from_utf8(&body).unwrap_or_default()));
    let header = |name: &str| head.headers.get(name)?.to_str().ok().map(str::to_owned);
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        form,
        key: header("idempotency-key"),
        version: header("stripe-version"),
        at: std::time::Instant::now(),
    };
    let fault = {
        let mut world = fake.world();
        world.asked.push(asked.clone());
        world.fault(&asked.path)
    };
    match fault {
        Some(Fault::Status(status)) => return failed(status),
        Some(Fault::Busy(seconds)) => {
            return ([(header::RETRY_AFTER, seconds.to_string())], failed(429)).into_response();
        }
        Some(Fault::Html) => {
            return Html("<h1>Please sign in to this network</h1>").into_response();
        }
        Some(Fault::Long) => return vec![b' '; 9 << 20].into_response(),
        Some(Fault::Hang(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let answered = fake.world().handle(&asked, &head.headers, fault == Some(Fault::FailAfter));
    if let Some(Fault::HangAfter(time)) = fault {
        tokio::time::sleep(time).await;
        pending::<()>().await;
    }
    answered
}

fn failed(status: u16) -> Response {
    let kind = if status == 429 { "rate_limit_error" } else { "api_error" };
    rendered(status, json!({ "error": { "type": kind, "message": "Something went wrong." } }))
}

fn rendered(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("request-id", "req_1")], Json(body)).into_response()
}

impl World {
    fn handle(&mut self, asked: &Asked, headers: &HeaderMap, fails: bool) -> Response {
        let bearer = format!("Bearer {KEY}");
        if headers.get(header::AUTHORIZATION).is_none_or(|sent| sent != bearer.as_str()) {
            let message = "Invalid API Key provided: sk_test_****";
            let error = json!({ "type": "invalid_request_error", "message": message });
            return rendered(401, json!({ "error": error }));
        }
        if asked.version.as_deref() != Some(VERSION) {
            let refused = Refused::invalid("version", "Invalid Stripe API version", "version");
            return rendered(400, json!({ "error": refused.error }));
        }
        let request = format!("{} {} {:?}", asked.method, asked.path, asked.form);
        let key = asked.key.as_ref().filter(|_| asked.method == "POST");
        if let Some(kept) = key.and_then(|key| self.kept.get(key)) {
            return repeat(kept, &request);
        }
        match self.carry_out(asked) {
            // What fails its checks is not kept for its key.
            Err(refused) => rendered(refused.status, json!({ "error": refused.error })),
            Ok(body) => {
                let failure = json!({ "error": { "type": "api_error", "message": "Oops." } });
                let (status, body) = if fails { (500, failure) } else { (200, body) };
                if let Some(key) = key {
                    let kept = Kept { request, status, body: body.clone() };
                    self.kept.insert(key.clone(), kept);
                }
                rendered(status, body)
            }
        }
    }

    fn carry_out(&mut self, asked: &Asked) -> Result<Value, Refused> {
        let path: Vec<_> = asked.path.trim_start_matches("/v1/").split('/').collect();
        let (form, now_s) = (&asked.form, self.now_s());
        match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["checkout", "sessions"]) => {
                check(Call::CreateSession, form, now_s)?;
                Ok(shown(&self.add_session(form)))
            }
            ("POST", ["checkout", "sessions", id, "expire"]) => {
                check(Call::ExpireSession, form, now_s)?;
                self.lapse(id)?;
                Ok(shown(&self.sessions[*id]))
            }
            ("GET", ["checkout", "sessions"]) => {
                check(Call::ListSessions, form, now_s)?;
                if let Some(payment) = form.get("payment_intent") {
                    self.require_payment(payment)?;
                }
                let of = |session: &&Value| {
                    form.get("payment_intent").is_none_or(|it| session["payment_intent"] == **it)
                };
                let found = self.sessions.values().rev().filter(of).map(shown).collect();
                Ok(page(found, form, "/v1/checkout/sessions"))
            }
            ("GET", ["checkout", "sessions", id]) => {
                check(Call::Retrieve, form, now_s)?;
                let session = self.sessions.get(*id);
                let mut found =
                    shown(session.ok_or_else(|| Refused::missing("checkout.session", id))?);
                let payment = found["payment_intent"].as_str().unwrap_or_default().to_owned();
                if form.values().any(|name| name == "payment_intent") && !payment.is_empty() {
                    found["payment_intent"] = self.payments[&payment].clone();
                }
                Ok(found)
            }
            ("GET", ["payment_intents", id]) => {
                check(Call::Retrieve, form, now_s)?;
                let found = self.payments.get(*id).cloned();
                found.ok_or_else(|| Refused::missing("payment_intent", id))
            }
            ("POST", ["refunds"]) => {
                check(Call::CreateRefund, form, now_s)?;
                let payment = form.get("payment_intent").map_or("", String::as_str);
                let amount = form.get("amount").and_then(|amount| amount.parse().ok());
                self.add_refund(payment, amount).map(|(refund, _)| refund)
            }
            ("GET", ["events"]) => {
                check(Call::ListEvents, form, now_s)?;
                let found = self.events.iter().rev().filter(|event| wanted(event, form));
                Ok(page(found.cloned().collect(), form, "/v1/events"))
            }
            _ => Err(Refused::missing("route", &asked.path)),
        }
    }
}

fn repeat(kept: &Kept, request: &str) -> Response {
    if kept.request != request {
        let message = "Keys for idempotent requests can only be used with the same parameters \
            they were first used with. Try using a key other than the one you used.";
        let error = json!({ "type": "idempotency_error", "message": message });
        return rendered(400, json!({ "error": error }));
    }
    ([("idempotent-replayed", "true")], rendered(kept.status, kept.body.clone())).into_response()
}

/// A session as the API shows it.
fn shown(session: &Value) -> Value {
    let mut shown = session.clone();
    shown.as_object_mut().unwrap().remove("payment_metadata");
    shown
}

fn wanted(event: &Value, form: &Form) -> bool {
    let types: Vec<_> =
        form.iter().filter(|(name, _)| shape(name) == "types[]").map(|(_, kind)| kind).collect();
    let created = event["created"].as_u64().unwrap();
    let bound = |name: &str| form.get(name).and_then(|text| text.parse::<u64>().ok());
    (types.is_empty() || types.iter().any(|kind| event["type"] == ***kind))
        && bound("created[gte]").is_none_or(|least| created >= least)
        && bound("created[gt]").is_none_or(|least| created > least)
        && bound("created[lt]").is_none_or(|most| created < most)
        && bound("created[lte]").is_none_or(|most| created <= most)
}

/// A page of what was found, which is newest first.
fn page(mut found: Vec<Value>, form: &Form, url: &str) -> Value {
    let limit = form.get("limit").map_or(10, |limit| limit.parse().unwrap());
    let place = |id: &String| found.iter().position(|it| it["id"] == **id);
    if let Some(last) = form.get("starting_after").and_then(place) {
        found.drain(..=last);
    } else if let Some(first) = form.get("ending_before").and_then(place) {
        // Those just before it, which a client reads from the far end.
        found.drain(first..);
        let more = found.len() > limit;
        let data = found.split_off(found.len().saturating_sub(limit));
        return json!({ "object": "list", "url": url, "has_more": more, "data": data });
    }
    let more = found.len() > limit;
    found.truncate(limit);
    json!({ "object": "list", "url": url, "has_more": more, "data": found })
}
