//! What the page provides.

use std::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    /// The page's half of a client: tokens, storage, and whom to tell.
    pub type Host;

    /// A promise of a client token, minted by the product's own server; the same one until it is
    /// dropped, or about to expire.
    #[wasm_bindgen(method, catch, js_name = getToken)]
    pub(crate) fn get_token(this: &Host) -> Result<Promise, JsValue>;

    /// The backend does not take this token any more.
    #[wasm_bindgen(method, js_name = dropToken)]
    pub(crate) fn drop_token(this: &Host, token: &str);

    /// A promise that resolves after that time, and is rejected once `stop` is aborted.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn pause(this: &Host, pause_ms: f64, stop: &AbortSignal)
    -> Result<Promise, JsValue>;

    /// The view may differ from the last one.
    #[wasm_bindgen(method)]
    pub(crate) fn changed(this: &Host);

    /// An own op is over.
    #[wasm_bindgen(method)]
    pub(crate) fn settled(this: &Host, outcome: JsValue);

    /// Something for the other tabs of this account; `undefined` asks them what they know.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Host, digest: JsValue);

    /// The backend refuses this account or its catalog for good.
    #[wasm_bindgen(method)]
    pub(crate) fn refused(this: &Host, error: JsValue);

    /// A promise of every stored op, as an array of strings.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn load(this: &Host) -> Result<Promise, JsValue>;

    /// A promise that resolves when the op is stored durably.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn save(this: &Host, op: &str, record: &str) -> Result<Promise, JsValue>;

    /// A promise that resolves when the op is no longer stored.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn forget(this: &Host, op: &str) -> Result<Promise, JsValue>;

    /// The platform's cryptographic randomness, in pages, workers and Node.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &Uint8Array) -> JsValue;

}

/// As many random bytes as an op needs.
type OpBytes = [u8; 10];

thread_local! {
    /// Drawn ahead: the platform may take longer to draw than the whole spend does.
    static DRAWN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Ten random bytes that nobody else gets.
pub(crate) fn random_bytes() -> OpBytes {
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.is_empty() {
            let array = Uint8Array::new_with_length(64 * 10);
            get_random_values(&array);
            *drawn = array.to_vec();
        }
        let mut bytes = OpBytes::default();
        let left = drawn.len() - bytes.len();
        bytes.copy_from_slice(&drawn[left..]);
        drawn.truncate(left);
        bytes
    })
}

/// The page's clock, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a moment")]
    let now_ms = js_sys::Date::now() as u64;
    now_ms
}
