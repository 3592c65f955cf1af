//! How long to wait before a request is sent again.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(done: &Function, after_ms: u32);
}

const FIRST_MS: f64 = 400.0;
const LONGEST_MS: f64 = 20_000.0;

/// Waits before attempt number `attempt`, counted from 0: exponential with full jitter, so that
/// browsers which lost the same backend do not come back at the same moment. Waits at least
/// `at_least_ms`, which the backend asked for.
pub(crate) async fn wait(attempt: u32, at_least_ms: u32) {
    if attempt == 0 {
        return;
    }
    let ceiling_ms = (FIRST_MS * f64::from(1_u32 << attempt.min(16))).min(LONGEST_MS);
    let jittered_ms = FIRST_MS / 4.0 + js_sys::Math::random() * ceiling_ms;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 21 s")]
    let wait_ms = jittered_ms as u32;
    let wait_ms = wait_ms.max(at_least_ms);
    let timeout = Promise::new(&mut |done, _| set_timeout(&done, wait_ms));
    // It is never rejected.
    let _ = JsFuture::from(timeout).await;
}
