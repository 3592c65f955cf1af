//! Money that comes back, pretended: refunds and disputes of a payment, told as Stripe tells them.

use creditpack::ledger::{ReversalKind, ReversalState};
use serde_json::json;

use super::{TestMode, event, new_id};
use crate::ledger::{Failure, KeptReversal, TestSession};

/// What a payment's id begins with; its session's follows.
const PAYMENT: &str = "pi_";

/// How the money of a payment comes back, or stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// All that is left of it is refunded.
    Refund,
    /// Half of it is refunded, or what is left where that is less.
    RefundHalf,
    /// The buyer disputes it, and the bank takes what is left of it back.
    Dispute,
    /// The dispute is won, and the bank returns what it took.
    Win,
}

/// The session that a payment was made in.
pub(super) fn session_of(payment: &str) -> Option<&str> {
    payment.strip_prefix(PAYMENT)
}

impl TestMode {
    /// The body of the event that tells of money coming back; none where nothing is left, or nothing
    /// was paid or is disputed.
    ///
    /// # Errors
    ///
    /// As [`TestMode::find`].
    pub async fn returned(
        &self,
        session: &TestSession,
        wish: Return,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(paid) = self.ledger.paid(session.purchase.clone()).await? else {
            return Ok(None);
        };
        let known = self.ledger.reversals(session.purchase.clone()).await?;
        let left = paid.amount.saturating_sub(gone(&known));
        let refund = |amount| ("refund.created", new_id("re_test_"), amount, "succeeded");
        let dispute = known.iter().find(|it| it.of.kind == ReversalKind::Dispute && is_gone(it));
        let (kind, id, amount, status) = match (wish, dispute) {
            (Return::Refund, _) => refund(left),
            (Return::RefundHalf, _) => refund((paid.amount / 2).min(left)),
            (Return::Dispute, _) => {
                let withdrawn = "charge.dispute.funds_withdrawn";
                (withdrawn, new_id("du_test_"), left, "needs_response")
            }
            (Return::Win, Some(dispute)) => {
                ("charge.dispute.closed", dispute.id.clone(), dispute.of.amount, "won")
            }
            (Return::Win, None) => return Ok(None),
        };
        let object = json!({
            "id": id,
            "amount": amount,
            "currency": paid.currency,
            "payment_intent": format!("{PAYMENT}{}", session.id),
            "status": status,
        });
        Ok((amount > 0).then(|| event::body(kind, &object, self.ledger.clock().now_ms())))
    }
}

fn is_gone(reversal: &KeptReversal) -> bool {
    reversal.of.state == ReversalState::InForce
}

fn gone(known: &[KeptReversal]) -> u64 {
    known.iter().filter(|it| is_gone(it)).map(|it| it.of.amount).sum()
}
