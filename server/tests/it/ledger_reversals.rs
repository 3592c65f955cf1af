//! Reversals on the ledger itself: before the grant, after it, and across a restart.

use creditpack::EntryKind;
use creditpack::ledger::{ReversalKind, ReversalState};
use creditpack::wire::PurchaseStatus;
use creditpackd::ledger::{Outcome, Paid, PurchaseEvent, Reversed, Settled, ToldReversal};

use crate::ledger_book::{Book, purchase_request};

fn refund(id: &str, state: ReversalState, amount: u64) -> ToldReversal {
    let (kind, currency) = (ReversalKind::Refund, "usd".to_owned());
    ToldReversal { id: id.into(), kind, state, amount, currency }
}

fn dispute(state: ReversalState) -> ToldReversal {
    ToldReversal { kind: ReversalKind::Dispute, ..refund("du_1", state, 1200) }
}

async fn opened() -> Book {
    let book = Book::new();
    for number in [1, 2] {
        book.ledger.create_purchase(purchase_request(number)).await.unwrap();
    }
    book
}

/// Pays 12 dollars for the 15 credits of the first purchase.
async fn pay(book: &Book) -> PurchaseStatus {
    let event = PurchaseEvent { event: None, session: "cs_1".into(), outcome: Outcome::Paid };
    let payment = Some("pi_1".to_owned());
    let paid = Paid { payment, amount: 1200, tax: 0, currency: "usd".into() };
    let settled = book.ledger.settle_payment("pur_001".into(), event, paid).await.unwrap();
    match settled {
        Settled::Changed { purchase, .. } => purchase.status,
        other => panic!("{other:?}"),
    }
}

async fn tell(book: &Book, told: ToldReversal) -> Option<PurchaseStatus> {
    match book.ledger.reverse("pur_001".into(), told).await.unwrap() {
        Reversed::Changed(purchase) => Some(purchase.status),
        _ => None,
    }
}

async fn entries(book: &Book) -> Vec<(EntryKind, u64)> {
    book.entries().await.iter().map(|entry| (entry.kind, entry.credits.get())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_the_grant_takes_effect_with_it() {
    let book = opened().await;
    let in_force = ReversalState::InForce;
    assert_eq!(tell(&book, refund("re_1", in_force, 400)).await, Some(PurchaseStatus::Open));
    assert_eq!(tell(&book, refund("re_2", in_force, 400)).await, Some(PurchaseStatus::Open));
    let undone = ReversalState::Undone;
    assert_eq!(tell(&book, refund("re_2", undone, 400)).await, Some(PurchaseStatus::Open));
    let euros = ToldReversal { currency: "eur".into(), ..refund("re_3", in_force, 800) };
    assert_eq!(tell(&book, euros).await, Some(PurchaseStatus::Open));
    assert_eq!(entries(&book).await, []);
    let book = book.reopen();
    assert_eq!(pay(&book).await, PurchaseStatus::PartiallyRefunded);
    assert_eq!(entries(&book).await, [(EntryKind::Grant, 15), (EntryKind::Clawback, 5)]);
    assert_eq!(tell(&book, refund("re_1", in_force, 400)).await, None, "it is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refund_before_the_grant_claims_for_itself() {
    let book = opened().await;
    let (in_force, undone) = (ReversalState::InForce, ReversalState::Undone);
    for id in ["re_1", "re_2"] {
        tell(&book, refund(id, in_force, 400)).await;
    }
    pay(&book).await;
    tell(&book, refund("re_2", undone, 400)).await;
    let taken = [EntryKind::Clawback, EntryKind::Clawback].map(|kind| (kind, 5));
    let expect = [&[(EntryKind::Grant, 15)][..], &taken, &[(EntryKind::Reinstate, 5)]].concat();
    assert_eq!(entries(&book).await, expect);
    assert_eq!(tell(&book, refund("re_1", undone, 400)).await, Some(PurchaseStatus::Paid));
    assert_eq!(entries(&book).await.last(), Some(&(EntryKind::Reinstate, 5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_before_the_grant_is_seen_on_it() {
    let book = opened().await;
    tell(&book, dispute(ReversalState::Flagged)).await;
    assert_eq!(pay(&book).await, PurchaseStatus::Disputed);
    assert_eq!(entries(&book).await, [(EntryKind::Grant, 15)]);
    let status = tell(&book, dispute(ReversalState::InForce)).await;
    assert_eq!(status, Some(PurchaseStatus::Disputed));
    assert_eq!(tell(&book, dispute(ReversalState::Undone)).await, Some(PurchaseStatus::Paid));
    let [_, clawback, reinstate] = &entries(&book).await[..] else { panic!() };
    assert_eq!((clawback, reinstate), (&(EntryKind::Clawback, 15), &(EntryKind::Reinstate, 15)));
    assert_eq!(tell(&book, dispute(ReversalState::InForce)).await, None, "won is won");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inquiry_claims_what_is_withdrawn_in_the_end() {
    let book = opened().await;
    pay(&book).await;
    tell(&book, dispute(ReversalState::Flagged)).await;
    let part = ToldReversal { amount: 400, ..dispute(ReversalState::InForce) };
    assert_eq!(tell(&book, part).await, Some(PurchaseStatus::Disputed));
    assert_eq!(entries(&book).await, [(EntryKind::Grant, 15), (EntryKind::Clawback, 5)]);
    let kept = book.ledger.reversals("pur_001".into()).await.unwrap();
    assert_eq!(kept[0].of.amount, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_belongs_to_one_purchase() {
    let book = opened().await;
    pay(&book).await;
    tell(&book, refund("re_1", ReversalState::InForce, 400)).await;
    let told = refund("re_1", ReversalState::Undone, 400);
    let answer = book.ledger.reverse("pur_002".into(), told.clone()).await.unwrap();
    assert_eq!(answer, Reversed::Unknown);
    let answer = book.ledger.reverse("pur_009".into(), told).await.unwrap();
    assert_eq!(answer, Reversed::Unknown);
    let found = book.ledger.purchase_by_payment("pi_1".into()).await.unwrap().unwrap();
    assert_eq!(found.order.purchase, "pur_001");
    assert_eq!(book.ledger.purchase_by_payment("pi_2".into()).await.unwrap(), None);
    let kept = book.ledger.reversals("pur_001".into()).await.unwrap();
    assert_eq!((kept.len(), kept[0].of.taken.get()), (1, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_never_goes_back() {
    let book = Book::new();
    assert_eq!(book.ledger.event_cursor("stripe").await.unwrap(), None);
    for (read_to_s, expect) in [(7, 7), (5, 7), (9, 9)] {
        book.ledger.keep_event_cursor("stripe", read_to_s).await.unwrap();
        assert_eq!(book.ledger.event_cursor("stripe").await.unwrap(), Some(expect));
    }
}
