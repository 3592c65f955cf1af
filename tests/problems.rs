//! What makes a catalog unusable: each rule, one catalog that breaks it, and where that is told.

use creditpack::Catalog;
use creditpack::catalog::Problem;
use serde_json::{Value, json};

/// A catalog that uses everything there is, and breaks no rule.
fn good() -> Value {
    json!({
        "currency": "usd",
        "tax": "inclusive",
        "low_at": 2,
        "packs": [
            { "id": "starter", "label": "Starter", "credits": 5, "prices": { "usd": 400 } },
            { "id": "standard", "label": { "en": "Standard" }, "credits": 15, "order": 10_000,
              "prices": { "usd": 900, "eur": 900 }, "badge": "Popular" },
            { "id": "hidden", "label": "Hidden", "credits": 40, "active": false,
              "prices": { "usd": 2_000, "gbp": 1_500 } },
        ],
        "operations": [{
            "id": "image", "label": "Picture", "credits": 1,
            "counted": { "en": { "one": "a picture", "other": "{n} pictures" } },
        }],
        "promotions": [
            { "code": "SUMMER", "percent_off": 99, "starts_at_ms": 5, "ends_at_ms": 6 },
            { "code": "Less_1", "amount_off": { "usd": 1, "gbp": 2 }, "redemptions_max": 1 },
            { "code": "more-2", "bonus_credits": 1, "minimum_pack": "hidden",
              "redemptions_per_account_max": 3, "first_purchase_only": true },
        ],
        "experiments": [
            { "id": "price", "variants": [
                { "id": "usual", "weight": 0 },
                { "id": "dear", "weight": 10_000,
                  "prices": { "starter": { "usd": 500, "gbp": 400 } } },
            ] },
            { "id": "offer", "variants": [
                { "id": "usual", "weight": 1, "packs": ["starter", "standard"] },
                { "id": "large", "weight": 1, "packs": ["hidden", "starter"],
                  "prices": { "hidden": { "usd": 1_900 } } },
            ] },
            { "id": "past", "active": false, "variants": [
                { "id": "usual", "weight": 1, "packs": ["starter"] },
                { "id": "dear", "weight": 1, "prices": { "starter": { "usd": 450 } } },
            ] },
        ],
    })
}

/// The good catalog with the value at `pointer` replaced, or added: `-` is the end of a list.
fn but(pointer: &str, value: Value) -> Value {
    let mut catalog = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match catalog.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")) {
        Value::Array(items) => match key.parse::<usize>() {
            Ok(at) if at < items.len() => items[at] = value,
            _ => items.push(value),
        },
        Value::Object(fields) => drop(fields.insert(key.into(), value)),
        other => panic!("{pointer} is in {other}"),
    }
    catalog
}

fn problems(catalog: Value) -> Vec<Problem> {
    serde_json::from_value::<Catalog>(catalog).unwrap().problems()
}

fn places(catalog: Value) -> Vec<String> {
    problems(catalog).into_iter().map(|problem| problem.place).collect()
}

/// Breaks one rule: what is written where, and the one place that is told.
fn check(pointer: &str, value: Value, place: &str) {
    assert_eq!(places(but(pointer, value)), [place], "{pointer}");
}

const OVER: u64 = 1 << 53;

#[test]
fn a_catalog_that_uses_everything_has_no_problems() {
    assert_eq!(problems(good()), []);
}

#[test]
fn packs() {
    let pack = |id: &str| json!({ "id": id, "label": "P", "credits": 1, "prices": { "usd": 1 } });
    let place = |field: &str| format!("packs.starter.{field}");
    let long = "x".repeat(65);
    check("/packs/-", pack("A b"), "packs.A b.id");
    check("/packs/-", pack(""), "packs..id");
    check("/packs/-", pack(&long), &format!("packs.{long}.id"));
    check("/packs/-", pack("starter"), "packs.starter.id");
    check("/packs/0/label", json!(" "), &place("label"));
    check("/packs/0/label", json!({}), &place("label"));
    check("/packs/0/label", json!({ "en": "Starter", "de": "x".repeat(81) }), &place("label"));
    check("/packs/0/badge", json!(""), &place("badge"));
    check("/packs/0/credits", json!(0), &place("credits"));
    check("/packs/0/prices", json!({ "gbp": 300 }), &place("prices"));
    check("/packs/0/prices", json!({ "usd": 0 }), &place("prices"));
    check("/packs/0/prices", json!({ "usd": OVER }), &place("prices"));
    check("/packs/0/order", json!(10_001), &place("order"));
    // Also where it is sold in a variant only: told once, and not again for the variant.
    check("/packs/2/prices", json!({ "eur": 300 }), "packs.hidden.prices");
}

#[test]
fn operations() {
    let operation = json!({ "id": "image", "label": "Again", "credits": 1 });
    let place = |field: &str| format!("operations.image.{field}");
    check("/operations/-", operation, &place("id"));
    check("/operations/0/label", json!(""), &place("label"));
    check("/operations/0/credits", json!(0), &place("credits"));
    check("/operations/0/hold_unclaimed_s", json!(86_401), &place("hold_unclaimed_s"));
    check("/operations/0/hold_claimed_s", json!(0), &place("hold_claimed_s"));
}

#[test]
fn counted_words() {
    let counted = |texts: Value, place: &str| {
        let place = format!("operations.image.counted.pl.{place}");
        check("/operations/0/counted/pl", texts, &place);
    };
    counted(json!({}), "other");
    counted(json!({ "one": "{n} obraz" }), "other");
    counted(json!({ "other": "obrazu" }), "other");
    counted(json!({ "other": " " }), "other");
    counted(json!({ "few": "", "other": "{n} obrazu" }), "few");
    counted(json!({ "many": "x".repeat(81), "other": "{n} obrazu" }), "many");
    counted(json!({ "other": "{n} obrazu {label}" }), "other");
    counted(json!({ "one": "{N} obraz", "other": "{n} obrazu" }), "one");
    counted(json!({ "one": "obraz}", "other": "{n} obrazu" }), "one");
}

#[test]
fn promotions() {
    let code = |code: &str| json!({ "code": code, "percent_off": 10 });
    let long = "x".repeat(65);
    check("/promotions/-", code("NO SPACE"), "promotions.NO SPACE.code");
    check("/promotions/-", code("ZWÖLF"), "promotions.ZWÖLF.code");
    check("/promotions/-", code(""), "promotions..code");
    check("/promotions/-", code(&long), &format!("promotions.{long}.code"));
    check("/promotions/-", code("summer"), "promotions.summer.code");
    let minimum_pack = "promotions.SUMMER.minimum_pack";
    check("/promotions/0/minimum_pack", json!("none"), minimum_pack);
    check("/promotions/0/starts_at_ms", json!(6), "promotions.SUMMER.ends_at_ms");
    check("/promotions/0/starts_at_ms", json!(7), "promotions.SUMMER.ends_at_ms");
    check("/promotions/0/ends_at_ms", json!(OVER), "promotions.SUMMER.ends_at_ms");
    check("/promotions/1/redemptions_max", json!(0), "promotions.Less_1.redemptions_max");
    check("/promotions/1/redemptions_max", json!(OVER), "promotions.Less_1.redemptions_max");
    let per_account = "redemptions_per_account_max";
    let place = format!("promotions.more-2.{per_account}");
    check(&format!("/promotions/2/{per_account}"), json!(0), &place);
}

#[test]
fn benefits() {
    let percent = "promotions.SUMMER.percent_off";
    check("/promotions/-", json!({ "code": "NOTHING" }), "promotions.NOTHING");
    check("/promotions/0/bonus_credits", json!(1), "promotions.SUMMER");
    check("/promotions/1/percent_off", json!(1), "promotions.Less_1");
    check("/promotions/0/percent_off", json!(0), percent);
    check("/promotions/0/percent_off", json!(100), percent);
    check("/promotions/1/amount_off", json!({}), "promotions.Less_1.amount_off");
    check("/promotions/1/amount_off/usd", json!(0), "promotions.Less_1.amount_off.usd");
    check("/promotions/1/amount_off/usd", json!(OVER), "promotions.Less_1.amount_off.usd");
    check("/promotions/1/amount_off/jpy", json!(5), "promotions.Less_1.amount_off.jpy");
    check("/promotions/2/bonus_credits", json!(0), "promotions.more-2.bonus_credits");
}

#[test]
fn a_currency_that_only_a_variant_sells_in_counts() {
    let mut catalog = but("/experiments/0/variants/1/prices/starter/chf", json!(500));
    catalog["promotions"][1]["amount_off"] = json!({ "chf": 5 });
    assert_eq!(problems(catalog), []);
}

#[test]
fn experiments() {
    let variants = "experiments.price.variants";
    let at = |field: &str| format!("{variants}.dear.{field}");
    let named = |id: &str| json!({ "id": id, "weight": 1 });
    let two = json!([{ "id": "a", "weight": 1 }, { "id": "b", "weight": 1 }]);
    let again = json!({ "id": "price", "variants": two });
    check("/experiments/-", again, "experiments.price.id");
    check("/experiments/0/variants", json!([]), variants);
    check("/experiments/0/variants", json!([named("a")]), variants);
    check("/experiments/0/variants/-", named("usual"), &format!("{variants}.usual.id"));
    check("/experiments/0/variants/-", named("Ü"), &format!("{variants}.Ü.id"));
    check("/experiments/0/variants/1/weight", json!(10_001), &at("weight"));
    check("/experiments/0/variants/1/weight", json!(0), variants);
    check("/experiments/0/variants/1/prices/none", json!({ "usd": 5 }), &at("prices.none"));
    check("/experiments/0/variants/1/prices/starter/usd", json!(0), &at("prices.starter.usd"));
    check("/experiments/0/variants/1/prices/starter/eur", json!(OVER), &at("prices.starter.eur"));
}

#[test]
fn packs_of_a_variant() {
    let packs = "experiments.offer.variants.large.packs";
    let at = |id: &str| format!("{packs}.{id}");
    check("/experiments/1/variants/1/packs", json!([]), packs);
    check("/experiments/1/variants/1/packs", json!(["starter", "none"]), &at("none"));
    check("/experiments/1/variants/1/packs", json!(["starter", "starter"]), &at("starter"));
}

#[test]
fn running_experiments_vary_different_things() {
    let place = |experiment: &str| format!("experiments.{experiment}");
    check(
        "/experiments/0/variants/0/packs",
        json!(["starter"]),
        &place("offer.variants.usual.packs"),
    );
    check(
        "/experiments/1/variants/0/prices",
        json!({ "starter": { "usd": 450 } }),
        &place("offer.variants.usual.prices.starter"),
    );
    let mut both = but("/experiments/2/active", json!(true));
    let told = ["past.variants.usual.packs", "past.variants.dear.prices.starter"].map(place);
    assert_eq!(places(both.clone()), told);
    for ended in 0..2 {
        both["experiments"][ended]["active"] = json!(false);
    }
    assert_eq!(places(both), [""; 0]);
}

#[test]
fn lists_are_bounded() {
    let copies = |pointer: &str, id: &str, length: u32| {
        let one = good().pointer(pointer).unwrap().clone();
        let numbered = |number: u32| {
            let mut item = one.clone();
            item[id] = json!(format!("n{number}"));
            item
        };
        Value::Array((0..length).map(numbered).collect())
    };
    for (list, first, id) in [
        ("/operations", "/operations/0", "id"),
        ("/promotions", "/promotions/0", "code"),
        ("/experiments", "/experiments/2", "id"),
        ("/experiments/0/variants", "/experiments/0/variants/1", "id"),
    ] {
        let place = match list {
            "/experiments/0/variants" => "experiments.price.variants",
            _ => &list[1..],
        };
        check(list, copies(first, id, 1_001), place);
        assert_eq!(problems(but(list, copies(first, id, 1_000))), [], "{list}");
    }
    let mut packs = copies("/packs/0", "id", 998);
    packs.as_array_mut().unwrap().extend(good()["packs"].as_array().unwrap().clone());
    check("/packs", packs, "packs");
}

#[test]
fn everything_wrong_is_told_at_once_with_what_to_do() {
    let mut catalog = good();
    catalog["packs"][0]["credits"] = json!(0);
    catalog["operations"][0]["counted"]["en"]["other"] = json!("pictures");
    catalog["promotions"][0]["percent_off"] = json!(100);
    catalog["experiments"][0]["variants"][1]["weight"] = json!(10_001);
    let found = problems(catalog);
    let told: Vec<_> = found.iter().map(|problem| problem.place.as_str()).collect();
    let expected = [
        "packs.starter.credits",
        "operations.image.counted.en.other",
        "promotions.SUMMER.percent_off",
        "experiments.price.variants.dear.weight",
    ];
    assert_eq!(told, expected);
    for Problem { rule, remedy, .. } in found {
        assert!(rule.starts_with("must ") && !remedy.is_empty() && !remedy.ends_with('.'));
    }
}
