//! The seam between us and whoever takes the money.

use super::stripe::Stripe;
use super::stripe::event::Event;
use super::test_mode::TestMode;
use crate::ledger::{Failure, Outcome, Paid, Purchase};

/// A payment session in the words of no provider in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The provider's id of it.
    pub id: String,
    /// Where the buyer pays, while that is possible.
    pub url: Option<String>,
    /// What became of it; none while the buyer has not decided.
    pub outcome: Option<Outcome>,
    /// What was paid, where the provider says so.
    pub paid: Option<Paid>,
    /// The purchase that we wrote on it when it was made, for one that we lost.
    pub written: Option<Box<Purchase>>,
}

/// Why a provider does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, is busy, or answers what makes no sense. Asking again may help, and
    /// does no harm.
    #[error("the payment provider cannot be reached")]
    Unreachable,
    /// It refuses. A person has to act; the log says on what.
    #[error("the payment provider refuses it")]
    Refused,
    /// Test mode keeps its sessions in the ledger, which does not answer.
    #[error(transparent)]
    Ledger(#[from] Failure),
}

/// Events of the provider's own list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Newest first.
    pub events: Vec<Event>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// Who takes the money.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Nobody: a page of our own that pretends.
    Test(TestMode),
    /// Stripe.
    Stripe(Stripe),
}

impl Provider {
    /// Makes a session in which `purchase` can be paid. However often it is asked to: the same one.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn create_session(&self, purchase: &Purchase) -> Result<Session, ProviderError> {
        match self {
            Self::Test(test_mode) => Ok(test_mode.create_session(purchase).await?),
            Self::Stripe(stripe) => stripe.create_session(purchase).await,
        }
    }

    /// The session of that id as the provider knows it now; none if it does not know it.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn retrieve(&self, session: &str) -> Result<Option<Session>, ProviderError> {
        match self {
            Self::Test(test_mode) => Ok(test_mode.retrieve(session).await?),
            Self::Stripe(stripe) => stripe.retrieve(session).await,
        }
    }

    /// Ends the session of that id, unless a payment is under way. Returns what became of it; none
    /// if the provider does not know it.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn expire(&self, session: &str) -> Result<Option<Session>, ProviderError> {
        match self {
            Self::Test(test_mode) => Ok(test_mode.expire(session).await?),
            Self::Stripe(stripe) => stripe.expire(session).await,
        }
    }

    /// The session that a payment was made in; none if it was made in none, or is not known.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn session_of(&self, payment: &str) -> Result<Option<Session>, ProviderError> {
        match self {
            Self::Test(test_mode) => Ok(test_mode.session_of(payment).await?),
            Self::Stripe(stripe) => stripe.session_of(payment).await,
        }
    }

    /// A page of the events that the provider keeps, from those of `since_s` on, in seconds since
    /// the Unix epoch; `place` is where the page before says that it begins. Test mode keeps none.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    pub async fn events(&self, since_s: u64, place: Option<&str>) -> Result<Page, ProviderError> {
        match self {
            Self::Test(_) => Ok(Page::default()),
            Self::Stripe(stripe) => stripe.events(since_s, place).await,
        }
    }

    /// Whether events are about real money.
    pub fn livemode(&self) -> bool {
        match self {
            Self::Test(_) => false,
            Self::Stripe(stripe) => stripe.livemode(),
        }
    }
}
