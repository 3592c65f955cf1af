//! How credits are paid for. It decides nothing about credits: what a payment grants is what the
//! stored purchase says, and the ledger grants it.

mod checkout;
pub mod counted;
mod fulfil;
mod provider;
mod quote;
mod return_url;
pub mod signature;
pub mod standard_webhooks;
pub mod stripe;
mod sweep;
pub mod test_mode;

use std::sync::Arc;

use creditpack::{Code, Error};

pub use checkout::Order;
pub use fulfil::Handled;
pub use provider::{Page, Provider, ProviderError, Session};
pub use return_url::returning;

use crate::config::{Config, PaymentsMode, StripeConfig};
use crate::ledger::{Failure, Ledger};
use crate::secret::Secret;
use counted::Counted;
use stripe::Stripe;
use test_mode::TestMode;

/// Why a payment matter is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule's own words.
    pub error: Error,
    /// The field that breaks it, where the error does not name it.
    pub field: Option<&'static str>,
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { error: error.into(), field: None }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        failure.code().into()
    }
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unreachable | ProviderError::Refused => Code::ProviderUnavailable.into(),
            ProviderError::Ledger(failure) => failure.into(),
        }
    }
}

/// Everything about payments: the provider, and what its webhooks are signed with.
#[derive(Clone, Debug)]
pub struct Payments {
    ledger: Ledger,
    config: Arc<Config>,
    provider: Option<Provider>,
    webhook_secrets: Arc<[Secret]>,
    counted: Arc<Counted>,
}

impl Payments {
    /// Payments as `config` wants them. `public_url` is where buyers reach us, without a `/` at
    /// its end.
    pub fn new(config: Arc<Config>, ledger: Ledger, public_url: &str) -> Self {
        let counted = Arc::new(Counted::default());
        let provider = match (config.payments, &config.stripe) {
            (Some(PaymentsMode::Test), _) => {
                let test_mode = TestMode::new(ledger.clone(), public_url, config.pay_later);
                Some(Provider::Test(test_mode))
            }
            (Some(PaymentsMode::Sandbox | PaymentsMode::Live), Some(stripe)) => {
                Some(Provider::Stripe(at_stripe(stripe, &config, &ledger, &counted)))
            }
            (Some(PaymentsMode::Sandbox | PaymentsMode::Live), None) | (None, _) => None,
        };
        let webhook_secrets: Arc<[Secret]> = match (&provider, &config.webhook_secrets[..]) {
            (None, _) | (Some(Provider::Stripe(_)), []) => Arc::new([]),
            // Test mode signs its own webhooks: nobody else has to know what with.
            (Some(Provider::Test(_)), []) => {
                Arc::new([Secret::new(hex::encode(rand::random::<[u8; 32]>()))])
            }
            (Some(_), secrets) => secrets.into(),
        };
        Self { ledger, config, provider, webhook_secrets, counted }
    }

    /// Test mode, if payments are tests.
    pub fn test_mode(&self) -> Option<&TestMode> {
        match &self.provider {
            Some(Provider::Test(test_mode)) => Some(test_mode),
            Some(Provider::Stripe(_)) | None => None,
        }
    }

    /// What webhooks may be signed with; none where payments are not configured.
    pub fn webhook_secrets(&self) -> &[Secret] {
        &self.webhook_secrets
    }

    /// What happened since this process began.
    pub fn counted(&self) -> Arc<Counted> {
        Arc::clone(&self.counted)
    }

    fn provider(&self) -> Result<&Provider, Refusal> {
        self.provider.as_ref().ok_or(Code::PaymentsNotConfigured.into())
    }
}

fn at_stripe(
    stripe: &StripeConfig,
    config: &Config,
    ledger: &Ledger,
    counted: &Arc<Counted>,
) -> Stripe {
    if config.webhook_secrets.is_empty() {
        tracing::warn!(
            "CREDITPACK_STRIPE_WEBHOOK_SECRET is not set: webhooks are refused, and payments are \
             noticed only when somebody looks, or by the sweep"
        );
    }
    Stripe::new(stripe, config, ledger.instance(), Arc::clone(counted))
}
