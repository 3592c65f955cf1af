//! `creditpackd experiments report`, as its own process.

use std::path::Path;
use std::process::{Command, Output};

use creditpackd::config::DEFAULT;
use serde_json::{Value, json};

use crate::backend::{Backend, SECRET_KEY, config, new_data};
use crate::checkouts::checkout;
use crate::experiments::experimenting;
use crate::webhooks::tell;

/// Runs a report on `data` under the config `text`.
fn report(data: &Path, text: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.toml"), text).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().current_dir(&folder).args(["experiments", "report"]);
    program.args(["--config", "shop.toml", "--data"]).arg(data).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&told(output)).unwrap()
}

async fn serve(backend: &Backend, accounts: usize) {
    for number in 0..accounts {
        let path = format!("/v1/catalog?account=u_{number}");
        backend.get(&path, SECRET_KEY).await.ok(200);
    }
}

/// Has an account buy its cheapest pack. Returns which, and the session that paid it.
async fn buy(backend: &Backend, account: &str) -> (String, String) {
    let path = format!("/v1/catalog?account={account}");
    let pack = backend.get(&path, SECRET_KEY).await.get("packs")[0]["id"].clone();
    let mut body = checkout(account, "c_1");
    body["pack"] = pack.clone();
    let made = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201);
    let session = made.get("url").as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    tell(backend, "checkout.session.async_payment_succeeded", &session).await;
    (pack.as_str().unwrap().to_owned(), session)
}

/// A variant's line of a report.
fn variant(report: &Value, id: &str) -> Value {
    let variants = report["variants"].as_array().unwrap();
    variants.iter().find(|variant| variant["variant"] == id).unwrap().clone()
}

#[tokio::test]
async fn a_report_is_made_beside_a_backend_that_serves() {
    let backend = Backend::start_with(config(&experimenting()), new_data()).await;
    serve(&backend, 12).await;
    for number in 0..6 {
        buy(&backend, &format!("u_{number}")).await;
    }
    let text = experimenting();
    let mut found = json!([]);
    // Exposures are written down when there is time.
    for _ in 0..200 {
        found = json_of(&report(backend.data(), &text, &["--format", "json"]));
        let variants = found[0]["variants"].as_array().unwrap();
        if variants.iter().filter_map(|it| it["exposed"].as_u64()).sum::<u64>() == 12 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let sum = |field: &str| -> u64 {
        let variants = found[0]["variants"].as_array().unwrap();
        variants.iter().filter_map(|it| it[field].as_u64()).sum()
    };
    assert_eq!((sum("exposed"), sum("buyers"), sum("purchases")), (12, 6, 6));
    assert_eq!(
        (&found[0]["experiment"], &found[0]["status"]),
        (&json!("price"), &json!("running"))
    );
    // The backend goes on.
    backend.grant("g", "u_1", 1).await;
}

#[tokio::test]
async fn a_report_counts_what_each_variant_sold() {
    let backend = Backend::start_with(config(&experimenting()), new_data()).await;
    serve(&backend, 400).await;
    let mut bought = std::collections::BTreeMap::new();
    for number in 0..40 {
        let (pack, _) = buy(&backend, &format!("u_{number}")).await;
        *bought.entry(pack).or_insert(0_u64) += 1;
    }
    let text = experimenting();
    let data = backend.stop().await;
    let found = json_of(&report(data.path(), &text, &["--format=json"]));
    let ten = variant(&found[0], "ten");
    let sold = bought["ten"];
    assert_eq!((&ten["buyers"], &ten["purchases"]), (&json!(sold), &json!(sold)));
    assert_eq!((&ten["credits"], &ten["weight"]), (&json!(sold * 10), &json!(1)));
    assert_eq!(ten["revenue"][0]["amount_minor"], json!(sold * 700));
    let seen = |estimate: &Value| {
        let number = |field: &str| estimate[field].as_f64().unwrap();
        assert!(number("low") < number("seen") && number("seen") < number("high"), "{estimate}");
        number("seen")
    };
    let exposed = u32::try_from(ten["exposed"].as_u64().unwrap()).unwrap();
    let share = f64::from(u32::try_from(sold).unwrap()) / f64::from(exposed);
    assert!((seen(&ten["conversion"]) - share).abs() < 1e-9);
    assert!((seen(&ten["revenue"][0]["per_exposed_minor"]) - share * 700.0).abs() < 1e-6);

    let out = told(&report(data.path(), &text, &[]));
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    for words in ["experiment price (running)", "as-is", "conversion (95% interval)", "overlap"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let csv = told(&report(data.path(), &text, &["--format", "csv", "--experiment", "price"]));
    let lines: Vec<Vec<_>> = csv.lines().map(|line| line.split(',').collect()).collect();
    // Three variants, each with a line of counts and one of its only currency.
    assert_eq!(lines.len(), 7, "{csv}");
    assert!(lines.iter().all(|fields| fields.len() == 16), "{csv}");
    let currencies: Vec<_> = lines.iter().map(|fields| fields[10]).collect();
    assert_eq!(currencies, ["currency", "", "usd", "", "usd", "", "usd"]);
    let buyers = lines.iter().filter_map(|fields| fields[3].parse::<u64>().ok());
    assert_eq!(buyers.sum::<u64>(), 40, "{csv}");
    // Nobody is in a variant that the config has not any more, but what was sold in it stays.
    let renamed = text.replacen("id = \"ten\"\nweight", "id = \"eleven\"\nweight", 1);
    let found = json_of(&report(data.path(), &renamed, &["--format=json"]));
    assert_eq!(variant(&found[0], "ten")["weight"], Value::Null);
    let eleven = variant(&found[0], "eleven");
    assert_eq!(eleven["exposed"], json!(0));
    assert_eq!(eleven["revenue"][0]["amount_minor"], json!(0));
    let out = told(&report(data.path(), &renamed, &[]));
    let rows = out.lines().filter(|line| line.starts_with("eleven ")).count();
    assert_eq!(rows, 2, "it has a line in both tables: {out}");
    for words in ["Left out, with fewer than 100 exposed accounts:", "eleven (0)"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let removed = json_of(&report(data.path(), DEFAULT, &["--format=json"]));
    assert_eq!(removed[0]["status"], json!("removed"));
}

#[test]
fn of_few_accounts_nothing_is_said() {
    let data = new_data();
    let out = told(&report(data.path(), &experimenting(), &[]));
    assert!(out.contains("Too few exposed accounts") && out.contains("cheaper (0)"), "{out}");
    let none = told(&report(data.path(), DEFAULT, &[]));
    assert_eq!(none, "There are no experiments.\n");
}

#[test]
fn what_keeps_a_report_from_being_made_is_told() {
    let data = new_data();
    let failed = |output: Output, code: i32, words: &str| {
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{error}");
        assert!(error.contains(words), "{error}");
    };
    let unknown = report(data.path(), &experimenting(), &["--experiment", "colour"]);
    failed(unknown, 2, "there is no experiment \"colour\"");
    failed(report(Path::new("nowhere"), DEFAULT, &[]), 1, "creditpackd init");
    failed(report(data.path(), "[catalog]\n", &[]), 2, "catalog.currency is missing");
    let connection = rusqlite::Connection::open(data.path().join("ledger.sqlite3")).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    failed(report(data.path(), DEFAULT, &[]), 1, "serve it once with this creditpackd");
    connection.pragma_update(None, "user_version", 99).unwrap();
    failed(report(data.path(), DEFAULT, &[]), 1, "upgrade it");
}
