//! How far off an average may be that was seen: 95% confidence intervals.

use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF as _, StudentsT};

/// What an interval leaves out on each side.
const TAIL: f64 = 0.025;

/// What was seen, and between which bounds the truth lies, 95 times in 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Estimate {
    /// What was seen.
    pub(super) seen: f64,
    /// The lower bound.
    pub(super) low: f64,
    /// The upper bound.
    pub(super) high: f64,
}

impl Estimate {
    /// A share, by how many `did` among `all`. None among none.
    ///
    /// Clopper and Pearson's interval: it holds for any count, if anything it is too wide.
    #[allow(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^53")]
    pub(super) fn of_share(did: u64, all: u64) -> Option<Self> {
        let (hits, misses) = (did as f64, all.checked_sub(did)? as f64);
        let bound = |hits, misses, at| Some(Beta::new(hits, misses).ok()?.inverse_cdf(at));
        Some(Self {
            seen: if all == 0 { return None } else { hits / (hits + misses) },
            low: if did == 0 { 0.0 } else { bound(hits, misses + 1.0, TAIL)? },
            high: if did == all { 1.0 } else { bound(hits + 1.0, misses, 1.0 - TAIL)? },
        })
    }

    /// A mean that cannot be negative, by the `sum` of `count` values and that of their `squares`.
    /// None of fewer than two, or of nothing but zeros: those do not show how far off they are.
    ///
    /// Student's interval: an approximation that gets better with the number of values, and needs
    /// many where few of them are not zero.
    #[allow(clippy::cast_precision_loss, reason = "an estimate may round")]
    pub(super) fn of_mean(sum: u64, squares: u128, count: u64) -> Option<Self> {
        if count < 2 || squares == 0 {
            return None;
        }
        let (sum, squares, all) = (sum as f64, squares as f64, count as f64);
        let mean = sum / all;
        let variance = (squares - mean * sum).max(0.0) / (all - 1.0);
        let spread = StudentsT::new(0.0, 1.0, all - 1.0).ok()?.inverse_cdf(1.0 - TAIL);
        let reach = spread * (variance / all).sqrt();
        Some(Self { seen: mean, low: (mean - reach).max(0.0), high: mean + reach })
    }

    /// Whether both may be the same.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bounds to four digits.
    #[track_caller]
    fn check(estimate: Option<Estimate>, seen: f64, low: f64, high: f64) {
        let found = estimate.unwrap();
        for (found, expected) in [(found.seen, seen), (found.low, low), (found.high, high)] {
            assert!((found - expected).abs() < 5e-5, "{found} is not {expected}");
        }
    }

    #[test]
    fn shares_have_the_intervals_of_the_books() {
        // R: binom.test(5, 100)$conf.int and so on.
        check(Estimate::of_share(5, 100), 0.05, 0.016_43, 0.112_83);
        check(Estimate::of_share(0, 10), 0.0, 0.0, 0.308_50);
        check(Estimate::of_share(10, 10), 1.0, 0.691_50, 1.0);
        check(Estimate::of_share(1, 2), 0.5, 0.012_58, 0.987_42);
        check(Estimate::of_share(61, 1204), 0.050_66, 0.038_97, 0.064_60);
        assert_eq!(Estimate::of_share(0, 0), None);
        assert_eq!(Estimate::of_share(2, 1), None);
    }

    #[test]
    fn large_shares_are_found_too() {
        let of_many = Estimate::of_share(50_000, 1_000_000).unwrap();
        assert!((of_many.low - 0.049_574).abs() < 5e-6, "{of_many:?}");
        assert!((of_many.high - 0.050_429).abs() < 5e-6, "{of_many:?}");
    }

    #[test]
    fn means_have_students_interval() {
        // 1, 2, 3, 4, 5: R says t.test(1:5)$conf.int is 1.036757 to 4.963243.
        check(Estimate::of_mean(15, 55, 5), 3.0, 1.036_76, 4.963_24);
        // 0, 0, 9: nothing is taken in below zero.
        check(Estimate::of_mean(9, 81, 3), 3.0, 0.0, 15.907_96);
        assert_eq!(Estimate::of_mean(9, 81, 1), None);
        assert_eq!(Estimate::of_mean(0, 0, 5), None);
    }
}
