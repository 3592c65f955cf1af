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

/// For so many ops they are drawn at once: it may take the platform longer than a whole spend.
const DRAWN_OPS: usize = 64;
const DRAWN_BYTES: u32 = 64 * 10;

thread_local! {
    /// What was drawn, and for how many ops it was used.
    static DRAWN: RefCell<([OpBytes; DRAWN_OPS], usize)> =
        const { RefCell::new(([[0; 10]; DRAWN_OPS], 0)) };
}

/// Ten random bytes that nobody else gets.
pub(crate) fn random_bytes() -> OpBytes {
    DRAWN.with_borrow_mut(|(drawn, used)| {
        let at = *used % DRAWN_OPS;
        if at == 0 {
            let array = Uint8Array::new_with_length(DRAWN_BYTES);
            get_random_values(&array);
            array.copy_to(drawn.as_flattened_mut());
        }
        *used = at + 1;
        drawn[at]
    })
}

/// The page's clock, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a moment")]
    let now_ms = js_sys::Date::now() as u64;
    now_ms
}
