//! The rules of experiments.
//!
//! That a variant's packs have the catalog's currency needs no rule here: every pack of the catalog
//! has it, on sale or not, and a variant only changes prices or adds some.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::{Found, check_ids, check_length, is_amount};
use crate::catalog::{Catalog, Experiment, Variant};

/// The largest weight of a variant.
const WEIGHT_MAX: u32 = 10_000;

pub(super) fn check_all(catalog: &Catalog, found: &mut Found) {
    let packs: BTreeSet<_> = catalog.packs.iter().map(|pack| pack.id.as_str()).collect();
    let mut taken = Taken::default();
    check_ids("experiments", catalog.experiments.iter().map(|it| &it.id), found);
    for experiment in &catalog.experiments {
        check_variants(experiment, found);
        for variant in &experiment.variants {
            let place = place(experiment, variant);
            check_packs(&place, variant, &packs, found);
            check_prices(&place, variant, &packs, found);
        }
        if experiment.active {
            taken.by(experiment, found);
        }
    }
}

fn place(experiment: &Experiment, variant: &Variant) -> String {
    format!("experiments.{}.variants.{}", experiment.id, variant.id)
}

fn check_variants(experiment: &Experiment, found: &mut Found) {
    let list = format!("experiments.{}.variants", experiment.id);
    let variants = &experiment.variants;
    if variants.len() < 2 {
        let remedy = "add another variant; one that changes nothing is the control";
        found.add(list.clone(), "must be at least 2", remedy);
    }
    check_length(&list, variants.len(), found);
    check_ids(&list, variants.iter().map(|variant| &variant.id), found);
    let remedy = "write shares such as 1 and 1; 0 takes no new accounts";
    for variant in variants.iter().filter(|variant| variant.weight > WEIGHT_MAX) {
        found.add(format!("{list}.{}.weight", variant.id), "must be 0 to 10000", remedy);
    }
    if experiment.active
        && !variants.is_empty()
        && variants.iter().all(|variant| variant.weight == 0)
    {
        let remedy = "give one of them a weight of 1, or end the experiment with active = false";
        found.add(list, "must have a weight above 0 among them", remedy);
    }
}

fn check_packs(place: &str, variant: &Variant, known: &BTreeSet<&str>, found: &mut Found) {
    let Some(packs) = &variant.packs else { return };
    if packs.is_empty() {
        let remedy = "name a pack, or leave packs out to sell the usual ones";
        found.add(format!("{place}.packs"), "must have a pack", remedy);
    }
    check_length(&format!("{place}.packs"), packs.len(), found);
    let mut seen = BTreeSet::new();
    for id in packs {
        let place = format!("{place}.packs.{id}");
        if !known.contains(id.as_str()) {
            found.add(place, "must be the id of a pack", "write the id of one of the packs");
        } else if !seen.insert(id) {
            found.add(place, "must be named once", "remove the repetition");
        }
    }
}

fn check_prices(place: &str, variant: &Variant, known: &BTreeSet<&str>, found: &mut Found) {
    for (id, prices) in &variant.prices {
        let place = format!("{place}.prices.{id}");
        if !known.contains(id.as_str()) {
            let remedy = "write the id of one of the packs";
            found.add(place.clone(), "must be the id of a pack", remedy);
        }
        for (currency, _) in prices.iter().filter(|(_, amount_minor)| !is_amount(**amount_minor)) {
            let remedy = "write minor units by currency, such as { usd = 400 }";
            let rule = "must be 1 to 9007199254740991 minor units";
            found.add(format!("{place}.{currency}"), rule, remedy);
        }
    }
}

/// What the running experiments so far vary. Were one thing varied by two of them, an account would
/// see what neither of them meant, and the reports of both would be wrong.
#[derive(Default)]
struct Taken<'a> {
    packs: bool,
    prices_of: BTreeSet<&'a str>,
}

impl<'a> Taken<'a> {
    fn by(&mut self, experiment: &'a Experiment, found: &mut Found) {
        let rule = "must not be varied by two running experiments";
        let remedy = "end the other experiment first, with active = false";
        let lists = experiment.variants.iter().find(|variant| variant.packs.is_some());
        if let Some(variant) = lists.filter(|_| self.packs) {
            found.add(format!("{}.packs", place(experiment, variant)), rule, remedy);
        }
        let mut priced = BTreeSet::new();
        for variant in &experiment.variants {
            for pack in variant.prices.keys() {
                if priced.insert(pack.as_str()) && self.prices_of.contains(pack.as_str()) {
                    let place = place(experiment, variant);
                    found.add(format!("{place}.prices.{pack}"), rule, remedy);
                }
            }
        }
        self.packs |= lists.is_some();
        self.prices_of.extend(priced);
    }
}
