//! What the ledger can be told. Every answer is durable before it arrives.
//!
//! Each fails with [`Failure::Overloaded`] if too much waits already, and with
//! [`Failure::Unavailable`] if nobody knows whether it took effect; ask again then, with the same
//! ids.

use creditpack::ids::ClaimId;
use creditpack::ledger::{Decision, Fingerprint, HoldRequest, Reason};
use creditpack::{AccountId, Credits, Error, OpId};

use super::{
    Attempt, AttemptEnd, CreatedPurchase, Exposure, Failure, Granted, Ledger, Mail, NewGrant,
    OpRefund, Paid, Purchase, PurchaseEvent, PurchaseReceipt, PurchaseRequest, Settled,
    TestSession, TokenKey, checkout, granting, offers, op_refund, outbox, purchase,
    purchase_receipt, spending,
};

/// Ops. A decision's answer may be a refusal of the rules; it is an answer all the same.
#[allow(clippy::missing_errors_doc, reason = "the module says when commands fail")]
impl Ledger {
    /// [`creditpack::ledger::hold`].
    pub async fn hold(
        &self,
        account: AccountId,
        request: HoldRequest,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::hold(tx, &account, &request)).await
    }

    /// [`creditpack::ledger::claim`].
    pub async fn claim(
        &self,
        account: AccountId,
        op: OpId,
        fingerprint: Fingerprint,
        claim: ClaimId,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::claim(tx, &account, op, &fingerprint, &claim)).await
    }

    /// [`creditpack::ledger::extend`].
    pub async fn extend(
        &self,
        account: AccountId,
        op: OpId,
        claim: ClaimId,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::extend(tx, &account, op, &claim)).await
    }

    /// [`creditpack::ledger::capture`].
    pub async fn capture(
        &self,
        account: AccountId,
        op: OpId,
        credits: Option<Credits>,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::capture(tx, &account, op, credits)).await
    }

    /// [`creditpack::ledger::release`].
    pub async fn release(
        &self,
        account: AccountId,
        op: OpId,
        reason: Reason,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::release(tx, &account, op, reason)).await
    }

    /// [`creditpack::ledger::release_by_browser`].
    pub async fn release_by_browser(
        &self,
        account: AccountId,
        op: OpId,
        reason: Reason,
    ) -> Result<Decision, Failure> {
        self.write(move |tx| spending::release_by_browser(tx, &account, op, reason)).await
    }

    /// Grants credits by hand, or takes them away, once for each id. The same id with another body
    /// is refused with `checkout_conflict`.
    pub async fn grant(&self, grant: NewGrant) -> Result<Result<Granted, Error>, Failure> {
        self.write(move |tx| granting::grant(tx, &grant)).await
    }

    /// [`creditpack::ledger::refund`], once for each id. The same id with another body is refused
    /// with `checkout_conflict`.
    pub async fn refund(&self, refund: OpRefund) -> Result<Result<Granted, Error>, Failure> {
        self.write(move |tx| op_refund::refund(tx, &refund)).await
    }
}

/// Purchases.
#[allow(clippy::missing_errors_doc, reason = "the module says when commands fail")]
impl Ledger {
    /// Keeps a purchase, open, before the provider hears of it, on the terms of this very moment.
    pub async fn create_purchase(
        &self,
        request: PurchaseRequest,
    ) -> Result<CreatedPurchase, Failure> {
        self.write(move |tx| checkout::create(tx, &request)).await
    }

    /// Keeps the variants in which accounts were served a catalog.
    pub async fn expose(&self, exposures: Vec<Exposure>) -> Result<(), Failure> {
        self.write(move |tx| offers::expose(tx, &exposures)).await
    }

    /// Notes where the buyer pays. None if there is no such purchase; one that has another session
    /// keeps it.
    pub async fn attach_session(
        &self,
        purchase: String,
        session: String,
        url: String,
    ) -> Result<Option<Purchase>, Failure> {
        self.write(move |tx| purchase::attach_session(tx, &purchase, &session, &url)).await
    }

    /// Takes a provider's word on a purchase. A paid one grants its stored credits, once, in the
    /// same commit, whatever arrives how often and in which order.
    pub async fn settle_purchase(
        &self,
        purchase: String,
        event: PurchaseEvent,
    ) -> Result<Settled, Failure> {
        self.write(move |tx| purchase::settle(tx, &purchase, &event, None)).await
    }

    /// The same, of a provider that also says what was paid: refunds and disputes are measured by
    /// that, and by the price where nobody says.
    pub async fn settle_payment(
        &self,
        purchase: String,
        event: PurchaseEvent,
        paid: Paid,
    ) -> Result<Settled, Failure> {
        self.write(move |tx| purchase::settle(tx, &purchase, &event, Some(&paid))).await
    }
}

/// Receipts of purchases, and the mails that carry them.
#[allow(clippy::missing_errors_doc, reason = "the module says when commands fail")]
impl Ledger {
    /// The receipt of that purchase. One that was paid before receipts were kept gets it now. None
    /// if it was never paid.
    pub async fn purchase_receipt(
        &self,
        purchase: String,
    ) -> Result<Option<PurchaseReceipt>, Failure> {
        let id = purchase.clone();
        match self.read(move |view| view.purchase_receipt(&id)).await? {
            Some(receipt) => Ok(Some(receipt)),
            None => self.write(move |tx| purchase_receipt::receipt(tx, &purchase)).await,
        }
    }

    /// Takes the mail that is due longest and keeps that it is being tried; none if none is due.
    pub async fn attempt_mail(&self) -> Result<Option<Attempt>, Failure> {
        self.write(outbox::attempt).await
    }

    /// Keeps what became of an attempt; says whether the mail is known still.
    pub async fn end_attempt(&self, tried: Mail, end: AttemptEnd) -> Result<bool, Failure> {
        self.write(move |tx| outbox::end_attempt(tx, &tried, &end)).await
    }
}

/// Keys, and sessions of test mode.
#[allow(clippy::missing_errors_doc, reason = "the module says when commands fail")]
impl Ledger {
    /// Keeps a new signing key.
    pub async fn add_token_key(&self, key: TokenKey) -> Result<(), Failure> {
        self.write(move |tx| tx.add_token_key(&key)).await
    }

    /// Keeps a new session of test mode.
    pub async fn add_test_session(&self, session: TestSession) -> Result<(), Failure> {
        self.write(move |tx| tx.add_test_session(&session)).await
    }

    /// Replaces a session of test mode with `next` if it still is as `before`; says whether.
    pub async fn change_test_session(
        &self,
        before: TestSession,
        next: TestSession,
    ) -> Result<bool, Failure> {
        self.write(move |tx| tx.change_test_session(&before, &next)).await
    }
}
