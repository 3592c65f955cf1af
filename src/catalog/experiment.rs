//! Other packs or prices for some accounts, to learn what sells.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// A comparison of variants. Each account is in exactly one of them, and stays in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its name in reports, and what accounts are divided by: 1 to 64 of `[a-z0-9_-]`.
    pub id: String,
    /// What is compared, at least two.
    pub variants: Vec<Variant>,
    /// Whether it runs. One that has ended changes nothing for anybody.
    #[serde(default = "super::yes")]
    pub active: bool,
}

/// What some accounts see instead of the catalog's own packs and prices. One that changes nothing
/// is the control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in reports: 1 to 64 of `[a-z0-9_-]`.
    pub id: String,
    /// Its share of the accounts, against those of the other variants; 0 takes no new ones.
    pub weight: u32,
    /// The packs that are sold here, by id, in the order they are shown; those that are active where
    /// absent. It may name packs that are not active, which are sold only here then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packs: Option<Vec<String>>,
    /// Prices in minor units that differ here, by pack and currency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<String, BTreeMap<Currency, u64>>,
}
