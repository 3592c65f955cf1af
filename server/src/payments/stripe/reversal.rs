//! Refunds and disputes, as events carry them.

use creditpack::error::Error;
use creditpack::ledger::{ReversalKind, ReversalState};
use serde::Deserialize;
use serde_json::Value;

use super::event::Told;
use super::lenient;
use crate::ledger::ToldReversal;

/// A refund or a dispute, as far as it is read.
#[derive(Deserialize)]
struct Object {
    id: String,
    amount: u64,
    currency: String,
    #[serde(default, deserialize_with = "lenient::field")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::id")]
    payment_intent: Option<String>,
}

/// What an event of that kind tells of money that comes back; nothing for other kinds.
///
/// # Errors
///
/// [`Error::Invalid`] naming `data.object` if it lacks its id, its amount or its currency.
pub(super) fn read(kind: &str, object: &Value) -> Result<Told, Error> {
    let (of, state): (_, fn(&str) -> ReversalState) = match kind {
        "refund.created" | "refund.updated" => (ReversalKind::Refund, refund),
        "refund.failed" => (ReversalKind::Refund, |_| ReversalState::Undone),
        "charge.dispute.created" => (ReversalKind::Dispute, |_| ReversalState::Flagged),
        "charge.dispute.funds_withdrawn" => (ReversalKind::Dispute, |_| ReversalState::InForce),
        "charge.dispute.funds_reinstated" => (ReversalKind::Dispute, |_| ReversalState::Undone),
        "charge.dispute.closed" => (ReversalKind::Dispute, closed),
        _ => return Ok(Told::Nothing),
    };
    let object = Object::deserialize(object)
        .map_err(|_| Error::invalid("data.object", "must have an id, an amount and a currency"))?;
    let told = ToldReversal {
        id: object.id,
        kind: of,
        state: state(object.status.as_deref().unwrap_or_default()),
        amount: object.amount,
        currency: object.currency.to_ascii_lowercase(),
    };
    Ok(Told::Reversal { payment: object.payment_intent, told })
}

/// One that is not done yet counts: its money has left the seller's balance.
fn refund(status: &str) -> ReversalState {
    match status {
        "failed" | "canceled" => ReversalState::Undone,
        _ => ReversalState::InForce,
    }
}

/// An inquiry that ends as a warning, and a dispute that was prevented, moved no money.
fn closed(status: &str) -> ReversalState {
    match status {
        "lost" => ReversalState::InForce,
        "won" | "warning_closed" | "prevented" => ReversalState::Undone,
        _ => ReversalState::Flagged,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_event_tells_how_far_it_is() {
        use ReversalState::{Flagged, InForce, Undone};
        for (kind, status, expect) in [
            ("refund.created", "pending", InForce),
            ("refund.created", "requires_action", InForce),
            ("refund.updated", "succeeded", InForce),
            ("refund.updated", "canceled", Undone),
            ("refund.updated", "failed", Undone),
            ("refund.failed", "failed", Undone),
            ("charge.dispute.created", "needs_response", Flagged),
            ("charge.dispute.created", "warning_needs_response", Flagged),
            ("charge.dispute.funds_withdrawn", "needs_response", InForce),
            ("charge.dispute.funds_reinstated", "won", Undone),
            ("charge.dispute.closed", "won", Undone),
            ("charge.dispute.closed", "lost", InForce),
            ("charge.dispute.closed", "warning_closed", Undone),
            ("charge.dispute.closed", "a_word_of_tomorrow", Flagged),
        ] {
            let object = json!({ "id": "x_1", "amount": 5, "currency": "USD", "status": status });
            let Ok(Told::Reversal { payment: None, told }) = read(kind, &object) else {
                panic!("{kind}");
            };
            assert_eq!((told.state, told.currency.as_str()), (expect, "usd"), "{kind} {status}");
        }
        assert!(matches!(read("charge.refunded", &json!({})), Ok(Told::Nothing)));
        for bad in [json!({}), json!({ "id": "x", "amount": -1, "currency": "usd" }), json!(7)] {
            assert!(read("refund.created", &bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_payment_is_named_by_its_id_or_there_in_whole() {
        for (intent, expect) in [
            (json!("pi_1"), Some("pi_1")),
            (json!({ "id": "pi_1" }), Some("pi_1")),
            (json!(null), None),
        ] {
            let object = json!({
                "id": "re_1", "amount": 5, "currency": "usd", "payment_intent": intent,
            });
            let Ok(Told::Reversal { payment, .. }) = read("refund.created", &object) else {
                panic!("{object}");
            };
            assert_eq!(payment.as_deref(), expect);
        }
    }
}
