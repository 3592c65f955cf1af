//! A ledger in a directory of its own, with a clock that stands still, and short words for it.

use std::sync::Arc;

use creditpack::catalog::{Catalog, Operation, Pack};
use creditpack::credits::Credits;
use creditpack::ids::ClaimId;
use creditpack::ledger::{Claimant, Decision, Fingerprint, HoldRequest, Reason};
use creditpack::money::{Currency, Money};
use creditpack::pricing::Asked;
use creditpack::wire::{Receipt, Snapshot};
use creditpack::{AccountId, Code, Entry, OpId, Version};
use creditpackd::clock::Clock;
use creditpackd::ledger::{
    CreatedPurchase, Ledger, Mode, NewGrant, OpenError, Purchase, PurchaseRequest, Scopes,
    SecretKey, Settings,
};

/// When every test begins.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

/// Seven days, after which rejections are forgotten.
pub(crate) const WINDOW_MS: u64 = 7 * 24 * 60 * 60 * 1000;

pub(crate) struct Book {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
}

impl Book {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at(START_MS);
        Ledger::create(dir.path(), &key(), &clock).unwrap();
        let ledger = open(dir.path(), &clock, Mode::Test).unwrap();
        Self { dir, clock, ledger }
    }

    /// A book whose one account owns so many credits.
    pub(crate) async fn with_credits(credits: i64) -> Self {
        let book = Self::new();
        book.give("opening", credits).await;
        book
    }

    /// Drops the ledger without a word and opens it again.
    pub(crate) fn reopen(self) -> Self {
        let Self { dir, clock, ledger } = self;
        drop(ledger);
        let ledger = open(dir.path(), &clock, Mode::Test).unwrap();
        Self { dir, clock, ledger }
    }

    pub(crate) async fn give(&self, id: &str, credits: i64) -> Entry {
        let (account, reason) = (account(), "welcome".to_owned());
        let grant = NewGrant { id: id.into(), account, credits, reason, actor: None };
        self.ledger.grant(grant).await.unwrap().unwrap().entry
    }

    /// A hold that waits for a run of the work.
    pub(crate) async fn hold(&self, op: OpId) -> Decision {
        self.hold_as(op, Claimant::Browser).await
    }

    pub(crate) async fn hold_as(&self, op: OpId, claimant: Claimant) -> Decision {
        self.ledger.hold(account(), request(op, claimant, self.clock.now_ms())).await.unwrap()
    }

    pub(crate) async fn claim(&self, op: OpId, claim: &str) -> Decision {
        self.ledger.claim(account(), op, image(), claim_id(claim)).await.unwrap()
    }

    pub(crate) async fn capture(&self, op: OpId) -> Decision {
        self.ledger.capture(account(), op, None).await.unwrap()
    }

    pub(crate) async fn release(&self, op: OpId, reason: Reason) -> Decision {
        self.ledger.release(account(), op, reason).await.unwrap()
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        self.ledger.snapshot(account(), None, None).await.unwrap()
    }

    pub(crate) async fn since(&self, since: u64) -> Snapshot {
        let since = Version::new(since).unwrap();
        self.ledger.snapshot(account(), Some(since), Some(self.ledger.epoch())).await.unwrap()
    }

    pub(crate) async fn receipt(&self, op: OpId) -> Receipt {
        self.ledger.receipts(account(), vec![op]).await.unwrap().remove(0)
    }

    /// Every entry, in version order.
    pub(crate) async fn entries(&self) -> Vec<Entry> {
        self.ledger.entries_after(account(), Version::ZERO, u32::MAX).await.unwrap()
    }
}

pub(crate) fn open(
    dir: &std::path::Path,
    clock: &Clock,
    mode: impl Into<Option<Mode>>,
) -> Result<Ledger, OpenError> {
    Ledger::open(Settings {
        data_dir: dir.to_owned(),
        catalog: Arc::new(catalog()),
        dedupe_window_ms: WINDOW_MS,
        clawback: creditpack::ledger::ClawbackPolicy::Debt,
        clock: clock.clone(),
        mode: mode.into(),
    })
}

pub(crate) fn key() -> SecretKey {
    SecretKey { id: "key_1".into(), name: "first".into(), sha256: [7; 32], scopes: Scopes::FULL }
}

pub(crate) fn account() -> AccountId {
    AccountId::new("u_1").unwrap()
}

/// The op with that number.
pub(crate) fn op(number: u64) -> OpId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    OpId::v7(START_MS, random)
}

pub(crate) fn claim_id(claim: &str) -> ClaimId {
    ClaimId::new(claim).unwrap()
}

pub(crate) fn image() -> Fingerprint {
    Fingerprint { operation: "image".into(), quantity: 1 }
}

pub(crate) fn request(op: OpId, claimant: Claimant, created_at_ms: u64) -> HoldRequest {
    let expected_credits = Some(Credits::ONE);
    HoldRequest { op, fingerprint: image(), expected_credits, created_at_ms, claimant }
}

/// The code of a refusal; none of a success.
pub(crate) fn code(decision: &Decision) -> Option<Code> {
    decision.answer.as_ref().err().map(creditpack::Error::code)
}

/// Pictures of one credit, held for two minutes and ten once claimed; 15 credits for 12 dollars.
fn catalog() -> Catalog {
    let standard = Pack::new("standard", "Standard", Credits::new(15).unwrap());
    let image = Operation::new("image", "Picture", Credits::ONE);
    let price = Money { amount_minor: 1200, currency: usd() };
    Catalog { packs: vec![standard.at(price)], operations: vec![image], ..Catalog::new(usd()) }
}

fn usd() -> Currency {
    Currency::new("usd").unwrap()
}

/// What a buyer of one pack asks for.
pub(crate) fn purchase_request(number: usize) -> PurchaseRequest {
    PurchaseRequest {
        purchase: format!("pur_{number:03}"),
        account: account(),
        checkout: format!("checkout_{number}"),
        asked: Asked { pack: "standard".into(), quantity: 1, currency: usd(), promotion: None },
        expected: None,
        body_sha256: [1; 32],
        success_url: "http://localhost/ok".into(),
        cancel_url: "http://localhost/no".into(),
        email: Some("ann@example.com".into()),
        locale: None,
        expires_at_ms: START_MS + 1_800_000,
    }
}

/// The purchase that a request made.
#[track_caller]
pub(crate) fn created(answer: CreatedPurchase) -> Purchase {
    match answer {
        CreatedPurchase::Created(purchase) => purchase,
        other => panic!("{other:?}"),
    }
}
