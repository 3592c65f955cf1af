//! Experiments: whether they compare anything, and what their variants offer is fair.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::iter;

use super::offered::{Offered, Priced};
use super::{Advice, AdviceId, on_offer, phrase};
use crate::catalog::{Catalog, Experiment, Variant};
use crate::credits::Credits;
use crate::experiment::Assignment;
use crate::money::Currency;

/// Prices for the same credits may be so many times apart.
const APART_MAX: u128 = 2;

/// A variant and the catalog that its accounts are offered.
struct Varied<'a> {
    experiment: &'a Experiment,
    variant: &'a Variant,
    catalog: Catalog,
}

pub(super) fn advise(catalog: &Catalog, found: &mut Vec<Advice>) {
    let usual = on_offer(&Offered::of(catalog));
    for experiment in running(catalog) {
        let varied: Vec<_> = variants(catalog, experiment).collect();
        found.extend(compares_nothing(&varied));
        let priced: Vec<_> = varied.iter().map(|one| (one, cheapest(one))).collect();
        for one in &varied {
            found.extend(prices_apart(one, &priced));
            found.extend(of_variant(one, &usual));
        }
    }
}

/// The catalogs that accounts are offered: the usual one, and that of each variant for itself.
pub(super) fn offers(catalog: &Catalog) -> impl Iterator<Item = Catalog> {
    let varied = running(catalog).flat_map(|experiment| variants(catalog, experiment));
    iter::once(catalog.clone()).chain(varied.map(|varied| varied.catalog))
}

fn running(catalog: &Catalog) -> impl Iterator<Item = &Experiment> {
    catalog.experiments.iter().filter(|experiment| experiment.active)
}

fn variants<'a>(
    catalog: &'a Catalog,
    experiment: &'a Experiment,
) -> impl Iterator<Item = Varied<'a>> {
    experiment.variants.iter().map(|variant| {
        let assignment =
            Assignment { experiment: experiment.id.clone(), variant: variant.id.clone() };
        Varied { experiment, variant, catalog: catalog.varied(&[assignment]) }
    })
}

impl Varied<'_> {
    fn place(&self) -> String {
        format!("experiments.{}.variants.{}", self.experiment.id, self.variant.id)
    }

    /// Whether buyers see the same packs at the same prices, in the same order.
    fn is_like(&self, other: &Self) -> bool {
        let seen = |catalog: &Catalog| -> Vec<_> {
            let packs = catalog.on_sale().into_iter();
            packs.map(|pack| (pack.id.clone(), pack.prices.clone())).collect()
        };
        seen(&self.catalog) == seen(&other.catalog)
    }
}

fn compares_nothing(varied: &[Varied<'_>]) -> Option<Advice> {
    let (first, others) = varied.split_first()?;
    if others.is_empty() || !others.iter().all(|other| other.is_like(first)) {
        return None;
    }
    let id = &first.experiment.id;
    let reason = format!("All variants of {id:?} sell the same packs at the same prices.");
    let remedy = "Let a variant change packs or prices, or end it with active = false.";
    let place = format!("experiments.{id}.variants");
    Some(Advice::new(AdviceId::ExperimentComparesNothing, place, reason, remedy))
}

/// The cheapest offer of one variant for each number of credits in each currency.
type Cheapest<'a> = BTreeMap<(Currency, Credits), Priced<'a>>;

fn cheapest<'a>(varied: &'a Varied<'_>) -> Cheapest<'a> {
    let offered = Offered::of(&varied.catalog);
    let mut cheapest = Cheapest::new();
    for priced in offered.currencies().into_iter().flat_map(|currency| offered.priced(currency)) {
        let known = cheapest.entry((priced.price.currency, priced.pack.credits)).or_insert(priced);
        if priced.price.amount_minor < known.price.amount_minor {
            *known = priced;
        }
    }
    cheapest
}

/// What one variant asks far more for than another; `all` has each with its cheapest offers.
fn prices_apart(dear: &Varied<'_>, all: &[(&Varied<'_>, Cheapest<'_>)]) -> Vec<Advice> {
    let offered = Offered::of(&dear.catalog);
    let mut found = Vec::new();
    let currencies = offered.currencies().into_iter();
    for priced in currencies.flat_map(|currency| offered.priced(currency)) {
        let mut others = all.iter().filter(|(other, _)| other.variant.id != dear.variant.id);
        let far = others.find_map(|(other, offers)| Some((other, far_below(priced, offers)?)));
        let Some((other, text)) = far else { continue };
        let reason = format!(
            "{:?} sells {}, and {:?} {text}: buyers who compare feel cheated.",
            dear.variant.id,
            phrase::offer(priced),
            other.variant.id
        );
        let remedy = format!("Keep the prices of the same credits within {APART_MAX} times.");
        let place = price_place(dear, &priced.pack.id, priced.price.currency.as_str());
        found.push(Advice::new(AdviceId::VariantPricesApart, place, reason, remedy));
    }
    found
}

/// The offer among `others` that grants as much for less than half, in words.
fn far_below(dear: Priced<'_>, others: &Cheapest<'_>) -> Option<String> {
    let cheap = *others.get(&(dear.price.currency, dear.pack.credits))?;
    let most = APART_MAX * u128::from(cheap.price.amount_minor);
    (u128::from(dear.price.amount_minor) > most).then(|| phrase::offer(cheap))
}

/// Advice on what a variant's accounts are offered, where the usual offer does not need it.
fn of_variant(varied: &Varied<'_>, usual: &[Advice]) -> Vec<Advice> {
    let known = |new: &Advice| usual.iter().any(|old| old.id == new.id && old.place == new.place);
    let found = on_offer(&Offered::of(&varied.catalog)).into_iter();
    found
        .filter(|advice| !known(advice))
        .map(|advice| Advice {
            reason: format!("In variant {:?}: {}", varied.variant.id, advice.reason),
            place: inside(varied, &advice.place),
            ..advice
        })
        .collect()
}

/// Where in the variant the cause of advice on that place stands.
fn inside(varied: &Varied<'_>, place: &str) -> String {
    let mut parts = place.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("packs"), Some(pack), Some("prices"), Some(currency)) => {
            price_place(varied, pack, currency)
        }
        _ if varied.variant.packs.is_some() => format!("{}.packs", varied.place()),
        _ => varied.place(),
    }
}

/// Where in the variant that price comes from: its own prices, else its choice of packs.
fn price_place(varied: &Varied<'_>, pack: &str, currency: &str) -> String {
    let place = varied.place();
    let prices = varied.variant.prices.get(pack);
    if prices.is_some_and(|prices| prices.keys().any(|it| it.as_str() == currency)) {
        format!("{place}.prices.{pack}.{currency}")
    } else if varied.variant.packs.is_some() {
        format!("{place}.packs")
    } else {
        place
    }
}
