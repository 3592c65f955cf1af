//! The optimistic client against the real ledger rules, over a network that loses and reorders.

mod backend;
mod browser;
mod scenarios;
mod tabs;
mod world;
