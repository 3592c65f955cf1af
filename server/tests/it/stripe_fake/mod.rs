//! A stand-in for Stripe: stateful and strict, on a free port.
//!
//! It keeps sessions, payments, refunds, disputes and events; refuses parameters that the pinned
//! version of the API does not have; repeats answers by idempotency key; and fails on demand. What
//! becomes of a session, tests say: each such word makes an event, which tests deliver as they like.

mod api;
mod control;
mod fault;
mod form;
mod params;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use creditpackd::clock::Clock;
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) use fault::Fault;
pub(crate) use world::{Asked, World};

/// The key that it takes.
pub(crate) const KEY: &str = "rk_test_of_the_stand_in";

/// A stand-in that runs. Clones are the same.
#[derive(Clone)]
pub(crate) struct StripeFake {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
}

impl StripeFake {
    /// Starts one on a free port, in a task of its own.
    pub(crate) async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self { world: Arc::new(Mutex::new(World::new(clock))), address };
        let router = api::router(fake.clone()).merge(control::router(fake.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it knows, to look at or to change.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Has the next request about checkouts fail so.
    pub(crate) fn fail(&self, fault: Fault) {
        self.fail_at("/v1/checkout/", fault);
    }

    /// Has the next request fail so whose path begins like that.
    pub(crate) fn fail_at(&self, path: &'static str, fault: Fault) {
        self.world().faults.push((path, fault));
    }

    /// Has something become of a thing; the event that tells of it.
    pub(crate) fn tell(&self, what: &str, id: &str) -> Value {
        self.world().tell(what, id, None).unwrap()
    }

    /// Refunds so much of a payment; the event that tells of it.
    pub(crate) fn refund(&self, payment: &str, amount: u64) -> Value {
        self.world().tell("refund", payment, Some(amount)).unwrap()
    }

    /// The payment of a session.
    pub(crate) fn payment_of(&self, session: &str) -> String {
        let world = self.world();
        world.sessions[session]["payment_intent"].as_str().unwrap().to_owned()
    }

    /// Every request there was so far, but those of tests.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.world().asked.clone()
    }
}
