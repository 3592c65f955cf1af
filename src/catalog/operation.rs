//! What is done for credits.

use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::Label;
use crate::credits::Credits;
use crate::words::words;

/// When an operation's credits are spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Held first, spent when the work is captured.
    #[default]
    OnCapture,
    /// Spent at once; undone only by a refund.
    AtOnce,
}

words! {
    /// A plural category of CLDR, which says for each language what numbers it stands for.
    pub enum Plural {
        /// None at all, in Arabic.
        Zero = "zero",
        /// The singular.
        One = "one",
        /// A pair.
        Two = "two",
        /// A few, in Polish for instance.
        Few = "few",
        /// Many, in Polish for instance.
        Many = "many",
        /// Whatever no other category is for; every language has it.
        Other = "other",
    }
}

/// Something that is done for credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its name in requests: 1 to 64 of `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people.
    pub label: Label,
    /// So many of it, in the words of each locale (BCP 47 tags): `{n}` stands for the number, as in
    /// `{ en = { one = "{n} picture", other = "{n} pictures" } }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counted: BTreeMap<String, BTreeMap<Plural, String>>,
    /// What it costs, at least 1.
    pub credits: Credits,
    /// When its credits are spent.
    #[serde(default)]
    pub settle: Settlement,
    /// How long a hold waits for its work to start, in seconds.
    #[serde(default = "default_unclaimed_s")]
    pub hold_unclaimed_s: u64,
    /// How long work may run, after its claim or its last extension, in seconds.
    #[serde(default = "default_claimed_s")]
    pub hold_claimed_s: u64,
}

impl Operation {
    /// An operation that settles on capture, with holds of the usual lifetimes.
    pub fn new(id: &str, label: &str, credits: Credits) -> Self {
        Self {
            id: id.into(),
            label: Label::One(label.into()),
            counted: BTreeMap::new(),
            credits,
            settle: Settlement::OnCapture,
            hold_unclaimed_s: default_unclaimed_s(),
            hold_claimed_s: default_claimed_s(),
        }
    }
}

const fn default_unclaimed_s() -> u64 {
    120
}

const fn default_claimed_s() -> u64 {
    600
}
