//! What is told of an experiment, and what to think of it.

use creditpack::Catalog;
use creditpack::catalog::Experiment;
use creditpack::money::Currency;
use serde::Serialize;

use super::interval::Estimate;
use crate::ledger::{Outcomes, Takings};

/// Fewer accounts in a variant, and nothing is said of a difference.
const EXPOSED_MIN: u64 = 100;

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
    pub(super) revenue: Vec<Revenue>,
}

/// What a variant took in one currency, in minor units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Revenue {
    pub(super) currency: Currency,
    pub(super) amount_minor: u64,
    pub(super) given_back_minor: u64,
    pub(super) per_exposed_minor: Option<Estimate>,
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
    let mut variants = Vec::new();
    for variant in configured.into_iter().flat_map(|experiment| &experiment.variants) {
        let found = outcomes.iter().find(|found| found.variant == variant.id);
        let nobody = Outcomes { variant: variant.id.clone(), ..Outcomes::default() };
        variants.push(self::variant(found.map_or(&nobody, |found| found), Some(variant.weight)));
    }
    for found in outcomes {
        if variants.iter().all(|known| known.variant != found.variant) {
            variants.push(variant(found, None));
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

fn variant(found: &Outcomes, weight: Option<u32>) -> VariantReport {
    let revenue = |it: &Takings| Revenue {
        currency: it.currency,
        amount_minor: it.revenue_minor,
        given_back_minor: it.given_back_minor,
        per_exposed_minor: Estimate::of_mean(it.revenue_minor, it.squares, found.exposed),
    };
    VariantReport {
        variant: found.variant.clone(),
        weight,
        exposed: found.exposed,
        buyers: found.buyers,
        conversion: Estimate::of_share(found.buyers, found.exposed),
        purchases: found.purchases,
        given_back: found.given_back,
        credits: found.credits,
        revenue: found.takings.iter().map(revenue).collect(),
    }
}

fn findings(variants: &[VariantReport]) -> Vec<String> {
    let few: Vec<_> = variants
        .iter()
        .filter(|variant| variant.exposed < EXPOSED_MIN)
        .map(|variant| format!("{} ({})", variant.variant, variant.exposed))
        .collect();
    if !few.is_empty() {
        let few = few.join(", ");
        return vec![format!(
            "Too few exposed accounts to tell the variants apart; fewer than {EXPOSED_MIN} in {few}."
        )];
    }
    let conversion = |variant: &VariantReport| variant.conversion;
    let mut found = vec![compared("conversion", variants, conversion)];
    let mut currencies: Vec<_> =
        variants.iter().flat_map(|it| it.revenue.iter().map(|revenue| revenue.currency)).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in currencies {
        let what = format!("revenue in {currency} per exposed account");
        found.push(compared(&what, variants, |variant| {
            let revenue = variant.revenue.iter().find(|revenue| revenue.currency == currency);
            let none = Estimate { seen: 0.0, low: 0.0, high: 0.0 };
            revenue.map_or(Some(none), |revenue| revenue.per_exposed_minor)
        }));
    }
    found
}

/// Whether the best variant stands out.
fn compared(
    what: &str,
    variants: &[VariantReport],
    estimate: impl Fn(&VariantReport) -> Option<Estimate>,
) -> String {
    let estimates = variants.iter().filter_map(|it| Some((it.variant.as_str(), estimate(it)?)));
    let estimates: Vec<_> = estimates.collect();
    let best = estimates.iter().max_by(|(_, one), (_, other)| one.seen.total_cmp(&other.seen));
    let Some((best, most)) = best else { return format!("Nothing is known of {what}.") };
    let others = estimates.iter().filter(|(variant, _)| variant != best);
    let like: Vec<_> = others.filter(|(_, other)| other.overlaps(most)).collect();
    if like.is_empty() {
        return format!("{what}: {best} is ahead; its interval overlaps with no other.");
    }
    let like: Vec<_> = like.iter().map(|(variant, _)| *variant).collect();
    format!(
        "{what}: no difference is shown between {best} and {}; their intervals overlap.",
        like.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(variant: &str, exposed: u64, buyers: u64, revenue_minor: u64) -> Outcomes {
        let currency = Currency::new("usd").unwrap();
        let squares = u128::from(revenue_minor) * 900;
        let takings = vec![Takings { currency, revenue_minor, squares, given_back_minor: 0 }];
        let (experiment, variant) = ("price".into(), variant.into());
        Outcomes { experiment, variant, exposed, buyers, takings, ..Outcomes::default() }
    }

    fn check(outcomes: &[Outcomes; 2], expected: &[&str]) {
        let catalog = Catalog::new(Currency::new("usd").unwrap());
        let reports = every(&catalog, outcomes);
        assert_eq!((reports.len(), reports[0].status), (1, Status::Removed));
        let found = reports[0].findings.join("\n");
        for words in expected {
            assert!(found.contains(words), "{words}: {found}");
        }
    }

    #[test]
    fn it_says_plainly_what_can_be_told() {
        check(
            &[outcomes("a", 99, 5, 4500), outcomes("b", 5000, 500, 450_000)],
            &["Too few exposed accounts", "a (99)"],
        );
        check(
            &[outcomes("a", 1000, 50, 45_000), outcomes("b", 1000, 60, 54_000)],
            &["conversion: no difference is shown between b and a; their intervals overlap."],
        );
        check(
            &[outcomes("a", 5000, 250, 225_000), outcomes("b", 5000, 500, 450_000)],
            &["conversion: b is ahead", "revenue in usd per exposed account: b is ahead"],
        );
    }
}
