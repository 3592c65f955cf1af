//! The one gate between JavaScript's values and the rules' types. Numbers pass it as checked
//! integers only: no fraction, no NaN, nothing beyond 2^53-1.
//!
//! Outwards goes serde, with serde-wasm-bindgen for all but objects and lists. Inwards a few lines
//! over `Reflect` do: derived deserializers for the same bodies would make the module half as large
//! again.

mod bodies;
mod reading;
mod writing;

use creditpack::Credits;
use creditpack::client::StreamEvent;
use creditpack::sse::Event;
use creditpack::wire::{Heartbeat, IncomingList, Receipt};
use js_sys::JSON;
use wasm_bindgen::JsValue;

pub(crate) use bodies::Catalog;
pub(crate) use reading::{Bytes, FromJs, field};
pub(crate) use writing::write;

use crate::failure::{invalid, of_rule};

/// The text of a JSON value.
pub(crate) fn json(value: &JsValue) -> Option<String> {
    JSON::stringify(value).ok().and_then(|text| text.as_string())
}

/// A count of things, as a page wrote it.
pub(crate) fn count<T: TryFrom<i64>>(number: f64, field: &'static str) -> Result<T, JsValue> {
    reading::whole(number)
        .and_then(|whole| T::try_from(whole).ok())
        .ok_or_else(|| invalid(field, "must be a whole number from 0 to 9007199254740991"))
}

/// An amount of credits, as a page wrote it.
pub(crate) fn whole_credits(number: f64, field: &'static str) -> Result<Credits, JsValue> {
    count(number, field).and_then(|whole| Credits::new(whole).map_err(|error| of_rule(&error)))
}

/// A signed amount, as a page wrote it.
pub(crate) fn integer(number: f64, field: &'static str) -> Result<i64, JsValue> {
    reading::whole(number)
        .ok_or_else(|| invalid(field, "must be a whole number within 9007199254740991 of zero"))
}

/// An amount of credits as JavaScript counts it: exact, because credits stay below 2^53.
#[expect(clippy::cast_precision_loss, reason = "credits stay below 2^53")]
pub(crate) const fn to_number(credits: Credits) -> f64 {
    credits.get() as f64
}

/// Whether a stream's last event says that its token is past its time.
pub(crate) fn says_token_expired(bye: &Event) -> bool {
    let reason = JSON::parse(&bye.data).ok().and_then(|data| field::<String>(&data, "reason"));
    reason.is_some_and(|reason| reason == "token_expired")
}

/// What an event of the stream says, or `None` for one this version does not know.
pub(crate) fn stream_event(event: &Event) -> Option<StreamEvent> {
    let data = JSON::parse(&event.data).ok()?;
    match event.name.as_str() {
        "heartbeat" => Heartbeat::from_js(&data).map(StreamEvent::Heartbeat),
        "incoming" => IncomingList::from_js(&data).map(|list| StreamEvent::Incoming(list.incoming)),
        "entry" => Some(StreamEvent::Entry(field(&data, "epoch")?, FromJs::from_js(&data)?)),
        "verdict" => Receipt::from_js(&data).map(StreamEvent::Verdict),
        "reset" => Some(StreamEvent::Reset),
        _ => None,
    }
}
