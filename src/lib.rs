//! creditpack: the rules of selling work by the credit.
//!
//! One crate decides, three places obey: the browser (as Wasm), the verification backend
//! (`creditpackd`), and the tests. Nothing here does I/O, reads a clock, draws a random number or
//! uses a float: the time (`now_ms`) and every id arrive as arguments.
//!
//! # Words and units
//!
//! | word | meaning | unit |
//! |---|---|---|
//! | [`Credits`] | what is bought and spent | whole credits, 0 to 2^53-1 |
//! | settled | credits an account owns | whole credits, signed: a clawback may leave a debt |
//! | held | credits promised to work that still runs | whole credits |
//! | available | settled minus held | whole credits, signed |
//! | incoming | being paid for, not granted yet, never spendable | whole credits |
//! | [`Money`](money::Money) | a price | minor units of its currency |
//! | [`OpId`] | names one spend, forever | lower-case UUID, version 7 |
//! | [`Version`] | how many entries an account has | rises by exactly 1 per entry |
//! | [`Epoch`] | names one life of a database | ULID, ordered as text |
//! | `*_at_ms`, `now_ms` | a moment | milliseconds since the Unix epoch |
//!
//! # Where to read what
//!
//! - [`ledger`] decides what may happen to an account; [`entry`] is what happened.
//! - [`client`] is the optimistic mirror of one account; [`display`] says what it shows.
//! - [`catalog`] is what is sold, [`pricing`] what a pack is worth and on which terms it is bought,
//!   [`experiment`] who is offered what, [`advice`] what to do better.
//! - [`wire`] is every body that crosses the network, [`sse`] the stream's framing.
#![no_std]

extern crate alloc;

pub mod advice;
pub mod catalog;
pub mod client;
pub mod credits;
pub mod display;
pub mod entry;
pub mod error;
pub mod experiment;
pub mod ids;
pub mod ledger;
pub mod money;
#[cfg(feature = "mutations")]
pub mod mutation;
#[cfg(not(feature = "mutations"))]
mod mutation;
pub mod pricing;
pub mod sse;
pub mod wire;
mod words;

pub use catalog::Catalog;
pub use credits::{Balance, Credits};
pub use entry::{Entry, EntryKind};
pub use error::{Code, Error};
pub use ids::{AccountId, Epoch, OpId, Version};
pub use ledger::{Account, OpRecord};
pub use words::decimal;
