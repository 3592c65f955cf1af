//! What makes a catalog unusable.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Catalog, Label, Operation, Pack};
use crate::credits::CREDITS_MAX;
use crate::money::Currency;

/// Longest lifetime of a hold: one day, in seconds.
const HOLD_LIFETIME_S_MAX: u64 = 24 * 60 * 60;

/// Longest label, in characters.
const LABEL_CHARS_MAX: usize = 80;

/// A rule that a catalog breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, for instance `packs.starter.credits`.
    pub place: String,
    /// The rule, to be read after the place.
    pub rule: &'static str,
}

impl Catalog {
    /// Every rule this catalog breaks, in the order of its text; empty for a good one.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        check_ids("packs", self.packs.iter().map(|pack| &pack.id), &mut found);
        for pack in &self.packs {
            check_pack(pack, self.currency, &mut found);
        }
        check_ids("operations", self.operations.iter().map(|operation| &operation.id), &mut found);
        for operation in &self.operations {
            check_operation(operation, &mut found);
        }
        found
    }
}

fn check_ids<'a>(list: &str, ids: impl Iterator<Item = &'a String>, found: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for id in ids {
        let place = format!("{list}.{id}.id");
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            found.push(Problem { place, rule: "must be 1 to 64 of a-z 0-9 _ -" });
        } else if !seen.insert(id) {
            found.push(Problem { place, rule: "must be used once" });
        }
    }
}

fn check_pack(pack: &Pack, currency: Currency, found: &mut Vec<Problem>) {
    let at = |field| format!("packs.{}.{field}", pack.id);
    check_label(&pack.label, || at("label"), found);
    if let Some(badge) = &pack.badge {
        check_label(badge, || at("badge"), found);
    }
    if pack.credits.is_zero() {
        found.push(Problem { place: at("credits"), rule: "must be at least 1" });
    }
    if !pack.prices.contains_key(&currency) {
        found.push(Problem { place: at("prices"), rule: "must have the catalog's currency" });
    }
    if pack.prices.values().any(|&amount_minor| amount_minor == 0 || amount_minor > CREDITS_MAX) {
        let rule = "must be 1 to 9007199254740991 minor units";
        found.push(Problem { place: at("prices"), rule });
    }
}

fn check_operation(operation: &Operation, found: &mut Vec<Problem>) {
    let at = |field| format!("operations.{}.{field}", operation.id);
    check_label(&operation.label, || at("label"), found);
    if operation.credits.is_zero() {
        found.push(Problem { place: at("credits"), rule: "must be at least 1" });
    }
    let lifetimes = [
        ("hold_unclaimed_s", operation.hold_unclaimed_s),
        ("hold_claimed_s", operation.hold_claimed_s),
    ];
    for (field, lifetime_s) in lifetimes {
        if !(1..=HOLD_LIFETIME_S_MAX).contains(&lifetime_s) {
            found.push(Problem { place: at(field), rule: "must be 1 to 86400 seconds" });
        }
    }
}

fn check_label(label: &Label, place: impl Fn() -> String, found: &mut Vec<Problem>) {
    let texts = label.texts();
    let fits = |text: &&str| !text.trim().is_empty() && text.chars().count() <= LABEL_CHARS_MAX;
    if texts.is_empty() || !texts.iter().all(fits) {
        found.push(Problem { place: place(), rule: "must be 1 to 80 characters" });
    }
}
