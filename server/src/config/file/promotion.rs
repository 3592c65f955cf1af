//! A promotion as the file has it: its times are written as people write them.

use std::collections::BTreeMap;

use creditpack::Credits;
use creditpack::catalog::Promotion;
use creditpack::money::Currency;
use serde::Deserialize;

use super::moment::Moment;

/// [`Promotion`], field by field, but for its times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPromotion {
    code: String,
    percent_off: Option<u32>,
    amount_off: Option<BTreeMap<Currency, u64>>,
    bonus_credits: Option<Credits>,
    minimum_pack: Option<String>,
    #[serde(default)]
    first_purchase_only: bool,
    starts_at: Option<Moment>,
    ends_at: Option<Moment>,
    redemptions_max: Option<u64>,
    redemptions_per_account_max: Option<u64>,
    #[serde(default = "yes")]
    active: bool,
}

const fn yes() -> bool {
    true
}

impl From<WrittenPromotion> for Promotion {
    fn from(written: WrittenPromotion) -> Self {
        Self {
            code: written.code,
            percent_off: written.percent_off,
            amount_off: written.amount_off,
            bonus_credits: written.bonus_credits,
            minimum_pack: written.minimum_pack,
            first_purchase_only: written.first_purchase_only,
            starts_at_ms: written.starts_at.map(|start| start.at_ms),
            ends_at_ms: written.ends_at.map(|end| end.at_ms),
            redemptions_max: written.redemptions_max,
            redemptions_per_account_max: written.redemptions_per_account_max,
            active: written.active,
        }
    }
}
