//! What a balance should say: numbers, phase, level, and what just happened.
//!
//! All of it is data; the page that shows it finds the words.

mod story;

pub use story::{Story, StoryKey, stories};

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use crate::credits::Credits;
use crate::ids::OpId;
use crate::wire::Incoming;

/// Everything a surface needs to show one balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// How far the numbers can be trusted.
    pub phase: Phase,
    /// How much is left.
    pub level: Level,
    /// The number to show: confirmed available credits minus pending ones, never below zero.
    pub shown: Credits,
    /// Credits owned, as confirmed.
    pub settled: i64,
    /// Credits promised to running work, as confirmed.
    pub held: Credits,
    /// Credits free to promise, as confirmed.
    pub available: i64,
    /// Own credits that the confirmed numbers do not contain yet.
    pub pending: Credits,
    /// Credits being paid for, not granted yet, never spendable.
    pub incoming: Credits,
    /// The purchases behind [`View::incoming`], failed ones included.
    pub purchases: Vec<Incoming>,
    /// The confirmed version; 0 before anything is known.
    pub version: u64,
    /// The confirmed epoch; empty before anything is known.
    pub epoch: String,
    /// Whether pending spends would not survive a reload.
    pub memory_only: bool,
    /// This browser's spends that are not over yet, oldest first.
    pub spends: Vec<SpendView>,
    /// Spends that are over, where only changes are told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<OpId>,
    /// What can be done, and whether it can be afforded now.
    pub operations: Vec<OperationView>,
    /// What happened last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened: Option<Happened>,
}

/// How far the numbers can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing is known yet.
    Loading,
    /// The number is the backend's own.
    Settled,
    /// A spend is shown that the backend has not confirmed yet.
    Pending,
    /// The same, but the browser could not store it: it does not survive the page.
    Unsaved,
    /// A spend was sent and no answer came; it may or may not have been applied.
    Unknown,
    /// The backend has not been heard for a while.
    Stale,
    /// The browser is offline.
    Offline,
    /// Credits were taken elsewhere while spends were pending: more is promised than there is.
    Overcommitted,
}

/// What decides a [`Phase`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, weighed in one place")]
pub(crate) struct Trust {
    pub(crate) known: bool,
    pub(crate) online: bool,
    pub(crate) stale: bool,
    pub(crate) overcommitted: bool,
    pub(crate) unknown: bool,
    pub(crate) pending: bool,
    pub(crate) unsaved: bool,
}

impl Phase {
    /// The first of these that is true, worst news first.
    pub(crate) const fn of(trust: Trust) -> Self {
        match trust {
            Trust { known: false, online: true, .. } => Self::Loading,
            Trust { online: false, .. } => Self::Offline,
            Trust { stale: true, .. } => Self::Stale,
            Trust { overcommitted: true, .. } => Self::Overcommitted,
            Trust { unknown: true, .. } => Self::Unknown,
            Trust { pending: true, unsaved: true, .. } => Self::Unsaved,
            Trust { pending: true, .. } => Self::Pending,
            _ => Self::Settled,
        }
    }
}

/// How much is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Enough.
    Ok,
    /// At or below the catalog's threshold.
    Low,
    /// Not enough for the cheapest operation.
    Empty,
}

impl Level {
    /// The level of `shown` credits, where the cheapest operation costs `cheapest`.
    pub fn of(shown: Credits, low_at: Credits, cheapest: Option<Credits>) -> Self {
        if shown < cheapest.unwrap_or(Credits::ONE) {
            Self::Empty
        } else if shown <= low_at {
            Self::Low
        } else {
            Self::Ok
        }
    }
}

/// One of this browser's spends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpendView {
    /// Its id.
    pub op: OpId,
    /// What it is for.
    pub operation: String,
    /// What it costs.
    pub credits: Credits,
    /// How far it is.
    pub stage: Stage,
}

/// How far a spend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not sent yet.
    Queued,
    /// Sent, or announced to the product's server.
    Sent,
    /// Sent, and no answer came.
    Unknown,
    /// Its credits are held; the work runs.
    Running,
}

/// One thing that can be done for credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperationView {
    /// Its name in requests.
    pub id: String,
    /// What it costs.
    pub credits: Credits,
    /// Whether what is shown covers it.
    pub affordable: bool,
}

/// Something that happened to the balance, to be told once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Happened {
    /// Differs from that of the thing before.
    pub serial: u32,
    /// What it was.
    pub key: HappenedKey,
    /// How many credits it was about.
    pub credits: Credits,
    /// What they were for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Why: a release's reason, a refusal's code, or a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
}

/// What can happen to a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HappenedKey {
    /// Work finished and its credits were spent.
    Spent,
    /// Work did not finish and its credits returned: not charged.
    Returned,
    /// Credits were added.
    Granted,
    /// The backend refused a spend: not charged.
    Declined,
    /// Credits were taken away.
    Taken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_news_is_told_first() {
        let good = Trust { known: true, online: true, ..Trust::default() };
        let all = Trust {
            stale: true,
            overcommitted: true,
            unknown: true,
            pending: true,
            unsaved: true,
            ..good
        };
        for (trust, phase) in [
            (good, Phase::Settled),
            (Trust { unsaved: true, ..good }, Phase::Settled),
            (Trust { pending: true, ..good }, Phase::Pending),
            (Trust { pending: true, unsaved: true, ..good }, Phase::Unsaved),
            (Trust { stale: false, overcommitted: false, ..all }, Phase::Unknown),
            (Trust { stale: false, ..all }, Phase::Overcommitted),
            (all, Phase::Stale),
            (Trust { online: false, ..all }, Phase::Offline),
            (Trust { known: false, ..good }, Phase::Loading),
        ] {
            assert_eq!(Phase::of(trust), phase, "{trust:?}");
        }
    }

    #[test]
    fn a_balance_that_buys_nothing_is_empty() {
        let credits = |amount| Credits::new(amount).unwrap();
        let level = |shown| Level::of(credits(shown), credits(5), Some(credits(3)));
        assert_eq!([level(2), level(3), level(5)], [Level::Empty, Level::Low, Level::Low]);
        assert_eq!(level(6), Level::Ok);
        assert_eq!(Level::of(Credits::ZERO, Credits::ZERO, None), Level::Empty);
    }
}
