//! How mailing receipts is doing.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::SECONDS;
use crate::ledger::{AttemptEnd, Outbox};

/// What the outbox measures. Clones are the same meter.
#[derive(Clone, Debug, Default)]
pub struct ReceiptMeter {
    sent: Counter,
    postponed: Counter,
    failed: Counter,
    pending: Gauge,
    given_up: Gauge,
    age: Gauge<f64, AtomicU64>,
}

impl ReceiptMeter {
    /// An attempt ended like this.
    pub fn ended(&self, end: &AttemptEnd) {
        match end {
            AttemptEnd::Sent(_) => self.sent.inc(),
            AttemptEnd::Later { .. } | AttemptEnd::NotNow { .. } => self.postponed.inc(),
            AttemptEnd::Failed(_) => self.failed.inc(),
        };
    }

    /// The outbox is so full now.
    pub fn outbox(&self, outbox: Outbox, now_ms: u64) {
        let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.pending.set(gauge(outbox.pending));
        self.given_up.set(gauge(outbox.failed));
        let waited_ms = outbox.oldest_paid_at_ms.map_or(0, |at_ms| now_ms.saturating_sub(at_ms));
        self.age.set(std::time::Duration::from_millis(waited_ms).as_secs_f64());
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let sent = "Receipts that whoever delivers them took";
        registry.register("receipts_sent", sent, self.sent.clone());
        let postponed = "Attempts to send a receipt that are made again later";
        registry.register("receipts_postponed", postponed, self.postponed.clone());
        let failed = "Receipts that were refused for good or tried for a day";
        registry.register("receipts_failed", failed, self.failed.clone());
        let pending = "Receipts that wait to be sent";
        registry.register("outbox_pending", pending, self.pending.clone());
        let given_up = "Receipts that failed and wait for the operator";
        registry.register("outbox_failed", given_up, self.given_up.clone());
        let age = "Time since the oldest payment whose receipt waits to be sent";
        registry.register_with_unit("outbox_age", age, SECONDS, self.age.clone());
    }
}
