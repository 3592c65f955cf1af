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
mod ledger_book;
mod ledger_durability;
mod ledger_migration;
mod ledger_ops;
mod ledger_properties;
mod ledger_purchases;
mod ledger_races;
mod payments;
mod process;
mod promotions;
mod races;
mod receipts;
mod receipts_config;
mod receipts_process;
mod receipts_resend;
mod receipts_smtp;
mod resend_fake;
mod smtp_fake;
mod stream;
mod tokens;
mod vectors;
mod webhooks;
