//! `/v1/holds`: spends, from the promise to its end.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use creditpack::catalog::quantity;
use creditpack::ledger::{Claimant, Decision, Fingerprint, HoldRequest, Novelty};
use creditpack::wire::{
    CaptureRequest, ClaimRequest, ExtendRequest, HoldAnswer, HoldBody, Receipt, ReleaseRequest,
    VerdictsAnswer, VerdictsRequest,
};
use creditpack::{AccountId, Code, OpId, OpRecord};
use serde::Deserialize;

use super::App;
use super::body::Body;
use super::caller::{Caller, MayRead, MaySpend, MayWork};
use super::cors::REPLAYED;
use super::path::Name;
use super::problem::Refusal;
use super::query::Query;

/// The most ops whose verdicts are told at once.
const OPS_MAX: usize = 100;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/v1/holds", post(hold))
        .route("/v1/holds/verdicts", post(verdicts))
        .route("/v1/holds/{op}", get(receipt))
        .route("/v1/holds/{op}/claim", post(claim))
        .route("/v1/holds/{op}/extend", post(extend))
        .route("/v1/holds/{op}/capture", post(capture))
        .route("/v1/holds/{op}/release", post(release))
}

async fn hold(
    State(app): State<App>,
    MaySpend(caller): MaySpend,
    Body(body): Body<HoldBody>,
) -> Result<Response, Refusal> {
    let account = caller.account(body.account)?;
    let claimant = match (caller, body.claim) {
        (Caller::Client { .. }, Some(_)) => return Err(Code::Forbidden.into()),
        (Caller::Client { .. }, None) => Claimant::Browser,
        (Caller::Secret(_), Some(claim)) => Claimant::Server(claim),
        (Caller::Secret(_), None) => Claimant::UnnamedServer,
    };
    let request = HoldRequest {
        op: body.op,
        fingerprint: fingerprint(body.operation, body.quantity)?,
        expected_credits: body.expected_credits,
        created_at_ms: body.created_at_ms,
        claimant,
    };
    let decision = app.ledger.hold(account, request).await?;
    let status = match decision.novelty {
        Novelty::Decided => StatusCode::CREATED,
        Novelty::Changed | Novelty::Unchanged => StatusCode::OK,
    };
    render(&app, body.op, status, decision, |record| answer(&app, record, None))
}

async fn claim(
    State(app): State<App>,
    _: MayWork,
    Name(op): Name,
    Body(body): Body<ClaimRequest>,
) -> Result<Response, Refusal> {
    let op = op.parse()?;
    let fingerprint = fingerprint(body.operation, body.quantity)?;
    let decision = app.ledger.claim(body.account, op, fingerprint, body.claim).await?;
    render(&app, op, StatusCode::OK, decision, |record| {
        answer(&app, record, record.fingerprint.as_ref().map(|print| print.quantity))
    })
}

async fn extend(
    State(app): State<App>,
    _: MayWork,
    Name(op): Name,
    Body(body): Body<ExtendRequest>,
) -> Result<Response, Refusal> {
    let op = op.parse()?;
    let decision = app.ledger.extend(body.account, op, body.claim).await?;
    render(&app, op, StatusCode::OK, decision, |record| answer(&app, record, None))
}

async fn capture(
    State(app): State<App>,
    _: MayWork,
    Name(op): Name,
    Body(body): Body<CaptureRequest>,
) -> Result<Response, Refusal> {
    let op = op.parse()?;
    let decision = app.ledger.capture(body.account, op, body.credits).await?;
    render(&app, op, StatusCode::OK, decision, |record| told(&app, record.receipt()))
}

async fn release(
    State(app): State<App>,
    MaySpend(caller): MaySpend,
    Name(op): Name,
    Body(body): Body<ReleaseRequest>,
) -> Result<Response, Refusal> {
    let op = op.parse()?;
    let account = caller.account(body.account)?;
    let decision = match caller {
        Caller::Secret(_) => app.ledger.release(account, op, body.reason).await?,
        Caller::Client { .. } => app.ledger.release_by_browser(account, op, body.reason).await?,
    };
    render(&app, op, StatusCode::OK, decision, |record| told(&app, record.receipt()))
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
}

async fn receipt(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Name(op): Name,
    Query(asked): Query<Asked>,
) -> Result<Json<Receipt>, Refusal> {
    let op = op.parse()?;
    let account = caller.account(asked.account)?;
    let record = app.ledger.record(account, op).await?;
    let record = record.ok_or(Code::UnknownOp)?;
    Ok(Json(told(&app, record.receipt())))
}

async fn verdicts(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Body(body): Body<VerdictsRequest>,
) -> Result<Json<VerdictsAnswer>, Refusal> {
    let account = caller.account(body.account)?;
    if body.ops.len() > OPS_MAX {
        return Err(Refusal::invalid("ops", "must be at most 100"));
    }
    let receipts = app.ledger.receipts(account, body.ops).await?;
    let receipts = receipts.into_iter().map(|receipt| told(&app, receipt)).collect();
    Ok(Json(VerdictsAnswer { receipts }))
}

fn fingerprint(operation: String, count: Option<u64>) -> Result<Fingerprint, Refusal> {
    Ok(Fingerprint { operation, quantity: quantity(count.unwrap_or(1))? })
}

fn answer(app: &App, record: &OpRecord, quantity: Option<u32>) -> HoldAnswer {
    let receipt = told(app, record.receipt());
    HoldAnswer { receipt, quantity, expires_at_ms: record.expires_at_ms() }
}

/// A receipt on its own says in which life of the database it is so: it may arrive in the next one.
pub(super) fn told(app: &App, receipt: Receipt) -> Receipt {
    Receipt { epoch: Some(app.ledger.epoch()), ..receipt }
}

/// The answer to a decision: its receipt, or its refusal, and whether it was given before.
fn render<T: serde::Serialize>(
    app: &App,
    op: OpId,
    status: StatusCode,
    decision: Decision,
    answer: impl FnOnce(&OpRecord) -> T,
) -> Result<Response, Refusal> {
    let replayed = decision.is_replay();
    let response = match (decision.answer, &decision.record) {
        (Ok(()), Some(record)) => (status, Json(answer(record))).into_response(),
        // Every accepted command is about an op that is known by now.
        (Ok(()), None) => return Err(Refusal::internal()),
        (Err(error), _) => {
            let now_ms = app.ledger.clock().now_ms();
            Refusal::from(error).on(op, app.ledger.epoch()).at(now_ms).into_response()
        }
    };
    if replayed {
        return Ok((REPLAYED, response).into_response());
    }
    Ok(response)
}
