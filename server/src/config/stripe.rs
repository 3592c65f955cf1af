//! The payment provider's key and address, from the environment only.

use std::time::Duration;

use url::{Host, Url};

use super::{Environment, PaymentsMode, Problem};
use crate::secret::Secret;

const KEY: &str = "CREDITPACK_STRIPE_SECRET_KEY";
const BASE: &str = "CREDITPACK_STRIPE_API_BASE";

/// Where the provider is if the environment does not say.
const API_BASE: &str = "https://api.stripe.com";

/// A buyer waits meanwhile, and our own answers are due within 26 seconds at least.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What keys begin with: secret or restricted, of real payments or of Stripe's own test mode.
const KEYS: [(&str, PaymentsMode); 4] = [
    ("sk_live_", PaymentsMode::Live),
    ("rk_live_", PaymentsMode::Live),
    ("sk_test_", PaymentsMode::Sandbox),
    ("rk_test_", PaymentsMode::Sandbox),
];

/// How Stripe is reached.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// A secret or a restricted key.
    pub secret_key: Secret,
    /// Where its API is, without a `/` at its end.
    pub api_base: String,
    /// Whether real money moves: what every event must say of itself.
    pub livemode: bool,
    /// How long an answer may take; a request with all its tries, twice as long.
    pub timeout: Duration,
}

/// Which payments a key is for; real ones where it is no key at all.
pub(super) fn mode(key: &Secret) -> PaymentsMode {
    let key = key.expose().trim();
    let found = KEYS.into_iter().find(|(prefix, _)| key.starts_with(prefix));
    found.map_or(PaymentsMode::Live, |(_, mode)| mode)
}

/// Reads the environment; what is wrong with it is added to `problems`.
pub(super) fn read(environment: &Environment, problems: &mut Vec<Problem>) -> Option<StripeConfig> {
    let secret_key = environment.stripe_secret_key.as_ref()?.expose().trim();
    if !plausible(secret_key) {
        let rule = "must begin with sk_live_, rk_live_, sk_test_ or rk_test_".to_owned();
        let remedy = "take a secret or restricted key from the dashboard; pk_ keys are for pages";
        problems.push(Problem::of(KEY, rule, remedy));
        return None;
    }
    let secret_key = Secret::new(secret_key);
    let livemode = mode(&secret_key) == PaymentsMode::Live;
    let text = environment.stripe_api_base.as_deref().unwrap_or(API_BASE);
    let url = Url::parse(text).ok().filter(super::origin::is_base);
    let Some(url) = url.filter(|url| !livemode || is_private(url)) else {
        let rule =
            format!("{text:?} must be an https address, or http with a test key or loopback");
        problems.push(Problem::of(BASE, rule, "leave it unset for https://api.stripe.com"));
        return None;
    };
    let api_base = url.as_str().trim_end_matches('/').to_owned();
    Some(StripeConfig { secret_key, api_base, livemode, timeout: TIMEOUT })
}

fn plausible(key: &str) -> bool {
    let rest = KEYS.iter().find_map(|(prefix, _)| key.strip_prefix(prefix));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// Whether nobody on the way can read what is sent there: a real key must not go in the clear.
fn is_private(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, base: Option<&str>, expect: Option<bool>) {
        let environment = Environment {
            stripe_secret_key: Some(Secret::new(key)),
            stripe_api_base: base.map(str::to_owned),
            ..Environment::default()
        };
        let mut problems = Vec::new();
        let read = read(&environment, &mut problems);
        assert_eq!(read.map(|read| read.livemode), expect, "{key} {base:?}");
        assert_eq!(problems.is_empty(), expect.is_some());
        assert!(problems.iter().all(|problem| !problem.to_string().contains("hidden")));
    }

    #[test]
    fn a_key_says_whether_money_is_real() {
        check("sk_live_1", None, Some(true));
        check("rk_live_1", Some("https://stripe.example"), Some(true));
        check(" sk_test_1\n", None, Some(false));
        check("rk_test_1", Some("http://stripe-fake:12111"), Some(false));
        check("rk_live_1", Some("http://127.0.0.1:12111"), Some(true));
        for bad in ["pk_live_hidden", "sk_live_", "hidden", "sk_live_hid den", "sk_org_hidden"] {
            check(bad, None, None);
        }
    }

    #[test]
    fn a_real_key_does_not_go_in_the_clear() {
        check("sk_live_hidden", Some("http://stripe.example"), None);
        check("sk_live_hidden", Some("http://localhost.example"), None);
        check("sk_test_hidden", Some("ftp://stripe.example"), None);
        check("sk_test_hidden", Some("nonsense"), None);
    }
}
