//! The account's stream: opened with `fetch`, so that it carries the token, and read in pieces.

use creditpack::client::Input;
use creditpack::ids::{Epoch, Version};
use creditpack::sse::Parser;
use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use crate::convert::{Bytes, field, stream_event};
use crate::runtime::Shared;

/// How long the stream may take to tell its first event.
const OPEN_MS: u32 = 15_000;

/// Reads the stream until it ends. Whoever aborts `life` ends it.
pub(crate) async fn follow(runtime: Shared, epoch: Epoch, since: Version, life: AbortController) {
    // A stream that cannot be opened and one that breaks are the same: it is closed.
    let _ = read_all(&runtime, epoch, since, &life).await;
    runtime.stream_ended(&life);
}

async fn read_all(
    runtime: &Shared,
    epoch: Epoch,
    since: Version,
    life: &AbortController,
) -> Result<(), JsValue> {
    // Until its first event: a stream whose answer began and then fell silent is no stream.
    let mut late = {
        let life = life.clone();
        Some(Timeout::new(OPEN_MS, move || life.abort()))
    };
    let reader = open(runtime, epoch, since, life).await?;
    let mut parser = Parser::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        let Some(Bytes(bytes)) = field(&chunk, "value") else { return Ok(()) };
        for event in parser.push(&bytes) {
            if life.signal().aborted() {
                return Ok(());
            }
            if event.name == "bye" {
                runtime.transport.forget_token();
                return Ok(());
            }
            if let Some(event) = stream_event(&event) {
                late.take();
                runtime.step(Input::Stream(event));
            }
        }
    }
}

async fn open(
    runtime: &Shared,
    epoch: Epoch,
    since: Version,
    life: &AbortController,
) -> Result<ReadableStreamDefaultReader, JsValue> {
    let path = ["/v1/account/stream?", &runtime.account_query(), &cursor(epoch, since)].concat();
    let transport = &runtime.transport;
    let response = transport.open(&runtime.host, "GET", &path, None, &life.signal()).await?;
    let body = response.body().filter(|_| response.ok()).ok_or(JsValue::UNDEFINED)?;
    body.get_reader().dyn_into().map_err(JsValue::from)
}

/// Query fields that name a place in the account's history.
pub(crate) fn cursor(epoch: Epoch, since: Version) -> String {
    ["&since=", &since.get().to_string(), "&epoch=", epoch.as_str()].concat()
}
