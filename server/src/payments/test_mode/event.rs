//! Events as Stripe would send them.

use serde_json::{Value, json};

use super::new_id;
use crate::ledger::{PaymentStatus, Purchase, SessionStatus, TestSession};

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The buyer is done with the page; the payment may still be under way.
    Completed,
    /// A payment that took its time has arrived.
    AsyncPaymentSucceeded,
}

/// The body of an event that tells of `session`, with a new event id.
pub fn event(
    kind: Kind,
    session: &TestSession,
    purchase: &Purchase,
    instance: &str,
    now_ms: u64,
) -> Vec<u8> {
    let kind = match kind {
        Kind::Completed => "checkout.session.completed",
        Kind::AsyncPaymentSucceeded => "checkout.session.async_payment_succeeded",
    };
    body(kind, &object(session, purchase, instance), now_ms)
}

/// The body of an event of that kind, with a new event id.
pub(super) fn body(kind: &str, object: &Value, now_ms: u64) -> Vec<u8> {
    let body = json!({
        "id": new_id("evt_test_"),
        "object": "event",
        "created": now_ms / 1000,
        "livemode": false,
        "pending_webhooks": 1,
        "type": kind,
        "data": { "object": object },
    });
    body.to_string().into_bytes()
}

fn object(session: &TestSession, purchase: &Purchase, instance: &str) -> Value {
    let order = &purchase.order;
    json!({
        "id": session.id,
        "object": "checkout.session",
        "livemode": false,
        "mode": "payment",
        "status": match session.status {
            SessionStatus::Open => "open",
            SessionStatus::Complete => "complete",
            SessionStatus::Expired => "expired",
        },
        "payment_status": match session.payment {
            PaymentStatus::Paid => "paid",
            PaymentStatus::Unpaid | PaymentStatus::Failed => "unpaid",
        },
        "amount_total": order.price.amount_minor,
        "currency": order.price.currency,
        "created": session.created_at_ms / 1000,
        "expires_at": order.expires_at_ms / 1000,
        "client_reference_id": order.account,
        "metadata": {
            "instance": instance,
            "purchase": order.purchase,
            "account": order.account,
            "pack": order.pack,
            "credits": order.credits.to_string(),
        },
    })
}
