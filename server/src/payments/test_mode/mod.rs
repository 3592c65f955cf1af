//! Test mode: a payment provider that is us. No real money moves, and every page says so.
//!
//! It keeps its sessions as a real provider would, and tells of them by webhooks that are signed
//! and shaped as Stripe's, so that the rest of the backend cannot tell the difference.

mod event;
pub mod page;
mod price;
mod reversal;

use std::time::Duration;

use rand::RngExt as _;
use rand::distr::Alphanumeric;

pub use event::{Kind, event};
pub use reversal::Return;

use super::Session;
use crate::ledger::{
    Failure, Ledger, Outcome, PaymentStatus, Purchase, SessionStatus, TestSession,
};

/// What a buyer chose on the page that settles the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Pay now.
    Pay,
    /// Pay by a method that takes its time.
    PayLater,
}

/// The pretending provider.
#[derive(Clone, Debug)]
pub struct TestMode {
    ledger: Ledger,
    public_url: String,
    pay_later: Duration,
}

impl TestMode {
    /// One whose pages are under `public_url`, where an asynchronous payment takes `pay_later`.
    pub fn new(ledger: Ledger, public_url: &str, pay_later: Duration) -> Self {
        Self { ledger, public_url: public_url.to_owned(), pay_later }
    }

    pub(super) async fn create_session(&self, purchase: &Purchase) -> Result<Session, Failure> {
        let session = TestSession {
            id: new_id("cs_test_"),
            purchase: purchase.order.purchase.clone(),
            status: SessionStatus::Open,
            payment: PaymentStatus::Unpaid,
            due_at_ms: None,
            created_at_ms: self.ledger.clock().now_ms(),
        };
        self.ledger.add_test_session(session.clone()).await?;
        Ok(self.told(&session))
    }

    pub(super) async fn retrieve(&self, session: &str) -> Result<Option<Session>, Failure> {
        Ok(self.find(session).await?.map(|(session, _)| self.told(&session)))
    }

    /// The session that a payment was made in; its purchase is known by it.
    pub(super) async fn session_of(&self, payment: &str) -> Result<Option<Session>, Failure> {
        let Some(session) = reversal::session_of(payment) else { return Ok(None) };
        let found = self.find(session).await?;
        Ok(found.map(|(session, purchase)| Session {
            written: Some(Box::new(purchase)),
            ..self.told(&session)
        }))
    }

    pub(super) async fn expire(&self, session: &str) -> Result<Option<Session>, Failure> {
        let known = self.ledger.test_session(session.to_owned()).await?;
        if let Some(open) = known.filter(|known| known.status == SessionStatus::Open) {
            let expired = TestSession { status: SessionStatus::Expired, ..open.clone() };
            self.ledger.change_test_session(open, expired).await?;
        }
        // Read again: the buyer may have been faster.
        self.retrieve(session).await
    }

    /// The session of that id and the purchase it pays. One that was left open past its time has
    /// expired.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the ledger does not answer.
    pub async fn find(&self, session: &str) -> Result<Option<(TestSession, Purchase)>, Failure> {
        let Some(mut session) = self.ledger.test_session(session.to_owned()).await? else {
            return Ok(None);
        };
        let purchase = self.ledger.purchase(session.purchase.clone()).await?;
        Ok(purchase.map(|purchase| {
            let lapsed = purchase.order.expires_at_ms <= self.ledger.clock().now_ms();
            if lapsed && session.status == SessionStatus::Open {
                session.status = SessionStatus::Expired;
            }
            (session, purchase)
        }))
    }

    /// Completes an open session as the buyer chose. Its last webhook is due `webhook_delay` later,
    /// and for a payment that takes its time, after that time. None if it was completed before.
    ///
    /// # Errors
    ///
    /// As [`TestMode::find`].
    pub async fn complete(
        &self,
        session: TestSession,
        choice: Choice,
        webhook_delay: Duration,
    ) -> Result<Option<TestSession>, Failure> {
        let (payment, delay) = match choice {
            Choice::Pay => (PaymentStatus::Paid, webhook_delay),
            Choice::PayLater => (PaymentStatus::Unpaid, self.pay_later + webhook_delay),
        };
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let next = TestSession {
            status: SessionStatus::Complete,
            payment,
            due_at_ms: Some(self.ledger.clock().now_ms().saturating_add(delay_ms)),
            ..session.clone()
        };
        if session.status != SessionStatus::Open {
            return Ok(None);
        }
        let changed = self.ledger.change_test_session(session, next.clone()).await?;
        Ok(changed.then_some(next))
    }

    /// Pays a session whose time has come, if that is still to be done, and says which event tells
    /// of it.
    ///
    /// # Errors
    ///
    /// As [`TestMode::find`].
    pub async fn pay(&self, session: TestSession) -> Result<(TestSession, Kind), Failure> {
        if session.payment == PaymentStatus::Paid {
            return Ok((session, Kind::Completed));
        }
        let paid = TestSession { payment: PaymentStatus::Paid, ..session.clone() };
        self.ledger.change_test_session(session, paid.clone()).await?;
        Ok((paid, Kind::AsyncPaymentSucceeded))
    }

    /// Notes that nothing is left to do for the session.
    ///
    /// # Errors
    ///
    /// As [`TestMode::find`].
    pub async fn done(&self, session: TestSession) -> Result<(), Failure> {
        let done = TestSession { due_at_ms: None, ..session.clone() };
        self.ledger.change_test_session(session, done).await.map(|_| ())
    }

    fn told(&self, session: &TestSession) -> Session {
        let outcome = match (session.status, session.payment) {
            (_, PaymentStatus::Failed) => Some(Outcome::Failed),
            (_, PaymentStatus::Paid) => Some(Outcome::Paid),
            (SessionStatus::Open, PaymentStatus::Unpaid) => None,
            (SessionStatus::Complete, PaymentStatus::Unpaid) => Some(Outcome::Processing),
            (SessionStatus::Expired, PaymentStatus::Unpaid) => Some(Outcome::Expired),
        };
        let open = session.status == SessionStatus::Open;
        let url = open.then(|| format!("{}/test/checkout/{}", self.public_url, session.id));
        Session { id: session.id.clone(), url, outcome, paid: None, written: None }
    }
}

/// An id that cannot be guessed: `prefix` and 32 letters and digits.
fn new_id(prefix: &str) -> String {
    let random = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from);
    prefix.chars().chain(random).collect()
}
