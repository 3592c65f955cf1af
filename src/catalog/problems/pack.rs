//! The rules of a pack.

use alloc::format;

use super::{Found, check_label, is_amount};
use crate::catalog::Pack;
use crate::money::Currency;

/// The last place that a pack can ask for.
const ORDER_MAX: u32 = 10_000;

pub(super) fn check(pack: &Pack, currency: Currency, found: &mut Found) {
    let at = |field| format!("packs.{}.{field}", pack.id);
    check_label(&pack.label, || at("label"), found);
    if let Some(badge) = &pack.badge {
        check_label(badge, || at("badge"), found);
    }
    if pack.credits.is_zero() {
        let remedy = "write a whole number of credits, such as 5";
        found.add(at("credits"), "must be at least 1", remedy);
    }
    let remedy = "write minor units by currency, such as { usd = 400 }";
    if !pack.prices.contains_key(&currency) {
        found.add(at("prices"), "must have the catalog's currency", remedy);
    }
    if !pack.prices.values().copied().all(is_amount) {
        found.add(at("prices"), "must be 1 to 9007199254740991 minor units", remedy);
    }
    if pack.order > ORDER_MAX {
        found.add(at("order"), "must be 0 to 10000", "count the places from 1");
    }
}
