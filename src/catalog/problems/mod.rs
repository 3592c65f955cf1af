//! What makes a catalog unusable.

mod counted;
mod experiment;
mod operation;
mod pack;
mod promotion;

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use super::{Catalog, Label};
use crate::credits::CREDITS_MAX;

/// The longest list of packs, operations, promotions, experiments or variants.
const LIST_MAX: usize = 1_000;

/// Longest text, in characters.
const TEXT_CHARS_MAX: usize = 80;

/// A rule that a catalog breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where, for instance `packs.starter.credits`.
    pub place: String,
    /// The rule, to be read after the place.
    pub rule: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Every problem so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, place: String, rule: &'static str, remedy: &'static str) {
        self.0.push(Problem { place, rule, remedy });
    }
}

impl Catalog {
    /// Every rule this catalog breaks, in the order of its text; empty for a good one.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Found::default();
        check_length("packs", self.packs.len(), &mut found);
        check_ids("packs", self.packs.iter().map(|pack| &pack.id), &mut found);
        for pack in &self.packs {
            pack::check(pack, self.currency, &mut found);
        }
        check_length("operations", self.operations.len(), &mut found);
        check_ids("operations", self.operations.iter().map(|operation| &operation.id), &mut found);
        for operation in &self.operations {
            operation::check(operation, &mut found);
        }
        check_length("promotions", self.promotions.len(), &mut found);
        promotion::check_all(self, &mut found);
        check_length("experiments", self.experiments.len(), &mut found);
        experiment::check_all(self, &mut found);
        found.0
    }
}

fn check_length(list: &str, length: usize, found: &mut Found) {
    if length > LIST_MAX {
        found.add(list.into(), "must be at most 1000", "remove those that are no longer used");
    }
}

fn check_ids<'a>(list: &str, ids: impl Iterator<Item = &'a String>, found: &mut Found) {
    let remedy = "choose a name of its own, such as \"starter\"";
    let mut seen = BTreeSet::new();
    for id in ids {
        let place = format!("{list}.{id}.id");
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            found.add(place, "must be 1 to 64 of a-z 0-9 _ -", remedy);
        } else if !seen.insert(id) {
            found.add(place, "must be used once", remedy);
        }
    }
}

fn check_label(label: &Label, place: impl Fn() -> String, found: &mut Found) {
    let texts = label.texts();
    if texts.is_empty() || !texts.iter().all(|text| fits(text)) {
        let remedy = "write a short text, such as \"Starter\"";
        found.add(place(), "must be 1 to 80 characters", remedy);
    }
}

fn fits(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX
}

/// Whether it can be a price, or what is taken off one.
const fn is_amount(amount_minor: u64) -> bool {
    amount_minor >= 1 && amount_minor <= CREDITS_MAX
}
