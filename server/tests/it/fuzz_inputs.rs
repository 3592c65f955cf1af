//! What strangers write, spoiled in every way: nothing panics, and nothing bad passes for good.

use creditpack::sse::Parser;
use creditpackd::clock::Clock;
use creditpackd::config::{Config, DEFAULT, Environment};
use creditpackd::keys::Keys;
use creditpackd::ledger::Ledger;
use creditpackd::payments::stripe::signature::verify;
use creditpackd::secret::Secret;
use creditpackd::serve::settings;
use reqwest::Method;
use serde_json::json;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, config, new_data, op, send};
use crate::fuzz::Fuzz;

#[test]
fn no_spoiled_signature_fits_another_body_or_time() {
    let body = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;
    let good = "670e223f19f12fb09ef0441261722546140dc296175e11939853a461c6642659";
    let mut fitted = 0;
    for input in Fuzz::new("signature", &[]).inputs(20_000) {
        let header = String::from_utf8_lossy(&input);
        let secrets = [Secret::new("whsec_other"), Secret::new("whsec_test")];
        if verify(body, &header, &secrets, 1_700_000_000_000).is_ok() {
            fitted += 1;
            let signed = header.to_ascii_lowercase();
            assert!(signed.contains(good) && signed.contains("1700000000"), "{header}");
        }
    }
    assert!(fitted > 0, "the corpus has good ones");
}

#[tokio::test]
async fn no_spoiled_token_is_a_token() {
    let data = new_data();
    let ledger = settings(&config(DEFAULT), data.path(), Clock::standing_at(NOW_MS));
    let keys = Keys::load(&Ledger::open(ledger).unwrap()).await.unwrap().now();
    let account = creditpack::AccountId::new("u_1").unwrap();
    let good = keys.client_tokens.mint(account, 900, NOW_MS).unwrap().text;
    assert!(keys.client_tokens.read(&good, NOW_MS).is_ok());
    for input in Fuzz::new("token", &[&good, &good, &good]).inputs(3_000) {
        let text = String::from_utf8_lossy(&input);
        let read = keys.client_tokens.read(&text, NOW_MS);
        assert_eq!(read.is_ok(), text == good, "{text}");
        assert!(!keys.secret_keys.has(&text));
    }
}

#[test]
fn a_spoiled_config_is_refused_with_reasons_or_can_be_served() {
    let mut good = 0;
    for input in Fuzz::new("catalog", &[DEFAULT]).inputs(1_500) {
        let text = String::from_utf8_lossy(&input);
        match Config::parse("fuzzed.toml", &text, &Environment::default()) {
            Ok(config) => {
                good += 1;
                assert!(config.catalog.problems().is_empty(), "{text}");
                let shown = config.catalog.public(config.catalog.currency, String::new());
                assert!(shown.is_ok(), "{text}");
            }
            Err(error) => {
                assert!(!error.problems.is_empty(), "{text}");
                let lines = text.lines().count().max(1);
                for problem in &error.problems {
                    let line = problem.line.unwrap_or(1);
                    // The end of the file may be told as the line after its last.
                    assert!((1..=lines + 1).contains(&line), "{problem} of {lines}\n{text}");
                    assert!(!problem.remedy.is_empty(), "{problem}");
                }
            }
        }
    }
    assert!(good > 1);
}

#[test]
fn a_stream_reads_the_same_however_it_is_cut() {
    for (number, input) in Fuzz::new("sse", &[]).inputs(20_000).enumerate() {
        let whole = Parser::new().push(&input);
        let cut = number % (input.len() + 1);
        let mut pieces = Parser::new();
        let mut events = pieces.push(&input[..cut]);
        events.extend(pieces.push(&input[cut..]));
        assert_eq!(whole, events, "{:?} cut at {cut}", String::from_utf8_lossy(&input));
    }
}

#[tokio::test]
async fn a_spoiled_body_is_refused_or_does_what_it_says() {
    let backend = Backend::start().await;
    let at = |end: &str| format!("/v1/holds/{}/{end}", op(1));
    let paths = [
        "/v1/holds".to_owned(),
        "/v1/checkouts".to_owned(),
        "/v1/quotes".to_owned(),
        "/v1/grants".to_owned(),
        "/v1/tokens".to_owned(),
        "/v1/holds/verdicts".to_owned(),
        at("claim"),
        at("capture"),
        at("release"),
        at("extend"),
    ];
    let release = json!({ "account": "u_1", "reason": "failed" }).to_string();
    for (number, input) in Fuzz::new("json", &[&release]).inputs(600).enumerate() {
        let path = &paths[number % paths.len()];
        let request = backend.request(Method::POST, path, SECRET_KEY);
        let request = request.header("content-type", "application/json").body(input);
        // That the answer is a documented one, `send` asserts.
        assert_ne!(send(request).await.status, 500);
    }
    backend.get("/readyz", "").await.ok(200);
}
