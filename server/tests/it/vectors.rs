//! The golden cases of the rules, as far as this backend answers them: over HTTP, or by the config
//! it reads. `cargo xtask vectors` counts what was read where.

use std::path::Path;
use std::sync::Arc;

use creditpack::Catalog;
use creditpackd::config::{Config, DEFAULT, Environment};
use serde_json::{Map, Value, json};

use crate::backend::{Backend, NOW_MS, SECRET_KEY, SITE, config, new_data};
use crate::catalog_check::check;

/// What time it is in the cases of promotions.
const CASE_NOW_MS: u64 = 1_000;

#[tokio::test]
async fn vectors_of_currencies_are_written_with_their_digits() {
    let cases = cases("currencies");
    let prices = cases.iter().map(|case| (text(case, "currency").to_owned(), json!(123_456)));
    let backend = selling(&json!({
        "currency": "usd",
        "packs": [{ "id": "p", "label": "P", "credits": 5, "prices": prices.collect::<Map<_, _>>() }],
    }))
    .await;
    for case in read(&cases, "currencies", |_| true) {
        let code = text(case, "currency");
        let body = json!({
            "account": "u_1", "id": code, "pack": "p", "currency": code,
            "success_url": SITE, "cancel_url": SITE,
        });
        let made = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201);
        let page = made.get("url").as_str().unwrap().strip_prefix(&backend.url).unwrap().to_owned();
        let shown = match case["digits"].as_u64() {
            Some(0) => "123,456",
            Some(2) => "1,234.56",
            _ => "123.456",
        };
        let page = backend.get(&page, "").await.ok(200).text;
        assert!(page.contains(shown), "{case}: {page}");
    }
}

#[tokio::test]
async fn vectors_of_promotions_are_quoted() {
    let cases = cases("promotions");
    let untaken = json!({ "total": 0, "by_account": 0, "has_bought": false });
    for case in read(&cases, "promotions", |case| case["redeemed"] == untaken) {
        assert_eq!(case["now_ms"], CASE_NOW_MS);
        let backend = selling(&later(&case["catalog"])).await;
        let mut body = case["asked"].clone();
        body["account"] = json!("u_1");
        let quote = backend.post("/v1/quotes", SECRET_KEY, &body).await;
        if let Some(reason) = case.get("refusal") {
            assert_eq!(&quote.refused(422, "promotion_invalid").get("reason"), reason, "{case}");
        } else if let Some(code) = case.get("code") {
            assert_eq!(&quote.get("code"), code, "{case}");
        } else {
            let quote = quote.ok(200).json();
            let list_price = &quote["list_price"]["amount_minor"];
            let told = [list_price, &quote["price"]["amount_minor"], &quote["credits"]];
            let fields = ["list_price_minor", "price_minor", "credits"];
            assert_eq!(told, fields.map(|field| &case[field]), "{case}");
        }
        backend.stop().await;
    }
}

#[tokio::test]
async fn vectors_of_assignments_are_served() {
    let cases = cases("assignments");
    for case in read(&cases, "assignments", |case| case["kept"] == json!([])) {
        let backend = selling(&case["catalog"]).await;
        let path = format!("/v1/catalog?account={}", text(case, "account"));
        let catalog = backend.get(&path, SECRET_KEY).await.ok(200).json();
        let currency = text(&catalog, "currency");
        let served = |pack: &Value| json!([pack["id"], pack["price"]["amount_minor"]]);
        let on_sale = |pack: &Value| json!([pack["id"], pack["prices"][currency]]);
        let told: Vec<_> = catalog["packs"].as_array().unwrap().iter().map(served).collect();
        let expected: Vec<_> = case["on_sale"].as_array().unwrap().iter().map(on_sale).collect();
        assert_eq!(told, expected, "{case}");
        backend.stop().await;
    }
}

#[test]
fn vectors_of_advice_are_told_by_catalog_check() {
    let cases = cases("advice");
    for case in read(&cases, "advice", |_| true) {
        let output = check(&written(&case["catalog"]), &["--format", "json"]);
        let told: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let place = |told: &Value| json!({ "id": told["id"], "place": told["place"] });
        let mut told: Vec<_> = told.iter().map(place).collect();
        told.sort_by_key(|told| (told["id"].to_string(), told["place"].to_string()));
        assert_eq!(json!(told), case["advice"], "{case}");
    }
}

#[test]
fn vectors_of_problems_are_refused_by_the_config() {
    let cases = cases("problems");
    for case in read(&cases, "problems", |_| true) {
        let text = written(&case["catalog"]);
        let read = Config::parse("test.toml", &text, &Environment::default());
        let problems = read.err().map_or(Vec::new(), |error| error.problems);
        let places: Vec<_> = case["places"].as_array().unwrap().iter().collect();
        let about = |place: &&Value| {
            // The file names what it writes: times of people, not milliseconds.
            let place = format!("{} ", place.as_str().unwrap().replace("_at_ms", "_at"));
            problems.iter().any(|problem| problem.rule.starts_with(&place))
        };
        assert!(places.iter().all(about), "{case}: {problems:?}");
        assert_eq!(problems.len(), places.len(), "{case}: {problems:?}");
    }
}

fn cases(name: &str) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join(format!("tests/vectors/{name}.json"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// The cases that can be told here, counted.
fn read<'a>(cases: &'a [Value], name: &str, here: impl Fn(&Value) -> bool) -> Vec<&'a Value> {
    let read: Vec<_> = cases.iter().filter(|case| here(case)).collect();
    println!("vectors backend {name} {}", read.len());
    assert!(!read.is_empty());
    read
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

async fn selling(catalog: &Value) -> Backend {
    let catalog: Catalog = serde_json::from_value(catalog.clone()).unwrap();
    let config = Config { catalog: Arc::new(catalog), ..config(DEFAULT) };
    Backend::start_with(config, new_data()).await
}

/// The same catalog, its promotions as much later as this backend's clock is.
fn later(catalog: &Value) -> Value {
    let mut catalog = catalog.clone();
    each_time(&mut catalog, |_, at_ms| (None, json!(at_ms - CASE_NOW_MS + NOW_MS)));
    catalog
}

/// The catalog as a config file has it, where times are written as people do.
fn written(catalog: &Value) -> String {
    let mut catalog = catalog.clone();
    each_time(&mut catalog, |field, at_ms| {
        let time = format!("1970-01-01T00:00:{:02}.{:03}Z", at_ms / 1000, at_ms % 1000);
        (field.strip_suffix("_ms").map(str::to_owned), json!(time))
    });
    toml::to_string(&json!({ "catalog": catalog })).unwrap()
}

/// Puts another name, if any, and another value in the place of every promotion's times.
fn each_time(catalog: &mut Value, replace: impl Fn(&str, u64) -> (Option<String>, Value)) {
    let promotions = catalog.get_mut("promotions").and_then(Value::as_array_mut);
    for promotion in promotions.into_iter().flatten().filter_map(Value::as_object_mut) {
        for field in ["starts_at_ms", "ends_at_ms"] {
            if let Some(at_ms) = promotion.remove(field).and_then(|at_ms| at_ms.as_u64()) {
                let (renamed, value) = replace(field, at_ms);
                promotion.insert(renamed.unwrap_or_else(|| field.to_owned()), value);
            }
        }
    }
}
