//! Advice on catalogs: each rule with a catalog that it speaks of and one that it leaves alone.

mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use creditpack::advice::{Advice, AdviceId, Severity, advise};
use creditpack::catalog::{Catalog, Label, Operation, Pack, Settlement};
use creditpack::credits::Credits;
use creditpack::money::{Currency, Money};
use proptest::prelude::*;
use serde_json::json;

fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

/// A shop of packs `p0`, `p1`, … (credits and cents) and operations `o0`, `o1`, … (credits).
fn shop(packs: &[(u64, u64)], costs: &[u64]) -> Catalog {
    let pack = |(at, &(credits, amount_minor)): (usize, &(u64, u64))| {
        let price = Money { amount_minor, currency: currency("usd") };
        let credits = Credits::new(credits).unwrap();
        Pack::new(&format!("p{at}"), &format!("Pack {at}"), credits).at(price)
    };
    let operation = |(at, &credits): (usize, &u64)| {
        let credits = Credits::new(credits).unwrap();
        Operation::new(&format!("o{at}"), &format!("Operation {at}"), credits)
    };
    Catalog {
        packs: packs.iter().enumerate().map(pack).collect(),
        operations: costs.iter().enumerate().map(operation).collect(),
        ..Catalog::new(currency("usd"))
    }
}

/// The shop that nothing is said about, with one thing changed.
fn but(change: impl FnOnce(&mut Catalog)) -> Catalog {
    let mut catalog = shop(&[(5, 400), (15, 900)], &[1]);
    change(&mut catalog);
    catalog
}

/// The good shop with every price in `code` instead.
fn priced(code: &str, amounts: [u64; 2]) -> Catalog {
    but(|catalog| {
        catalog.currency = currency(code);
        for (pack, amount_minor) in catalog.packs.iter_mut().zip(amounts) {
            pack.prices = BTreeMap::from([(currency(code), amount_minor)]);
        }
    })
}

/// The good shop with both packs' labels by locale, and its operation's too.
fn labelled(first: &[&str], second: &[&str]) -> Catalog {
    let label = |name: &str, locales: &[&str]| {
        let text = |locale: &&str| ((*locale).to_owned(), format!("{name} {locale}"));
        Label::ByLocale(locales.iter().map(text).collect())
    };
    but(|catalog| {
        catalog.packs[0].label = label("Small", first);
        catalog.packs[1].label = label("Large", second);
        catalog.operations[0].label = label("Picture", first);
    })
}

/// A rule, a catalog that it speaks of, where it does, and a catalog that it leaves alone.
type Case = (AdviceId, Catalog, &'static str, Catalog);

fn choice() -> Vec<Case> {
    use AdviceId as Id;
    let good = || but(|_| ());
    let four = [(5, 400), (15, 900), (30, 1700), (50, 2700)];
    let five = [(5, 400), (15, 900), (30, 1700), (50, 2700), (80, 4200)];
    let mut four_of_five = shop(&five, &[1]);
    four_of_five.packs[4].active = false;
    vec![
        (Id::NothingSold, shop(&[], &[1]), "packs", good()),
        (
            Id::NothingSold,
            but(|c| c.packs.iter_mut().for_each(|p| p.active = false)),
            "packs",
            good(),
        ),
        (Id::TooManyPacks, shop(&five, &[1]), "packs", shop(&four, &[1])),
        (Id::TooManyPacks, shop(&five, &[1]), "packs", four_of_five),
        (Id::SameCredits, shop(&[(5, 400), (5, 400)], &[1]), "packs.p1.credits", good()),
        (Id::NoSmallPack, shop(&[(11, 900)], &[1]), "packs.p0.credits", shop(&[(10, 900)], &[1])),
        (Id::AlwaysLow, but(|c| c.low_at = Credits::new(15).unwrap()), "low_at", good()),
        (
            Id::AlwaysLow,
            shop(&[(1, 99)], &[1]),
            "low_at",
            but(|c| c.low_at = Credits::new(14).unwrap()),
        ),
    ]
}

fn prices() -> Vec<Case> {
    use AdviceId as Id;
    let two = |large: u64| shop(&[(5, 400), (15, large)], &[1]);
    vec![
        (Id::DearerPerCredit, two(1201), "packs.p1.prices.usd", two(1200)),
        (
            Id::DearerPerCredit,
            shop(&[(5, 400), (5, 500)], &[1]),
            "packs.p1.prices.usd",
            shop(&[(5, 400), (5, 400)], &[1]),
        ),
        (Id::FewerCreditsNotCheaper, two(400), "packs.p0.prices.usd", two(401)),
        (Id::FewerCreditsNotCheaper, two(300), "packs.p0.prices.usd", two(900)),
        (Id::SavingTooSmall, two(1199), "packs.p1.prices.usd", two(1200)),
        (Id::SavingTooSmall, two(1141), "packs.p1.prices.usd", two(1140)),
        (Id::SavingTooLarge, two(599), "packs.p1.prices.usd", two(600)),
        (Id::SavingTooLarge, two(401), "packs.p1.prices.usd", two(400)),
        (
            Id::BelowMinimumCharge,
            shop(&[(1, 49)], &[1]),
            "packs.p0.prices.usd",
            shop(&[(1, 50)], &[1]),
        ),
        (
            Id::BelowMinimumCharge,
            priced("huf", [17_400, 40_000]),
            "packs.p0.prices.huf",
            priced("huf", [17_500, 40_000]),
        ),
        (
            Id::NotChargeable,
            priced("kwd", [1_234, 3_000]),
            "packs.p0.prices.kwd",
            priced("kwd", [1_230, 3_000]),
        ),
        (
            Id::CurrencyMissing,
            but(|c| c.packs[0].prices.extend([(currency("eur"), 400)])),
            "packs.p1.prices.eur",
            but(|c| c.packs.iter_mut().for_each(|p| p.prices.extend([(currency("eur"), 400)]))),
        ),
    ]
}

fn spending() -> Vec<Case> {
    use AdviceId as Id;
    let packs = [(5, 400), (15, 900)];
    let with = |costs: &[u64]| shop(&packs, costs);
    vec![
        (Id::PackBuysNothing, with(&[6]), "packs.p0.credits", with(&[5])),
        (Id::CreditsStrand, with(&[2]), "packs.p0.credits", with(&[1, 2])),
        (Id::CreditsStrand, with(&[4, 11]), "packs.p0.credits", with(&[2, 3])),
        (Id::CostOverLargestPack, with(&[1, 16]), "operations.o1.credits", with(&[1, 15])),
        (Id::CostOdd, with(&[1, 7]), "operations.o1.credits", with(&[1, 3])),
        (Id::CreditsInflated, with(&[5]), "operations", with(&[5, 1])),
        (Id::NothingDone, with(&[]), "operations", with(&[1])),
        (Id::NothingDone, with(&[]), "operations", shop(&[], &[])),
        (
            Id::CostNeedsCalculator,
            shop(&[(37, 900)], &[1, 37]),
            "operations.o1.credits",
            shop(&[(35, 900)], &[1, 35, 10, 9]),
        ),
        (
            Id::CostHuge,
            shop(&[(1_000, 900)], &[101]),
            "operations.o0.credits",
            shop(&[(1_000, 900)], &[100]),
        ),
        (
            Id::SpentAtOnce,
            but(|c| c.operations[0].settle = Settlement::AtOnce),
            "operations.o0.settle",
            but(|_| ()),
        ),
    ]
}

fn labels() -> Vec<Case> {
    use AdviceId as Id;
    let named = |name: &str| but(|c| c.packs[1].label = Label::One(name.into()));
    let badge = |name: &str| but(|c| c.packs[1].badge = Some(Label::One(name.into())));
    let place = "packs.p1.label";
    vec![
        (
            Id::LabelLocaleMissing,
            labelled(&["de", "en"], &["en"]),
            place,
            labelled(&["en"], &["en"]),
        ),
        (
            Id::LabelLocaleMissing,
            labelled(&["en", "pt-BR"], &["en", "pt-PT"]),
            place,
            labelled(&["en", "pt"], &["en", "pt", "pt-BR"]),
        ),
        (
            Id::LabelUntranslated,
            {
                let mut catalog = labelled(&["en"], &["en"]);
                catalog.packs[1].label = Label::One("Large".into());
                catalog
            },
            place,
            but(|_| ()),
        ),
        (
            Id::LabelNoFallback,
            labelled(&["de"], &["de"]),
            place,
            labelled(&["de", "en"], &["de", "en"]),
        ),
        (
            Id::LabelLocaleUnknown,
            labelled(&["en"], &["en", "pt_BR"]),
            place,
            labelled(&["en"], &["en", "pt-BR"]),
        ),
        (Id::LabelTooLong, named(&"ä".repeat(31)), place, named(&"ä".repeat(30))),
        (Id::LabelTooLong, badge(&"b".repeat(17)), "packs.p1.badge", badge(&"b".repeat(16))),
        (Id::LabelRepeated, named("Pack 0"), place, named("Operation 0")),
    ]
}

fn cases() -> Vec<Case> {
    [choice(), prices(), spending(), labels(), terms::cases()].into_iter().flatten().collect()
}

fn of(id: AdviceId, catalog: &Catalog) -> Vec<Advice> {
    advise(catalog).into_iter().filter(|advice| advice.id == id).collect()
}

#[test]
fn each_rule_speaks_where_it_should_and_is_silent_where_it_should_be() {
    for (id, bad, place, good) in cases() {
        let word = id.as_str();
        assert_eq!(good.problems(), [], "{word}");
        assert_eq!(bad.problems(), [], "{word}");
        let found = of(id, &bad);
        assert!(found.iter().any(|advice| advice.place == place), "{word}: {found:#?}");
        assert_eq!(of(id, &good), [], "{word}");
    }
}

#[test]
fn each_rule_has_a_case() {
    let tried: BTreeSet<_> = cases().iter().map(|case| case.0.as_str()).collect();
    let all: BTreeSet<_> = AdviceId::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(tried, all);
}

#[test]
fn a_good_shop_hears_nothing() {
    assert_eq!(advise(&but(|_| ())), []);
    assert_eq!(advise(&shop(&[(1, 99), (5, 450), (15, 1150), (40, 2600)], &[1, 5])), []);
}

#[test]
fn advice_is_whole_sentences() {
    for (_, bad, ..) in cases() {
        for Advice { id, severity, reason, remedy, .. } in advise(&bad) {
            assert_eq!(severity, id.severity());
            assert!(reason.ends_with('.') && remedy.ends_with('.'), "{reason} {remedy}");
            assert!(!reason.contains("  ") && !remedy.contains("  "), "{reason} {remedy}");
        }
    }
    let found = of(AdviceId::DearerPerCredit, &shop(&[(1, 99), (15, 1900)], &[1]));
    let said = "\"p1\" (15 credits for 19.00 USD) is dearer for each credit than \"p0\" (1 credit \
                for 0.99 USD), so buyers pay extra for buying more.";
    assert_eq!(found[0].reason, said);
}

/// What `docs/catalog.md` says of each rule: its heading is `### `id` (severity)`.
fn documented(text: &str) -> Vec<(&str, &str)> {
    let headings = text.lines().filter_map(|line| line.strip_prefix("### `"));
    headings.filter_map(|line| line.strip_suffix(')')?.split_once("` (")).collect()
}

#[test]
fn docs_name_every_rule_in_order_with_its_severity() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/catalog.md");
    let text = fs::read_to_string(path).unwrap();
    let word = |id: &AdviceId| (id.as_str(), id.severity().as_str());
    assert_eq!(documented(&text), AdviceId::ALL.iter().map(word).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn any_catalog_can_be_advised_on(
        packs in prop::collection::vec((0u64..1 << 53, 0u64..=u64::MAX), 0..6),
        costs in prop::collection::vec(0u64..1 << 53, 0..4),
    ) {
        let catalog = shop(&packs, &costs);
        let places = advise(&catalog).into_iter().map(|advice| advice.place);
        let lists = ["packs", "operations", "low_at"];
        for place in places {
            prop_assert!(lists.iter().any(|list| place.starts_with(list)), "{}", place);
        }
    }

    /// Whatever the numbers on promotions and variants are, be it over every bound.
    #[test]
    fn any_terms_can_be_advised_on(
        percent in prop::option::of(any::<u32>()), amount in prop::option::of(any::<u64>()),
        bonus in prop::option::of(0u64..1 << 53), start: u64, price: u64, weight: u32,
        sold in prop::option::of(prop::collection::vec("p[0-3]", 0..4)),
    ) {
        let amount_off = amount.map(|amount| json!({ "usd": amount }));
        let mut catalog = serde_json::to_value(but(|_| ())).unwrap();
        catalog["promotions"] = json!([{
            "code": "X", "percent_off": percent, "amount_off": amount_off,
            "bonus_credits": bonus, "starts_at_ms": start,
        }]);
        catalog["experiments"] = json!([{ "id": "e", "variants": [
            { "id": "usual", "weight": weight },
            { "id": "other", "weight": weight, "packs": sold, "prices": { "p0": { "usd": price } } },
        ] }]);
        let catalog: Catalog = serde_json::from_value(catalog).unwrap();
        catalog.problems();
        for advice in advise(&catalog) {
            let lists = ["promotions.X", "experiments.e"];
            prop_assert!(lists.iter().any(|list| advice.place.starts_with(list)), "{advice:?}");
        }
    }

    /// Whatever the numbers are, dearer credits in larger packs are errors and nothing else is.
    #[test]
    fn errors_are_exactly_where_more_costs_more_for_each(
        small in 1u64..100, more in 1u64..100, low in 50u64..10_000, high in 50u64..10_000,
    ) {
        let large = small + more;
        let catalog = shop(&[(small, low), (large, high)], &[1]);
        let errors = advise(&catalog).iter().any(|advice| advice.severity == Severity::Error);
        prop_assert_eq!(errors, high * small > low * large || high <= low);
    }
}
