//! The browser's side of creditpack: bindings of the rules, and the runtime that does what
//! [`creditpack::client::Client`] wants done.
//!
//! **Invariant:** nothing here decides. What to send, when to give up and what to show are the
//! rules' business; this crate moves bytes, waits, and converts numbers.
#![allow(missing_docs, clippy::missing_errors_doc, reason = "documented in TypeScript")]

mod backoff;
mod convert;
pub mod exports;
mod failure;
mod host;
mod requests;
mod runtime;
mod stream;
mod transport;

/// Small and fast, and what is freed is used again. One thread only, as this module has; elsewhere,
/// where this package is only checked, it could not be.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
