//! Errors as JavaScript sees them: an `Error` with the protocol's `code` on it.

use creditpack::Error;
use creditpack::client::Declined;
use creditpack::error::{Code, explain};
use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::convert::Unreadable;

fn coded(code: &str, message: &str) -> JsValue {
    with(js_sys::Error::new(message).into(), "code", code)
}

fn with(error: JsValue, field: &str, value: impl Into<JsValue>) -> JsValue {
    // Setting a property of an Error we made cannot fail.
    let _ = Reflect::set(&error, &field.into(), &value.into());
    error
}

/// A rule that refuses.
pub(crate) fn of_rule(error: &Error) -> JsValue {
    let refused = coded(error.code().as_str(), &error.to_string());
    match error {
        Error::Invalid { field, .. } => with(refused, "field", *field),
        _ => refused,
    }
}

/// An argument that cannot be read; its `field` is the path within it.
pub(crate) fn unreadable(argument: &str, Unreadable { path, rule }: &Unreadable) -> JsValue {
    let place = if path.is_empty() { argument } else { path };
    let message = format!("{place}: {rule}");
    with(coded(Code::InvalidRequest.as_str(), &message), "field", place)
}

/// A spend that is refused before anything is sent.
#[expect(clippy::cast_precision_loss, reason = "credits stay below 2^53")]
pub(crate) fn of_declined(declined: Declined) -> JsValue {
    match declined {
        Declined::NotReady => coded("not_ready", "the balance is not known yet"),
        Declined::Offline => coded("network", "the browser is offline"),
        Declined::Overcommitted => coded("overcommitted", "more is promised than there is"),
        Declined::InsufficientCredits { required, available } => {
            let code = Code::InsufficientCredits;
            let error = coded(code.as_str(), explain(code));
            with(with(error, "required", required.get() as f64), "available", available as f64)
        }
        Declined::Invalid(error) => of_rule(&error),
        Declined::Refused(code) => coded(code.as_str(), explain(code)),
    }
}
