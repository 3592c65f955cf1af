//! What happened to payments.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;

use crate::payments::counted::Counted;

/// Writes down what payments count, at the moment that somebody asks.
#[derive(Debug)]
pub struct PaymentsMeter(Arc<Counted>);

impl PaymentsMeter {
    /// One of what is counted there.
    pub fn new(counted: Arc<Counted>) -> Self {
        Self(counted)
    }

    /// Has it asked by `registry`.
    pub fn register(self, registry: &mut Registry) {
        registry.register_collector(Box::new(self));
    }
}

impl Collector for PaymentsMeter {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "What happened to payments";
        let mut family = encoder.encode_descriptor("payments", help, None, MetricType::Counter)?;
        for (what, times) in self.0.each() {
            ConstCounter::new(times).encode(family.encode_family(&[("what", what)])?)?;
        }
        Ok(())
    }
}
