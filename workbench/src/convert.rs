//! The one gate between JavaScript's values and the rules' types.
//!
//! Inwards everything goes as JSON text, so that it is read by the very deserializers that read the
//! backend's config and bodies: unknown fields and fractions are refused as they are there.

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// Why a value is not what it should be.
pub(crate) struct Unreadable {
    /// Where in it, for instance `packs[0].prices.usd`; empty for the whole.
    pub(crate) path: String,
    /// The rule that it breaks, to be read after the path.
    pub(crate) rule: String,
}

/// A value of JavaScript's as one of the rules'.
pub(crate) fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, Unreadable> {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default();
    let mut json = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        Unreadable { rule: rule(&error.inner().to_string()), path }
    })
}

/// A value of the rules' as a plain JavaScript object.
pub(crate) fn write(value: &impl Serialize) -> JsValue {
    // Findings, prices and views hold strings and integers below 2^53: they all convert.
    let plain = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&plain).unwrap_or(JsValue::UNDEFINED)
}

/// What serde says, for people: its position is that in a text nobody sees.
fn rule(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    if message.starts_with("EOF") {
        return "must be an object".into();
    }
    let untagged = "data did not match any variant of untagged enum Label";
    message
        .replace("expected u64", "expected a whole number")
        .replace("expected u32", "expected a whole number")
        .replace(untagged, "expected a text, or texts by locale")
}
