//! Which parameters each call takes, as the vendor's own types have them, and what they may be.

use std::collections::BTreeMap;

use super::form::{shape, within};
use super::world::Refused;

type Form = BTreeMap<String, String>;

/// What a call takes, by the shapes of the names; `metadata[*]` is any key.
const CREATE_SESSION: &[&str] = &[
    "mode",
    "ui_mode",
    "line_items[][quantity]",
    "line_items[][price_data][currency]",
    "line_items[][price_data][unit_amount]",
    "line_items[][price_data][tax_behavior]",
    "line_items[][price_data][product_data][name]",
    "line_items[][price_data][product_data][description]",
    "automatic_tax[enabled]",
    "client_reference_id",
    "customer_creation",
    "customer_email",
    "locale",
    "success_url",
    "cancel_url",
    "expires_at",
    "metadata[*]",
    "payment_intent_data[metadata][*]",
    "expand[]",
];
const CREATE_REFUND: &[&str] =
    &["payment_intent", "charge", "amount", "reason", "metadata[*]", "expand[]"];
const LIST_SESSIONS: &[&str] =
    &["payment_intent", "status", "limit", "starting_after", "ending_before", "expand[]"];
const LIST_EVENTS: &[&str] = &[
    "type",
    "types[]",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
    "delivery_success",
    "limit",
    "starting_after",
    "ending_before",
];
const EXPAND: &[&str] = &["expand[]"];

const HOUR_S: u64 = 60 * 60;

/// A call that takes parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    CreateSession,
    ExpireSession,
    Retrieve,
    ListSessions,
    CreateRefund,
    ListEvents,
}

/// Refuses what the call does not take, and values that it cannot use.
pub(super) fn check(call: Call, form: &Form, now_s: u64) -> Result<(), Refused> {
    let known = match call {
        Call::CreateSession => CREATE_SESSION,
        Call::ExpireSession | Call::Retrieve => EXPAND,
        Call::ListSessions => LIST_SESSIONS,
        Call::CreateRefund => CREATE_REFUND,
        Call::ListEvents => LIST_EVENTS,
    };
    for name in form.keys() {
        if !known.iter().any(|known| fits(name, known)) {
            let message = format!("Received unknown parameter: {name}");
            return Err(Refused::invalid("parameter_unknown", &message, name));
        }
    }
    match call {
        Call::CreateSession => session(form, now_s),
        Call::ListEvents | Call::ListSessions => list(form),
        _ => Ok(()),
    }
}

fn fits(name: &str, known: &str) -> bool {
    match known.strip_suffix("[*]") {
        Some(map) => name.starts_with(&format!("{map}[")) && name.ends_with(']'),
        None => shape(name) == known,
    }
}

fn list(form: &Form) -> Result<(), Refused> {
    let limit = form.get("limit").map_or(Ok(10), |limit| limit.parse());
    if !limit.is_ok_and(|limit: u32| (1..=100).contains(&limit)) {
        return Err(Refused::invalid("parameter_invalid_integer", "Invalid limit", "limit"));
    }
    if form.keys().filter(|name| shape(name) == "types[]").count() > 20 {
        return Err(Refused::invalid("parameter_invalid", "At most 20 types", "types"));
    }
    Ok(())
}

fn session(form: &Form, now_s: u64) -> Result<(), Refused> {
    let is = |name: &str, words: &[&str]| match form.get(name) {
        Some(value) if !words.contains(&value.as_str()) => {
            let message = format!("Invalid {name}: must be one of {}", words.join(", "));
            Err(Refused::invalid("parameter_invalid", &message, name))
        }
        _ => Ok(()),
    };
    is("mode", &["payment"])?;
    is("ui_mode", &["hosted_page", "embedded_page", "elements", "form"])?;
    is("automatic_tax[enabled]", &["true", "false"])?;
    is("line_items[0][price_data][tax_behavior]", &["inclusive", "exclusive"])?;
    is("customer_creation", &["always", "if_required"])?;
    for name in ["mode", "success_url", "line_items[0][quantity]"] {
        require(form, name)?;
    }
    require(form, "line_items[0][price_data][currency]")?;
    require(form, "line_items[0][price_data][product_data][name]")?;
    let amount = require(form, "line_items[0][price_data][unit_amount]")?;
    if !amount.parse().is_ok_and(|amount: u64| amount >= 50) {
        let name = "line_items[0][price_data][unit_amount]";
        return Err(Refused::invalid("amount_too_small", "The amount is too small", name));
    }
    if form.get("client_reference_id").is_some_and(|id| id.len() > 200) {
        return Err(Refused::invalid("parameter_invalid", "Too long", "client_reference_id"));
    }
    if let Some(email) = form.get("customer_email")
        && !email.rsplit_once('@').is_some_and(|(_, host)| host.contains('.'))
    {
        let message = format!("Invalid email address: {email}");
        return Err(Refused::invalid("email_invalid", &message, "customer_email"));
    }
    for name in ["success_url", "cancel_url"] {
        if form.get(name).is_some_and(|text| url::Url::parse(text).is_err()) {
            return Err(Refused::invalid("url_invalid", "Not a valid URL", name));
        }
    }
    expiry(form, now_s)?;
    metadata(form, "metadata")?;
    metadata(form, "payment_intent_data[metadata]")
}

fn require<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refused> {
    let message = format!("Missing required param: {name}.");
    let missing = || Refused::invalid("parameter_missing", &message, name);
    form.get(name).map(String::as_str).filter(|value| !value.is_empty()).ok_or_else(missing)
}

/// Half an hour to a day from now.
fn expiry(form: &Form, now_s: u64) -> Result<(), Refused> {
    let Some(text) = form.get("expires_at") else { return Ok(()) };
    let fits = |at_s: u64| (now_s + HOUR_S / 2..=now_s + 24 * HOUR_S).contains(&at_s);
    if text.parse().is_ok_and(fits) {
        return Ok(());
    }
    let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now";
    Err(Refused::invalid("parameter_invalid", message, "expires_at"))
}

fn metadata(form: &Form, name: &str) -> Result<(), Refused> {
    let metadata = within(form, name);
    let fits = |(key, value): (&String, &String)| key.len() <= 40 && value.len() <= 500;
    if metadata.len() > 50 || !metadata.iter().all(fits) {
        return Err(Refused::invalid("parameter_invalid", "Invalid metadata", name));
    }
    Ok(())
}
