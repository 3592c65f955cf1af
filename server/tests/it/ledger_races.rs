//! Many at once: whatever the order, exactly one wins and no credit is spent twice.

use creditpack::Code;
use creditpack::ledger::{Claimant, Reason};
use creditpack::wire::OpState;
use creditpackd::feed::Event;
use tokio::task::JoinSet;

use crate::ledger_book::{Book, account, claim_id, code, image, op, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_holds_on_fifty_credits_give_exactly_fifty() {
    let book = Book::with_credits(50).await;
    let mut holds = JoinSet::new();
    for number in 0..200 {
        let (ledger, now_ms) = (book.ledger.clone(), book.clock.now_ms());
        holds.spawn(async move {
            let request = request(op(number), Claimant::Browser, now_ms);
            code(&ledger.hold(account(), request).await.unwrap())
        });
    }
    let codes = holds.join_all().await;
    let refused = |code: &&Option<Code>| **code == Some(Code::InsufficientCredits);
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 50);
    assert_eq!(codes.iter().filter(refused).count(), 150);
    let snapshot = book.snapshot().await;
    assert_eq!((snapshot.available, snapshot.held.get(), snapshot.holds.len()), (0, 50, 50));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_on_one_account_is_heard_whole_by_who_did_not_listen_meanwhile() {
    const BURST: u64 = 256;
    let book = Book::with_credits(BURST.cast_signed()).await;
    let mut watching = book.ledger.feed().subscribe(&account());
    let mut holds = JoinSet::new();
    for number in 0..BURST {
        let (ledger, now_ms) = (book.ledger.clone(), book.clock.now_ms());
        let request = request(op(number), Claimant::Browser, now_ms);
        holds.spawn(async move { code(&ledger.hold(account(), request).await.unwrap()) });
    }
    assert_eq!(holds.join_all().await, vec![None; 256]);
    for version in 2..BURST + 2 {
        let heard = watching.next().await.expect("nothing is missed");
        let told = matches!(&*heard, Event::Entry(entry) if entry.version.get() == version);
        assert!(told, "{version} and not {heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_browsers_release_and_a_claim_never_both_win() {
    const ROUNDS: u64 = 300;
    let book = Book::with_credits(1000).await;
    let mut claims_won = 0;
    for number in 0..ROUNDS {
        let op = op(number);
        book.hold(op).await;
        let (one, other) = (book.ledger.clone(), book.ledger.clone());
        let release =
            async move { one.release_by_browser(account(), op, Reason::Cancelled).await.unwrap() };
        let claim =
            async move { other.claim(account(), op, image(), claim_id("run")).await.unwrap() };
        // Whoever is spawned first tends to be first: take turns.
        let (release, claim) = if number % 2 == 0 {
            let release = tokio::spawn(release);
            let claim = tokio::spawn(claim);
            (release.await.unwrap(), claim.await.unwrap())
        } else {
            let claim = tokio::spawn(claim);
            let release = tokio::spawn(release);
            (release.await.unwrap(), claim.await.unwrap())
        };
        match (code(&release), code(&claim)) {
            (None, Some(Code::AlreadyReleased)) => {}
            (Some(Code::HoldClaimed), None) => claims_won += 1,
            both => panic!("release and claim: {both:?}"),
        }
    }
    assert!((1..ROUNDS).contains(&claims_won), "each side won at times: {claims_won}");
    assert_eq!(book.snapshot().await.held.get(), claims_won);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_claims_one_wins() {
    let book = Book::with_credits(100).await;
    for number in 0..100 {
        let op = op(number);
        book.hold(op).await;
        let mut claims = JoinSet::new();
        for run in ["run_1", "run_2"] {
            let ledger = book.ledger.clone();
            claims.spawn(async move {
                code(&ledger.claim(account(), op, image(), claim_id(run)).await.unwrap())
            });
        }
        let mut codes = claims.join_all().await;
        codes.sort_by_key(Option::is_some);
        assert_eq!(codes, [None, Some(Code::HoldClaimed)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn capture_release_and_expiry_end_a_hold_once() {
    const ROUNDS: u64 = 100;
    let book = Book::with_credits(1000).await;
    for number in 0..ROUNDS {
        let op = op(number);
        book.hold_as(op, Claimant::Server(claim_id("run"))).await;
        book.clock.advance(600_000);
        let (one, two, three) = (book.ledger.clone(), book.ledger.clone(), book.ledger.clone());
        let capture = tokio::spawn(async move { one.capture(account(), op, None).await.unwrap() });
        let release =
            tokio::spawn(async move { two.release(account(), op, Reason::Failed).await.unwrap() });
        let sweep = tokio::spawn(async move { three.sweep().await.unwrap() });
        let (capture, release) = (capture.await.unwrap(), release.await.unwrap());
        sweep.await.unwrap();
        let state = book.receipt(op).await.state.unwrap();
        match (code(&capture), code(&release)) {
            (None, Some(Code::AlreadyCaptured)) => assert_eq!(state, OpState::Captured),
            (Some(Code::AlreadyReleased), None) | (Some(Code::HoldExpired), Some(_)) => {
                assert_eq!(state, OpState::Released);
            }
            both => panic!("capture and release: {both:?}"),
        }
    }
    let snapshot = book.snapshot().await;
    assert_eq!(snapshot.held.get(), 0);
    assert_eq!(snapshot.version.get(), 1 + 2 * ROUNDS, "one entry begins, one entry ends");
}
