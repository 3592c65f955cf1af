//! What the process measures of itself, for Prometheus.
//!
//! Each part has a meter of its own, which it is given where it is made; [`Metrics`] knows them all
//! and writes them down.

mod ledger;
mod payments;
mod receipts;
mod requests;

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::{Registry, Unit};

pub use ledger::LedgerMeter;
pub use payments::PaymentsMeter;
pub use receipts::ReceiptMeter;
pub use requests::{Counted, RequestMeter};

/// What every name begins with.
const PREFIX: &str = "creditpack";

/// All that is measured. Clones are the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// What is asked, and how it is answered.
    pub requests: RequestMeter,
    ledger: LedgerMeter,
    registry: Arc<Mutex<Registry>>,
}

impl Metrics {
    /// Those of a backend whose ledger measures itself with `ledger`.
    pub fn new(ledger: LedgerMeter) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = RequestMeter::default();
        requests.register(&mut registry);
        ledger.register(&mut registry);
        Self { requests, ledger, registry: Arc::new(Mutex::new(registry)) }
    }

    /// Has another part's meter registered.
    pub fn add(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// All of it as text, in the format of `OpenMetrics` 1.0.
    pub fn written(&self) -> String {
        self.ledger.look_at_the_clock();
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a text does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// Bounds for what takes from a tenth of a millisecond to ten seconds, in seconds.
fn seconds() -> impl Iterator<Item = f64> {
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0]
        .into_iter()
}

const SECONDS: Unit = Unit::Seconds;
