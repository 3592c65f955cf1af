//! What a page wants to be shown: numbers, and how well the client is connected.

use creditpack::Credits;
use serde::Deserialize;

/// The phase of the display to bring about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    Loading,
    #[default]
    Settled,
    Pending,
    Unsaved,
    Unknown,
    Stale,
    Offline,
    Overcommitted,
}

impl Wanted {
    /// Whether own spends must be on their way for it.
    pub(super) const fn needs_spends(self) -> bool {
        matches!(self, Self::Pending | Self::Unsaved | Self::Unknown | Self::Overcommitted)
    }
}

/// One account's numbers, made up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Situation {
    /// Credits owned.
    pub(super) settled: i64,
    /// Credits promised to work of other pages.
    #[serde(default)]
    pub(super) held: Credits,
    /// Credits paid for, and not granted yet.
    #[serde(default)]
    pub(super) incoming: Credits,
    /// Operations that this page has spent on; no answer came yet.
    #[serde(default)]
    pub(super) pending: Vec<String>,
    #[serde(default)]
    pub(super) phase: Wanted,
}
