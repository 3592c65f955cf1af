//! Entries as people tell them: a spend and what became of it are one story.

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use crate::credits::Credits;
use crate::entry::{Entry, EntryKind, GrantSource};
use crate::ids::{OpId, Version};
use crate::words::words;

words! {
    /// What a story is about; the page that shows it finds the words.
    pub enum StoryKey {
        /// A pack was bought.
        Bought = "bought",
        /// Credits were given.
        Granted = "granted",
        /// Credits were taken away.
        Taken = "taken",
        /// Credits that were taken away came back.
        Reinstated = "reinstated",
        /// Work is running; its credits are set aside.
        Running = "running",
        /// Work finished and its credits were spent.
        Spent = "spent",
        /// Work finished and a part of its credits was spent.
        PartlySpent = "partly_spent",
        /// Work did not finish and its credits returned: not charged.
        Returned = "returned",
        /// Credits were spent and given back later.
        Refunded = "refunded",
    }
}

/// One line of an account's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Story {
    /// What it is about.
    pub key: StoryKey,
    /// How many credits it was about.
    pub credits: Credits,
    /// How many of them are spent.
    pub spent: Credits,
    /// How many of them came back.
    pub returned: Credits,
    /// The spend, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// What was done for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The purchase they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// Why: a release's reason, or a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it began, as far as the entries tell.
    pub at_ms: u64,
    /// When it ended; none while work runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<u64>,
    /// The version of its latest entry.
    pub version: Version,
}

/// The stories that `entries` tell, both newest first. A story stands where its latest entry does.
///
/// Entries may begin in the middle of an account's history: an end whose beginning is not among them
/// is told by what it says itself.
pub fn stories(entries: &[Entry]) -> Vec<Story> {
    let mut told: Vec<Story> = Vec::new();
    for entry in entries {
        let known = told.iter_mut().find(|story| entry.op.is_some() && story.op == entry.op);
        match known {
            Some(story) => begin_earlier(story, entry),
            None => told.push(latest(entry)),
        }
    }
    told
}

/// The story whose latest entry this is.
fn latest(entry: &Entry) -> Story {
    let returned = entry.returned.unwrap_or_default();
    let whole = entry.credits.plus(returned).unwrap_or(entry.credits);
    let none = Credits::ZERO;
    let (key, credits, spent, returned) = match entry.kind {
        EntryKind::Grant if entry.source == Some(GrantSource::Purchase) => {
            (StoryKey::Bought, entry.credits, none, none)
        }
        EntryKind::Grant => (StoryKey::Granted, entry.credits, none, none),
        EntryKind::Reinstate => (StoryKey::Reinstated, entry.credits, none, none),
        EntryKind::Clawback | EntryKind::Adjust => (StoryKey::Taken, entry.credits, none, none),
        EntryKind::Hold => (StoryKey::Running, entry.credits, none, none),
        EntryKind::Capture if returned.is_zero() => {
            (StoryKey::Spent, entry.credits, entry.credits, none)
        }
        EntryKind::Capture => (StoryKey::PartlySpent, whole, entry.credits, returned),
        EntryKind::Debit => (StoryKey::Spent, entry.credits, entry.credits, none),
        EntryKind::Release => (StoryKey::Returned, entry.credits, none, entry.credits),
        EntryKind::Refund => (StoryKey::Refunded, entry.credits, none, entry.credits),
    };
    Story {
        key,
        credits,
        spent,
        returned,
        op: entry.op,
        operation: entry.operation.clone(),
        purchase: entry.purchase.clone(),
        reason: entry.reason.clone(),
        at_ms: entry.at_ms,
        ended_at_ms: (entry.kind != EntryKind::Hold).then_some(entry.at_ms),
        version: entry.version,
    }
}

/// An earlier entry of the same op: the story began there, and knows now what it was about.
fn begin_earlier(story: &mut Story, entry: &Entry) {
    story.at_ms = entry.at_ms;
    match entry.kind {
        EntryKind::Hold | EntryKind::Debit => story.credits = entry.credits,
        // An earlier refund of a part: both came back.
        EntryKind::Refund => {
            story.returned = story.returned.plus(entry.credits).unwrap_or(story.returned);
        }
        _ => {}
    }
    if story.key == StoryKey::Refunded {
        let taken = match entry.kind {
            EntryKind::Capture | EntryKind::Debit => entry.credits,
            _ => return,
        };
        story.spent = taken.minus(story.returned).unwrap_or_default();
        let unspent = entry.returned.unwrap_or_default();
        story.returned = story.returned.plus(unspent).unwrap_or(story.returned);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::credits::Balance;

    fn entry(version: u64, kind: EntryKind, credits: u64, op: u8) -> Entry {
        let (credits, version) = (Credits::new(credits).unwrap(), Version::new(version).unwrap());
        let mut entry = Entry::new(kind, credits, version, Balance::ZERO, version.get() * 1_000);
        let of_an_op = matches!(
            kind,
            EntryKind::Hold
                | EntryKind::Debit
                | EntryKind::Capture
                | EntryKind::Release
                | EntryKind::Refund
        );
        if of_an_op {
            entry.op = Some(OpId::v7(1, [op; 10]));
            entry.operation = Some("image".into());
        }
        entry
    }

    fn check(oldest_first: &[(EntryKind, u64, u64)], key: StoryKey, numbers: [u64; 3]) {
        let mut entries: Vec<_> = (1..)
            .zip(oldest_first)
            .map(|(version, &(kind, credits, returned))| {
                let returned = (kind == EntryKind::Capture).then_some(returned);
                let returned = returned.map(|returned| Credits::new(returned).unwrap());
                Entry { returned, ..entry(version, kind, credits, 1) }
            })
            .collect();
        entries.reverse();
        let told = stories(&entries);
        assert_eq!(told.len(), 1, "{oldest_first:?}");
        let story = &told[0];
        let amounts = [story.credits, story.spent, story.returned].map(Credits::get);
        assert_eq!((story.key, amounts), (key, numbers), "{oldest_first:?}");
        assert_eq!(story.at_ms, 1_000, "it began with its first entry");
    }

    #[test]
    fn a_spend_and_its_end_are_one_story() {
        use EntryKind::{Capture, Debit, Hold, Refund, Release};
        check(&[(Hold, 3, 0)], StoryKey::Running, [3, 0, 0]);
        check(&[(Hold, 3, 0), (Capture, 3, 0)], StoryKey::Spent, [3, 3, 0]);
        check(&[(Hold, 3, 0), (Capture, 2, 1)], StoryKey::PartlySpent, [3, 2, 1]);
        check(&[(Hold, 3, 0), (Release, 3, 0)], StoryKey::Returned, [3, 0, 3]);
        check(&[(Hold, 3, 0), (Capture, 3, 0), (Refund, 1, 0)], StoryKey::Refunded, [3, 2, 1]);
        check(&[(Hold, 3, 0), (Capture, 2, 1), (Refund, 2, 0)], StoryKey::Refunded, [3, 0, 3]);
        check(
            &[(Hold, 3, 0), (Capture, 3, 0), (Refund, 1, 0), (Refund, 1, 0)],
            StoryKey::Refunded,
            [3, 1, 2],
        );
        check(&[(Debit, 2, 0)], StoryKey::Spent, [2, 2, 0]);
        check(&[(Debit, 2, 0), (Refund, 2, 0)], StoryKey::Refunded, [2, 0, 2]);
    }

    #[test]
    fn stories_stand_where_their_latest_entry_does() {
        let entries = [
            entry(4, EntryKind::Capture, 1, 1),
            entry(3, EntryKind::Hold, 1, 2),
            entry(2, EntryKind::Hold, 1, 1),
            entry(1, EntryKind::Grant, 5, 0),
        ];
        let told = stories(&entries);
        let keys: Vec<_> = told.iter().map(|story| (story.key, story.version.get())).collect();
        let expected = [(StoryKey::Spent, 4), (StoryKey::Running, 3), (StoryKey::Granted, 1)];
        assert_eq!(keys, expected);
    }

    #[test]
    fn an_end_without_its_beginning_is_told_as_far_as_it_goes() {
        let told = stories(&[entry(9, EntryKind::Release, 2, 1)]);
        assert_eq!((told[0].key, told[0].returned.get()), (StoryKey::Returned, 2));
    }

    proptest! {
        #[test]
        fn what_is_spent_and_returned_adds_up(held in 1u64..9, taken in 0u64..9, back in 0u64..9) {
            let taken = taken.min(held).max(1);
            let back = back.min(taken);
            let mut entries = alloc::vec![entry(1, EntryKind::Hold, held, 1)];
            let returned = Some(Credits::new(held - taken).unwrap());
            entries.push(Entry { returned, ..entry(2, EntryKind::Capture, taken, 1) });
            if back > 0 {
                entries.push(entry(3, EntryKind::Refund, back, 1));
            }
            entries.reverse();
            let story = &stories(&entries)[0];
            prop_assert_eq!(story.credits.get(), story.spent.get() + story.returned.get());
        }
    }
}
