//! `/v1/checkouts`: what is being bought.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use creditpack::AccountId;
use creditpack::wire::{Checkout, CheckoutRequest, PurchaseStatus};
use serde::Deserialize;

use super::App;
use super::body::Body;
use super::caller::{MayRead, MaySpend};
use super::cors::REPLAYED;
use super::limits::trying;
use super::path::Name;
use super::problem::Refusal;
use super::query::Query;
use super::text;
use crate::ledger::{Purchase, is_receipted};

pub(super) fn router() -> Router<App> {
    Router::new().route("/v1/checkouts", post(check_out)).route("/v1/checkouts/{id}", get(checkout))
}

async fn check_out(
    State(app): State<App>,
    MaySpend(caller): MaySpend,
    Body(request): Body<CheckoutRequest>,
) -> Result<Response, Refusal> {
    let account = caller.account(request.account.clone())?;
    text::id("id", &request.id)?;
    request.email.as_deref().map_or(Ok(()), |email| text::email("email", email))?;
    request.locale.as_deref().map_or(Ok(()), |locale| text::locale("locale", locale))?;
    let code = request.promotion.is_some();
    let bought = app.payments.check_out(account.clone(), request);
    let order = trying(&app, &account, code, bought).await?;
    let answer = Json(shown(&app, order.purchase).await?);
    if order.replayed {
        return Ok((REPLAYED, answer).into_response());
    }
    Ok((StatusCode::CREATED, answer).into_response())
}

#[derive(Deserialize)]
struct Asked {
    account: Option<AccountId>,
}

async fn checkout(
    State(app): State<App>,
    MayRead(caller): MayRead,
    Name(id): Name,
    Query(asked): Query<Asked>,
) -> Result<Json<Checkout>, Refusal> {
    let account = caller.account(asked.account)?;
    let purchase = app.payments.checkout(account, id).await?;
    Ok(Json(shown(&app, purchase).await?))
}

async fn shown(app: &App, purchase: Purchase) -> Result<Checkout, Refusal> {
    let Purchase { order, status, url, .. } = purchase;
    let receipt_url =
        if is_receipted(status) { app.receipts.url_of(&order.purchase).await? } else { None };
    Ok(Checkout {
        id: order.checkout,
        purchase: order.purchase,
        url: url.filter(|_| status == PurchaseStatus::Open),
        status,
        credits: order.credits,
        price: order.price,
        expires_at_ms: order.expires_at_ms,
        receipt_url,
    })
}
