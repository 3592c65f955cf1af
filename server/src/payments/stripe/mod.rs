//! What Stripe sends: its signature and the shape of its events.

pub mod event;
pub mod signature;
