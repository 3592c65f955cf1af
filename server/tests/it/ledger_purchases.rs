//! Purchases: granted once, from what is stored, whatever is said how often and in which order.

use creditpack::credits::Credits;
use creditpack::entry::GrantSource;
use creditpack::wire::PurchaseStatus;
use creditpackd::feed::Event;
use creditpackd::ledger::{
    CreatedPurchase, Outcome, PaymentStatus, Place, PurchaseEvent, PurchaseRequest, SessionStatus,
    Settled, TestSession,
};
use tokio::task::JoinSet;

use crate::ledger_book::{Book, START_MS, account, created, purchase_request};

fn event(id: Option<&str>, outcome: Outcome) -> PurchaseEvent {
    PurchaseEvent { event: id.map(Into::into), session: "cs_1".into(), outcome }
}

async fn opened() -> Book {
    let book = Book::new();
    book.ledger.create_purchase(purchase_request(1)).await.unwrap();
    let url = "http://localhost/pay".to_owned();
    book.ledger.attach_session("pur_001".into(), "cs_1".into(), url).await.unwrap().unwrap();
    book
}

async fn settle(book: &Book, id: Option<&str>, outcome: Outcome) -> Settled {
    book.ledger.settle_purchase("pur_001".into(), event(id, outcome)).await.unwrap()
}

async fn listed(book: &Book) -> Vec<PurchaseStatus> {
    book.snapshot().await.incoming.iter().map(|line| line.status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_is_made_once() {
    let book = Book::new();
    let first = created(book.ledger.create_purchase(purchase_request(1)).await.unwrap());
    let again = PurchaseRequest { purchase: "pur_002".into(), ..purchase_request(1) };
    let replayed = book.ledger.create_purchase(again.clone()).await.unwrap();
    assert_eq!(replayed, CreatedPurchase::Replayed(first.clone()));
    let other = PurchaseRequest { body_sha256: [2; 32], ..again };
    assert_eq!(book.ledger.create_purchase(other).await.unwrap(), CreatedPurchase::Conflict);
    let found = book.ledger.purchase_by_checkout(account(), "checkout_1".into()).await.unwrap();
    assert_eq!(found, Some(first));
    assert_eq!(listed(&book).await, [], "an open checkout is not on its way yet");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_words_of_payment_grant_once() {
    let book = opened().await;
    let mut words = JoinSet::new();
    for number in 0..100 {
        let ledger = book.ledger.clone();
        let id = (number % 3 > 0).then(|| format!("evt_{}", number % 5));
        words.spawn(async move {
            let event = event(id.as_deref(), Outcome::Paid);
            ledger.settle_purchase("pur_001".into(), event).await.unwrap()
        });
    }
    let changed = words.join_all().await;
    let changed = changed.iter().filter(|settled| matches!(settled, Settled::Changed { .. }));
    assert_eq!(changed.count(), 1);
    let entries = book.entries().await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].credits.get(), entries[0].settled), (15, 15));
    assert_eq!(entries[0].source, Some(GrantSource::Purchase));
    assert_eq!(entries[0].purchase.as_deref(), Some("pur_001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_is_listed_until_it_arrives() {
    let book = opened().await;
    let mut watching = book.ledger.feed().subscribe(&account());
    settle(&book, Some("evt_1"), Outcome::Processing).await;
    assert_eq!(listed(&book).await, [PurchaseStatus::Processing]);
    let list = book.snapshot().await.incoming;
    assert_eq!(*watching.next().await.unwrap(), Event::Incoming(list));
    settle(&book, Some("evt_2"), Outcome::Paid).await;
    assert!(matches!(*watching.next().await.unwrap(), Event::Entry(_)));
    assert_eq!(*watching.next().await.unwrap(), Event::Incoming(Vec::new()));
    let late = settle(&book, Some("evt_3"), Outcome::Processing).await;
    assert!(matches!(late, Settled::Unchanged(_)));
    assert_eq!(listed(&book).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_payment_is_listed_for_a_day() {
    let book = opened().await;
    settle(&book, None, Outcome::Failed).await;
    assert_eq!(listed(&book).await, [PurchaseStatus::Failed]);
    let day_ms = 24 * 60 * 60 * 1000;
    book.clock.advance(day_ms);
    book.ledger.sweep().await.unwrap();
    assert_eq!(listed(&book).await, [PurchaseStatus::Failed]);
    let mut watching = book.ledger.feed().subscribe(&account());
    book.clock.advance(1);
    book.ledger.sweep().await.unwrap();
    assert_eq!(*watching.next().await.unwrap(), Event::Incoming(Vec::new()));
    assert_eq!(listed(&book).await, []);
    assert!(
        matches!(settle(&book, None, Outcome::Paid).await, Settled::Changed { .. }),
        "money counts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_session_moves_nothing() {
    let book = opened().await;
    let foreign = PurchaseEvent { session: "cs_2".into(), ..event(None, Outcome::Paid) };
    let settled = book.ledger.settle_purchase("pur_001".into(), foreign.clone()).await.unwrap();
    assert_eq!(settled, Settled::Unknown);
    let settled = book.ledger.settle_purchase("pur_009".into(), foreign).await.unwrap();
    assert_eq!(settled, Settled::Unknown);
    assert_eq!(book.entries().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_may_be_faster_than_the_answer_it_is_about() {
    let book = Book::new();
    book.ledger.create_purchase(purchase_request(1)).await.unwrap();
    assert!(matches!(settle(&book, Some("evt"), Outcome::Paid).await, Settled::Changed { .. }));
    let url = "http://localhost/pay".to_owned();
    let attached = book.ledger.attach_session("pur_001".into(), "cs_1".into(), url).await.unwrap();
    assert_eq!(attached.unwrap().status, PurchaseStatus::Paid);
    let found = book.ledger.purchase_by_session("cs_1".into()).await.unwrap().unwrap();
    assert_eq!(
        (found.order.credits, found.session),
        (Credits::new(15).unwrap(), Some("cs_1".into()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_checkout_lapses_and_can_still_turn_out_paid() {
    let book = opened().await;
    assert_eq!(book.ledger.purchases_to_sweep(Place::start()).await.unwrap().len(), 1);
    book.clock.advance(1_800_000 + 60 * 60 * 1000 + 1);
    book.ledger.sweep().await.unwrap();
    let lapsed = book.ledger.purchase("pur_001".into()).await.unwrap().unwrap();
    assert_eq!(lapsed.status, PurchaseStatus::Expired);
    assert_eq!(book.ledger.purchases_to_sweep(Place::start()).await.unwrap(), []);
    settle(&book, None, Outcome::Paid).await;
    assert_eq!(book.snapshot().await.available, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_session_changes_only_from_what_it_was() {
    let book = opened().await;
    let open = TestSession {
        id: "cs_1".into(),
        purchase: "pur_001".into(),
        status: SessionStatus::Open,
        payment: PaymentStatus::Unpaid,
        due_at_ms: None,
        created_at_ms: START_MS,
    };
    book.ledger.add_test_session(open.clone()).await.unwrap();
    let paid = TestSession {
        status: SessionStatus::Complete,
        payment: PaymentStatus::Paid,
        due_at_ms: Some(START_MS + 5),
        ..open.clone()
    };
    assert!(book.ledger.change_test_session(open.clone(), paid.clone()).await.unwrap());
    assert!(!book.ledger.change_test_session(open, paid.clone()).await.unwrap());
    assert_eq!(book.ledger.test_sessions_due(Place::start()).await.unwrap(), vec![paid.clone()]);
    let done = TestSession { due_at_ms: None, ..paid.clone() };
    assert!(book.ledger.change_test_session(paid, done.clone()).await.unwrap());
    assert_eq!(book.ledger.test_session("cs_1".into()).await.unwrap(), Some(done));
    assert_eq!(book.ledger.test_sessions_due(Place::start()).await.unwrap(), []);
}
