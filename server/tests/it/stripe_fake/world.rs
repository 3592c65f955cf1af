//! Everything the stand-in keeps, and what becomes of it.

use std::collections::BTreeMap;

use creditpackd::clock::Clock;
use serde_json::{Value, json};

use super::fault::Fault;
use super::form::within;

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) key: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) at: std::time::Instant,
}

/// The first answer under an idempotency key, and what it answered.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) request: String,
    pub(super) status: u16,
    pub(super) body: Value,
}

/// An error as Stripe writes it.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(super) status: u16,
    pub(super) error: Value,
}

impl Refused {
    pub(super) fn invalid(code: &str, message: &str, param: &str) -> Self {
        let error = json!({
            "type": "invalid_request_error", "code": code, "message": message, "param": param,
            "doc_url": format!("https://stripe.com/docs/error-codes/{code}"),
        });
        Self { status: 400, error }
    }

    pub(super) fn missing(what: &str, id: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self { status: 404, ..Self::invalid("resource_missing", &message, "id") }
    }
}

/// What the stand-in keeps.
pub(crate) struct World {
    pub(crate) clock: Clock,
    /// Whether everything says that real money moved.
    pub(crate) livemode: bool,
    pub(crate) sessions: BTreeMap<String, Value>,
    pub(crate) payments: BTreeMap<String, Value>,
    pub(crate) refunds: BTreeMap<String, Value>,
    pub(crate) disputes: BTreeMap<String, Value>,
    /// Oldest first.
    pub(crate) events: Vec<Value>,
    /// How coming requests fail, and how the paths of those begin.
    pub(crate) faults: Vec<(&'static str, Fault)>,
    pub(crate) asked: Vec<Asked>,
    pub(super) kept: BTreeMap<String, Kept>,
    made: u64,
}

impl World {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            livemode: false,
            sessions: BTreeMap::new(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            disputes: BTreeMap::new(),
            events: Vec::new(),
            faults: Vec::new(),
            asked: Vec::new(),
            kept: BTreeMap::new(),
            made: 0,
        }
    }

    /// How this request fails, if it does.
    pub(super) fn fault(&mut self, path: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(begin, _)| path.starts_with(begin))?;
        Some(self.faults.remove(at).1)
    }

    pub(super) fn now_s(&self) -> u64 {
        self.clock.now_ms() / 1000
    }

    /// A new id; later ones sort after earlier ones.
    fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:08}", self.made)
    }

    /// Keeps a new session of checked parameters.
    pub(super) fn add_session(&mut self, form: &BTreeMap<String, String>) -> Value {
        let id = self.id("cs_test");
        let price = |field: &str| form[&format!("line_items[0][price_data]{field}")].clone();
        let number = |text: String| text.parse::<u64>().unwrap();
        let quantity = number(form["line_items[0][quantity]"].clone());
        let subtotal = number(price("[unit_amount]")) * quantity;
        let taxed = form.get("automatic_tax[enabled]").is_some_and(|word| word == "true");
        let exclusive = taxed && price("[tax_behavior]") == "exclusive";
        let tax = if exclusive { subtotal / 5 } else { 0 };
        let now_s = self.now_s();
        let expires_at = form.get("expires_at").map_or(now_s + 86_400, |at| at.parse().unwrap());
        let session = json!({
            "id": id, "object": "checkout.session", "livemode": self.livemode,
            "mode": "payment", "ui_mode": form.get("ui_mode").map_or("hosted_page", |mode| mode),
            "status": "open", "payment_status": "unpaid", "payment_intent": null,
            "url": format!("https://checkout.stripe.example/c/pay/{id}"),
            "amount_subtotal": subtotal, "amount_total": subtotal + tax,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": tax },
            "currency": price("[currency]"), "created": now_s, "expires_at": expires_at,
            "client_reference_id": form.get("client_reference_id"), "customer": null,
            "customer_email": form.get("customer_email"), "customer_details": null,
            "locale": form.get("locale"), "success_url": form.get("success_url"),
            "cancel_url": form.get("cancel_url"), "metadata": within(form, "metadata"),
            "payment_metadata": within(form, "payment_intent_data[metadata]"),
        });
        self.sessions.insert(id, session.clone());
        session
    }

    /// Has something become of a session, a payment, a refund or a dispute; the event that tells it.
    pub(crate) fn tell(
        &mut self,
        what: &str,
        id: &str,
        amount: Option<u64>,
    ) -> Result<Value, Refused> {
        match what {
            "pay" => self.complete(id, "paid"),
            "pay_later" => self.complete(id, "unpaid"),
            "give_away" => self.complete(id, "no_payment_required"),
            "arrive" => self.end_later(id, "paid", "succeeded", "async_payment_succeeded"),
            "fall_through" => {
                self.end_later(id, "unpaid", "requires_payment_method", "async_payment_failed")
            }
            "lapse" => self.lapse(id),
            "refund" => self.add_refund(id, amount).map(|(_, event)| event),
            "refund_fails" => self.change_refund(id, "failed", "refund.failed"),
            "refund_succeeds" => self.change_refund(id, "succeeded", "refund.updated"),
            "dispute" => self.add_dispute(id),
            "withdraw" => self.change_dispute(id, None, "funds_withdrawn"),
            "reinstate" => self.change_dispute(id, Some("won"), "funds_reinstated"),
            "win" => self.change_dispute(id, Some("won"), "closed"),
            "lose" => self.change_dispute(id, Some("lost"), "closed"),
            _ => Err(Refused::missing("word", what)),
        }
    }

    fn complete(&mut self, id: &str, payment_status: &str) -> Result<Value, Refused> {
        let payment_id = self.id("pi");
        let livemode = self.livemode;
        let session = self.session(id)?;
        if session["status"] != "open" {
            let message = "This Checkout Session is no longer active.";
            return Err(Refused::invalid("checkout_session_inactive", message, "session"));
        }
        session["status"] = json!("complete");
        session["payment_status"] = json!(payment_status);
        session["url"] = Value::Null;
        session["customer_details"] = json!({ "email": "buyer@example.com" });
        if payment_status == "no_payment_required" {
            session["amount_total"] = json!(0);
        } else {
            session["payment_intent"] = json!(payment_id);
            let status = if payment_status == "paid" { "succeeded" } else { "processing" };
            let payment = json!({
                "id": payment_id, "object": "payment_intent", "status": status,
                "amount": session["amount_total"], "currency": session["currency"],
                "metadata": session["payment_metadata"], "livemode": livemode,
            });
            self.payments.insert(payment_id, payment);
        }
        let session = self.sessions[id].clone();
        Ok(self.event("checkout.session.completed", session))
    }

    fn end_later(
        &mut self,
        id: &str,
        payment_status: &str,
        status: &str,
        event: &str,
    ) -> Result<Value, Refused> {
        let session = self.session(id)?;
        session["payment_status"] = json!(payment_status);
        let (payment, session) = (session["payment_intent"].clone(), session.clone());
        let payment = self.payments.get_mut(payment.as_str().unwrap_or_default());
        payment.ok_or_else(|| Refused::missing("payment_intent", id))?["status"] = json!(status);
        Ok(self.event(&format!("checkout.session.{event}"), session))
    }

    pub(super) fn lapse(&mut self, id: &str) -> Result<Value, Refused> {
        let session = self.session(id)?;
        if session["status"] != "open" {
            let message = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
            return Err(Refused::invalid("resource_invalid_state", message, "session"));
        }
        session["status"] = json!("expired");
        session["url"] = Value::Null;
        let session = session.clone();
        Ok(self.event("checkout.session.expired", session))
    }

    /// Refunds a payment, in whole where no amount is named; the refund and its event.
    pub(super) fn add_refund(
        &mut self,
        payment: &str,
        amount: Option<u64>,
    ) -> Result<(Value, Value), Refused> {
        let id = self.id("re");
        let paid = self.payments.get(payment);
        let paid = paid.ok_or_else(|| Refused::missing("payment_intent", payment))?.clone();
        let whole = paid["amount"].as_u64().unwrap();
        let same = |refund: &&Value| {
            refund["payment_intent"] == json!(payment) && refund["status"] != "failed"
        };
        let refunds = self.refunds.values().filter(same);
        let refunded: u64 = refunds.map(|refund| refund["amount"].as_u64().unwrap()).sum();
        let amount = amount.unwrap_or(whole - refunded);
        if amount == 0 || refunded + amount > whole {
            let message = format!("Refund amount ({amount}) is greater than unrefunded amount");
            return Err(Refused::invalid("amount_too_large", &message, "amount"));
        }
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": paid["currency"],
            "payment_intent": payment, "charge": format!("ch_{payment}"), "status": "succeeded",
            "created": self.now_s(), "metadata": {},
        });
        self.refunds.insert(id, refund.clone());
        Ok((refund.clone(), self.event("refund.created", refund)))
    }

    fn change_refund(&mut self, id: &str, status: &str, event: &str) -> Result<Value, Refused> {
        let refund = self.refunds.get_mut(id).ok_or_else(|| Refused::missing("refund", id))?;
        refund["status"] = json!(status);
        let refund = refund.clone();
        Ok(self.event(event, refund))
    }

    fn add_dispute(&mut self, payment: &str) -> Result<Value, Refused> {
        let id = self.id("du");
        let paid = self.payments.get(payment);
        let paid = paid.ok_or_else(|| Refused::missing("payment_intent", payment))?;
        let dispute = json!({
            "id": id, "object": "dispute", "amount": paid["amount"], "reason": "fraudulent",
            "currency": paid["currency"], "payment_intent": payment, "status": "needs_response",
            "charge": format!("ch_{payment}"), "metadata": {},
        });
        self.disputes.insert(id, dispute.clone());
        Ok(self.event("charge.dispute.created", dispute))
    }

    fn change_dispute(
        &mut self,
        id: &str,
        status: Option<&str>,
        event: &str,
    ) -> Result<Value, Refused> {
        let dispute = self.disputes.get_mut(id).ok_or_else(|| Refused::missing("dispute", id))?;
        if let Some(status) = status {
            dispute["status"] = json!(status);
        }
        let dispute = dispute.clone();
        Ok(self.event(&format!("charge.dispute.{event}"), dispute))
    }

    /// What a list is of has to be there.
    pub(super) fn require_payment(&self, id: &str) -> Result<(), Refused> {
        let missing = format!("No such payment_intent: '{id}'");
        let known = self.payments.contains_key(id);
        let refused = Refused::invalid("resource_missing", &missing, "payment_intent");
        known.then_some(()).ok_or(refused)
    }

    fn session(&mut self, id: &str) -> Result<&mut Value, Refused> {
        self.sessions.get_mut(id).ok_or_else(|| Refused::missing("checkout.session", id))
    }

    fn event(&mut self, kind: &str, mut object: Value) -> Value {
        object.as_object_mut().unwrap().remove("payment_metadata");
        let event = json!({
            "id": self.id("evt"), "object": "event", "api_version": "2026-10-28.endive",
            "created": self.now_s(), "livemode": self.livemode, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "type": kind,
            "data": { "object": object },
        });
        self.events.push(event.clone());
        event
    }
}
