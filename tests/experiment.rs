//! Which variant an account is in, and what it is then offered.

use std::collections::BTreeMap;

use creditpack::catalog::{Catalog, Experiment, Variant};
use creditpack::experiment::{Assignment, variant};
use creditpack::money::Currency;
use creditpack::pricing::{Asked, Redemptions, deal};
use creditpack::{AccountId, Error};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An experiment of variants `a`, `b`, … with these weights.
fn experiment(id: &str, weights: &[u32]) -> Experiment {
    let variant = |(letter, weight): (char, &u32)| Variant {
        id: letter.into(),
        weight: *weight,
        packs: None,
        prices: BTreeMap::new(),
    };
    let variants = ('a'..='z').zip(weights).map(variant).collect();
    Experiment { id: id.into(), variants, active: true }
}

fn chosen<'a>(experiment: &'a Experiment, account: &str, kept: Option<&str>) -> Option<&'a str> {
    let account = AccountId::new(account).unwrap();
    variant(experiment, &account, kept).map(|variant| variant.id.as_str())
}

/// Found by an implementation of FNV-1a, `fmix64` and the scaling in another language.
#[test]
fn accounts_are_where_the_documented_hash_puts_them() {
    let price = experiment("price", &[1, 2, 0, 1]);
    let long = "a".repeat(128);
    for (account, expected) in [
        ("1", "b"),
        ("2", "b"),
        ("3", "d"),
        ("4", "d"),
        ("5", "b"),
        ("user_1", "b"),
        ("user_2", "a"),
        ("user_11", "d"),
        ("team:7_a.b@example-1", "b"),
        ("A", "a"),
        ("a", "d"),
        ("cus_NffrFeUfNV2Hib", "a"),
        (long.as_str(), "b"),
    ] {
        assert_eq!(chosen(&price, account, None), Some(expected), "{account}");
    }
    // The last ten-thousandth.
    let rare = experiment("x", &[9_999, 1]);
    for account in ["1575", "2127", "11227"] {
        assert_eq!(chosen(&rare, account, None), Some("b"), "{account}");
    }
}

#[test]
fn a_kept_variant_stays_and_one_that_is_gone_does_not() {
    let price = experiment("price", &[1, 0]);
    assert_eq!(chosen(&price, "1", None), Some("a"));
    assert_eq!(chosen(&price, "1", Some("b")), Some("b"), "though it takes nobody new");
    assert_eq!(chosen(&price, "1", Some("z")), Some("a"));
    assert_eq!(chosen(&experiment("price", &[0, 0]), "1", None), None);
    assert_eq!(chosen(&experiment("price", &[0, 0]), "1", Some("b")), Some("b"));
    assert_eq!(chosen(&experiment("price", &[]), "1", None), None);
}

/// How many of 20,000 accounts are in each pair of variants of two experiments.
fn pairs(one: &Experiment, other: &Experiment) -> BTreeMap<(String, String), u32> {
    let mut counts = BTreeMap::new();
    for number in 0..20_000 {
        let account = format!("user_{number}");
        let pair = [one, other].map(|it| chosen(it, &account, None).unwrap().to_owned());
        let [first, second] = pair;
        *counts.entry((first, second)).or_default() += 1;
    }
    counts
}

/// Whether `count` of 20,000 is within five standard deviations of a share of `percent`: that a fair
/// hash is not is less likely than one in a million.
fn is_fair(count: u32, percent: i64) -> bool {
    let (count, expected) = (i64::from(count), 200 * percent);
    // Variance: n p (1 - p).
    (count - expected).pow(2) * 100 <= 25 * expected * (100 - percent)
}

#[test]
fn accounts_are_divided_by_weight() {
    let price = experiment("price", &[50, 30, 15, 5]);
    let counts = pairs(&price, &experiment("all", &[1]));
    for (id, percent) in [("a", 50), ("b", 30), ("c", 15), ("d", 5)] {
        let count = counts[&(id.into(), "a".into())];
        assert!(is_fair(count, percent), "{id}: {count}");
    }
}

#[test]
fn experiments_divide_accounts_independently() {
    for other in ["price2", "pricf", "offer", "a"] {
        let counts = pairs(&experiment("price", &[1, 1]), &experiment(other, &[1, 1]));
        for first in ["a", "b"] {
            for second in ["a", "b"] {
                let count = counts[&(first.into(), second.into())];
                assert!(is_fair(count, 25), "{other}: {first}{second} {count}");
            }
        }
    }
}

fn shop(experiments: &Value) -> Catalog {
    let pack = |id: &str, credits: u64, price: u64| {
        let prices = json!({ "usd": price });
        json!({ "id": id, "label": id, "credits": credits, "prices": prices })
    };
    let mut hidden = pack("hidden", 40, 2_000);
    hidden["active"] = json!(false);
    let mut packs = [pack("starter", 5, 400), pack("standard", 15, 900)];
    packs[0]["order"] = json!(7);
    let catalog = json!({
        "currency": "usd",
        "packs": [packs[0], packs[1], hidden],
        "promotions": [{ "code": "HALF", "percent_off": 50 }],
        "experiments": experiments,
    });
    let catalog: Catalog = serde_json::from_value(catalog).unwrap();
    assert_eq!(catalog.problems(), []);
    catalog
}

fn two() -> Value {
    json!([
        { "id": "price", "variants": [
            { "id": "usual", "weight": 1 },
            { "id": "dear", "weight": 1, "prices": { "starter": { "usd": 500, "eur": 450 } } },
        ] },
        { "id": "offer", "variants": [
            { "id": "usual", "weight": 1 },
            { "id": "large", "weight": 1, "packs": ["hidden", "starter"] },
        ] },
    ])
}

fn in_variants(pairs: &[(&str, &str)]) -> Vec<Assignment> {
    let assignment = |(experiment, variant): &(&str, &str)| Assignment {
        experiment: (*experiment).into(),
        variant: (*variant).into(),
    };
    pairs.iter().map(assignment).collect()
}

/// What is on sale, with its prices in cents, as it is shown.
fn on_sale(catalog: &Catalog) -> Vec<(&str, u64)> {
    let usd = Currency::new("usd").unwrap();
    let price = |pack: &creditpack::catalog::Pack| pack.price(usd).unwrap().amount_minor;
    catalog.on_sale().into_iter().map(|pack| (pack.id.as_str(), price(pack))).collect()
}

#[test]
fn variants_change_packs_and_prices_and_the_control_nothing() {
    let catalog = shop(&two());
    let check = |pairs: &[(&str, &str)], expected: &[(&str, u64)]| {
        assert_eq!(on_sale(&catalog.varied(&in_variants(pairs))), expected, "{pairs:?}");
    };
    let usual = [("standard", 900), ("starter", 400)];
    check(&[], &usual);
    check(&[("price", "usual"), ("offer", "usual")], &usual);
    check(&[("price", "none"), ("none", "dear")], &usual);
    check(&[("price", "dear")], &[("standard", 900), ("starter", 500)]);
    check(&[("offer", "large")], &[("hidden", 2_000), ("starter", 400)]);
    check(&[("offer", "large"), ("price", "dear")], &[("hidden", 2_000), ("starter", 500)]);
    let control = catalog.varied(&in_variants(&[("price", "usual"), ("offer", "usual")]));
    assert_eq!(control, catalog);
}

#[test]
fn a_pack_that_is_not_in_the_variant_cannot_be_bought_and_a_new_currency_can() {
    let catalog = shop(&two());
    let varied = catalog.varied(&in_variants(&[("price", "dear"), ("offer", "large")]));
    assert!(varied.pack("standard").is_err() && varied.pack("hidden").is_ok());
    assert!(catalog.pack("standard").is_ok() && catalog.pack("hidden").is_err());
    let eur = Currency::new("eur").unwrap();
    assert_eq!(varied.pack("starter").unwrap().price(eur).unwrap().amount_minor, 450);
}

#[test]
fn an_experiment_that_has_ended_changes_nothing() {
    let mut catalog = shop(&two());
    catalog.experiments.iter_mut().for_each(|experiment| experiment.active = false);
    let account = AccountId::new("1").unwrap();
    let kept = in_variants(&[("price", "dear"), ("offer", "large")]);
    assert_eq!(catalog.assignments(&account, &kept), []);
    assert_eq!(catalog.varied(&kept), catalog);
}

#[test]
fn promotions_apply_to_the_varied_price() {
    let varied = shop(&two()).varied(&in_variants(&[("price", "dear")]));
    let asked = Asked {
        pack: "starter".into(),
        quantity: 1,
        currency: Currency::new("usd").unwrap(),
        promotion: Some("half".into()),
    };
    let price = deal(&varied, &asked, &Redemptions::default(), 0).map(|deal| deal.price);
    assert_eq!(price.map(|price| price.amount_minor), Ok::<_, Error>(250));
}

proptest! {
    #[test]
    fn every_account_has_exactly_one_variant_and_keeps_it(
        account in "[A-Za-z0-9._:@-]{1,128}",
        weights in prop::collection::vec(0u32..=10_000, 2..6),
        later in prop::collection::vec(0u32..=10_000, 6),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let before = experiment("price", &weights);
        let first = chosen(&before, &account, None).unwrap();
        prop_assert_eq!(chosen(&before, &account, None), Some(first));
        let taken = before.variants.iter().find(|variant| variant.id == first).unwrap();
        prop_assert!(taken.weight > 0, "a variant without weight takes nobody");
        let after = experiment("price", &later[..weights.len()]);
        prop_assert_eq!(chosen(&after, &account, Some(first)), Some(first));
    }

    #[test]
    fn an_account_has_one_assignment_for_each_running_experiment(
        account in "[a-z0-9]{1,20}", kept in prop::option::of("[ab]"),
    ) {
        let mut catalog = shop(&json!([]));
        catalog.experiments = vec![experiment("one", &[1, 1]), experiment("two", &[3, 1])];
        catalog.experiments.push(Experiment { active: false, ..experiment("past", &[1, 1]) });
        let kept: Vec<_> = kept.iter().flat_map(|it| in_variants(&[("two", it)])).collect();
        let found = catalog.assignments(&AccountId::new(&account).unwrap(), &kept);
        let ids: Vec<_> = found.iter().map(|it| it.experiment.as_str()).collect();
        prop_assert_eq!(ids, ["one", "two"]);
        prop_assert!(kept.first().is_none_or(|kept| *kept == found[1]));
    }
}
