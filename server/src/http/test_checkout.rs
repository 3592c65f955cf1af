//! `/test/checkout/{session}`: the hosted page of test mode.

use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use creditpack::Code;
use serde::Deserialize;

use super::path::Name;
use super::problem::Refusal;
use super::query::{Query, Whole};
use super::{App, test_delivery};
use crate::ledger::{Purchase, TestSession};
use crate::payments::returning;
use crate::payments::test_mode::page::{self, Attempt};
use crate::payments::test_mode::{Choice, Return, TestMode};

/// The longest that a webhook may be delayed, in milliseconds.
const WEBHOOK_DELAY_MS_MAX: u64 = 60_000;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

pub(super) fn router() -> Router<App> {
    Router::new().route("/test/checkout/{session}", get(show).post(choose))
}

#[derive(Deserialize)]
struct Asked {
    webhook_delay_ms: Option<Whole<0, WEBHOOK_DELAY_MS_MAX>>,
}

/// A button of the page.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Button {
    Pay,
    PayLater,
    Decline,
    Cancel,
    Refund,
    RefundHalf,
    Dispute,
    WinDispute,
}

#[derive(Deserialize)]
struct Pressed {
    choice: Button,
}

async fn show(
    State(app): State<App>,
    Name(session): Name,
    Query(Asked { webhook_delay_ms: _ }): Query<Asked>,
) -> Result<Response, Refusal> {
    match test_mode(&app)?.find(&session).await? {
        Some((session, purchase)) => Ok(render(&app, &session, &purchase, Attempt::None)),
        None => Ok(unknown()),
    }
}

async fn choose(
    State(app): State<App>,
    Name(session): Name,
    Query(asked): Query<Asked>,
    pressed: Result<Form<Pressed>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Refusal> {
    let delay = Duration::from_millis(asked.webhook_delay_ms.map_or(0, Whole::get));
    let Form(pressed) = pressed.map_err(|_| {
        Refusal::invalid("choice", "must be the choice of a button of the page, sent as a form")
    })?;
    let Some((session, purchase)) = test_mode(&app)?.find(&session).await? else {
        return Ok(unknown());
    };
    let wish = |wish| returned(&app, &session, wish);
    let choice = match pressed.choice {
        Button::Refund => return wish(Return::Refund).await,
        Button::RefundHalf => return wish(Return::RefundHalf).await,
        Button::Dispute => return wish(Return::Dispute).await,
        Button::WinDispute => return wish(Return::Win).await,
        _ if !page::is_payable(&purchase, &session) => {
            return Ok(render(&app, &session, &purchase, Attempt::None));
        }
        Button::Pay => Choice::Pay,
        Button::PayLater => Choice::PayLater,
        Button::Decline => return Ok(render(&app, &session, &purchase, Attempt::Declined)),
        Button::Cancel => return Ok(Redirect::to(&purchase.order.cancel_url).into_response()),
    };
    if let Some(session) = test_mode(&app)?.complete(session, choice, delay).await? {
        test_delivery::start(&app, session, choice);
    }
    let order = &purchase.order;
    Ok(Redirect::to(&returning(&order.success_url, &order.checkout)).into_response())
}

/// Has money come back, if there is any, and shows what became of the purchase.
async fn returned(app: &App, session: &TestSession, wish: Return) -> Result<Response, Refusal> {
    if let Some(event) = test_mode(app)?.returned(session, wish).await?
        && !test_delivery::deliver(app, event).await
    {
        return Err(Code::StoreUnavailable.into());
    }
    match test_mode(app)?.find(&session.id).await? {
        Some((session, purchase)) => Ok(render(app, &session, &purchase, Attempt::None)),
        None => Ok(unknown()),
    }
}

fn test_mode(app: &App) -> Result<&TestMode, Refusal> {
    app.payments.test_mode().ok_or(Code::NotFound.into())
}

fn render(app: &App, session: &TestSession, purchase: &Purchase, attempt: Attempt) -> Response {
    let html = page::checkout(purchase, session, attempt, &app.config.catalog);
    (guarded(Some(purchase)), Html(html)).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, guarded(None), Html(page::unknown())).into_response()
}

fn guarded(purchase: Option<&Purchase>) -> [(HeaderName, HeaderValue); 3] {
    let policy = HeaderValue::from_str(&page::policy(purchase));
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    [
        (CONTENT_SECURITY_POLICY, policy),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (ROBOTS, HeaderValue::from_static("noindex")),
    ]
}
