//! JSON bodies, read strictly: a refusal names the field and its rule.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use creditpack::Code;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::Refusal;

/// The largest body that is read, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A JSON body of that shape.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Code::UnsupportedMediaType.into());
        }
        let bytes = Raw::from_request(request, state).await?.0;
        parse(&bytes).map(Self)
    }
}

/// A body as it arrived, byte by byte.
pub(super) struct Raw(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| unread(&rejection))
    }
}

fn unread(rejection: &BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge.into(),
        _ => Refusal::malformed("the body ended before it was complete".to_owned()),
    }
}

/// Whether it is JSON as it stands: nothing here is uncompressed.
fn is_json(headers: &HeaderMap) -> bool {
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return false;
    }
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// The value in a JSON text, which is an object.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refusal> {
    // A struct would be read from an array as well, its fields by their order.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed());
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        refused(&field, error.inner(), text)
    })?;
    json.end().map_err(|_| malformed())?;
    Ok(value)
}

fn malformed() -> Refusal {
    Refusal::malformed("the body must be one JSON object, well-formed and complete".to_owned())
}

fn refused(field: &str, error: &serde_json::Error, text: &[u8]) -> Refusal {
    // Some values of a wrong type count as bad syntax where a word was expected.
    let well_formed = || serde_json::from_slice::<IgnoredAny>(text).is_ok();
    if !error.is_data() && (field == "." || !well_formed()) {
        return malformed();
    }
    let message = error.to_string();
    // serde_json appends where it stood, which means nothing once the field is named.
    broken(field, message.split(" at line ").next().unwrap_or_default())
}

/// The refusal of a value that does not fit its field; `message` is serde's.
pub(super) fn broken(field: &str, message: &str) -> Refusal {
    for (begin, rule) in
        [("missing field `", "is missing"), ("duplicate field `", "is there twice")]
    {
        if let Some(name) = message.strip_prefix(begin) {
            return Refusal::invalid(&within(field, name.trim_end_matches('`')), rule);
        }
    }
    if field == "." {
        return Refusal::malformed(format!("what was sent cannot be read: {message}"));
    }
    // serde knows what a number is kept in, which says nothing to whoever sent it.
    if message.ends_with("expected u64") {
        return Refusal::invalid(field, "must be a whole number from 0 to 9007199254740991");
    }
    if message.ends_with("expected i64") {
        return Refusal::invalid(field, "must be a whole number within 9007199254740991 of zero");
    }
    // Our own rules begin with the name of what they are about: the field's, or its kind's.
    let rule = message.split_once(" must ").map(|(_, rule)| format!("must {rule}"));
    Refusal::invalid(field, &rule.unwrap_or_else(|| format!("is not accepted: {message}")))
}

fn within(parent: &str, field: &str) -> String {
    if parent == "." { field.to_owned() } else { format!("{parent}.{field}") }
}

#[cfg(test)]
mod tests {
    use creditpack::wire::{CheckoutRequest, GrantRequest, HoldBody, TokenRequest};

    use super::*;

    fn check<T: DeserializeOwned + std::fmt::Debug>(text: &str, expect: Refusal) {
        assert_eq!(parse::<T>(text.as_bytes()).map_err(Box::new).err(), Some(Box::new(expect)));
    }

    #[test]
    fn a_refusal_names_the_field_and_its_rule() {
        let op = "0192f0c1-7d3a-7b4e-9c1d-2f3a4b5c6d7e";
        let hold = |rest: &str| format!(r#"{{"op":"{op}","operation":"image",{rest}}}"#);
        let invalid = Refusal::invalid;
        check::<HoldBody>(&hold(r#""quantity":1"#), invalid("created_at_ms", "is missing"));
        check::<HoldBody>(
            &hold(r#""created_at_ms":1.5"#),
            invalid("created_at_ms", "must be a whole number from 0 to 9007199254740991"),
        );
        check::<GrantRequest>(
            r#"{"id":"a","account":"a","credits":"1"}"#,
            invalid("credits", "must be a whole number within 9007199254740991 of zero"),
        );
        check::<HoldBody>(&hold(r#""created_at_ms":1,"op":"x""#), invalid("op", "is there twice"));
        check::<HoldBody>(
            &hold(r#""created_at_ms":1,"expected_credits":9007199254740992"#),
            invalid("expected_credits", "must be at most 9007199254740991"),
        );
        check::<HoldBody>(
            &hold(r#""created_at_ms":1e999"#),
            invalid("created_at_ms", "is not accepted: number out of range"),
        );
        check::<HoldBody>(
            r#"{"op":"1","operation":"image","created_at_ms":1}"#,
            invalid("op", "must be a lower-case UUID of version 7"),
        );
        check::<GrantRequest>(
            r#"{"id":"a","account":"a b"}"#,
            invalid("account", "must be 1 to 128 of A-Z a-z 0-9 . _ : @ -"),
        );
        check::<CheckoutRequest>(
            r#"{"id":"a","expected":{"amount_minor":1,"currency":"zzz","credits":1}}"#,
            invalid("expected.currency", "must be an ISO 4217 code, such as usd"),
        );
    }

    #[test]
    fn malformed_bodies_are_malformed() {
        for bad in ["", "{", "{}x", "{} {}", "\u{0}", "{\"op\":"] {
            check::<serde_json::Map<String, serde_json::Value>>(bad, malformed());
        }
        for bad in ["[]", "1", "null", "\"x\"", " [\"u_1\", 60]"] {
            check::<TokenRequest>(bad, malformed());
        }
        assert!(parse::<TokenRequest>(b"\r\n\t {\"account\":\"u_1\"} ").is_ok());
    }
}
