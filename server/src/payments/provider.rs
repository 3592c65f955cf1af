//! The seam between us and whoever takes the money.

use crate::ledger::{Failure, Outcome, Purchase};

use super::test_mode::TestMode;

/// A payment session in the words of no provider in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The provider's id of it.
    pub id: String,
    /// Where the buyer pays, while that is possible.
    pub url: Option<String>,
    /// What became of it; none while the buyer has not decided.
    pub outcome: Option<Outcome>,
}

/// Who takes the money.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Nobody: a page of our own that pretends.
    Test(TestMode),
}

impl Provider {
    /// Makes a session in which `purchase` can be paid.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the provider cannot answer now.
    pub async fn create_session(&self, purchase: &Purchase) -> Result<Session, Failure> {
        match self {
            Self::Test(test_mode) => test_mode.create_session(purchase).await,
        }
    }

    /// The session of that id as the provider knows it now; none if it does not know it.
    ///
    /// # Errors
    ///
    /// As [`Provider::create_session`].
    pub async fn retrieve(&self, session: &str) -> Result<Option<Session>, Failure> {
        match self {
            Self::Test(test_mode) => test_mode.retrieve(session).await,
        }
    }

    /// Ends the session of that id, unless a payment is under way. Returns what became of it; none
    /// if the provider does not know it.
    ///
    /// # Errors
    ///
    /// As [`Provider::create_session`].
    pub async fn expire(&self, session: &str) -> Result<Option<Session>, Failure> {
        match self {
            Self::Test(test_mode) => test_mode.expire(session).await,
        }
    }
}
