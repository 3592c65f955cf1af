//! One immutable line of an account's ledger.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::{Balance, Credits};
use crate::ids::{OpId, Version};
use crate::words::words;

words! {
    /// What happened.
    pub enum EntryKind {
        /// Credits were given: bought, promised or corrected.
        Grant = "grant",
        /// Credits were promised to an op.
        Hold = "hold",
        /// Credits were spent at once.
        Debit = "debit",
        /// Work finished: held credits were spent, the rest returned.
        Capture = "capture",
        /// Work failed, was cancelled or never came: held credits returned.
        Release = "release",
        /// Spent credits were given back.
        Refund = "refund",
        /// A payment was taken back, and its credits with it.
        Clawback = "clawback",
        /// A clawback was undone.
        Reinstate = "reinstate",
        /// Credits were taken away by hand.
        Adjust = "adjust",
    }
}

words! {
    /// Where granted credits come from.
    pub enum GrantSource {
        /// A paid purchase.
        Purchase = "purchase",
        /// A gift by the seller.
        Promotion = "promotion",
        /// A correction by hand.
        Adjustment = "adjustment",
    }
}

/// One line of an account's ledger, with the balances after it.
///
/// The shape of every kind is the protocol's: fields that a kind does not have are absent. Entries
/// are made by [`crate::ledger`] only, which sets exactly the fields of their kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The account's version that this entry made.
    pub version: Version,
    /// What happened.
    pub kind: EntryKind,
    /// Credits granted, held, spent or given back: never negative, whatever the kind.
    pub credits: Credits,
    /// The spend it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// What was done for the credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Of a capture: held credits that were not spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<Credits>,
    /// Of what ends an op: the version of the hold or debit that began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_version: Option<Version>,
    /// Of a hold: when it may expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<u64>,
    /// Why, as a word of the protocol or, of grants,
    /// adjustments and refunds, a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a grant: where the credits come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<GrantSource>,
    /// The purchase it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// Of a clawback: credits still owed after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owed: Option<Credits>,
    /// Who did it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Credits owned after it.
    pub settled: i64,
    /// Credits promised after it.
    pub held: Credits,
    /// Credits free to promise after it: settled minus held.
    pub available: i64,
    /// When it was decided.
    pub at_ms: u64,
}

impl Entry {
    /// An entry of that kind with the balances after it, and no field that only some kinds have.
    pub(crate) fn new(
        kind: EntryKind,
        credits: Credits,
        version: Version,
        after: Balance,
        at_ms: u64,
    ) -> Self {
        Self {
            version,
            kind,
            credits,
            op: None,
            operation: None,
            returned: None,
            applied_version: None,
            expires_at_ms: None,
            reason: None,
            source: None,
            purchase: None,
            owed: None,
            actor: None,
            settled: after.settled(),
            held: after.held(),
            available: after.available(),
            at_ms,
        }
    }

    /// The version at which this entry's op was applied, if it has an op.
    ///
    /// A hold or debit applies its op; what ends it names the version of that.
    pub fn op_applied_at(&self) -> Option<(OpId, Version)> {
        let applied_at = match self.kind {
            EntryKind::Hold | EntryKind::Debit => self.version,
            _ => self.applied_version?,
        };
        Some((self.op?, applied_at))
    }
}
