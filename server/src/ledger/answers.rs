//! What the ledger can be asked. Each answer is one consistent read.
//!
//! Each fails with [`Failure::Unavailable`] while the store cannot be read, and with
//! [`Failure::Overloaded`] where too many reads are waiting.

use std::sync::Arc;

use creditpack::pricing::{Asked, Deal};
use creditpack::wire::{HistoryPage, Incoming, Receipt, Snapshot};
use creditpack::{AccountId, Entry, Epoch, Error, OpId, OpRecord, Version};

use super::store::{Cursor, View};
use super::{
    Failure, Ledger, Offered, Outbox, Place, Purchase, PurchaseReceipt, ReceiptSecret, SecretKey,
    TestSession, TokenKey, checkout,
};

/// Accounts.
#[allow(clippy::missing_errors_doc, reason = "the module says when reads fail")]
impl Ledger {
    /// Everything a client needs of an account. An `epoch` left out is taken for the present one.
    pub async fn snapshot(
        &self,
        account: AccountId,
        since: Option<Version>,
        epoch: Option<Epoch>,
    ) -> Result<Snapshot, Failure> {
        let (present, now_ms) = (self.epoch(), self.clock().now_ms());
        let cursor = Cursor { since, epoch };
        self.read(move |view| view.snapshot(account, present, cursor, now_ms)).await
    }

    /// One receipt for each op, in the order asked; `unknown` for what this account never sent.
    pub async fn receipts(
        &self,
        account: AccountId,
        ops: Vec<OpId>,
    ) -> Result<Vec<Receipt>, Failure> {
        self.read(move |view| view.receipts(&account, &ops)).await
    }

    /// What is kept of one op.
    pub async fn record(&self, account: AccountId, op: OpId) -> Result<Option<OpRecord>, Failure> {
        self.read(move |view| view.record(&account, op)).await
    }

    /// Entries newest first, from before `before` (exclusive) on.
    pub async fn history(
        &self,
        account: AccountId,
        before: Option<Version>,
        limit: u32,
    ) -> Result<HistoryPage, Failure> {
        let epoch = self.epoch();
        self.read(move |view| view.history(&account, epoch, before, limit)).await
    }

    /// Entries in version order, after `version`.
    pub async fn entries_after(
        &self,
        account: AccountId,
        version: Version,
        limit: u32,
    ) -> Result<Vec<Entry>, Failure> {
        self.read(move |view| view.entries_after(&account, version, limit)).await
    }

    /// The account's version and its purchases that have not granted yet: a stream begins with it.
    pub async fn incoming(&self, account: AccountId) -> Result<(Version, Vec<Incoming>), Failure> {
        self.read(move |view| view.incoming(&account)).await
    }
}

/// Purchases, keys, and sessions of test mode.
#[allow(clippy::missing_errors_doc, reason = "the module says when reads fail")]
impl Ledger {
    /// The terms on which an account could buy now; nothing is set aside. What its own open
    /// checkouts hold of a promotion does not count against it.
    pub async fn quote(
        &self,
        account: AccountId,
        asked: Asked,
    ) -> Result<Result<Deal, Error>, Failure> {
        let (offers, now_ms) = (Arc::clone(&self.0.offers), self.clock().now_ms());
        self.read(move |view| checkout::quote(view, &offers, &account, &asked, now_ms)).await
    }

    /// The catalog as that account is offered it.
    pub async fn offered(&self, account: AccountId) -> Result<Offered, Failure> {
        let offers = Arc::clone(&self.0.offers);
        if !offers.differ() {
            return Ok(offers.to(&account, &[]));
        }
        self.read(move |view| Ok(offers.to(&account, &view.kept_variants(&account)?))).await
    }

    /// The purchase of that id.
    pub async fn purchase(&self, purchase: String) -> Result<Option<Purchase>, Failure> {
        self.read(move |view| view.purchase(&purchase)).await
    }

    /// The purchase of an account's checkout.
    pub async fn purchase_by_checkout(
        &self,
        account: AccountId,
        checkout: String,
    ) -> Result<Option<Purchase>, Failure> {
        self.read(move |view| view.purchase_by_checkout(&account, &checkout)).await
    }

    /// The purchase that a provider's session pays.
    pub async fn purchase_by_session(&self, session: String) -> Result<Option<Purchase>, Failure> {
        self.read(move |view| view.purchase_by_session(&session)).await
    }

    /// Purchases that are open or processing and have a session, oldest first, at most 100 after
    /// `place`: those to ask the provider about.
    pub async fn purchases_to_sweep(&self, place: Place) -> Result<Vec<Purchase>, Failure> {
        self.read(move |view| view.purchases_to_sweep(&place)).await
    }

    /// The receipt with that secret.
    pub async fn receipt_by_secret(
        &self,
        secret: ReceiptSecret,
    ) -> Result<Option<PurchaseReceipt>, Failure> {
        self.read(move |view| view.receipt_by_secret(&secret)).await
    }

    /// When the next mail is due; none if none is pending.
    pub async fn next_mail_at_ms(&self) -> Result<Option<u64>, Failure> {
        self.read(View::next_mail_at_ms).await
    }

    /// How full the outbox is.
    pub async fn outbox(&self) -> Result<Outbox, Failure> {
        self.read(View::outbox).await
    }

    /// Every secret key that is not revoked.
    pub async fn secret_keys(&self) -> Result<Vec<SecretKey>, Failure> {
        self.read(View::secret_keys).await
    }

    /// Every signing key, newest first.
    pub async fn token_keys(&self) -> Result<Vec<TokenKey>, Failure> {
        self.read(View::token_keys).await
    }

    /// The session of test mode of that id.
    pub async fn test_session(&self, id: String) -> Result<Option<TestSession>, Failure> {
        self.read(move |view| view.test_session(&id)).await
    }

    /// Sessions of test mode that have something left to do, the most urgent first, at most 100
    /// after `place`.
    pub async fn test_sessions_due(&self, place: Place) -> Result<Vec<TestSession>, Failure> {
        self.read(move |view| view.test_sessions_due(&place)).await
    }
}
