//! Every integration test of the backend, in one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod account;
mod backend;
mod bad_input;
mod catalog_check;
mod checkouts;
mod config;
mod cors;
mod erasure;
mod experiments;
mod experiments_report;
mod fuzz;
mod fuzz_http;
mod fuzz_inputs;
mod holds;
mod keys;
mod ledger_book;
mod ledger_durability;
mod ledger_migration;
mod ledger_ops;
mod ledger_properties;
mod ledger_purchases;
mod ledger_races;
mod limits;
mod metrics;
mod openapi;
mod pages;
mod payments;
mod process;
mod promotions;
mod races;
mod stream;
mod tokens;
mod vectors;
mod webhooks;
