//! The account's stream: opened with `fetch`, so that it carries the token, and read in pieces.

use creditpack::client::{FIRST_EVENT_MS, Input};
use creditpack::ids::{Epoch, Version};
use creditpack::sse::Parser;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use crate::convert::{Bytes, field, says_token_expired, stream_event};
use crate::runtime::Shared;
use crate::transport::{Asked, Opened, retry_after_ms};

/// Reads the stream until it ends. Whoever aborts `life` ends it.
pub(crate) async fn follow(runtime: Shared, epoch: Epoch, since: Version, life: AbortController) {
    // A stream that cannot be opened and one that breaks are the same: it is closed.
    let _ = read_all(&runtime, epoch, since, &life).await;
    // Whoever else aborts it has let go of it before, and is not told.
    let is_silent = life.signal().aborted();
    let told = if is_silent { Input::StreamSilent } else { Input::StreamClosed };
    runtime.stream_ended(&life, told);
}

async fn read_all(
    runtime: &Shared,
    epoch: Epoch,
    since: Version,
    life: &AbortController,
) -> Result<(), JsValue> {
    let path = ["/v1/account/stream?", &runtime.account_query(), &cursor(epoch, since)].concat();
    let accept = "text/event-stream";
    let patience_ms = FIRST_EVENT_MS;
    let asked = Asked { accept, patience_ms, ..Asked::new("GET", &path, None) };
    let opened = runtime.transport.open(&runtime.host, &asked, life).await?;
    let Opened { response, token, late, request: _request } = opened;
    runtime.transport.heed(retry_after_ms(&response));
    let body = response.body().filter(|_| response.ok()).ok_or(JsValue::UNDEFINED)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    runtime.step(Input::StreamOpened);
    let mut late = Some(late);
    let mut parser = Parser::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        let Some(Bytes(bytes)) = field(&chunk, "value") else { return Ok(()) };
        for event in parser.push(&bytes) {
            if life.signal().aborted() {
                return Ok(());
            }
            if event.name == "bye" {
                if says_token_expired(&event) {
                    runtime.host.drop_token(&token);
                }
                return Ok(());
            }
            if let Some(event) = stream_event(&event) {
                late.take();
                runtime.step(Input::Stream(event));
            }
        }
    }
}

/// Query fields that name a place in the account's history.
pub(crate) fn cursor(epoch: Epoch, since: Version) -> String {
    ["&since=", &creditpack::decimal(since.get()), "&epoch=", epoch.as_str()].concat()
}
