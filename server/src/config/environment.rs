//! The environment variables that win over the file.

use std::env;

use super::{PaymentsMode, stripe};
use crate::secret::Secret;

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
}

impl Environment {
    /// This process's own. A variable that is empty counts as not set.
    pub fn of_process() -> Self {
        let variable = |name| env::var(name).ok().filter(|text| !text.trim().is_empty());
        Self {
            allowed_origins: variable("CREDITPACK_ALLOWED_ORIGINS"),
            public_url: variable("CREDITPACK_PUBLIC_URL"),
            trusted_proxies: variable("CREDITPACK_TRUSTED_PROXIES"),
            stripe_secret_key: variable("CREDITPACK_STRIPE_SECRET_KEY").map(Secret::new),
            stripe_webhook_secret: variable("CREDITPACK_STRIPE_WEBHOOK_SECRET").map(Secret::new),
            stripe_api_base: variable("CREDITPACK_STRIPE_API_BASE"),
            resend_api_key: variable("CREDITPACK_RESEND_API_KEY").map(Secret::new),
            resend_api_base: variable("CREDITPACK_RESEND_API_BASE"),
            smtp_url: variable("CREDITPACK_SMTP_URL").map(Secret::new),
        }
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
