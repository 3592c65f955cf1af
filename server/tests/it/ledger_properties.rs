//! Any sequence of commands keeps the invariants L1 to L4.

use std::collections::HashMap;

use creditpack::ledger::{Claimant, Decision, Reason};
use creditpack::wire::{OpState, Receipt, ReceiptVerdict, Snapshot};
use creditpack::{Credits, Entry, EntryKind, OpId, Version};
use creditpackd::ledger::{NewGrant, OpRefund, audit};
use proptest::prelude::*;

use crate::ledger_book::{Book, account, claim_id, image, op};

/// Few enough ops that commands meet each other.
const OPS: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    Grant(i64),
    Hold(u64),
    HoldClaimed(u64, u8),
    Claim(u64, u8),
    Extend(u64, u8),
    Capture(u64),
    CaptureOne(u64),
    Refund(u64, Option<u64>),
    Release(u64, Reason),
    ReleaseByBrowser(u64),
    Wait(u64),
    Sweep,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let reason =
        prop_oneof![Just(Reason::Failed), Just(Reason::Cancelled), Just(Reason::InvalidOutput)];
    prop_oneof![
        3 => (-2i64..4).prop_map(Step::Grant),
        6 => (0..OPS).prop_map(Step::Hold),
        4 => (0..OPS, 0u8..2).prop_map(|(op, run)| Step::HoldClaimed(op, run)),
        4 => (0..OPS, 0u8..2).prop_map(|(op, run)| Step::Claim(op, run)),
        2 => (0..OPS, 0u8..2).prop_map(|(op, run)| Step::Extend(op, run)),
        5 => (0..OPS).prop_map(Step::Capture),
        2 => (0..OPS).prop_map(Step::CaptureOne),
        4 => (0..OPS, proptest::option::of(0u64..3)).prop_map(|(op, of)| Step::Refund(op, of)),
        3 => (0..OPS, reason).prop_map(|(op, reason)| Step::Release(op, reason)),
        3 => (0..OPS).prop_map(Step::ReleaseByBrowser),
        2 => prop_oneof![Just(60_000), Just(120_000), Just(600_000)].prop_map(Step::Wait),
        2 => Just(Step::Sweep),
        1 => Just(Step::Reopen),
    ]
}

/// What was seen so far, to be held against what is seen next.
#[derive(Default)]
struct Witness {
    entries: Vec<Entry>,
    receipts: HashMap<OpId, Receipt>,
    grants: u32,
    refunds: u32,
}

impl Witness {
    async fn take(&mut self, book: Book, step: &Step) -> Book {
        let run = |run: &u8| claim_id(&format!("run_{run}"));
        match step {
            Step::Grant(credits) => {
                self.grants += 1;
                let grant = NewGrant {
                    id: format!("grant_{}", self.grants),
                    account: account(),
                    credits: *credits,
                    reason: "for a test".into(),
                    actor: None,
                };
                // None at all, and more than there is, are refused.
                let _ = book.ledger.grant(grant).await.unwrap();
            }
            Step::Hold(number) => self.heard(book.hold(op(*number)).await),
            Step::HoldClaimed(number, by) => {
                self.heard(book.hold_as(op(*number), Claimant::Server(run(by))).await);
            }
            Step::Claim(number, by) => {
                let (op, claim) = (op(*number), run(by));
                self.heard(book.ledger.claim(account(), op, image(), claim).await.unwrap());
            }
            Step::Extend(number, by) => {
                self.heard(book.ledger.extend(account(), op(*number), run(by)).await.unwrap());
            }
            Step::Capture(number) => self.heard(book.capture(op(*number)).await),
            Step::CaptureOne(number) => {
                let one = Some(Credits::ONE);
                self.heard(book.ledger.capture(account(), op(*number), one).await.unwrap());
            }
            Step::Refund(number, credits) => {
                self.refunds += 1;
                let refund = OpRefund {
                    id: format!("refund_{}", self.refunds),
                    account: account(),
                    op: op(*number),
                    credits: credits.map(|credits| Credits::new(credits).unwrap()),
                    reason: "for a test".into(),
                };
                // None at all, and more than was spent, are refused.
                let _ = book.ledger.refund(refund).await.unwrap();
            }
            Step::Release(number, reason) => self.heard(book.release(op(*number), *reason).await),
            Step::ReleaseByBrowser(number) => {
                let (op, reason) = (op(*number), Reason::Cancelled);
                let release = book.ledger.release_by_browser(account(), op, reason);
                self.heard(release.await.unwrap());
            }
            Step::Wait(by_ms) => book.clock.advance(*by_ms),
            Step::Sweep => book.ledger.sweep().await.unwrap(),
            Step::Reopen => return book.reopen(),
        }
        book
    }

    /// L4: an op keeps its verdict; L3: an op that ended keeps its end.
    fn heard(&mut self, decision: Decision) {
        let Some(record) = decision.record else { return };
        let receipt = record.receipt();
        if let Some(before) = self.receipts.insert(receipt.op, receipt.clone()) {
            assert_eq!(
                (before.verdict, before.version, before.credits, before.code),
                (receipt.verdict, receipt.version, receipt.credits, receipt.code),
            );
            if before.state != Some(OpState::Held) {
                let refunded = receipt.state == Some(OpState::Refunded);
                let state = if refunded { receipt.state } else { before.state };
                assert_eq!(Receipt { state, ..before }, receipt);
            }
        }
    }

    async fn check(&mut self, book: &Book) {
        let (entries, snapshot) = read(book).await;
        assert_eq!(entries[..self.entries.len()], self.entries, "L1: entries stay");
        let (settled, held) = added_up(&entries);
        assert_eq!((snapshot.settled, snapshot.held.get()), (settled, held), "L1: the sum");
        assert_eq!(snapshot.version.get(), u64::try_from(entries.len()).unwrap());
        assert!(snapshot.available >= 0, "L2: nobody took credits back");
        let live: u64 = snapshot.holds.iter().map(|hold| hold.credits.get()).sum();
        assert_eq!(live, held, "every held credit belongs to a live hold");
        check_endings(&entries);
        assert!(snapshot.receipts_complete);
        for receipt in &snapshot.receipts {
            let applied = receipt.verdict == ReceiptVerdict::Applied;
            let begun = entries.iter().find(|entry| entry.op == Some(receipt.op));
            assert_eq!(begun.map(|entry| entry.version), receipt.version.filter(|_| applied));
        }
        self.entries = entries;
    }
}

/// Every entry, and the account as they leave it. The writer's own sweep may come between the two
/// reads, once: it leaves nothing overdue for another.
async fn read(book: &Book) -> (Vec<Entry>, Snapshot) {
    let (entries, snapshot) = (book.entries().await, book.since(0).await);
    if snapshot.version == entries.last().map_or(Version::ZERO, |entry| entry.version) {
        return (entries, snapshot);
    }
    (book.entries().await, book.since(0).await)
}

/// What entries add up to, by their kinds alone; each must say the same of itself.
fn added_up(entries: &[Entry]) -> (i64, u64) {
    let (mut settled, mut held) = (0, 0);
    for (before, entry) in (0..).zip(entries) {
        let credits = entry.credits.get();
        match entry.kind {
            EntryKind::Grant | EntryKind::Refund => settled += entry.credits.signed(),
            EntryKind::Adjust => settled -= entry.credits.signed(),
            EntryKind::Hold => held += credits,
            EntryKind::Release => held -= credits,
            EntryKind::Capture => {
                settled -= entry.credits.signed();
                held -= credits + entry.returned.unwrap().get();
            }
            other => panic!("nobody asked for {other:?}"),
        }
        assert_eq!(entry.version.get(), before + 1, "L1: dense versions");
        assert_eq!((entry.settled, entry.held.get()), (settled, held), "L1: balances after");
        assert_eq!(entry.available, settled - i64::try_from(held).unwrap());
    }
    (settled, held)
}

/// L3 and L4: an op begins once and ends at most once, in that order.
fn check_endings(entries: &[Entry]) {
    let mut begun = HashMap::new();
    for entry in entries {
        let Some(op) = entry.op else { continue };
        match entry.kind {
            EntryKind::Hold => assert_eq!(begun.insert(op, entry.version), None, "begun twice"),
            _ => assert_eq!(begun.get(&op).copied(), entry.applied_version, "ended unbegun"),
        }
    }
    let ended = entries
        .iter()
        .filter(|entry| entry.applied_version.is_some() && entry.kind != EntryKind::Refund);
    let mut ended: Vec<_> = ended.map(|entry| entry.op).collect();
    let count = ended.len();
    ended.sort();
    ended.dedup();
    assert_eq!(ended.len(), count, "ended twice");
    for op in begun.keys() {
        let sum = |kind| -> u64 {
            let of_op = entries.iter().filter(|entry| entry.op == Some(*op) && entry.kind == kind);
            of_op.map(|entry| entry.credits.get()).sum()
        };
        assert!(sum(EntryKind::Refund) <= sum(EntryKind::Capture), "more back than was spent");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_sequence_of_commands_keeps_the_invariants(
        steps in proptest::collection::vec(step(), 1..50),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut book = Book::new();
            let mut witness = Witness::default();
            for step in &steps {
                book = witness.take(book, step).await;
                witness.check(&book).await;
            }
            // What is overdue ends now, and not between the last look and the audit.
            book = witness.take(book, &Step::Sweep).await;
            witness.check(&book).await;
            let audited = audit(book.dir.path(), |_, _| {}).unwrap();
            assert_eq!(audited.entries, u64::try_from(witness.entries.len()).unwrap());
        });
    }
}
