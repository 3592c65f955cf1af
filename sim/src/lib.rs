//! Proves the optimistic client of `creditpack`: several devices with several tabs, the real ledger
//! rules as backend, and a network in which anything may happen to anything.
//!
//! A seed makes a [`Schedule`], the same for ever and on every machine. The [`World`] takes one step
//! after the other, and after every step of every page the [`oracle`] compares what the page shows
//! with what the backend knows. At the end the storm is over and everything must be resolved.
//! A schedule that fails is [shrunk](shrink()) and told line by line.

pub mod backend;
mod calm;
pub mod coverage;
mod host;
pub mod life;
mod merge;
mod network;
mod offline;
pub mod oracle;
mod parcel;
mod run;
mod shrink;
mod step;
mod tab;
mod take;
mod trace;
mod world;

pub use run::{run, trace};
pub use shrink::shrink;
pub use step::{Schedule, Setup, Step};
pub use take::claim;
pub use world::{Design, World, short};
