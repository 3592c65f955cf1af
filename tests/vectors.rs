//! Golden cases, read natively. The same files are read by the backend's tests, through the Wasm in
//! Node, and by TypeScript: `cargo xtask vectors` counts them. Each file says how its answers were
//! found, which is never by this code.

use std::fs;
use std::path::Path;

use creditpack::advice::advise;
use creditpack::experiment::Assignment;
use creditpack::money::{Currency, Money};
use creditpack::pricing::{self, Asked, Offer, Redemptions};
use creditpack::{AccountId, Catalog, Credits, Error};
use serde_json::{Value, json};

#[test]
fn currencies_have_the_digits_of_iso_4217_and_the_providers_own() {
    let cases = cases("currencies");
    for case in &cases {
        let currency = Currency::new(text(case, "currency")).unwrap();
        assert_eq!(u64::from(currency.digits()), number(case, "digits"), "{case}");
        let written = u64::from(currency.provider_digits());
        assert_eq!(written, number(case, "provider_digits"), "{case}");
    }
    let listed: Vec<_> = cases.iter().map(|case| text(case, "currency").to_owned()).collect();
    let known: Vec<_> = Currency::all().map(|currency| currency.to_string()).collect();
    assert_eq!(known, listed, "no more and no fewer");
}

#[test]
fn quotes_are_the_fractions_rounded_against_the_seller() {
    for case in cases("quotes") {
        let offers = offers(&case);
        let currency = offers[0].price.currency;
        let from = pricing::from_price(&offers, currency).unwrap();
        assert_eq!(from.amount_minor, number(&case, "from_minor"), "{case}");
        let expected = case["quotes"].as_array().unwrap();
        for (quote, expected) in pricing::price_table(&offers).iter().zip(expected) {
            assert_eq!(quote.unit_minor, number(expected, "unit_minor"), "{case}");
            let saving = u64::from(quote.saving_percent);
            assert_eq!(saving, number(expected, "saving_percent"), "{case}");
            assert_eq!(quote.best_value, expected["best_value"], "{case}");
        }
    }
}

#[test]
fn covers_are_never_beaten() {
    for case in cases("covers") {
        let offers = offers(&case);
        let wanted = Credits::new(number(&case, "wanted")).unwrap();
        let cover = pricing::cover(&offers, offers[0].price.currency, wanted).unwrap().unwrap();
        let found = [cover.price.amount_minor, cover.credits.get(), cover.left_over.get()];
        let expected = ["amount_minor", "credits", "left_over"].map(|field| number(&case, field));
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn top_ups_last_as_long_as_asked() {
    for case in cases("top_ups") {
        let days = |field| u32::try_from(number(&case, field)).unwrap();
        let spent = Credits::new(number(&case, "spent")).unwrap();
        let available = case["available"].as_i64().unwrap();
        let found = pricing::top_up(spent, days("spent_days"), days("last_days"), available);
        assert_eq!(found.unwrap().get(), number(&case, "top_up"), "{case}");
    }
}

#[test]
fn promotions_cost_what_fractions_say() {
    for case in cases("promotions") {
        let catalog = catalog(&case);
        assert_eq!(catalog.problems(), [], "{case}");
        let now_ms = number(&case, "now_ms");
        match pricing::deal(&catalog, &asked(&case["asked"]), &redeemed(&case), now_ms) {
            Ok(deal) => {
                let list_price_minor = deal.list_price.amount_minor;
                let prices = [list_price_minor, deal.price.amount_minor, deal.credits.get()];
                let fields = ["list_price_minor", "price_minor", "credits"];
                assert_eq!(prices, fields.map(|field| number(&case, field)), "{case}");
                assert_eq!(json!(deal.promotion), case["promotion"], "{case}");
            }
            Err(Error::Promotion(why)) => assert_eq!(why.as_str(), case["refusal"], "{case}"),
            Err(error) => assert_eq!(error.code().as_str(), case["code"], "{case}"),
        }
    }
}

#[test]
fn accounts_are_offered_what_their_variants_say() {
    for case in cases("assignments") {
        let catalog = catalog(&case);
        assert_eq!(catalog.problems(), [], "{case}");
        let account = AccountId::new(text(&case, "account")).unwrap();
        let found = catalog.assignments(&account, &assignments(&case["kept"]));
        assert_eq!(found, assignments(&case["assignments"]), "{case}");
        let varied = catalog.varied(&found);
        let on_sale = varied.on_sale().into_iter();
        let on_sale: Vec<_> =
            on_sale.map(|pack| json!({ "id": pack.id, "prices": pack.prices })).collect();
        assert_eq!(json!(on_sale), case["on_sale"], "{case}");
    }
}

#[test]
fn advice_is_what_the_documentation_says() {
    for case in cases("advice") {
        let catalog = catalog(&case);
        assert_eq!(catalog.problems(), [], "{case}");
        let advice = advise(&catalog).into_iter();
        let mut found: Vec<_> = advice.map(|advice| (advice.id.as_str(), advice.place)).collect();
        found.sort();
        let found = found.iter().map(|(id, place)| json!({ "id": id, "place": place }));
        assert_eq!(found.collect::<Value>(), case["advice"], "{case}");
    }
}

#[test]
fn problems_are_told_where_they_are() {
    for case in cases("problems") {
        let problems = catalog(&case).problems().into_iter();
        let mut places: Vec<_> = problems.map(|problem| problem.place).collect();
        places.sort();
        assert_eq!(json!(places), case["places"], "{case}");
    }
}

fn catalog(case: &Value) -> Catalog {
    serde_json::from_value(case["catalog"].clone())
        .unwrap_or_else(|error| panic!("{error}: {case}"))
}

fn asked(asked: &Value) -> Asked {
    Asked {
        pack: text(asked, "pack").into(),
        quantity: number(asked, "quantity").try_into().unwrap(),
        currency: Currency::new(text(asked, "currency")).unwrap(),
        promotion: asked["promotion"].as_str().map(Into::into),
    }
}

fn redeemed(case: &Value) -> Redemptions {
    let redeemed = &case["redeemed"];
    Redemptions {
        total: number(redeemed, "total"),
        by_account: number(redeemed, "by_account"),
        has_bought: redeemed["has_bought"].as_bool().unwrap(),
    }
}

fn assignments(list: &Value) -> Vec<Assignment> {
    let assignment = |it: &Value| Assignment {
        experiment: text(it, "experiment").into(),
        variant: text(it, "variant").into(),
    };
    list.as_array().unwrap().iter().map(assignment).collect()
}

fn cases(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{name}.json"));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    println!("vectors native {name} {}", cases.len());
    assert!(!cases.is_empty());
    cases
}

fn offers(case: &Value) -> Vec<Offer> {
    let currency = Currency::new("usd").unwrap();
    let packs = case["packs"].as_array().unwrap().iter().enumerate();
    packs
        .map(|(at, pack)| Offer {
            pack: format!("p{at}"),
            credits: Credits::new(number(pack, "credits")).unwrap(),
            price: Money { amount_minor: number(pack, "amount_minor"), currency },
        })
        .collect()
}

fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_else(|| panic!("{field} of {value}"))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}
