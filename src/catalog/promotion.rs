//! Better prices for whoever knows a code.

use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::money::Currency;

/// A better price, or more credits, for whoever knows its code. One purchase takes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// What buyers type, in any case: 1 to 64 of `[A-Za-z0-9_-]`.
    pub code: String,
    /// So many percent off the price, 1 to 99. A promotion has exactly one benefit: this one, or
    /// `amount_off`, or `bonus_credits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent_off: Option<u32>,
    /// So many minor units off the price of one purchase, for each currency it is good in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_off: Option<BTreeMap<Currency, u64>>,
    /// So many credits more for one purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus_credits: Option<Credits>,
    /// The smallest pack it is good for: those of at least as many credits are, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_pack: Option<String>,
    /// Whether it is only for accounts that have never bought anything.
    #[serde(default)]
    pub first_purchase_only: bool,
    /// From when on it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at_ms: Option<u64>,
    /// Until when it is good, exclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at_ms: Option<u64>,
    /// How many purchases may take it, all in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redemptions_max: Option<u64>,
    /// How many purchases of one account may take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redemptions_per_account_max: Option<u64>,
    /// Whether it can be used now.
    #[serde(default = "super::yes")]
    pub active: bool,
}

/// What a promotion gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benefit<'a> {
    /// So many percent off the price.
    PercentOff(u32),
    /// So many minor units off the price, for each currency.
    AmountOff(&'a BTreeMap<Currency, u64>),
    /// So many credits more.
    BonusCredits(Credits),
}

impl Promotion {
    /// What it gives; none where it says nothing, or more than one thing.
    pub fn benefit(&self) -> Option<Benefit<'_>> {
        match (self.percent_off, &self.amount_off, self.bonus_credits) {
            (Some(percent), None, None) => Some(Benefit::PercentOff(percent)),
            (None, Some(amounts), None) => Some(Benefit::AmountOff(amounts)),
            (None, None, Some(credits)) => Some(Benefit::BonusCredits(credits)),
            _ => None,
        }
    }

    /// Whether `code` is this promotion's, as buyers type it: in any case, spaces around it.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code.trim())
    }
}
