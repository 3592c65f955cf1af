//! Cases on terms: tax, counted words, promotions, experiments.

use creditpack::advice::AdviceId as Id;
use creditpack::catalog::{Catalog, Operation, Tax};
use creditpack::credits::Credits;
use serde_json::{Value, json};

use crate::{Case, but, currency, labelled, shop};

pub fn cases() -> Vec<Case> {
    [tax(), counted(), promotions(), bonuses(), experiments(), variants()]
        .into_iter()
        .flatten()
        .collect()
}

fn taxed(catalog: Option<Tax>, packs: [Option<Tax>; 2]) -> Catalog {
    but(|shop| {
        shop.tax = catalog;
        for (pack, tax) in shop.packs.iter_mut().zip(packs) {
            pack.tax = tax;
        }
    })
}

fn tax() -> Vec<Case> {
    let (with, without) = (Some(Tax::Inclusive), Some(Tax::Exclusive));
    let place = "packs.p1.tax";
    vec![
        (Id::TaxMixed, taxed(None, [with, without]), place, taxed(None, [with, with])),
        (Id::TaxMixed, taxed(with, [None, without]), place, taxed(with, [None, with])),
        (Id::TaxMixed, taxed(None, [with, None]), place, taxed(None, [None, None])),
        (Id::TaxMixed, taxed(without, [with, None]), place, taxed(without, [None, None])),
    ]
}

/// The shop with labels in these locales and counted words in those.
fn counting(locales: &[&str], counted: &Value) -> Catalog {
    let mut catalog = labelled(locales, locales);
    catalog.operations[0].counted = serde_json::from_value(counted.clone()).unwrap();
    catalog
}

fn counted() -> Vec<Case> {
    let place = "operations.o0.counted";
    let en = json!({ "en": { "one": "a picture", "other": "{n} pictures" } });
    let pl = |forms: &[&str]| {
        let form = |form: &&str| ((*form).to_owned(), Value::from("{n} obraz"));
        json!({ "pl": forms.iter().map(form).collect::<serde_json::Map<_, _>>() })
    };
    let mut german = en.clone();
    german["de"] = json!({ "one": "{n} Bild", "other": "{n} Bilder" });
    let mut unknown = en.clone();
    unknown["pt_BR"] = json!({ "other": "{n} imagens" });
    let mut half = counting(&["en"], &en);
    half.operations.push(Operation::new("film", "Film", Credits::new(5).unwrap()));
    let nobody = counting(&["de", "en"], &json!({}));
    let arabic = |forms: &Value| counting(&["ar"], &json!({ "ar": forms }));
    let all = json!({ "zero": "0", "one": "1", "two": "2", "few": "3", "many": "11",
        "other": "{n}" });
    let mut pair = all.clone();
    pair.as_object_mut().unwrap().remove("two");
    let hebrew = |forms: Value| counting(&["he-IL"], &json!({ "he-IL": forms }));
    vec![
        (Id::CountedLocaleMissing, counting(&["de", "en"], &en), place, nobody),
        (
            Id::CountedLocaleMissing,
            counting(&["de-AT", "en"], &en),
            place,
            counting(&["de-AT", "en"], &german),
        ),
        (Id::CountedLocaleMissing, half, "operations.film.counted", counting(&["en"], &en)),
        (Id::LabelLocaleUnknown, counting(&["en"], &unknown), place, counting(&["en"], &en)),
        (
            Id::PluralMissing,
            counting(&["pl"], &pl(&["one", "few", "other"])),
            "operations.o0.counted.pl",
            counting(&["pl"], &pl(&["one", "few", "many", "other"])),
        ),
        (Id::PluralMissing, arabic(&pair), "operations.o0.counted.ar", arabic(&all)),
        (
            Id::PluralMissing,
            hebrew(json!({ "one": "1", "other": "{n}" })),
            "operations.o0.counted.he-IL",
            hebrew(json!({ "one": "1", "two": "2", "other": "{n}" })),
        ),
        (
            Id::PluralMissing,
            counting(&["en"], &json!({ "en": { "other": "{n} pictures" } })),
            "operations.o0.counted.en",
            counting(&["ja"], &json!({ "ja": { "other": "画像{n}枚" } })),
        ),
    ]
}

/// The shop with a promotion that nothing is said about, with these fields changed.
fn promoted(fields: &Value) -> Catalog {
    let mut promotion = json!({ "code": "SUMMER", "percent_off": 20, "ends_at_ms": 2_000 });
    for (field, value) in fields.as_object().unwrap() {
        promotion[field] = value.clone();
    }
    but(|catalog| catalog.promotions = vec![serde_json::from_value(promotion).unwrap()])
}

fn promotions() -> Vec<Case> {
    let place = "promotions.SUMMER";
    let off = |amount: u64| json!({ "percent_off": null, "amount_off": { "usd": amount } });
    let large = |active: bool| {
        let mut catalog = promoted(&json!({ "minimum_pack": "p1" }));
        catalog.packs[1].active = active;
        catalog
    };
    let no_end = |fields: Value| {
        let mut fields = fields;
        fields["ends_at_ms"] = Value::Null;
        promoted(&fields)
    };
    vec![
        (Id::PromotionUnusable, promoted(&off(851)), place, promoted(&off(850))),
        (Id::PromotionUnusable, large(false), place, large(true)),
        (
            Id::PromotionUnusable,
            promoted(&json!({ "percent_off": 95 })),
            place,
            promoted(&json!({ "percent_off": 95, "active": false })),
        ),
        (
            Id::CodeGuessable,
            promoted(&json!({ "code": "SALE5" })),
            "promotions.SALE5.code",
            promoted(&json!({ "code": "SALE50" })),
        ),
        (
            Id::DiscountTooLarge,
            promoted(&json!({ "percent_off": 51 })),
            "promotions.SUMMER.percent_off",
            promoted(&json!({ "percent_off": 50 })),
        ),
        (Id::PromotionUnlimited, no_end(json!({})), place, promoted(&json!({}))),
        (
            Id::PromotionUnlimited,
            no_end(json!({ "starts_at_ms": 5 })),
            place,
            no_end(json!({ "redemptions_max": 500 })),
        ),
        (
            Id::PromotionUnlimited,
            no_end(json!({})),
            place,
            no_end(json!({ "redemptions_per_account_max": 1 })),
        ),
        (
            Id::PromotionUnlimited,
            no_end(json!({})),
            place,
            no_end(json!({ "first_purchase_only": true })),
        ),
    ]
}

fn bonuses() -> Vec<Case> {
    let place = "promotions.SUMMER.bonus_credits";
    let bonus = |credits: u64, minimum: &str| {
        let minimum = json!(minimum);
        promoted(&json!({
            "percent_off": null, "bonus_credits": credits, "minimum_pack": minimum,
        }))
    };
    vec![
        (Id::BonusOverPack, bonus(6, "p0"), place, bonus(5, "p0")),
        (Id::BonusOverPack, bonus(16, "p1"), place, bonus(15, "p1")),
    ]
}

/// The shop with an experiment of a control and another variant, of these fields.
fn varied(fields: &Value) -> Catalog {
    let mut variant = json!({ "id": "other", "weight": 1 });
    for (field, value) in fields.as_object().unwrap() {
        variant[field] = value.clone();
    }
    let usual = json!({ "id": "usual", "weight": 1 });
    let experiment = json!({ "id": "e", "variants": [usual, variant] });
    but(|catalog| catalog.experiments = vec![serde_json::from_value(experiment).unwrap()])
}

fn priced(pack: &str, amount_minor: u64) -> Catalog {
    varied(&json!({ "prices": { pack: { "usd": amount_minor } } }))
}

fn ended(mut catalog: Catalog) -> Catalog {
    catalog.experiments[0].active = false;
    catalog
}

fn experiments() -> Vec<Case> {
    let place = "experiments.e.variants";
    let same = || varied(&json!({ "packs": ["p0", "p1"], "prices": { "p0": { "usd": 400 } } }));
    let turned = varied(&json!({ "packs": ["p1", "p0"] }));
    let dear = "experiments.e.variants.other.prices.p0.usd";
    let control = "experiments.e.variants.usual";
    vec![
        (Id::ExperimentComparesNothing, varied(&json!({})), place, priced("p0", 450)),
        (Id::ExperimentComparesNothing, same(), place, turned),
        (Id::ExperimentComparesNothing, same(), place, ended(same())),
        (Id::VariantPricesApart, priced("p0", 801), dear, priced("p0", 800)),
        (Id::VariantPricesApart, priced("p0", 199), control, priced("p0", 200)),
        (Id::VariantPricesApart, priced("p0", 801), dear, ended(priced("p0", 801))),
    ]
}

/// Advice on what a variant offers, which the usual offer does not need.
fn variants() -> Vec<Case> {
    let place = "experiments.e.variants.other";
    let packs = "experiments.e.variants.other.packs";
    let prices = "experiments.e.variants.other.prices.p1.usd";
    let four = [(5, 400), (15, 900), (30, 1_700), (50, 2_700)];
    let five = |sold: &[&str]| {
        let mut catalog = varied(&json!({ "packs": sold }));
        let mut with = shop(&four, &[1]).packs;
        with.extend(shop(&[(80, 4_200)], &[1]).packs);
        with[4].id = "p4".into();
        with[4].active = false;
        catalog.packs = with;
        catalog
    };
    let eur = |pack: &str| {
        let mut catalog = varied(&json!({ "prices": { pack: { "eur": 400 } } }));
        catalog.packs[0].prices.insert(currency("eur"), 400);
        catalog.packs[1].prices.insert(currency("eur"), 900);
        catalog
    };
    let mut lacking = eur("p0");
    for pack in &mut lacking.packs {
        pack.prices.remove(&currency("eur"));
    }
    vec![
        (Id::DearerPerCredit, priced("p1", 1_201), prices, priced("p1", 1_200)),
        (Id::BelowMinimumCharge, priced("p1", 49), prices, priced("p1", 50)),
        (Id::SavingTooLarge, priced("p0", 601), place, priced("p0", 600)),
        (
            Id::TooManyPacks,
            five(&["p0", "p1", "p2", "p3", "p4"]),
            packs,
            five(&["p0", "p1", "p2", "p4"]),
        ),
        (Id::CurrencyMissing, lacking, place, eur("p0")),
    ]
}
