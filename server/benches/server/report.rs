//! What was measured, beside what is allowed.

use std::process::ExitCode;
use std::time::Duration;

use super::load::Figures;

/// Prints what has a bound, and keeps which of it breaks it.
#[derive(Default)]
pub(crate) struct Report {
    broken: Vec<String>,
}

impl Report {
    pub(crate) fn at_most(&mut self, name: &str, value: u64, allowed: u64, unit: &str) {
        println!("{name:<42} {value:>8} {unit}   allowed {allowed} {unit}");
        self.judge(name, value <= allowed);
    }

    pub(crate) fn at_most_time(&mut self, name: &str, value: Duration, allowed: Duration) {
        let [shown, bound] = [value, allowed].map(milliseconds);
        println!("{name:<42} {shown:>8}   allowed {bound}");
        self.judge(name, value <= allowed);
    }

    pub(crate) fn at_most_times(&mut self, name: &str, ratio: f64, allowed: f64) {
        println!("{name:<42} {ratio:>8.2}   allowed at most {allowed:.2}");
        self.judge(name, ratio <= allowed);
    }

    pub(crate) fn at_least(&mut self, name: &str, ratio: f64, allowed: f64) {
        println!("{name:<42} {ratio:>8.2}   allowed at least {allowed:.2}");
        self.judge(name, ratio >= allowed);
    }

    fn judge(&mut self, name: &str, within: bool) {
        if !within {
            self.broken.push(name.to_owned());
        }
    }

    /// Names what is out of bounds; that makes the exit code.
    pub(crate) fn conclude(self) -> ExitCode {
        if self.broken.is_empty() {
            return ExitCode::SUCCESS;
        }
        println!("out of bounds: {}", self.broken.join(", "));
        ExitCode::FAILURE
    }
}

/// Prints how often something was done in a second, and how long each took.
pub(crate) fn rate(name: &str, figures: &Figures) {
    let [p50, p99] = [0.5, 0.99].map(|quantile| milliseconds(figures.latency(quantile)));
    println!("{name:<42} {:>8.0}/s   p50 {p50}   p99 {p99}", figures.per_second());
}

pub(crate) fn number(name: &str, value: u64) {
    println!("{name:<42} {value:>8}");
}

pub(crate) fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}
