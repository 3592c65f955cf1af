//! Ops over time: replays, stickiness, expiry, receipts, history.

use creditpack::ledger::{Claimant, Novelty, Reason};
use creditpack::wire::{OpState, ReceiptVerdict};
use creditpack::{Code, EntryKind, Epoch, Version};
use creditpackd::feed::Event;
use creditpackd::ledger::NewGrant;

use crate::ledger_book::{Book, WINDOW_MS, account, claim_id, code, op, request};

#[tokio::test(flavor = "multi_thread")]
async fn an_applied_op_of_last_week_still_gets_its_first_answer() {
    let book = Book::with_credits(5).await;
    let first = book.hold_as(op(1), Claimant::Server(claim_id("run"))).await;
    book.capture(op(1)).await;
    book.clock.advance(8 * 24 * 60 * 60 * 1000);
    book.ledger.sweep().await.unwrap();
    let sent_at_ms = book.clock.now_ms() - 8 * 24 * 60 * 60 * 1000;
    let again = request(op(1), Claimant::Server(claim_id("another_run")), sent_at_ms);
    let again = book.ledger.hold(account(), again).await.unwrap();
    assert!(again.is_replay() && again.answer.is_ok());
    let (first, again) = (first.record.unwrap().receipt(), again.record.unwrap().receipt());
    assert_eq!((again.version, again.credits), (first.version, first.credits));
    assert_eq!(again.state, Some(OpState::Captured), "the work does not start again");
    assert_eq!(book.snapshot().await.available, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_op_stays_rejected_until_it_is_too_old() {
    let book = Book::new();
    let ahead_ms = 10 * 60 * 1000;
    let sent = request(op(1), Claimant::Browser, book.clock.now_ms() + ahead_ms);
    let refused = book.ledger.hold(account(), sent.clone()).await.unwrap();
    assert_eq!(
        (code(&refused), refused.novelty),
        (Some(Code::InsufficientCredits), Novelty::Decided)
    );
    book.give("late", 5).await;
    for _ in 0..2 {
        // Up to the last moment at which it could pass for a young op.
        book.clock.advance(WINDOW_MS.midpoint(ahead_ms));
        book.ledger.sweep().await.unwrap();
        let again = book.ledger.hold(account(), sent.clone()).await.unwrap();
        assert_eq!(code(&again), Some(Code::InsufficientCredits));
    }
    book.clock.advance(1);
    book.ledger.sweep().await.unwrap();
    assert_eq!(book.receipt(op(1)).await.verdict, ReceiptVerdict::Unknown);
    let again = book.ledger.hold(account(), sent).await.unwrap();
    assert_eq!(code(&again), Some(Code::OpTooOld));
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_holds_return_before_a_lack_of_credits_stands() {
    let book = Book::with_credits(2).await;
    book.hold(op(1)).await;
    book.hold_as(op(2), Claimant::Server(claim_id("run"))).await;
    assert_eq!(code(&book.hold(op(3)).await), Some(Code::InsufficientCredits));
    book.clock.advance(120_000);
    assert_eq!(code(&book.hold(op(4)).await), None, "the unclaimed hold ran out");
    let kinds: Vec<_> = book.entries().await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds[3..], [EntryKind::Release, EntryKind::Hold]);
    let expired = book.receipt(op(1)).await;
    assert_eq!(expired.reason, Some(Reason::Expired));
    assert_eq!(code(&book.claim(op(1), "run").await), Some(Code::HoldExpired));
    assert_eq!(book.receipt(op(2)).await.state, Some(OpState::Held), "its work still has time");
}

/// A book with two holds whose time was over before the first was captured and the second extended.
/// The writer attends to time by itself, once a second: where it came first, it is tried anew.
async fn overdue_and_not_ended() -> Book {
    for _ in 0..5 {
        let book = Book::with_credits(2).await;
        for number in [1, 2] {
            book.hold_as(op(number), Claimant::Server(claim_id("run"))).await;
        }
        book.clock.advance(600_000);
        let captured = book.capture(op(1)).await;
        let extended = book.ledger.extend(account(), op(2), claim_id("run")).await.unwrap();
        match (code(&captured), code(&extended)) {
            (None, None) => return book,
            (_, Some(Code::HoldExpired)) => {}
            both => panic!("capture and extend: {both:?}"),
        }
    }
    panic!("late, though nobody had ended it yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_lives_until_its_entry_ends_it() {
    let book = overdue_and_not_ended().await;
    book.ledger.sweep().await.unwrap();
    assert_eq!(book.receipt(op(2)).await.state, Some(OpState::Held));
    book.clock.advance(600_000);
    book.ledger.sweep().await.unwrap();
    assert_eq!(book.receipt(op(2)).await.reason, Some(Reason::Expired));
    assert_eq!(book.snapshot().await.available, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_since_a_version_are_all_of_them() {
    let book = Book::with_credits(2).await;
    book.hold(op(1)).await; // version 2
    book.hold(op(2)).await; // version 3
    book.hold(op(3)).await; // rejected at version 3
    book.release(op(1), Reason::Failed).await; // version 4
    let ops = |snapshot: &creditpack::wire::Snapshot| {
        let mut ops: Vec<_> = snapshot.receipts.iter().map(|receipt| receipt.op).collect();
        ops.sort();
        ops
    };
    for (since, expected) in
        [(0, vec![op(1), op(2), op(3)]), (3, vec![op(1), op(2), op(3)]), (4, vec![op(1)])]
    {
        let snapshot = book.since(since).await;
        assert!(snapshot.receipts_complete);
        assert_eq!(ops(&snapshot), expected, "since {since}");
    }
    assert!(!book.since(5).await.receipts_complete, "the account has not been there");
    let snapshot = book.snapshot().await;
    assert!(!snapshot.receipts_complete && snapshot.receipts.is_empty(), "nothing was asked");
    let other: Epoch = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let since = Some(Version::ZERO);
    let snapshot = book.ledger.snapshot(account(), since, Some(other)).await.unwrap();
    assert!(!snapshot.receipts_complete, "versions of another life say nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_rejections_make_receipts_incomplete() {
    let book = Book::with_credits(1).await;
    book.hold(op(1)).await; // version 2
    book.hold(op(2)).await; // rejected at version 2
    book.capture(op(1)).await; // version 3
    book.clock.advance(WINDOW_MS + 10 * 60 * 1000 + 1);
    book.ledger.sweep().await.unwrap();
    assert!(!book.since(2).await.receipts_complete);
    assert!(book.since(3).await.receipts_complete, "nothing was forgotten from there on");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_receipts_than_travel_are_not_complete() {
    let book = Book::new();
    for number in 0..1001 {
        book.release(op(number), Reason::Cancelled).await;
    }
    let snapshot = book.since(0).await;
    assert_eq!((snapshot.receipts.len(), snapshot.receipts_complete), (1000, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_goes_back_page_by_page() {
    let book = Book::with_credits(5).await;
    for number in 0..4 {
        book.hold(op(number)).await;
    }
    let mut before = None;
    let mut versions = Vec::new();
    loop {
        let page = book.ledger.history(account(), before, 2).await.unwrap();
        versions.extend(page.entries.iter().map(|stamped| stamped.entry.version.get()));
        match page.next_before {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(versions, [5, 4, 3, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_never_seen_is_empty() {
    let book = Book::new();
    let snapshot = book.since(0).await;
    assert_eq!((snapshot.version, snapshot.available), (Version::ZERO, 0));
    assert!(snapshot.receipts_complete && snapshot.holds.is_empty());
    assert_eq!(book.receipt(op(1)).await.verdict, ReceiptVerdict::Unknown);
    assert_eq!(code(&book.capture(op(1)).await), Some(Code::UnknownOp));
    assert_eq!(book.ledger.history(account(), None, 10).await.unwrap().entries, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_hears_everything_in_order() {
    let book = Book::with_credits(1).await;
    let mut watching = book.ledger.feed().subscribe(&account());
    book.hold(op(1)).await;
    book.hold(op(2)).await;
    book.capture(op(1)).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(watching.next().await.unwrap());
    }
    let entries = book.entries().await;
    assert_eq!(*heard[0], Event::Entry(entries[1].clone()));
    assert_eq!(*heard[1], Event::Verdict(book.receipt(op(2)).await));
    assert_eq!(*heard[2], Event::Entry(entries[2].clone()));
    drop(watching);
    assert_eq!(book.ledger.feed().watchers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_made_once_for_its_id() {
    let book = Book::new();
    let gift = |credits, reason: &str| NewGrant {
        id: "gift".into(),
        account: account(),
        credits,
        reason: reason.into(),
        actor: Some("ann".into()),
    };
    let first = book.ledger.grant(gift(5, "welcome")).await.unwrap().unwrap();
    let again = book.ledger.grant(gift(5, "welcome")).await.unwrap().unwrap();
    assert_eq!((again.entry, again.replayed), (first.entry, true));
    for other in [gift(6, "welcome"), gift(5, "sorry"), gift(-5, "welcome")] {
        let refused = book.ledger.grant(other).await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::CheckoutConflict);
    }
    let taken = book.give("taken", -2).await;
    assert_eq!((taken.kind, taken.credits.get(), taken.settled), (EntryKind::Adjust, 2, 3));
    let more = NewGrant { id: "more".into(), ..gift(-4, "no") };
    let refused = book.ledger.grant(more).await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::InsufficientCredits);
}
