//! One story a test, with the number a buyer sees after every step.

mod bounds;
mod calling_off;
mod changes;
mod connection;
mod epochs;
mod missed;
mod network;
mod offline;
mod restored;
mod spending;
mod tabs;
mod turns;
