//! A report for spreadsheets. No field needs quotes: ids, codes and numbers have no commas.

use super::interval::Estimate;
use super::report::{ExperimentReport, Revenue, VariantReport};

const NAMES: &str = "experiment,variant,exposed,buyers,conversion,conversion_low,conversion_high,\
    purchases,given_back,credits,currency,revenue_minor,given_back_minor,per_exposed_minor,\
    per_exposed_minor_low,per_exposed_minor_high\n";

/// A line of counts for each variant, without a currency, then one for each currency, without
/// counts: a column's sum counts nothing twice.
pub(super) fn written(reports: &[ExperimentReport]) -> String {
    let mut written = NAMES.to_owned();
    for report in reports {
        for variant in &report.variants {
            let line = |cells| format!("{},{},{cells}\n", report.experiment, variant.variant);
            written.push_str(&line(counts(variant)));
            written.extend(variant.revenue.iter().map(|revenue| line(money(revenue))));
        }
    }
    written
}

fn counts(it: &VariantReport) -> String {
    let conversion = bounds(it.conversion.as_ref());
    let (exposed, buyers, purchases) = (it.exposed, it.buyers, it.purchases);
    let (given_back, credits) = (it.given_back, it.credits);
    format!("{exposed},{buyers},{conversion},{purchases},{given_back},{credits},,,,,,")
}

fn money(it: &Revenue) -> String {
    let per_exposed = bounds(it.per_exposed_minor.as_ref());
    let (currency, amount_minor, given_back_minor) =
        (it.currency, it.amount_minor, it.given_back_minor);
    format!(",,,,,,,,{currency},{amount_minor},{given_back_minor},{per_exposed}")
}

fn bounds(estimate: Option<&Estimate>) -> String {
    estimate.map_or_else(
        || ",,".to_owned(),
        |Estimate { seen, low, high }| format!("{seen:.6},{low:.6},{high:.6}"),
    )
}

#[cfg(test)]
mod tests {
    use creditpack::Catalog;
    use creditpack::money::Currency;

    use super::super::report::every;
    use super::*;
    use crate::ledger::{Outcomes, Takings};

    fn outcomes(variant: &str, takings: &[(&str, u64)]) -> Outcomes {
        let takings = takings.iter().map(|&(code, revenue_minor)| {
            let currency = Currency::new(code).unwrap();
            Takings { currency, revenue_minor, squares: 8100, given_back_minor: 7 }
        });
        Outcomes {
            experiment: "price".into(),
            variant: variant.into(),
            exposed: 40,
            buyers: 2,
            purchases: 3,
            credits: 30,
            given_back: 1,
            takings: takings.collect(),
        }
    }

    /// What a spreadsheet makes of a column.
    fn sum(written: &str, name: &str) -> u64 {
        let mut lines = written.lines();
        let at = lines.next().unwrap().split(',').position(|it| it == name).unwrap();
        lines.filter_map(|line| line.split(',').nth(at)?.parse::<u64>().ok()).sum()
    }

    #[test]
    fn no_column_counts_anything_twice() {
        let found = [outcomes("a", &[("usd", 90), ("eur", 80)]), outcomes("b", &[])];
        let written = written(&every(&Catalog::new(Currency::new("usd").unwrap()), &found));
        let columns = [
            ("exposed", 80),
            ("buyers", 4),
            ("purchases", 6),
            ("given_back", 2),
            ("credits", 60),
            ("revenue_minor", 170),
            ("given_back_minor", 14),
        ];
        for (name, expected) in columns {
            assert_eq!(sum(&written, name), expected, "{name}: {written}");
        }
        let fields: Vec<Vec<_>> = written.lines().map(|it| it.split(',').collect()).collect();
        assert!(fields.iter().all(|fields| fields.len() == 16), "{written}");
        let lines: Vec<_> = fields.iter().map(|it| (it[1], it[2], it[10], it[11])).collect();
        let expected = [
            ("variant", "exposed", "currency", "revenue_minor"),
            ("a", "40", "", ""),
            ("a", "", "eur", "80"),
            ("a", "", "usd", "90"),
            ("b", "40", "", ""),
            ("b", "", "eur", "0"),
            ("b", "", "usd", "0"),
        ];
        assert_eq!(lines, expected);
    }
}
