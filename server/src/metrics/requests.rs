//! What is asked over HTTP, and how it is answered.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{SECONDS, seconds};

/// What HTTP measures. Clones are the same meter.
#[derive(Clone, Debug)]
pub struct RequestMeter {
    answers: Family<Answer, Histogram, fn() -> Histogram>,
    refusals: Family<Refusal, Counter>,
    streams: Gauge,
    connections: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    /// The template, never the address: that may name an account, or be a secret.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    code: String,
}

/// Something that is counted as long as it is there.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Default for RequestMeter {
    fn default() -> Self {
        Self {
            answers: Family::new_with_constructor(|| Histogram::new(seconds())),
            refusals: Family::default(),
            streams: Gauge::default(),
            connections: Gauge::default(),
        }
    }
}

impl RequestMeter {
    /// A request on `route` was answered with `status`; its answer began after so long.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let answer = Answer { method, route: route.to_owned(), status };
        self.answers.get_or_create(&answer).observe(took.as_secs_f64());
    }

    /// A request was refused with `code`.
    pub fn refused(&self, code: &str) {
        self.refusals.get_or_create(&Refusal { code: code.to_owned() }).inc();
    }

    /// A stream is open.
    pub fn stream(&self) -> Counted {
        Counted::new(&self.streams)
    }

    /// A connection is open.
    pub fn connection(&self) -> Counted {
        Counted::new(&self.connections)
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let answers = "Time until an answer began, by route and status";
        registry.register_with_unit("http_request", answers, SECONDS, self.answers.clone());
        let refusals = "Requests that were refused, by the code of the refusal";
        registry.register("http_refusals", refusals, self.refusals.clone());
        registry.register("streams", "Open streams of accounts", self.streams.clone());
        registry.register("connections", "Open connections", self.connections.clone());
    }
}

impl Counted {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
