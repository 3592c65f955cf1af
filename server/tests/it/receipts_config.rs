//! How receipts are set up, and what is said about a bad setup.

use creditpackd::config::{Config, DEFAULT, Environment, Transport};
use creditpackd::secret::Secret;

const FROM: &str = "# from = \"Example Prints <receipts@example.com>\"";

fn environment(resend: Option<&str>, smtp: Option<&str>) -> Environment {
    Environment {
        resend_api_key: resend.map(Secret::new),
        smtp_url: smtp.map(Secret::new),
        ..Environment::default()
    }
}

fn parse(text: &str, environment: &Environment) -> Result<Config, Vec<String>> {
    Config::parse("shop.toml", text, environment)
        .map_err(|error| error.problems.iter().map(ToString::to_string).collect())
}

/// The starter config with a setting of receipts that its comments show.
fn with(setting: &str) -> String {
    assert!(DEFAULT.contains(FROM));
    DEFAULT.replacen(FROM, setting, 1)
}

/// Asserts that there is one problem, that it says `words`, and that it tells no secret.
#[track_caller]
fn check(text: &str, environment: &Environment, words: &str) {
    let found = parse(text, environment).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains(words), "{}", found[0]);
    assert!(!found[0].contains("hunter2"), "{}", found[0]);
}

#[test]
fn the_environment_decides_which_way_mails_go() {
    let from = with(FROM.trim_start_matches("# "));
    let transport = |environment| parse(&from, &environment).unwrap().receipts.transport;
    assert!(matches!(transport(environment(None, None)), Transport::Files));
    let resend = transport(environment(Some("re_1"), None));
    let Transport::Resend { api_base, .. } = &resend else { panic!("{resend:?}") };
    assert_eq!(api_base.as_str(), "https://api.resend.com/");
    assert!(!format!("{resend:?}").contains("re_1"), "secrets are never shown");
    let smtp = transport(environment(None, Some("smtps://me:hunter2@smtp.example.com")));
    assert!(matches!(smtp, Transport::Smtp { .. }));
    let stand_in = Environment {
        resend_api_base: Some("http://127.0.0.1:4620".to_owned()),
        ..environment(Some("re_1"), None)
    };
    let Transport::Resend { api_base, .. } = transport(stand_in) else { panic!("it is resend") };
    assert_eq!(api_base.port(), Some(4620));
}

#[test]
fn who_sells_is_said_or_follows_from_who_writes() {
    let seller = |text: &str| parse(text, &Environment::default()).unwrap().receipts.seller;
    assert_eq!(seller(DEFAULT), "localhost");
    assert_eq!(seller(&with("from = \"Prints <receipts@example.com>\"")), "Prints");
    assert_eq!(seller(&with("from = \"receipts@example.com\"")), "example.com");
    assert_eq!(seller(&with("seller = \"P\"\nfrom = \"Prints <r@example.com>\"")), "P");
}

#[test]
fn what_cannot_be_sent_is_told_at_the_start() {
    let from = with("from = \"Prints <receipts@example.com>\"");
    let none = Environment::default();
    check(
        DEFAULT,
        &environment(Some("re_hunter2"), None),
        "receipts.from is missing: CREDITPACK_RESEND_API_KEY",
    );
    check(&with("from = \"nobody\""), &none, "receipts.from \"nobody\" must be an e-mail address");
    check(&with("reply_to = \"@\""), &none, "receipts.reply_to \"@\" must be");
    check(&with("seller = \" \""), &none, "receipts.seller must be 1 to 100 characters");
    check(&with("sender = \"x\""), &none, "\"sender\" is no setting of receipts");
    for bad in ["hunter2", "https://hunter2.example", "smtp:hunter2"] {
        check(&from, &environment(None, Some(bad)), "must be an smtp or smtps address");
    }
    let open = "smtp://me:hunter2@smtp.example.com";
    check(&from, &environment(None, Some(open)), "would send its password where others can read");
    let required = format!("{open}?tls=required");
    assert!(parse(&from, &environment(None, Some(&required))).is_ok());
    let local = "smtp://me:hunter2@127.0.0.1:2525";
    assert!(parse(&from, &environment(None, Some(local))).is_ok());
    let both = environment(Some("re_hunter2"), Some("smtps://me:hunter2@smtp.example.com"));
    check(&from, &both, "CREDITPACK_SMTP_URL: is set, and so is CREDITPACK_RESEND_API_KEY");
    let elsewhere = Environment {
        resend_api_base: Some("not an address".to_owned()),
        ..environment(Some("re_1"), None)
    };
    check(&from, &elsewhere, "CREDITPACK_RESEND_API_BASE: must be an http or https address");
}
