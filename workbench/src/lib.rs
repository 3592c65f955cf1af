//! The workbench: the rules over a whole catalog, for whoever writes one.
//!
//! The browser module of buyers (`wasm/`) never sees a whole catalog and stays small; this one is
//! loaded by pages for sellers, which check a catalog, try its terms and see what buyers will see.
//!
//! **Invariant:** nothing here decides. Rules, ledger and display are those of `creditpack`.
#![allow(missing_docs, clippy::missing_errors_doc, reason = "documented in TypeScript")]

pub mod catalog;
mod convert;
pub mod preview;
pub mod prices;
mod refusal;
