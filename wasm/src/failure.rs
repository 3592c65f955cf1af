//! Errors as JavaScript sees them: an `Error` with the protocol's `code` on it.

use creditpack::client::Declined;
use creditpack::error::{Code, explain};
use creditpack::wire::Problem;
use creditpack::{Credits, Error};
use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::convert::to_number;

/// Makes an `Error` with a code; fields are added with [`with`].
pub(crate) fn coded(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    with(error.into(), "code", code)
}

/// The same error with one more field.
pub(crate) fn with(error: JsValue, field: &str, value: impl Into<JsValue>) -> JsValue {
    // Setting a property of an Error we made cannot fail.
    let _ = Reflect::set(&error, &field.into(), &value.into());
    error
}

/// A broken rule of the browser's own input.
pub(crate) fn of_rule(error: &Error) -> JsValue {
    match error {
        Error::Invalid { field, rule } => {
            let message = [field, " ", rule].concat();
            with(coded(Code::InvalidRequest.as_str(), &message), "field", *field)
        }
        other => refused(other.code()),
    }
}

/// A field of the wrong type or range.
pub(crate) fn invalid(field: &'static str, rule: &'static str) -> JsValue {
    of_rule(&Error::invalid(field, rule))
}

/// The same error with what is needed and what there is.
#[expect(clippy::cast_precision_loss, reason = "credits stay below 2^53")]
fn short(mut error: JsValue, required: Option<Credits>, available: Option<i64>) -> JsValue {
    if let Some(required) = required {
        error = with(error, "required", to_number(required));
    }
    if let Some(available) = available {
        error = with(error, "available", available as f64);
    }
    error
}

/// A refusal of the browser's own. Only the texts of what it can refuse are in the module.
fn refused(code: Code) -> JsValue {
    let text = match code {
        Code::InsufficientCredits => const { explain(Code::InsufficientCredits) },
        Code::UnknownOperation => const { explain(Code::UnknownOperation) },
        Code::RateLimited => const { explain(Code::RateLimited) },
        _ => const { explain(Code::InvalidRequest) },
    };
    coded(code.as_str(), text)
}

/// A spend that is refused before anything is sent.
pub(crate) fn of_declined(declined: Declined) -> JsValue {
    match declined {
        Declined::NotReady => coded("not_ready", "the balance is not known yet"),
        Declined::Offline => coded("network", "the browser is offline"),
        Declined::Overcommitted => {
            coded("overcommitted", "more is promised than there is; wait until it settles")
        }
        Declined::InsufficientCredits { required, available } => {
            short(refused(Code::InsufficientCredits), Some(required), Some(available))
        }
        Declined::Invalid(error) => of_rule(&error),
        Declined::Refused(code) => refused(code),
    }
}

/// A refusal of the backend; without a code it is somebody else's.
pub(crate) fn of_problem(problem: &Problem, retry_after_ms: Option<f64>) -> JsValue {
    let message = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
    let error = if problem.code.is_empty() { network() } else { coded(&problem.code, message) };
    let mut error = with(error, "status", problem.status);
    if let Some(field) = &problem.field {
        error = with(error, "field", field.as_str());
    }
    if let Some(reason) = &problem.reason {
        error = with(error, "reason", reason.as_str());
    }
    error = short(error, problem.required, problem.available);
    if let Some(retry_after_ms) = retry_after_ms {
        error = with(error, "retryAfterMs", retry_after_ms);
    }
    error
}

/// No answer came.
pub(crate) fn network() -> JsValue {
    coded("network", "the backend did not answer")
}
