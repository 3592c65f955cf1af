//! How long to wait before a request is sent again.

use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::host::Host;
use crate::transport::Transport;

const FIRST_MS: f64 = 400.0;
const LONGEST_MS: f64 = 20_000.0;

/// Waits before attempt number `attempt`, counted from 0: exponential with full jitter, so that
/// browsers which lost the same backend do not come back at the same moment. Aborting `stop` ends
/// that early. Waits in any case until the backend wants to be asked again.
pub(crate) async fn wait(host: &Host, transport: &Transport, attempt: u32, stop: &AbortSignal) {
    if attempt > 0 {
        let ceiling_ms = (FIRST_MS * f64::from(1_u32 << attempt.min(16))).min(LONGEST_MS);
        pause(host, FIRST_MS / 4.0 + js_sys::Math::random() * ceiling_ms, stop).await;
    }
    while let Some(pause_ms) = transport.pause_ms() {
        pause(host, pause_ms, &transport.life()).await;
    }
}

async fn pause(host: &Host, pause_ms: f64, stop: &AbortSignal) {
    // Rejected once it is stopped: then the wait is over as well.
    if let Ok(over) = host.pause(pause_ms, stop) {
        let _ = JsFuture::from(over).await;
    }
}
