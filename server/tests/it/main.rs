//! Every integration test of the backend, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod backend;
mod bad_input;
mod catalog_check;
mod checkouts;
mod config;
mod cors;
mod experiments;
mod experiments_report;
mod holds;
mod keys;
mod ledger_book;
mod ledger_durability;
mod ledger_migration;
mod ledger_ops;
mod ledger_properties;
mod ledger_purchases;
mod ledger_races;
mod ledger_reversals;
mod limits;
mod metrics;
mod openapi;
mod payments;
mod process;
mod promotions;
mod races;
mod refunds;
mod stream;
mod stripe;
#[allow(dead_code, reason = "the program of its own drives all of it")]
mod stripe_fake;
mod stripe_faults;
mod stripe_fulfilment;
mod stripe_reversals;
mod tokens;
mod vectors;
mod webhooks;
