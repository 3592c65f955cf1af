//! A report for spreadsheets. No field needs quotes: ids, codes and numbers have no commas.

use super::interval::Estimate;
use super::report::{ExperimentReport, Revenue, VariantReport};

const NAMES: &str = "experiment,variant,exposed,buyers,conversion,conversion_low,conversion_high,\
    purchases,given_back,credits,currency,revenue_minor,given_back_minor,per_exposed_minor,\
    per_exposed_minor_low,per_exposed_minor_high\n";

/// A line for each variant and currency; one without a currency where nothing was bought.
pub(super) fn written(reports: &[ExperimentReport]) -> String {
    let mut written = NAMES.to_owned();
    for report in reports {
        for variant in &report.variants {
            let each = variant.revenue.iter().map(Some);
            let nothing = variant.revenue.is_empty().then_some(None);
            for revenue in each.chain(nothing) {
                written.push_str(&line(&report.experiment, variant, revenue));
            }
        }
    }
    written
}

fn line(experiment: &str, it: &VariantReport, revenue: Option<&Revenue>) -> String {
    let money = revenue.map_or_else(
        || ",,,,,".to_owned(),
        |revenue| {
            let Revenue { currency, amount_minor, given_back_minor, per_exposed_minor } = revenue;
            let per_exposed = bounds(per_exposed_minor.as_ref());
            format!("{currency},{amount_minor},{given_back_minor},{per_exposed}")
        },
    );
    let (variant, exposed, buyers, conversion) =
        (&it.variant, it.exposed, it.buyers, bounds(it.conversion.as_ref()));
    let (purchases, given_back, credits) = (it.purchases, it.given_back, it.credits);
    format!(
        "{experiment},{variant},{exposed},{buyers},{conversion},{purchases},{given_back},{credits},\
         {money}\n"
    )
}

fn bounds(estimate: Option<&Estimate>) -> String {
    estimate.map_or_else(
        || ",,".to_owned(),
        |Estimate { seen, low, high }| format!("{seen:.6},{low:.6},{high:.6}"),
    )
}
