//! `creditpackd catalog check`, as its own process.

use std::process::{Command, Output};

use creditpackd::config::DEFAULT;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Checks `text` as `shop.toml`, with more arguments.
pub(crate) fn check(text: &str, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("shop.toml"), text).unwrap();
    creditpackd().current_dir(&folder).arg("shop.toml").args(arguments).output().unwrap()
}

fn creditpackd() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().args(["catalog", "check"]);
    program
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stdout.clone()).unwrap())
}

/// The starter config with `from` replaced by `to`, and the line that it stands on.
#[track_caller]
fn starter(from: &str, to: &str) -> (String, usize) {
    let at = DEFAULT.find(from).unwrap();
    (DEFAULT.replacen(from, to, 1), 1 + DEFAULT[..at].matches('\n').count())
}

#[test]
fn nothing_is_said_about_the_starter_catalog() {
    let none = (Some(0), "0 errors, 0 warnings, 0 hints\n".to_owned());
    assert_eq!(told(&check(DEFAULT, &["--deny", "warnings"])), none);
    assert_eq!(told(&check(DEFAULT, &["--format", "json"])), (Some(0), "[]\n".to_owned()));
}

#[test]
fn an_error_has_its_line_its_reason_and_its_remedy() {
    let (text, line) = starter("prices = { usd = 900 }", "prices = { usd = 1300 }");
    let (code, out) = told(&check(&text, &[]));
    let expected = format!(
        "shop.toml:{line}: error [dearer-per-credit] packs.standard.prices.usd: \"standard\" (15 \
         credits for 13.00 USD) is dearer for each credit than \"starter\" (5 credits for 4.00 \
         USD), so buyers pay extra for buying more.\n    remedy: Lower it to what \"starter\" \
         costs for each credit, or below.\n1 error, 0 warnings, 0 hints\n"
    );
    assert_eq!((code, out), (Some(1), expected));
}

#[test]
fn warnings_fail_only_where_they_are_denied_and_hints_never() {
    let (text, _) = starter("label = \"Standard\"", "label = \"Starter\"");
    let (code, out) = told(&check(&text, &[]));
    assert!(code == Some(0) && out.contains("warning [label-repeated]"), "{code:?} {out}");
    assert_eq!(check(&text, &["--deny", "warnings"]).status.code(), Some(1));
    let (text, _) = starter("prices = { usd = 900 }", "prices = { usd = 1199 }");
    let (code, out) = told(&check(&text, &["--deny", "warnings"]));
    assert!(code == Some(0) && out.contains("hint [saving-too-small]"), "{code:?} {out}");
}

#[test]
fn json_is_one_array_in_the_order_of_the_file() {
    let (text, line) = starter("prices = { usd = 900 }", "[catalog.packs.prices]\nusd = 40");
    let output = check(&text, &["--format", "json"]);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<_> = found.iter().map(|it| (it["id"].clone(), it["line"].clone())).collect();
    // The larger pack costs less than the smaller one, and too little to be charged.
    let (first, second) = (json!("fewer-credits-not-cheaper"), json!("below-minimum-charge"));
    assert_eq!(ids, [(first, json!(line - 6)), (second, json!(line + 1))]);
    let keys = ["file", "id", "line", "place", "reason", "remedy", "severity"];
    for it in &found {
        let mut found: Vec<_> = it.as_object().unwrap().keys().collect();
        found.sort();
        assert_eq!(found, keys);
        assert_eq!((&it["file"], &it["severity"]), (&json!("shop.toml"), &json!("error")));
    }
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_cannot_be_served_is_told_first_and_all_at_once() {
    let text = DEFAULT
        .replacen("credits = 5", "credits = 0", 1)
        .replacen("heartbeat_ms = 15000", "heartbeat_ms = 1", 1)
        .replacen("prices = { usd = 900 }", "prices = { usd = 1300 }", 1);
    let (code, out) = told(&check(&text, &[]));
    assert_eq!(code, Some(1));
    assert!(out.contains("error [format] packs.starter.credits must be at least 1"), "{out}");
    assert!(out.contains("error [format] heartbeat_ms must be"), "{out}");
    assert!(out.ends_with("2 errors, 0 warnings, 0 hints\n"), "{out}");
    let found: Value = serde_json::from_slice(&check(&text, &["--format", "json"]).stdout).unwrap();
    assert_eq!((&found[0]["id"], &found[0]["place"]), (&json!("format"), &Value::Null));
}

#[test]
fn what_the_format_leaves_out_on_purpose_is_refused_with_the_reason() {
    let in_pack = "credits = 15\n";
    let in_operation = "label = \"Picture\"\n";
    let in_catalog = "low_at = 1\n";
    for (after, setting, why) in [
        (in_pack, "expires = \"2030-01-01\"", "credits do not expire"),
        (in_pack, "expires_after_days = 365", "credits do not expire"),
        (in_pack, "valid_days = 365", "credits do not expire"),
        (in_catalog, "credits_expire_after_days = 365", "credits do not expire"),
        (in_pack, "credit_type = \"gold\"", "there is one kind of credits"),
        (in_pack, "kind = \"gold\"", "there is one kind of credits"),
        (in_operation, "wallet = \"gold\"", "there is one kind of credits"),
        (in_catalog, "currency_kind = \"gold\"", "there is one kind of credits"),
        (in_catalog, "credit_types = [\"gold\"]", "there is one kind of credits"),
        (in_pack, "interval = \"month\"", "packs are bought once"),
    ] {
        let (text, line) = starter(after, &format!("{after}{setting}\n"));
        let (code, out) = told(&check(&text, &[]));
        let (start, name) = (format!("shop.toml:{}: error", line + 1), setting.split(' ').next());
        assert_eq!(code, Some(1), "{setting}");
        assert!(out.starts_with(&start), "{start}: {out}");
        assert!(out.contains(&format!("{:?} is refused: {why}", name.unwrap())), "{out}");
        assert!(out.contains("remedy: remove it"), "{out}");
    }
}

#[test]
fn a_promotion_may_end_but_not_make_credits_expire() {
    let promotion = "[[catalog.promotions]]\ncode = \"A\"\npercent_off = 20\n\
        ends_at = 2026-12-01T00:00:00Z\nredemptions_max = 5\n";
    let good = format!("{DEFAULT}\n{promotion}");
    let line = good.matches('\n').count() + 1;
    assert_eq!(told(&check(&good, &[])).0, Some(0));
    for (setting, remedy) in [
        ("credits_expire_days = 30", "remove it; what was bought stays"),
        ("bonus_credits_expire_after = 30", "remove it; what was bought stays"),
        ("credit_type = \"gold\"", "remove it; let operations differ"),
        ("valid_until = 2026-12-01T00:00:00Z", "write ends_at"),
        ("expires_at = 2026-12-01T00:00:00Z", "write ends_at"),
    ] {
        let (code, out) = told(&check(&format!("{good}{setting}\n"), &[]));
        assert_eq!(code, Some(1), "{setting}");
        assert!(out.starts_with(&format!("shop.toml:{line}: error")), "{line} {out}");
        assert!(out.contains("is refused: ") && out.contains(remedy), "{out}");
    }
    let (_, out) = told(&check(&format!("{good}type = \"percent\"\n"), &[]));
    assert!(out.contains("unknown field `type`"), "{out}");
}

#[test]
fn what_cannot_be_read_is_misuse() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["no.toml"][..], &[], &["no.toml", "--deny", "hints"], &["a", "--format=x"]]
    {
        let output = creditpackd().current_dir(&folder).args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn help_says_what_it_does_and_how_it_ends() {
    let help = told(&creditpackd().arg("--help").output().unwrap()).1;
    for words in ["--deny", "warnings", "--format", "json", "Exit code", "docs/catalog.md"] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
