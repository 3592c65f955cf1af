//! The chain of an account: every entry binds the one before it, so that none can be changed, taken
//! out or put in without all later links being wrong. `docs/ledger.md` says it for third parties.

use std::fmt::{Display, Write as _};

use creditpack::{AccountId, Credits, Entry, OpId, Version};
use sha2::{Digest as _, Sha256};

/// What the first link of every account begins with: the version of this format.
const ROOT: &str = "creditpack chain v1";

/// What every other link begins with.
const LINK: &str = "creditpack entry v1";

/// What one entry adds to its account's chain: SHA-256, 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link([u8; 32]);

impl Link {
    /// The link before the first entry: it binds the account's id.
    pub(super) fn root(account: &AccountId) -> Self {
        let mut bytes = Bytes::default();
        bytes.text(ROOT);
        bytes.text(account.as_str());
        Self(Sha256::digest(bytes.written).into())
    }

    /// A link as it is stored.
    pub(super) const fn stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The link of `entry`, which follows this one.
    ///
    /// Fields that the entry does not have are left out, so that kinds which come later may have
    /// fields of their own without another format.
    #[must_use]
    pub(super) fn next(self, entry: &Entry) -> Self {
        let mut bytes = Bytes::default();
        bytes.text(LINK);
        bytes.written.extend_from_slice(&self.0);
        bytes.field("version", entry.version.get());
        bytes.field("kind", entry.kind.as_str());
        bytes.field("credits", entry.credits.get());
        bytes.some("op", entry.op.as_ref().map(OpId::to_string));
        bytes.some("operation", entry.operation.as_ref());
        bytes.some("returned", entry.returned.map(Credits::get));
        bytes.some("applied_version", entry.applied_version.map(Version::get));
        bytes.some("expires_at_ms", entry.expires_at_ms);
        bytes.some("reason", entry.reason.as_ref());
        bytes.some("source", entry.source.map(creditpack::entry::GrantSource::as_str));
        bytes.some("purchase", entry.purchase.as_ref());
        bytes.some("owed", entry.owed.map(Credits::get));
        bytes.some("actor", entry.actor.as_ref());
        bytes.field("settled", entry.settled);
        bytes.field("held", entry.held.get());
        bytes.field("at_ms", entry.at_ms);
        Self(Sha256::digest(bytes.written).into())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// As people compare it: 64 lower-case hexadecimal digits.
impl Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What is hashed: texts as netstrings, each with its length in bytes before it, so that no two
/// entries have the same bytes.
#[derive(Default)]
struct Bytes {
    written: Vec<u8>,
    text: String,
}

impl Bytes {
    fn text(&mut self, text: &str) {
        self.written.extend_from_slice(text.len().to_string().as_bytes());
        self.written.push(b':');
        self.written.extend_from_slice(text.as_bytes());
        self.written.push(b',');
    }

    fn field(&mut self, name: &str, value: impl Display) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        // Writing to a string does not fail.
        let _ = write!(text, "{name}={value}");
        self.text(&text);
        self.text = text;
    }

    fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use creditpack::ledger::{Account, grant_by_hand};

    use super::*;

    fn account() -> AccountId {
        AccountId::new("u_1").unwrap()
    }

    fn gift() -> Entry {
        let (credits, reason) = (Credits::new(5).unwrap(), "welcome, ünknown".to_owned());
        grant_by_hand(Account::default(), credits, reason, Some("ann".into()), 7).unwrap()
    }

    /// The bytes of `docs/ledger.md`, written out by hand.
    #[test]
    fn a_link_is_the_hash_of_what_the_documentation_says() {
        let root = Sha256::digest("19:creditpack chain v1,3:u_1,");
        assert_eq!(Link::root(&account()).as_bytes(), root.as_slice());
        let mut bytes = b"19:creditpack entry v1,".to_vec();
        bytes.extend_from_slice(&root);
        bytes.extend_from_slice(
            "9:version=1,10:kind=grant,9:credits=5,24:reason=welcome, ünknown,\
            17:source=adjustment,9:actor=ann,9:settled=5,6:held=0,7:at_ms=7,"
                .as_bytes(),
        );
        let expected = Sha256::digest(&bytes);
        assert_eq!(Link::root(&account()).next(&gift()).as_bytes(), expected.as_slice());
    }

    #[test]
    fn a_link_changes_with_every_field_and_with_what_was_before() {
        let op: OpId = "019b76da-a800-7000-8000-000000000001".parse().unwrap();
        let one = Credits::ONE;
        let changes: [fn(&mut Entry, OpId, Credits); 16] = [
            |entry, _, _| entry.version = entry.version.next(),
            |entry, _, _| entry.kind = creditpack::EntryKind::Adjust,
            |entry, _, one| entry.credits = one,
            |entry, op, _| entry.op = Some(op),
            |entry, _, _| entry.operation = Some("image".into()),
            |entry, _, one| entry.returned = Some(one),
            |entry, _, _| entry.applied_version = Some(entry.version),
            |entry, _, _| entry.expires_at_ms = Some(8),
            |entry, _, _| entry.reason = None,
            |entry, _, _| entry.source = None,
            |entry, _, _| entry.purchase = Some("pur_1".into()),
            |entry, _, one| entry.owed = Some(one),
            |entry, _, _| entry.actor = Some("bob".into()),
            |entry, _, _| entry.settled = 6,
            |entry, _, one| entry.held = one,
            |entry, _, _| entry.at_ms = 8,
        ];
        let first = Link::root(&account());
        let mut seen = vec![first.next(&gift()), first.next(&gift()).next(&gift())];
        seen.push(Link::root(&AccountId::new("u_2").unwrap()).next(&gift()));
        for change in changes {
            let mut entry = gift();
            change(&mut entry, op, one);
            seen.push(first.next(&entry));
        }
        for (at, link) in seen.iter().enumerate() {
            assert!(!seen[..at].contains(link), "{at}");
        }
    }
}
