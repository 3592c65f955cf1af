//! creditpackd: the verification backend. It keeps the truth that every browser converges to.
//!
//! - [`ledger`] stores accounts, ops and purchases through one writer; it decides nothing itself,
//!   the rules are those of the `creditpack` crate.
//! - [`storefront`] serves each account its catalog, and has the ledger remember which.
//! - [`feed`] tells what changed, as soon as it is durable.
//! - [`http`] parses, calls and renders; [`payments`] turns what a payment provider says into
//!   what the ledger is told; [`keys`] knows who is calling.
//! - [`receipts`] mails and shows what was paid; [`page`] is what all pages for people have.
//! - [`config`] is what the operator decides; [`cli`], [`init`], [`serve`], [`check`],
//!   [`experiments`] and [`upkeep`] are the program.
//! - [`clock`] is the only reader of the time.

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod control;
pub mod doctor;
pub mod experiments;
pub mod feed;
pub mod http;
pub mod init;
pub mod keys;
pub mod ledger;
pub mod manage;
pub mod metrics;
pub mod page;
pub mod payments;
pub mod places;
pub mod receipts;
pub mod secret;
pub mod serve;
pub mod storefront;
pub mod upkeep;
