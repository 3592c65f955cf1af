//! What is told of an experiment.

use creditpack::Catalog;
use creditpack::catalog::Experiment;
use creditpack::money::Currency;
use serde::Serialize;

use super::findings::{findings, tells_of_revenue};
use super::interval::Estimate;
use crate::ledger::{Outcomes, Takings};

/// One experiment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ExperimentReport {
    pub(super) experiment: String,
    pub(super) status: Status,
    /// As the config lists them, then those that are only in the ledger.
    pub(super) variants: Vec<VariantReport>,
    /// Sentences.
    pub(super) findings: Vec<String>,
}

/// What the config says of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Running,
    Ended,
    /// It is no longer in the config.
    Removed,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct VariantReport {
    pub(super) variant: String,
    /// None where the config has it no more.
    pub(super) weight: Option<u32>,
    pub(super) exposed: u64,
    pub(super) buyers: u64,
    /// Buyers by exposed accounts.
    pub(super) conversion: Option<Estimate>,
    pub(super) purchases: u64,
    pub(super) given_back: u64,
    pub(super) credits: u64,
    /// In every currency that any variant of the experiment was paid in, by its code.
    pub(super) revenue: Vec<Revenue>,
}

/// What a variant took in one currency, in minor units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Revenue {
    pub(super) currency: Currency,
    pub(super) amount_minor: u64,
    pub(super) given_back_minor: u64,
    /// None where nothing was sold: how far off zero is cannot be told.
    pub(super) per_exposed_minor: Option<Estimate>,
    /// Whether enough buyers paid in it to compare it with other variants.
    pub(super) comparable: bool,
}

/// Every experiment that the config has, then those that only the ledger knows.
pub(super) fn every(catalog: &Catalog, outcomes: &[Outcomes]) -> Vec<ExperimentReport> {
    let mut ids: Vec<_> = catalog.experiments.iter().map(|it| it.id.clone()).collect();
    for found in outcomes {
        if !ids.contains(&found.experiment) {
            ids.push(found.experiment.clone());
        }
    }
    let configured = |id: &str| catalog.experiments.iter().find(|it| it.id == id);
    let report = |id: String| {
        let of_it = outcomes.iter().filter(|found| found.experiment == id);
        one(configured(&id), of_it.collect(), &id)
    };
    ids.into_iter().map(report).collect()
}

fn one(configured: Option<&Experiment>, outcomes: Vec<&Outcomes>, id: &str) -> ExperimentReport {
    let currencies = currencies(&outcomes);
    let mut variants = Vec::new();
    for variant in configured.into_iter().flat_map(|experiment| &experiment.variants) {
        let found = outcomes.iter().find(|found| found.variant == variant.id);
        let nobody = Outcomes { variant: variant.id.clone(), ..Outcomes::default() };
        let found = found.map_or(&nobody, |found| found);
        variants.push(self::variant(found, Some(variant.weight), &currencies));
    }
    for found in outcomes {
        if variants.iter().all(|known| known.variant != found.variant) {
            variants.push(variant(found, None, &currencies));
        }
    }
    let status = match configured {
        Some(experiment) if experiment.active => Status::Running,
        Some(_) => Status::Ended,
        None => Status::Removed,
    };
    let findings = findings(&variants);
    ExperimentReport { experiment: id.to_owned(), status, variants, findings }
}

fn currencies(outcomes: &[&Outcomes]) -> Vec<Currency> {
    let takings = outcomes.iter().flat_map(|found| &found.takings);
    let mut currencies: Vec<_> = takings.map(|it| it.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies
}

fn variant(found: &Outcomes, weight: Option<u32>, currencies: &[Currency]) -> VariantReport {
    VariantReport {
        variant: found.variant.clone(),
        weight,
        exposed: found.exposed,
        buyers: found.buyers,
        conversion: Estimate::of_share(found.buyers, found.exposed),
        purchases: found.purchases,
        given_back: found.given_back,
        credits: found.credits,
        revenue: currencies.iter().map(|currency| revenue(found, *currency)).collect(),
    }
}

fn revenue(found: &Outcomes, currency: Currency) -> Revenue {
    let none = Takings { currency, revenue_minor: 0, squares: 0, given_back_minor: 0 };
    let takings = found.takings.iter().find(|it| it.currency == currency).unwrap_or(&none);
    Revenue {
        currency,
        amount_minor: takings.revenue_minor,
        given_back_minor: takings.given_back_minor,
        per_exposed_minor: Estimate::of_mean(takings.revenue_minor, takings.squares, found.exposed),
        comparable: tells_of_revenue(takings),
    }
}
