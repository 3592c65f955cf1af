//! Golden cases, read natively. The same files are read through the Wasm by the npm package's tests.
//! Each file says how its answers were found, which is never by this code.

use std::fs;
use std::path::Path;

use creditpack::Credits;
use creditpack::money::{Currency, Money};
use creditpack::pricing::{self, Offer};
use serde_json::Value;

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

fn cases(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{name}.json"));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    println!("{name}: {} cases", cases.len());
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
