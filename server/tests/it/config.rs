//! Configs: what a good one means, and what is said about a bad one.

use creditpack::catalog::{Plural, Tax};
use creditpackd::config::{Config, DEFAULT, Environment, PaymentsMode};

fn problems(text: &str, environment: &Environment) -> Vec<String> {
    match Config::parse("shop.toml", text, environment) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.iter().map(ToString::to_string).collect(),
    }
}

/// Asserts that the starter config with `from` replaced by `to` has one problem, on the line of
/// `to`, and that it says `words`.
#[track_caller]
fn check(from: &str, to: &str, words: &str) {
    assert!(DEFAULT.contains(from), "{from}");
    let text = DEFAULT.replacen(from, to, 1);
    let line = 1 + DEFAULT[..DEFAULT.find(from).unwrap()].matches('\n').count();
    let found = problems(&text, &Environment::default());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(&format!("shop.toml:{line}: ")), "line {line}: {}", found[0]);
    assert!(found[0].contains(words), "{}", found[0]);
    assert!(found[0].contains("; "), "no remedy: {}", found[0]);
}

#[test]
fn the_starter_config_is_good_and_sells_two_packs() {
    let config = Config::parse("starter", DEFAULT, &Environment::default()).unwrap();
    let packs: Vec<_> =
        config.catalog.packs.iter().map(|pack| (pack.id.as_str(), pack.credits.get())).collect();
    assert_eq!(packs, [("starter", 5), ("standard", 15)]);
    let operations: Vec<_> = config.catalog.operations.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(operations, ["draft", "image", "campaign"]);
    assert_eq!(config.payments, Some(PaymentsMode::Test));
    assert_eq!(config.dedupe_window_ms, 7 * 24 * 60 * 60 * 1000);
}

#[test]
fn what_is_left_out_is_the_default_but_for_what_is_sold() {
    let text = "[catalog]\ncurrency = \"eur\"\n";
    let config = Config::parse("small", text, &Environment::default()).unwrap();
    assert_eq!(config.heartbeat.as_secs(), 15);
    assert_eq!(config.request_timeout.as_secs(), 30);
    assert_eq!(config.payments, None);
    assert!(config.catalog.packs.is_empty() && config.allowed_origins.is_empty());
}

#[test]
fn a_config_that_cannot_be_read_is_told_with_what_to_do_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| {
        let path = folder.path().join(name);
        Config::read(&path, &Environment::default()).unwrap_err().to_string()
    };
    assert!(read("none.toml").contains("make one with `creditpackd init"));
    std::fs::write(folder.path().join("bytes.toml"), b"\xff").unwrap();
    let bytes = read("bytes.toml");
    assert!(bytes.contains("UTF-8; name a file") && !bytes.contains("make one"), "{bytes}");
}

#[test]
fn every_mistake_is_told_with_its_line_and_a_remedy() {
    let url = "public_url = \"https://credits.example.com/?a=b\"";
    let commented = "# public_url = \"https://credits.example.com\"";
    check(commented, url, "with nothing after its path");
    check("head_timeout_s = 75", "head_timeout_s = 0", "head_timeout_s must be 1 to 600");
    check("connections_max = 16384", "connections_max = 1", "connections_max must be 16 to");
    check("wrong_codes_per_h = 60", "wrong_codes_per_h = -1", "wrong_codes_per_h");
    let proxies = "heartbeat_ms = 15000\ntrusted_proxies = [\"10.0.0.0/33\"]";
    let found =
        problems(&DEFAULT.replacen("heartbeat_ms = 15000", proxies, 1), &Environment::default());
    assert!(found[0].contains("\"10.0.0.0/33\" must be an address or a network"), "{found:?}");
    check("currency = \"usd\"", "currency = \"usx\"", "ISO 4217");
    check("low_at = 1", "low_at = -1", "low_at");
    check("low_at = 1", "low_ta = 1", "\"low_ta\" is no setting of catalog");
    check("credits = 5", "credits = 0", "packs.starter.credits must be at least 1");
    check("credits = 5", "credits = 1.5", "credits");
    check("credits = 5", "credits = \"five\"", "credits");
    check("prices = { usd = 400 }", "prices = { eur = 400 }", "must have the catalog's currency");
    check("prices = { usd = 400 }", "prices = { usd = 0 }", "must be 1 to");
    check("prices = { usd = 400 }", "prices = { dollars = 400 }", "ISO 4217");
    check("id = \"standard\"", "id = \"starter\"", "must be used once");
    check("id = \"image\"", "id = \"An Image\"", "must be 1 to 64 of");
    check("label = \"Picture\"", "label = \"\"", "must be 1 to 80 characters");
    check("mode = \"test\"", "mode = \"live\"", "mode");
    check("clawback = \"debt\"", "clawback = \"forgive\"", "clawback");
    check("automatic_tax = false", "automatic_tax = 1", "automatic_tax");
    check("dedupe_window_s = 604800", "dedupe_window_s = 1", "must be 60 to");
    check("heartbeat_ms = 15000", "heartbeat_ms = 15001", "must be 50 to 15000");
    check("request_timeout_s = 30", "request_timeout_s = 25", "must be 26 to 300");
    check("[\"http://localhost:3000\"]", "[\"localhost:3000\"]", "http:// or https://");
    check("[\"http://localhost:3000\"]", "\"http://localhost:3000\"", "allowed_origins");
    check("[ledger]\n", "[ledgers]\nx = 1\n[ledger]\n", "\"ledgers\" is no setting of the file");
    check("low_at = 1", "low_at = = 1", "");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = DEFAULT
        .replacen("credits = 5", "credits = 0", 1)
        .replacen("heartbeat_ms = 15000", "heartbeat_ms = 1", 1)
        .replacen("mode = \"test\"", "modus = \"test\"", 1)
        .replacen("label = \"Draft\"", "label = 7", 1);
    let environment = Environment {
        allowed_origins: Some("https://a.b, nonsense".into()),
        public_url: Some("nonsense".into()),
        ..Environment::default()
    };
    let found = problems(&text, &environment).join("\n");
    for words in [
        "packs.starter.credits",
        "heartbeat_ms",
        "\"modus\"",
        "label",
        "CREDITPACK_ALLOWED_ORIGINS: ",
        "CREDITPACK_PUBLIC_URL: ",
    ] {
        assert!(found.contains(words), "{words} not in:\n{found}");
    }
}

/// A catalog with everything that one may have.
const WHOLE: &str = r#"
[catalog]
currency = "usd"
tax = "exclusive"

[[catalog.packs]]
id = "starter"
label = "Starter"
credits = 5
prices = { usd = 400 }
tax = "inclusive"
order = 2

[[catalog.packs]]
id = "standard"
label = "Standard"
credits = 15
prices = { usd = 900 }
order = 1

[[catalog.operations]]
id = "image"
label = "Picture"
credits = 1
counted = { en = { one = "{n} picture", other = "{n} pictures" } }

[[catalog.promotions]]
code = "WELCOME"
percent_off = 20
first_purchase_only = true
starts_at = 2026-12-01T00:00:00Z
ends_at = "2027-01-01T01:00:00+01:00"
redemptions_max = 500

[[catalog.experiments]]
id = "price"
[[catalog.experiments.variants]]
id = "as-is"
weight = 1
[[catalog.experiments.variants]]
id = "cheaper"
weight = 2
packs = ["standard"]
[catalog.experiments.variants.prices.standard]
usd = 800
"#;

#[test]
fn a_catalog_may_have_terms_promotions_and_experiments() {
    let config = Config::parse("whole", WHOLE, &Environment::default()).unwrap();
    let catalog = &config.catalog;
    assert_eq!((catalog.tax, catalog.packs[0].tax), (Some(Tax::Exclusive), Some(Tax::Inclusive)));
    let shown: Vec<_> = catalog.on_sale().iter().map(|pack| pack.id.as_str()).collect();
    assert_eq!(shown, ["standard", "starter"]);
    assert_eq!(catalog.operations[0].counted["en"][&Plural::Other], "{n} pictures");
    let promotion = &catalog.promotions[0];
    let ends_at_ms = Some(1_798_761_600_000);
    assert_eq!(
        (promotion.starts_at_ms, promotion.ends_at_ms),
        (Some(1_796_083_200_000), ends_at_ms)
    );
    assert_eq!(promotion.redemptions_max, Some(500));
    let cheaper = &catalog.experiments[0].variants[1];
    assert_eq!(cheaper.packs.as_deref(), Some(&["standard".to_owned()][..]));
    assert_eq!(cheaper.prices["standard"].values().collect::<Vec<_>>(), [&800]);
}

#[test]
fn pieces_of_a_catalog_are_found_by_their_lines() {
    let config = Config::parse("whole", WHOLE, &Environment::default()).unwrap();
    for (place, text) in [
        ("tax", "tax = \"exclusive\""),
        ("operations.image.counted.en.other", "counted ="),
        ("promotions.WELCOME", "[[catalog.promotions]]"),
        ("promotions.WELCOME.percent_off", "percent_off"),
        ("experiments.price", "[[catalog.experiments]]"),
        (
            "experiments.price.variants.cheaper",
            "[[catalog.experiments.variants]]\nid = \"cheaper\"",
        ),
        ("experiments.price.variants.cheaper.weight", "weight = 2"),
        ("experiments.price.variants.cheaper.packs", "packs = [\"standard\"]"),
        ("experiments.price.variants.cheaper.prices.standard.usd", "usd = 800"),
    ] {
        let line = 1 + WHOLE[..WHOLE.find(text).unwrap()].matches('\n').count();
        assert_eq!(config.catalog_lines.of(place), Some(line), "{place}");
    }
}

#[test]
fn mistakes_in_promotions_and_experiments_are_told_all_at_once() {
    let text = WHOLE
        .replacen("tax = \"exclusive\"", "tax = \"extra\"", 1)
        .replacen("percent_off = 20", "percent_off = 1.5", 1)
        .replacen("weight = 2", "weight = \"2\"", 1)
        .replacen("{ one =", "{ single =", 1)
        .replacen("order = 1", "order = -1", 1);
    let found = problems(&text, &Environment::default());
    let lines: Vec<_> = found.iter().map(|it| it.split(':').nth(1).unwrap()).collect();
    let line = |words| (1 + WHOLE[..WHOLE.find(words).unwrap()].matches('\n').count()).to_string();
    let expected = ["tax = \"ex", "order = 1", "counted =", "percent_off", "weight = 2"].map(line);
    assert_eq!(lines, expected, "{found:#?}");
    for (found, words) in found.iter().zip([
        "write \"inclusive\" or \"exclusive\"",
        "write a whole number",
        "write texts by locale",
        "write a whole number",
        "write a whole number",
    ]) {
        assert!(found.contains(words), "{words}: {found}");
    }
}

#[test]
fn promotions_begin_and_end_at_times_that_are_the_same_everywhere() {
    let start = "starts_at = 2026-12-01T00:00:00Z";
    for (written, words) in [
        ("starts_at = 2026-12-01T00:00:00", "is not a date and time with an offset"),
        ("starts_at = \"2026-12-01\"", "is not a date and time with an offset"),
        ("starts_at = 1796083200", "is not a date and time with an offset"),
        ("starts_at = 1960-01-01T00:00:00Z", "is before 1970"),
        ("starts_at_ms = 1796083200000", "unknown field `starts_at_ms`"),
    ] {
        let found = problems(&WHOLE.replacen(start, written, 1), &Environment::default());
        let line = 1 + WHOLE[..WHOLE.find(start).unwrap()].matches('\n').count();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with(&format!("shop.toml:{line}: ")), "{}", found[0]);
        assert!(found[0].contains(words), "{}", found[0]);
        let remedy = words.starts_with("is") && found[0].contains("2026-12-01T09:00:00+01:00");
        assert!(remedy || words.starts_with("unknown"), "{}", found[0]);
    }
}

#[test]
fn the_rules_of_promotions_and_experiments_are_told_where_they_are_broken() {
    for (from, to, rule) in [
        ("redemptions_max = 500", "redemptions_max = 0", "promotions.WELCOME.redemptions_max must"),
        (
            "ends_at = \"2027-01-01T01:00:00+01:00\"",
            "ends_at = 2026-12-01T01:00:00+01:00",
            "promotions.WELCOME.ends_at must be after the start",
        ),
        ("usd = 800", "usd = 0", "experiments.price.variants.cheaper.prices.standard.usd must"),
        (
            "id = \"cheaper\"",
            "id = \"as-is\"",
            "experiments.price.variants.as-is.id must be used once",
        ),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let found = problems(&WHOLE.replacen(from, to, 1), &Environment::default());
        let line = 1 + WHOLE[..WHOLE.find(from).unwrap()].matches('\n').count();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with(&format!("shop.toml:{line}: {rule}")), "{line} {}", found[0]);
        assert!(found[0].contains("; "), "no remedy: {}", found[0]);
    }
}

#[test]
fn the_examples_in_the_starter_config_can_be_used() {
    let (begin, _) = DEFAULT.split_once("# [[catalog.promotions]]").unwrap();
    let examples =
        DEFAULT[begin.len()..].lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
    let settings = examples.filter(|line| line.starts_with('[') || line.contains(" = "));
    let settings = settings.filter(|line| !line.contains("; ")).collect::<Vec<_>>().join("\n");
    let text = format!("{begin}{settings}").replacen("# tax = ", "tax = ", 1).replacen(
        "# counted = ",
        "# ",
        1,
    );
    let config = Config::parse("starter", &text, &Environment::default()).unwrap();
    assert_eq!(config.catalog.promotions[0].code, "WELCOME");
    assert_eq!(config.catalog.experiments[0].variants.len(), 2);
    assert_eq!(config.catalog.tax, Some(Tax::Inclusive));
}

#[test]
fn the_environment_wins() {
    let environment = Environment {
        allowed_origins: Some("https://a.b, http://localhost:4000 ,".into()),
        public_url: Some("https://credits.a.b/pay".into()),
        ..Environment::default()
    };
    let config = Config::parse("starter", DEFAULT, &environment).unwrap();
    let origins: Vec<_> =
        config.allowed_origins.iter().map(creditpackd::config::Origin::as_str).collect();
    assert_eq!(origins, ["https://a.b", "http://localhost:4000"]);
    assert_eq!(config.public_url.unwrap().as_str(), "https://credits.a.b/pay");
}

#[test]
fn a_provider_key_makes_payments_live_where_the_file_names_no_mode() {
    let secret = |text: &str| Some(creditpackd::secret::Secret::new(text));
    let keyed = Environment { stripe_secret_key: secret("sk_live_1"), ..Environment::default() };
    let rehearsing = Environment { stripe_secret_key: secret("rk_test_1"), ..keyed.clone() };
    let none = "[catalog]\ncurrency = \"usd\"\n";
    for (text, environment, expect) in [
        (DEFAULT, &keyed, Some(PaymentsMode::Test)),
        (none, &keyed, Some(PaymentsMode::Live)),
        (none, &rehearsing, Some(PaymentsMode::Sandbox)),
        ("[payments]\n[catalog]\ncurrency = \"usd\"\n", &keyed, Some(PaymentsMode::Live)),
        (none, &Environment::default(), None),
    ] {
        let config = Config::parse("shop.toml", text, environment).unwrap();
        assert_eq!(config.payments, expect);
    }
}

#[test]
fn secrets_do_not_show() {
    let environment = Environment {
        stripe_secret_key: Some(creditpackd::secret::Secret::new("whsec_1234")),
        stripe_webhook_secret: Some(creditpackd::secret::Secret::new("whsec_1234")),
        ..Environment::default()
    };
    let config = Config::parse("starter", DEFAULT, &environment).unwrap();
    assert!(!format!("{environment:?}{config:?}").contains("whsec_1234"));
}
