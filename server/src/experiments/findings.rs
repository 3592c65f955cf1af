//! What to think of an experiment, in sentences.

use super::interval::Estimate;
use super::report::VariantReport;
use crate::ledger::Takings;

/// Variants of fewer exposed accounts are not compared: their intervals are too wide to show
/// anything but chance.
const EXPOSED_MIN: u64 = 100;

/// A variant of fewer buyers in a currency does not tell of revenue in it. Student's interval takes
/// averages to be spread as a normal distribution is, which those of a handful of payments among
/// many zeros are not: its lower bound is too high, and a winner would be declared by chance. From
/// about thirty on it is close enough.
const BUYERS_MIN: u128 = 30;

/// Whether enough buyers paid in that currency to compare revenue.
///
/// The square of a sum by the sum of the squares is how many they are if all paid the same. It is
/// never above how many they are, and far below where few of them paid most of it, which is when
/// Student's interval needs more of them.
pub(super) fn tells_of_revenue(takings: &Takings) -> bool {
    let needed = takings.squares.saturating_mul(BUYERS_MIN);
    takings.squares > 0 && u128::from(takings.revenue_minor).pow(2) >= needed
}

/// What can be said of the variants that have enough exposed accounts, and which are left out.
pub(super) fn findings(variants: &[VariantReport]) -> Vec<String> {
    let (enough, few): (Vec<_>, Vec<_>) =
        variants.iter().partition(|variant| variant.exposed >= EXPOSED_MIN);
    let mut found = Vec::new();
    if !few.is_empty() {
        let few = few.iter().map(|it| format!("{} ({})", it.variant, it.exposed));
        let few = few.collect::<Vec<_>>().join(", ");
        found.push(format!("Left out, with fewer than {EXPOSED_MIN} exposed accounts: {few}."));
    }
    if enough.len() < 2 {
        found.push(format!(
            "Too few exposed accounts to tell variants apart: two of them need {EXPOSED_MIN} each."
        ));
        return found;
    }
    let conversions = enough.iter().filter_map(|it| Some((it.variant.as_str(), it.conversion?)));
    found.push(compared("conversion", &conversions.collect::<Vec<_>>()));
    // Every variant of an experiment has the same currencies, in the same order.
    found.extend((0..enough[0].revenue.len()).map(|at| revenue(&enough, at)));
    found
}

/// Of the currency at that place.
fn revenue(variants: &[&VariantReport], at: usize) -> String {
    let currency = variants[0].revenue[at].currency;
    let few: Vec<_> = variants.iter().filter(|it| !it.revenue[at].comparable).collect();
    if !few.is_empty() {
        let few: Vec<_> = few.iter().map(|it| it.variant.as_str()).collect();
        let few = few.join(", ");
        return format!(
            "revenue in {currency}: too few buyers to compare revenue: {few}; each variant needs \
             {BUYERS_MIN} buyers in {currency}, more where they paid unlike sums."
        );
    }
    let means = variants
        .iter()
        .filter_map(|it| Some((it.variant.as_str(), it.revenue[at].per_exposed_minor?)));
    let what = format!("revenue in {currency} per exposed account");
    compared(&what, &means.collect::<Vec<_>>())
}

/// Whether the best variant stands out.
fn compared(what: &str, estimates: &[(&str, Estimate)]) -> String {
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
    use creditpack::Catalog;
    use creditpack::money::Currency;

    use super::super::report::{Status, every};
    use super::*;
    use crate::ledger::Outcomes;

    /// What accounts paid in dollars.
    fn usd(payments_minor: &[u64]) -> Takings {
        Takings {
            currency: Currency::new("usd").unwrap(),
            revenue_minor: payments_minor.iter().sum(),
            squares: payments_minor.iter().map(|&it| u128::from(it).pow(2)).sum(),
            given_back_minor: 0,
        }
    }

    /// A variant whose buyers each paid 900.
    fn variant(name: &str, exposed: u64, buyers: u64) -> Outcomes {
        let takings = if buyers == 0 {
            Vec::new()
        } else {
            vec![usd(&vec![900; usize::try_from(buyers).unwrap()])]
        };
        let (experiment, variant) = ("price".into(), name.into());
        Outcomes { experiment, variant, exposed, buyers, takings, ..Outcomes::default() }
    }

    /// The findings are these, and no more.
    #[track_caller]
    fn check(variants: &[(&str, u64, u64)], expected: &[&str]) {
        let catalog = Catalog::new(Currency::new("usd").unwrap());
        let outcomes: Vec<_> = variants.iter().map(|it| variant(it.0, it.1, it.2)).collect();
        let reports = every(&catalog, &outcomes);
        assert_eq!((reports.len(), reports[0].status), (1, Status::Removed));
        let found = &reports[0].findings;
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, words) in found.iter().zip(expected) {
            assert!(found.contains(words), "{words}: {found}");
        }
    }

    #[test]
    fn a_difference_is_told_where_intervals_do_not_overlap() {
        check(
            &[("a", 1000, 50), ("b", 1000, 60)],
            &[
                "conversion: no difference is shown between b and a; their intervals overlap.",
                "revenue in usd per exposed account: no difference is shown between b and a",
            ],
        );
        check(
            &[("a", 5000, 250), ("b", 5000, 500)],
            &["conversion: b is ahead", "revenue in usd per exposed account: b is ahead"],
        );
    }

    #[test]
    fn few_buyers_tell_nothing_of_revenue() {
        check(
            &[("a", 102, 0), ("b", 100, 4)],
            &[
                "conversion: no difference is shown between b and a",
                "revenue in usd: too few buyers to compare revenue: a, b; each variant needs 30",
            ],
        );
        // So many that conversion differs, and still.
        check(
            &[("a", 5000, 0), ("b", 5000, 500)],
            &["conversion: b is ahead", "too few buyers to compare revenue: a;"],
        );
        check(
            &[("a", 5000, 29), ("b", 5000, 500)],
            &["conversion: b is ahead", "too few buyers to compare revenue: a;"],
        );
        check(
            &[("a", 5000, 30), ("b", 5000, 500)],
            &["conversion: b is ahead", "revenue in usd per exposed account: b is ahead"],
        );
        check(&[("a", 100, 0), ("b", 100, 0)], &["conversion: no difference is shown"]);
    }

    #[test]
    fn few_accounts_are_left_out_and_silence_nobody() {
        check(
            &[("a", 99, 5), ("b", 5000, 500)],
            &["exposed accounts: a (99).", "Too few exposed accounts to tell variants apart"],
        );
        check(&[("a", 5000, 500)], &["Too few exposed accounts to tell variants apart"]);
        check(
            &[("gone", 3, 2), ("a", 5000, 250), ("b", 5000, 500), ("paused", 0, 0)],
            &[
                "Left out, with fewer than 100 exposed accounts: gone (3), paused (0).",
                "conversion: b is ahead",
                "revenue in usd per exposed account: b is ahead",
            ],
        );
    }

    #[test]
    fn buyers_who_paid_unlike_sums_count_for_fewer() {
        let mut payments = vec![900; 30];
        assert!(tells_of_revenue(&usd(&payments)));
        payments[0] = 90_000;
        assert!(!tells_of_revenue(&usd(&payments)));
        payments = [[100; 40], [900; 40]].concat();
        assert!(tells_of_revenue(&usd(&payments)));
        assert!(!tells_of_revenue(&usd(&[])));
    }
}
