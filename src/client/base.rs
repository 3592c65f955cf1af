//! The confirmed base, and entries that arrived ahead of it.

use super::ordered::Ordered;
use crate::credits::Credits;
use crate::entry::{Entry, EntryKind};
use crate::ids::{Epoch, Version};
use crate::wire::Snapshot;

/// How many entries are kept that arrived before the one they follow.
const GAP_ENTRIES_MAX: usize = 64;

/// What the backend has confirmed: one consistent state of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Base {
    /// Which life of the database.
    pub epoch: Epoch,
    /// How many entries are in it.
    pub version: Version,
    /// Credits owned.
    pub settled: i64,
    /// Credits promised.
    pub held: Credits,
    /// Credits free to promise.
    pub available: i64,
}

impl Base {
    pub(super) fn of_snapshot(snapshot: &Snapshot) -> Self {
        let Snapshot { epoch, version, settled, held, available, .. } = *snapshot;
        Self { epoch, version, settled, held, available }
    }

    /// The base after its very next entry.
    pub(super) fn advanced(self, entry: &Entry) -> Self {
        debug_assert_eq!(entry.version, self.version.next());
        self.jumped_to(entry)
    }

    /// The base after any later entry: only its very next one may be taken.
    pub(super) fn jumped_to(self, entry: &Entry) -> Self {
        Self {
            epoch: self.epoch,
            version: entry.version,
            settled: entry.settled,
            held: entry.held,
            available: entry.available,
        }
    }

    /// The forbidden design of [`crate::mutation::Mutation::DeltasWithoutVersions`].
    pub(super) fn changed_by(self, entry: &Entry) -> Self {
        let credits = entry.credits.signed();
        let available = match entry.kind {
            EntryKind::Grant | EntryKind::Release | EntryKind::Refund | EntryKind::Reinstate => {
                credits
            }
            EntryKind::Capture => entry.returned.unwrap_or_default().signed(),
            EntryKind::Hold | EntryKind::Debit | EntryKind::Clawback | EntryKind::Adjust => {
                -credits
            }
        };
        Self { version: self.version.next(), available: self.available + available, ..self }
    }

    /// Whether the other state is newer: a later epoch, or more entries in the same one.
    pub(super) fn is_older_than(self, other: Self) -> bool {
        (self.epoch, self.version) < (other.epoch, other.version)
    }
}

/// Entries of the base's epoch that wait for the ones before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct GapBuffer(Ordered<Version, Entry>);

impl GapBuffer {
    /// Keeps `entry` for later. At the bound the furthest one goes: the snapshot that is asked for
    /// on every gap brings what it held.
    pub(super) fn keep(&mut self, entry: Entry) {
        self.0.insert(entry.version, entry);
        if self.0.len() > GAP_ENTRIES_MAX {
            self.0.pop_last();
        }
    }

    /// The entry that follows `version`, if it has arrived. Older ones are dropped.
    pub(super) fn take_next(&mut self, version: Version) -> Option<Entry> {
        self.0.drop_before(version.next());
        self.0.remove(version.next())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
