//! How a request may fail.

use std::time::Duration;

/// How the next request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused with that status, before it is read.
    Status(u16),
    /// Too many requests: come back after so many seconds.
    Busy(u64),
    /// It is answered with a page for people.
    Html,
    /// Its answer is longer than anybody reads.
    Long,
    /// It is answered only after that time, before it is read.
    Hang(Duration),
    /// It takes effect, and its answer comes only after that time.
    HangAfter(Duration),
    /// It takes effect, and is answered with a failure, which is kept for its key.
    FailAfter,
}

impl Fault {
    /// The fault of that name, for whoever drives this from another process.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "busy" => Self::Busy(1),
            "failing" => Self::Status(500),
            "html" => Self::Html,
            "hang" => Self::Hang(Duration::from_secs(60)),
            "fail_after" => Self::FailAfter,
            _ => return None,
        })
    }
}
