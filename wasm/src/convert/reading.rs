//! JavaScript values as types of the rules.

use creditpack::Credits;
use creditpack::client::StoredOp;
use creditpack::entry::{EntryKind, GrantSource};
use creditpack::error::Code;
use creditpack::ids::{AccountId, Epoch, OpId, Version};
use creditpack::ledger::Reason;
use creditpack::money::Currency;
use creditpack::wire::{OpState, PurchaseStatus, ReceiptVerdict};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// The largest whole number that JavaScript counts exactly.
pub(super) const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;

/// A type that can be read from a JavaScript value.
pub(crate) trait FromJs: Sized {
    /// The value, or `None` if it is of another shape or out of range.
    fn from_js(value: &JsValue) -> Option<Self>;
}

/// A field of an object; one that is absent reads as `undefined` does.
pub(crate) fn field<T: FromJs>(object: &JsValue, name: &str) -> Option<T> {
    T::from_js(&property(object, name)?)
}

/// Apart from what is made of it, so that the module has it once.
#[inline(never)]
fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

/// A number as a whole one, if it is one that can be counted exactly.
pub(crate) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::float_cmp, reason = "exactly whole, or not at all")]
    let counts = number.trunc() == number && number.abs() <= WHOLE_MAX;
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    counts.then_some(number as i64)
}

impl FromJs for i64 {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_f64().and_then(whole)
    }
}

impl FromJs for u64 {
    fn from_js(value: &JsValue) -> Option<Self> {
        i64::from_js(value)?.try_into().ok()
    }
}

impl FromJs for bool {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJs for String {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.as_string()
    }
}

/// A piece of a stream.
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl FromJs for Bytes {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.dyn_ref::<Uint8Array>().map(|array| Self(array.to_vec()))
    }
}

/// `null` and `undefined` are nothing; anything else must read well.
impl<T: FromJs> FromJs for Option<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        if value.is_null() || value.is_undefined() {
            return Some(None);
        }
        T::from_js(value).map(Some)
    }
}

/// One item that does not read well spoils the list: half a list of receipts is a lie.
impl<T: FromJs> FromJs for Vec<T> {
    fn from_js(value: &JsValue) -> Option<Self> {
        value.dyn_ref::<Array>()?.iter().map(|item| T::from_js(&item)).collect()
    }
}

/// Types that read from another one, by a checked conversion.
macro_rules! checked {
    ($($type:ty: $from:ty, $convert:expr;)*) => {$(
        impl FromJs for $type {
            fn from_js(value: &JsValue) -> Option<Self> {
                $convert(<$from>::from_js(value)?)
            }
        }
    )*};
}

checked! {
    Credits: u64, |amount| Self::new(amount).ok();
    Version: u64, |entries| Self::new(entries).ok();
    AccountId: String, |name: String| Self::new(&name).ok();
    OpId: String, |text: String| text.parse().ok();
    Epoch: String, |text: String| text.parse().ok();
    Currency: String, |code: String| Self::new(&code).ok();
    Code: String, |word: String| Self::parse(&word);
    EntryKind: String, |word: String| Self::parse(&word);
    GrantSource: String, |word: String| Self::parse(&word);
    OpState: String, |word: String| Self::parse(&word);
    PurchaseStatus: String, |word: String| Self::parse(&word);
    Reason: String, |word: String| Self::parse(&word);
    StoredOp: String, |text: String| Self::from_text(&text);
    ReceiptVerdict: String, |word: String| Self::parse(&word);
}
