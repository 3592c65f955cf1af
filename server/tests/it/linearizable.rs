//! Recorded histories of many at once on one account: there is an order of one after the other that
//! gives everybody the answer they got, and that keeps to the clock.

use std::sync::{Arc, Mutex};

use creditpack::ledger::{Claimant, Reason};
use creditpack::wire::OpState;
use creditpack::{Code, OpId};
use creditpackd::ledger::Ledger;
use rand::RngExt as _;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};
use tokio::task::JoinSet;

use crate::ledger_book::{Book, account, code, op, request};

const CREDITS: usize = 3;
const OPS: usize = 4;

/// What a caller asks for; ops by their number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    Hold(usize),
    Capture(usize),
    Release(usize),
    Available,
}

/// What a caller is told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Refusal(Option<Code>),
    Available(usize),
}

/// The account as the protocol describes it, of one who is alone with it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Alone {
    ops: [Option<Fate>; OPS],
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Held,
    Captured,
    Released,
    Cancelled,
    Rejected,
}

impl Alone {
    fn available(&self) -> usize {
        let taken = |fate: &&Option<Fate>| matches!(fate, Some(Fate::Held | Fate::Captured));
        CREDITS - self.ops.iter().filter(taken).count()
    }

    fn hold(&mut self, op: usize) -> Option<Code> {
        let available = self.available();
        match self.ops[op] {
            Some(Fate::Cancelled) => Some(Code::Cancelled),
            Some(Fate::Rejected) => Some(Code::InsufficientCredits),
            Some(_) => None,
            None if available == 0 => {
                self.ops[op] = Some(Fate::Rejected);
                Some(Code::InsufficientCredits)
            }
            None => {
                self.ops[op] = Some(Fate::Held);
                None
            }
        }
    }

    fn capture(&mut self, op: usize) -> Option<Code> {
        match self.ops[op] {
            None => Some(Code::UnknownOp),
            Some(Fate::Cancelled) => Some(Code::Cancelled),
            Some(Fate::Rejected) => Some(Code::InsufficientCredits),
            Some(Fate::Released) => Some(Code::AlreadyReleased),
            Some(Fate::Held | Fate::Captured) => {
                self.ops[op] = Some(Fate::Captured);
                None
            }
        }
    }

    fn release(&mut self, op: usize) -> Option<Code> {
        match self.ops[op] {
            None => {
                self.ops[op] = Some(Fate::Cancelled);
                None
            }
            Some(Fate::Held) => {
                self.ops[op] = Some(Fate::Released);
                None
            }
            Some(Fate::Captured) => Some(Code::AlreadyCaptured),
            Some(Fate::Released | Fate::Cancelled | Fate::Rejected) => None,
        }
    }
}

impl SequentialSpec for Alone {
    type Op = Ask;
    type Ret = Told;

    fn invoke(&mut self, ask: &Ask) -> Told {
        match ask {
            Ask::Hold(op) => Told::Refusal(self.hold(*op)),
            Ask::Capture(op) => Told::Refusal(self.capture(*op)),
            Ask::Release(op) => Told::Refusal(self.release(*op)),
            Ask::Available => Told::Available(self.available()),
        }
    }
}

type Recorded = Arc<Mutex<LinearizabilityTester<usize, Alone>>>;

async fn ask(ledger: &Ledger, ask: Ask, base: u64, now_ms: u64) -> Told {
    let id = |number: usize| -> OpId { op(base + u64::try_from(number).unwrap()) };
    let decided = match ask {
        Ask::Hold(number) => {
            let request = request(id(number), Claimant::Browser, now_ms);
            ledger.hold(account(), request).await
        }
        Ask::Capture(number) => ledger.capture(account(), id(number), None).await,
        Ask::Release(number) => ledger.release(account(), id(number), Reason::Failed).await,
        Ask::Available => {
            let snapshot = ledger.snapshot(account(), None, None).await.unwrap();
            return Told::Available(usize::try_from(snapshot.available).unwrap());
        }
    };
    Told::Refusal(code(&decided.unwrap()))
}

fn any() -> Ask {
    let mut random = rand::rng();
    let op = random.random_range(0..OPS);
    match random.random_range(0..8) {
        0..3 => Ask::Hold(op),
        3..5 => Ask::Capture(op),
        5..7 => Ask::Release(op),
        _ => Ask::Available,
    }
}

/// One of several callers, who each wait for an answer before they ask again.
async fn call(ledger: Ledger, recorded: Recorded, caller: usize, now_ms: u64) {
    for _ in 0..6 {
        let asked = any();
        recorded.lock().unwrap().on_invoke(caller, asked).unwrap();
        let told = ask(&ledger, asked, 0, now_ms).await;
        recorded.lock().unwrap().on_return(caller, told).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_histories_of_an_account_are_linearizable() {
    for round in 0..40 {
        let book = Book::with_credits(i64::try_from(CREDITS).unwrap()).await;
        let recorded: Recorded = Arc::new(Mutex::new(LinearizabilityTester::new(Alone::default())));
        let mut callers = JoinSet::new();
        for caller in 0..4 {
            let (ledger, recorded) = (book.ledger.clone(), Arc::clone(&recorded));
            callers.spawn(call(ledger, recorded, caller, book.clock.now_ms()));
        }
        callers.join_all().await;
        let recorded = recorded.lock().unwrap();
        assert!(recorded.is_consistent(), "round {round}: {recorded:?}");
    }
}

/// The checker itself: a history that nobody alone could have seen is noticed.
#[test]
fn an_impossible_history_is_noticed() {
    let mut recorded = LinearizabilityTester::new(Alone::default());
    let done = Told::Refusal(None);
    recorded.on_invret(0, Ask::Hold(0), done).unwrap();
    assert!(recorded.is_consistent());
    recorded.on_invret(1, Ask::Available, Told::Available(CREDITS)).unwrap();
    assert!(!recorded.is_consistent(), "a read that came later and missed the hold");
}

/// Ten thousand holds, each ended by whoever is first: its capture, its release or its expiry.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_holds_are_ended_once_each() {
    const ROUNDS: u64 = 50;
    const AT_ONCE: u64 = 200;
    let book = Book::with_credits(i64::try_from(ROUNDS * AT_ONCE).unwrap()).await;
    let mut ends = [0_u64; 3];
    for round in 0..ROUNDS {
        let numbers = round * AT_ONCE..(round + 1) * AT_ONCE;
        let mut holds = JoinSet::new();
        for number in numbers.clone() {
            let (ledger, now_ms) = (book.ledger.clone(), book.clock.now_ms());
            holds.spawn(async move { ask(&ledger, Ask::Hold(0), number, now_ms).await });
        }
        assert!(holds.join_all().await.iter().all(|told| *told == Told::Refusal(None)));
        book.clock.advance(600_000);
        let mut racing = JoinSet::new();
        let sweeper = book.ledger.clone();
        for number in numbers.clone() {
            let (one, two) = (book.ledger.clone(), book.ledger.clone());
            let mut ends = [(one, Ask::Capture(0)), (two, Ask::Release(0))];
            // Whoever is spawned first tends to be first: they take turns.
            ends.rotate_left(usize::from(number % 2 == 0));
            for (ledger, end) in ends {
                racing.spawn(async move { ask(&ledger, end, number, 0).await });
            }
            if number % AT_ONCE == round * 4 {
                let sweeper = sweeper.clone();
                racing.spawn(async move {
                    sweeper.sweep().await.unwrap();
                    Told::Available(0)
                });
            }
        }
        racing.join_all().await;
        for number in numbers {
            let receipt = book.receipt(op(number)).await;
            let at = match (receipt.state, receipt.reason) {
                (Some(OpState::Captured), _) => 0,
                (Some(OpState::Released), Some(Reason::Failed)) => 1,
                (Some(OpState::Released), Some(Reason::Expired)) => 2,
                _ => panic!("{receipt:?}"),
            };
            ends[at] += 1;
        }
    }
    assert_eq!(ends.iter().sum::<u64>(), ROUNDS * AT_ONCE);
    assert!(ends.iter().all(|won| *won > 0), "each way to end one won at times: {ends:?}");
    let snapshot = book.snapshot().await;
    assert_eq!(snapshot.held.get(), 0);
    assert_eq!(snapshot.version.get(), 1 + 2 * ROUNDS * AT_ONCE, "one begins, one ends");
    creditpackd::ledger::audit(book.dir.path(), |_, _| {}).unwrap();
}
