//! Checkout sessions, as events carry them and as Stripe answers them.

use creditpack::money::{Currency, Money};
use creditpack::wire::PurchaseStatus;
use creditpack::{AccountId, Credits};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient;
use crate::ledger::{NewPurchase, Outcome, Paid, Purchase};

/// A list of things, newest first.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// A checkout session, as far as it is read.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckoutSession {
    /// Unique for each session.
    pub id: String,
    /// Where the buyer pays, while it is open.
    #[serde(default, deserialize_with = "lenient::field")]
    pub url: Option<String>,
    /// `open`, `complete` or `expired`.
    #[serde(default, deserialize_with = "lenient::field")]
    pub status: Option<String>,
    /// `paid`, `unpaid` or `no_payment_required`.
    #[serde(default, deserialize_with = "lenient::field")]
    pub payment_status: Option<String>,
    /// What we wrote on it when it was made.
    #[serde(default, deserialize_with = "lenient::field")]
    pub metadata: Option<Map<String, Value>>,
    #[serde(default)]
    payment_intent: Value,
    #[serde(default, deserialize_with = "lenient::field")]
    amount_subtotal: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    amount_total: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    total_details: Option<TotalDetails>,
    #[serde(default, deserialize_with = "lenient::field")]
    customer_email: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    customer_details: Option<CustomerDetails>,
    #[serde(default, deserialize_with = "lenient::field")]
    locale: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    success_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    cancel_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    created: Option<u64>,
    #[serde(default, deserialize_with = "lenient::field")]
    expires_at: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
struct TotalDetails {
    #[serde(default, deserialize_with = "lenient::field")]
    amount_tax: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
struct CustomerDetails {
    #[serde(default, deserialize_with = "lenient::field")]
    email: Option<String>,
}

impl CheckoutSession {
    /// The purchase it was made for, if the database named `instance` made it.
    pub fn purchase_of(&self, instance: &str) -> Option<&str> {
        (self.written_as("instance") == Some(instance))
            .then(|| self.written_as("purchase"))
            .flatten()
    }

    /// What became of it by now; none while it is open, and for words that are not known.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match (self.status.as_deref()?, self.payment_status.as_deref()?) {
            ("complete", "paid" | "no_payment_required") => Some(Outcome::Paid),
            ("complete", "unpaid") if self.payment_failed() => Some(Outcome::Failed),
            ("complete", "unpaid") => Some(Outcome::Processing),
            ("expired", _) => Some(Outcome::Expired),
            _ => None,
        }
    }

    /// A payment that took its time and came to nothing, where the session shows its payment.
    fn payment_failed(&self) -> bool {
        let status = self.payment_intent.get("status").and_then(Value::as_str);
        matches!(status, Some("canceled" | "requires_payment_method"))
    }

    /// What was paid in it, if it says so.
    pub fn paid(&self) -> Option<Paid> {
        let payment = self.payment_intent.as_str();
        let payment = payment.or_else(|| self.payment_intent.get("id")?.as_str());
        let tax = self.total_details.as_ref().and_then(|details| details.amount_tax);
        Some(Paid {
            payment: payment.map(str::to_owned),
            amount: self.amount_total?,
            tax: tax.unwrap_or_default(),
            currency: self.currency.as_ref()?.to_ascii_lowercase(),
        })
    }

    /// The purchase that the database named `instance` wrote on it, open and as it was made: for one
    /// that lost it. None if another wrote it, or it is not whole.
    pub(super) fn written(&self, instance: &str) -> Option<Purchase> {
        let purchase = self.purchase_of(instance)?.to_owned();
        let number = |key| self.written_as(key)?.parse::<u64>().ok();
        let credits = number("credits").and_then(|credits| Credits::new(credits).ok())?;
        let price = self.price()?;
        let created_at_ms = self.created?.saturating_mul(1000);
        let request = self.written_as("request").and_then(|hex| hex::decode(hex).ok());
        let email = self.customer_details.as_ref().and_then(|details| details.email.as_ref());
        let order = NewPurchase {
            account: AccountId::new(self.written_as("account")?).ok()?,
            checkout: self.written_as("checkout").unwrap_or(&purchase).to_owned(),
            pack: self.written_as("pack")?.to_owned(),
            quantity: number("quantity").and_then(|it| u32::try_from(it).ok()).unwrap_or(1),
            credits,
            price,
            list_price: price,
            promotion: None,
            body_sha256: request.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default(),
            success_url: self.success_url.clone().unwrap_or_default(),
            cancel_url: self.cancel_url.clone().unwrap_or_default(),
            email: self.customer_email.as_ref().or(email).cloned(),
            locale: self.locale.clone().filter(|locale| locale != "auto"),
            expires_at_ms: self.expires_at.map_or(created_at_ms, |at_s| at_s.saturating_mul(1000)),
            purchase,
        };
        Some(Purchase {
            order,
            status: PurchaseStatus::Open,
            session: Some(self.id.clone()),
            url: self.url.clone(),
            created_at_ms,
            changed_at_ms: created_at_ms,
        })
    }

    /// What we asked for, before taxes that the provider added.
    fn price(&self) -> Option<Money> {
        let currency = Currency::new(self.currency.as_ref()?).ok()?;
        Money::of_provider(self.amount_subtotal.or(self.amount_total)?, currency).ok()
    }

    fn written_as(&self, key: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(key)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(fields: &Value) -> CheckoutSession {
        let mut whole = json!({ "id": "cs_1" });
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_session_says_what_became_of_it() {
        for (status, payment_status, intent, expect) in [
            ("open", "unpaid", json!(null), None),
            ("open", "no_payment_required", json!(null), None),
            ("complete", "paid", json!("pi_1"), Some(Outcome::Paid)),
            ("complete", "no_payment_required", json!(null), Some(Outcome::Paid)),
            ("complete", "unpaid", json!("pi_1"), Some(Outcome::Processing)),
            ("complete", "unpaid", json!({ "status": "processing" }), Some(Outcome::Processing)),
            ("complete", "unpaid", json!({ "status": "canceled" }), Some(Outcome::Failed)),
            ("expired", "unpaid", json!(null), Some(Outcome::Expired)),
            ("complete", "a_word_of_tomorrow", json!(null), None),
            ("a_word_of_tomorrow", "paid", json!(null), None),
        ] {
            let fields = json!({
                "status": status, "payment_status": payment_status, "payment_intent": intent,
            });
            assert_eq!(session(&fields).outcome(), expect, "{status} {payment_status}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_there() {
        let odd = json!({
            "url": 7, "status": ["open"], "metadata": "none", "amount_total": -1, "currency": 1,
            "payment_intent": 5, "total_details": false, "created": "today",
        });
        let odd = session(&odd);
        assert_eq!((odd.outcome(), odd.paid(), odd.written("01J")), (None, None, None));
    }
}
