//! The environment variables that win over the file.

use std::env;

use super::{Config, PaymentsMode, Problem, stripe};
use crate::secret::Secret;

/// What all of ours begin with.
const PREFIX: &str = "CREDITPACK_";

/// Every variable that anything here reads, without [`PREFIX`].
const KNOWN: [&str; 12] = [
    "ALLOWED_ORIGINS",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE",
    "RESEND_API_KEY",
    "RESEND_API_BASE",
    "SMTP_URL",
    "SECRET_KEY",
    "LOG",
    "LOG_FORMAT",
];

/// The variables that the config reads, as text.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CREDITPACK_ALLOWED_ORIGINS`: comma-separated; replaces the file's list.
    pub allowed_origins: Option<String>,
    /// `CREDITPACK_PUBLIC_URL`: where buyers reach us.
    pub public_url: Option<String>,
    /// `CREDITPACK_TRUSTED_PROXIES`: comma-separated; replaces the file's list.
    pub trusted_proxies: Option<String>,
    /// `CREDITPACK_STRIPE_SECRET_KEY`: payments are live where the file does not say otherwise.
    pub stripe_secret_key: Option<Secret>,
    /// `CREDITPACK_STRIPE_WEBHOOK_SECRET`: comma-separated while a secret is rolled.
    pub stripe_webhook_secret: Option<Secret>,
    /// `CREDITPACK_STRIPE_API_BASE`: in place of the provider's own address.
    pub stripe_api_base: Option<String>,
    /// `CREDITPACK_RESEND_API_KEY`: receipts are mailed by Resend.
    pub resend_api_key: Option<Secret>,
    /// `CREDITPACK_RESEND_API_BASE`: in place of Resend's own address.
    pub resend_api_base: Option<String>,
    /// `CREDITPACK_SMTP_URL`: receipts are mailed by that server.
    pub smtp_url: Option<Secret>,
    /// Names like ours that nothing reads: misspelt, perhaps.
    pub unknown: Vec<String>,
}

impl Environment {
    /// This process's own. A variable that is empty counts as not set.
    pub fn of_process() -> Self {
        Self {
            allowed_origins: setting("CREDITPACK_ALLOWED_ORIGINS"),
            public_url: setting("CREDITPACK_PUBLIC_URL"),
            trusted_proxies: setting("CREDITPACK_TRUSTED_PROXIES"),
            stripe_secret_key: setting("CREDITPACK_STRIPE_SECRET_KEY").map(Secret::new),
            stripe_webhook_secret: setting("CREDITPACK_STRIPE_WEBHOOK_SECRET").map(Secret::new),
            stripe_api_base: setting("CREDITPACK_STRIPE_API_BASE"),
            resend_api_key: setting("CREDITPACK_RESEND_API_KEY").map(Secret::new),
            resend_api_base: setting("CREDITPACK_RESEND_API_BASE"),
            smtp_url: setting("CREDITPACK_SMTP_URL").map(Secret::new),
            unknown: unknown(env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned())),
        }
    }

    /// What was set and does nothing under `config`, though somebody may rely on it.
    pub fn without_effect(&self, config: &Config) -> Vec<Problem> {
        let unread = |name: &String| {
            let remedy = "correct its name, or unset it; docs/operations.md lists those that are";
            Problem::of(name, "is set, and nothing here reads it".to_owned(), remedy)
        };
        let mut found: Vec<_> = self.unknown.iter().map(unread).collect();
        if self.stripe_secret_key.is_some() && config.payments == Some(PaymentsMode::Test) {
            let rule = "is set, and [payments] mode = \"test\" wins over it: nobody pays anything";
            let remedy = "remove the mode to be paid, or unset the key";
            found.push(Problem::of("CREDITPACK_STRIPE_SECRET_KEY", rule.to_owned(), remedy));
        }
        found
    }

    /// Where payments are made if the file does not say.
    pub(super) fn payments(&self) -> Option<PaymentsMode> {
        self.stripe_secret_key.as_ref().map(stripe::mode)
    }

    /// Every webhook secret that was set.
    pub(super) fn webhook_secrets(&self) -> Vec<Secret> {
        let list = self.stripe_webhook_secret.as_ref().map_or("", Secret::expose);
        super::split(list).into_iter().map(Secret::new).collect()
    }
}

/// A variable of this process. What is no text stays wrong as text, so that its own rule refuses it.
pub fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|text| text.to_string_lossy().into_owned())
}

/// A variable of this process that is set to something: one that is empty counts as not set.
pub fn setting(name: &str) -> Option<String> {
    variable(name).filter(|text| !text.trim().is_empty())
}

/// Those of `names` that look like ours and are not.
fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
    // Kubernetes tells every container of a service that is named creditpack.
    let is_of_service = |rest: &str| rest.starts_with("SERVICE_") || rest.starts_with("PORT");
    let is_known = |name: &str| {
        name.strip_prefix(PREFIX).is_none_or(|rest| KNOWN.contains(&rest) || is_of_service(rest))
    };
    let mut unknown: Vec<_> = names.filter(|name| !is_known(name)).collect();
    unknown.sort();
    unknown
}
