//! When a request is tried again, and how long to wait before.

use std::time::Duration;

use rand::RngExt as _;
use reqwest::StatusCode;

/// So often a request is tried at most.
pub(super) const TRIES_MAX: u32 = 3;

/// Before the first further try, at most so long; twice as long before each next.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// No request waits longer than that because it is told to.
const TOLD_MAX: Duration = Duration::from_secs(10);

/// Whether an answer with that status may become another one. `told` is Stripe's own opinion, its
/// header `stripe-should-retry`.
pub(super) fn is_worth_retrying(status: StatusCode, told: Option<&str>) -> bool {
    match told {
        Some("true") => true,
        Some("false") => false,
        _ => status == 409 || status == 429 || status.is_server_error(),
    }
}

/// How long to wait after the `tried`th try, from 1: a random part of a time that doubles (full
/// jitter), and no less than `told`, the header `retry-after`, says in seconds. None where that is
/// too long to wait.
pub(super) fn pause(tried: u32, told: Option<&str>) -> Option<Duration> {
    let longest = PAUSE_MAX * 2_u32.pow(tried.saturating_sub(1).min(8));
    let pause = rand::rng().random_range(Duration::ZERO..=longest);
    let told = told.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    Some(pause.max(told.unwrap_or_default())).filter(|pause| *pause <= TOLD_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_is_tried_again() {
        for (status, told, expect) in [
            (200, None, false),
            (400, None, false),
            (402, None, false),
            (409, None, true),
            (429, None, true),
            (500, None, true),
            (503, Some("false"), false),
            (400, Some("true"), true),
            (429, Some("perhaps"), true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(is_worth_retrying(status, told), expect, "{status} {told:?}");
        }
    }

    #[test]
    fn a_pause_is_random_and_obeys_what_it_is_told() {
        for _ in 0..100 {
            assert!(pause(1, None).unwrap() <= PAUSE_MAX);
            assert!(pause(3, Some("soon")).unwrap() <= PAUSE_MAX * 4);
            let told = pause(1, Some("2")).unwrap();
            assert!((Duration::from_secs(2)..Duration::from_secs(3)).contains(&told));
        }
        assert_eq!(pause(1, Some("11")), None);
        let pauses: Vec<_> = (0..20).map(|_| pause(2, None)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
