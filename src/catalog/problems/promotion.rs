//! The rules of promotions.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;

use super::{Found, is_amount};
use crate::catalog::{Catalog, Promotion};
use crate::credits::{CREDITS_MAX, Credits};
use crate::money::Currency;

pub(super) fn check_all(catalog: &Catalog, found: &mut Found) {
    let sold_in = sold_in(catalog);
    let mut seen = BTreeSet::new();
    for promotion in &catalog.promotions {
        let at = |field: &str| format!("promotions.{}.{field}", promotion.code);
        check_code(promotion, &mut seen, at("code"), found);
        check_benefit(promotion, &sold_in, at, found);
        check_minimum_pack(promotion, catalog, at("minimum_pack"), found);
        check_times(promotion, at, found);
        check_maxima(promotion, at, found);
    }
}

/// Every currency that some pack has a price in, be it in a variant only.
fn sold_in(catalog: &Catalog) -> BTreeSet<Currency> {
    let variants = catalog.experiments.iter().flat_map(|experiment| &experiment.variants);
    let varied = variants.flat_map(|variant| variant.prices.values());
    let prices = catalog.packs.iter().map(|pack| &pack.prices).chain(varied);
    prices.flat_map(|prices| prices.keys().copied()).collect()
}

fn check_code(
    promotion: &Promotion,
    seen: &mut BTreeSet<String>,
    place: String,
    found: &mut Found,
) {
    let code = &promotion.code;
    let remedy = "choose a code of its own, such as \"SUMMER-2026\"";
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if code.is_empty() || code.len() > 64 || !code.bytes().all(allowed) {
        found.add(place, "must be 1 to 64 of A-Z a-z 0-9 _ -", remedy);
    } else if !seen.insert(code.to_ascii_lowercase()) {
        found.add(place, "must be used once, in whatever case", remedy);
    }
}

fn check_benefit(
    promotion: &Promotion,
    sold_in: &BTreeSet<Currency>,
    at: impl Fn(&str) -> String,
    found: &mut Found,
) {
    if promotion.benefit().is_none() {
        let rule = "must have exactly one of percent_off, amount_off and bonus_credits";
        let place = format!("promotions.{}", promotion.code);
        found.add(place, rule, "keep one of them");
    }
    if promotion.percent_off.is_some_and(|percent| !(1..=99).contains(&percent)) {
        found.add(at("percent_off"), "must be 1 to 99", "write whole percents, such as 20");
    }
    if let Some(amounts) = &promotion.amount_off {
        check_amounts(amounts, sold_in, &at("amount_off"), found);
    }
    if promotion.bonus_credits.is_some_and(Credits::is_zero) {
        let remedy = "write a whole number of credits, such as 5";
        found.add(at("bonus_credits"), "must be at least 1", remedy);
    }
}

fn check_amounts(
    amounts: &BTreeMap<Currency, u64>,
    sold_in: &BTreeSet<Currency>,
    place: &str,
    found: &mut Found,
) {
    let remedy = "write minor units by currency, such as { usd = 100 }";
    if amounts.is_empty() {
        found.add(place.into(), "must have a currency", remedy);
    }
    for (currency, &amount_minor) in amounts {
        let place = format!("{place}.{currency}");
        if !is_amount(amount_minor) {
            found.add(place.clone(), "must be 1 to 9007199254740991 minor units", remedy);
        }
        if !sold_in.contains(currency) {
            let rule = "must be a currency that a pack is sold in";
            found.add(place, rule, "remove it, or sell a pack in that currency");
        }
    }
}

fn check_minimum_pack(promotion: &Promotion, catalog: &Catalog, place: String, found: &mut Found) {
    let is_pack = |id: &String| catalog.packs.iter().any(|pack| pack.id == *id);
    if !promotion.minimum_pack.as_ref().is_none_or(is_pack) {
        found.add(place, "must be the id of a pack", "write the id of the smallest such pack");
    }
}

fn check_times(promotion: &Promotion, at: impl Fn(&str) -> String, found: &mut Found) {
    let remedy = "write a time, such as 2026-12-01T00:00:00Z";
    let times = [("starts_at_ms", promotion.starts_at_ms), ("ends_at_ms", promotion.ends_at_ms)];
    for (field, at_ms) in times {
        if at_ms.is_some_and(|at_ms| at_ms > CREDITS_MAX) {
            found.add(at(field), "must be at most 9007199254740991", remedy);
        }
    }
    if let (Some(start), Some(end)) = (promotion.starts_at_ms, promotion.ends_at_ms)
        && start >= end
    {
        found.add(at("ends_at_ms"), "must be after the start", "let it end later");
    }
}

fn check_maxima(promotion: &Promotion, at: impl Fn(&str) -> String, found: &mut Found) {
    let maxima = [
        ("redemptions_max", promotion.redemptions_max),
        ("redemptions_per_account_max", promotion.redemptions_per_account_max),
    ];
    for (field, most) in maxima {
        if most.is_some_and(|most| !(1..=CREDITS_MAX).contains(&most)) {
            let remedy = "write a whole number, such as 100, or set active = false";
            found.add(at(field), "must be 1 to 9007199254740991", remedy);
        }
    }
}
