//! The payment provider: whether its keys look right and, where it can be reached, are right.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use reqwest::header::DATE;

use super::Finding;
use crate::clock::Clock;
use crate::config::{Config, Environment, PaymentsMode};
use crate::secret::Secret;

const STRIPE: &str = "stripe";
const CLOCK: &str = "clock";
const PUBLIC_URL: &str = "public_url";

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How far the clock may be off: webhooks are refused at 300 seconds.
const OFF_S_MAX: u64 = 30;

/// What can be told of the keys by looking at them.
pub(super) fn examine(config: &Config, environment: &Environment) -> Vec<Finding> {
    let Some(key) = &environment.stripe_secret_key else {
        return match config.payments {
            Some(PaymentsMode::Test) => vec![Finding::fine(STRIPE, "payments are test mode's own")],
            _ => vec![Finding::warning(
                STRIPE,
                "there is no key: nobody can pay",
                "set CREDITPACK_STRIPE_SECRET_KEY, or [payments] mode = \"test\"",
            )],
        };
    };
    vec![form(key), webhooks(environment)]
}

fn form(key: &Secret) -> Finding {
    let begins = |begin| key.expose().starts_with(begin);
    if begins("rk_live_") || begins("rk_test_") {
        return Finding::fine(STRIPE, "the key is a restricted one");
    }
    if begins("sk_live_") || begins("sk_test_") {
        let remedy = "make a restricted key that may write checkout sessions, and read events, \
                      charges, refunds and disputes";
        return Finding::warning(STRIPE, "the key may do everything with your account", remedy);
    }
    let remedy = "copy it from the provider's dashboard: it begins with rk_live_ or sk_live_";
    Finding::error(STRIPE, "CREDITPACK_STRIPE_SECRET_KEY is no secret key of Stripe", remedy)
}

fn webhooks(environment: &Environment) -> Finding {
    let list = environment.stripe_webhook_secret.as_ref().map_or("", Secret::expose);
    let mut secrets = list.split(',').map(str::trim).filter(|secret| !secret.is_empty()).peekable();
    let remedy = "copy the signing secret of the webhook endpoint: it begins with whsec_";
    if secrets.peek().is_none() {
        let words = "CREDITPACK_STRIPE_WEBHOOK_SECRET is not set: webhooks cannot be believed";
        return Finding::error(STRIPE, words, remedy);
    }
    if secrets.any(|secret| !secret.starts_with("whsec_")) {
        let words = "CREDITPACK_STRIPE_WEBHOOK_SECRET has one that is no webhook secret";
        return Finding::error(STRIPE, words, remedy);
    }
    Finding::fine(STRIPE, "webhook secrets are set")
}

/// What can be told by asking.
pub(super) async fn call(config: &Config) -> Vec<Finding> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build();
    let Ok(client) = client else {
        let words = "this system has no TLS that can be used";
        return vec![Finding::error(STRIPE, words, "install its root certificates")];
    };
    let mut found = Vec::new();
    if let Some(url) = &config.public_url {
        found.push(reach(&client, url.as_str().trim_end_matches('/')).await);
    }
    if let Some(stripe) = &config.stripe {
        found.extend(ask(&client, &stripe.api_base, &stripe.secret_key).await);
    }
    found
}

async fn reach(client: &reqwest::Client, url: &str) -> Finding {
    match client.get(format!("{url}/healthz")).send().await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            Finding::fine(PUBLIC_URL, "it leads to a creditpackd that answers")
        }
        Ok(answer) => {
            let words = format!("{url}/healthz answers {}", answer.status());
            Finding::warning(PUBLIC_URL, words, "have the proxy forward to creditpackd")
        }
        Err(error) => {
            let words = format!("{url} cannot be reached from here: {}", error.without_url());
            Finding::warning(PUBLIC_URL, words, "start creditpackd, and look at DNS, TLS and proxy")
        }
    }
}

async fn ask(client: &reqwest::Client, base: &str, key: &Secret) -> Vec<Finding> {
    let asked =
        client.get(format!("{base}/v1/checkout/sessions?limit=1")).bearer_auth(key.expose());
    let answer = match asked.send().await {
        Ok(answer) => answer,
        Err(error) => {
            let words = format!("the provider cannot be reached: {}", error.without_url());
            let remedy = "let this machine call the provider's API, then ask again";
            return vec![Finding::warning(STRIPE, words, remedy)];
        }
    };
    let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
    let mut found = vec![match answer.status() {
        StatusCode::OK => Finding::fine(STRIPE, "the provider takes the key"),
        StatusCode::UNAUTHORIZED => {
            let remedy = "make a new key in the provider's dashboard";
            Finding::error(STRIPE, "the provider does not know the key", remedy)
        }
        StatusCode::FORBIDDEN => {
            let remedy = "let the restricted key write checkout sessions";
            Finding::error(STRIPE, "the key may not see checkout sessions", remedy)
        }
        other => {
            Finding::warning(STRIPE, format!("the provider answers {other}"), "ask again later")
        }
    }];
    found.extend(date.and_then(|date| compare(&date)));
    found
}

/// The clock beside the provider's, to about a second.
fn compare(date: &str) -> Option<Finding> {
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    let theirs_s = u64::try_from(theirs.as_second()).ok()?;
    let off_s = (Clock::system().now_ms() / 1000).abs_diff(theirs_s);
    if off_s <= OFF_S_MAX {
        return Some(Finding::fine(CLOCK, "it agrees with the provider's"));
    }
    let words = format!("it is {off_s} s off the provider's");
    Some(Finding::error(CLOCK, words, "set it right: webhooks are refused at 300 s"))
}
