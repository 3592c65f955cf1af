//! Refunds and disputes: what they claim, take and return, in any order, however often.

use creditpack::credits::Balance;
use creditpack::ledger::{
    Account, ClawbackPolicy, Payment, Reversal, ReversalKind, ReversalState, claw_back, reinstate,
};
use creditpack::wire::PurchaseStatus;
use creditpack::{Credits, EntryKind};
use proptest::prelude::*;
use proptest::sample::Index;

fn credits(amount: u64) -> Credits {
    Credits::new(amount).unwrap()
}

fn account(settled: i64, held: u64) -> Account {
    let balance = Balance::new(settled, credits(held)).unwrap();
    Account { balance, ..Account::default() }
}

fn reversal(kind: ReversalKind, state: ReversalState, amount: u64) -> Reversal {
    Reversal { kind, state, amount, claimed: Credits::ZERO, taken: Credits::ZERO }
}

#[test]
fn parts_are_rounded_down_together_and_the_whole_is_everything() {
    let payment = Payment { amount: 400, granted: credits(5) };
    for (reversed, expect) in
        [(0, 0), (79, 0), (80, 1), (159, 1), (399, 4), (400, 5), (u64::MAX, 5)]
    {
        assert_eq!(payment.credits_for(reversed), credits(expect), "{reversed}");
    }
    let free = Payment { amount: 0, granted: credits(5) };
    assert_eq!((free.credits_for(0), free.credits_for(1)), (Credits::ZERO, credits(5)));
}

#[test]
fn a_clawback_takes_all_or_what_there_is() {
    use ClawbackPolicy::{Clamp, Debt};
    for (settled, held, policy, taken, available) in [
        (5, 0, Debt, 5, 0),
        (5, 0, Clamp, 5, 0),
        (2, 0, Debt, 5, -3),
        (2, 0, Clamp, 2, 0),
        (4, 3, Debt, 5, -4),
        (4, 3, Clamp, 1, 0),
        (-2, 0, Debt, 5, -7),
    ] {
        let before = account(settled, held);
        let entry = claw_back(before, "p".into(), ReversalKind::Refund, credits(5), policy, 7);
        let entry = entry.unwrap().unwrap();
        assert_eq!((entry.kind, entry.credits), (EntryKind::Clawback, credits(taken)));
        assert_eq!(entry.available, available, "{settled} {held} {policy:?}");
        assert_eq!(entry.owed.unwrap().signed(), (-available).max(0));
        assert_eq!(
            (entry.reason.as_deref(), entry.purchase.as_deref()),
            (Some("refund"), Some("p"))
        );
    }
    for settled in [0, -1] {
        let none =
            claw_back(account(settled, 0), "p".into(), ReversalKind::Refund, credits(5), Clamp, 7);
        assert_eq!(none, Ok(None));
    }
    assert_eq!(reinstate(account(0, 0), "p".into(), Credits::ZERO, 7), Ok(None));
}

#[test]
fn a_purchase_is_disputed_refunded_or_paid() {
    use ReversalKind::{Dispute, Refund};
    use ReversalState::{Flagged, InForce, Undone};
    let payment = Payment { amount: 400, granted: credits(5) };
    for (reversals, expect) in [
        (vec![], PurchaseStatus::Paid),
        (vec![(Refund, Undone, 400)], PurchaseStatus::Paid),
        (vec![(Refund, InForce, 399)], PurchaseStatus::PartiallyRefunded),
        (vec![(Refund, InForce, 200), (Refund, InForce, 200)], PurchaseStatus::Refunded),
        (vec![(Refund, InForce, 400), (Dispute, Flagged, 400)], PurchaseStatus::Disputed),
        (vec![(Dispute, InForce, 400)], PurchaseStatus::Disputed),
        (vec![(Refund, InForce, 1), (Dispute, Undone, 400)], PurchaseStatus::PartiallyRefunded),
    ] {
        let reversals: Vec<_> = reversals
            .into_iter()
            .map(|(kind, state, amount)| reversal(kind, state, amount))
            .collect();
        assert_eq!(payment.status(&reversals), expect, "{reversals:?}");
    }
}

/// What a backend keeps of one purchase, told words about its reversals.
struct Purchase {
    payment: Payment,
    policy: ClawbackPolicy,
    account: Account,
    reversals: Vec<Reversal>,
    taken: i64,
}

impl Purchase {
    fn tell(&mut self, which: usize, state: ReversalState) {
        let told = &mut self.reversals[which];
        if told.state >= state {
            return;
        }
        told.state = state;
        let told = *told;
        let mut others = self.reversals.clone();
        others.remove(which);
        let entry = match state {
            ReversalState::Flagged => return,
            ReversalState::InForce => {
                let claimed = self.payment.claim(told.amount, &others);
                let (kind, policy) = (told.kind, self.policy);
                let entry = claw_back(self.account, "p".into(), kind, claimed, policy, 0).unwrap();
                let taken = entry.as_ref().map_or(Credits::ZERO, |entry| entry.credits);
                self.taken += taken.signed();
                self.reversals[which] = Reversal { claimed, taken, ..told };
                entry
            }
            ReversalState::Undone => {
                let returned = self.payment.undo(&mut self.reversals, which);
                assert!(returned <= told.taken);
                self.taken -= returned.signed();
                reinstate(self.account, "p".into(), returned, 0).unwrap()
            }
        };
        if let Some(entry) = entry {
            self.account = self.account.after(&entry).unwrap();
        }
    }
}

/// What was paid, granted and spent; for each refund, its percent and whether it fails in the end;
/// and words about them before that.
type Story = (u64, u64, u64, Vec<(u64, bool)>, Vec<(Index, bool)>);

fn stories() -> impl Strategy<Value = Story> {
    let refunds = prop::collection::vec((1..100_u64, any::<bool>()), 1..6);
    let words = prop::collection::vec((any::<Index>(), any::<bool>()), 0..40);
    (1..1000_u64, 0..40_u64, 0..40_u64, refunds, words)
}

proptest! {
    /// Words come in any order and any number; at the end, each refund was told as it is.
    #[test]
    fn never_more_than_granted_and_in_the_end_what_is_due(
        (amount, granted, spent, refunds, words) in stories(),
    ) {
        for policy in [ClawbackPolicy::Debt, ClawbackPolicy::Clamp] {
            let granted = granted + 1;
            let payment = Payment { amount, granted: credits(granted) };
            let new = |(part, _): &(u64, bool)| {
                let amount = (amount * part / 100).max(1);
                reversal(ReversalKind::Refund, ReversalState::Flagged, amount)
            };
            let reversals: Vec<_> = refunds.iter().map(new).collect();
            let left = granted.saturating_sub(spent);
            let account = account(credits(left).signed(), 0);
            let mut purchase = Purchase { payment, policy, account, reversals, taken: 0 };
            let ends: Vec<_> = refunds.iter().map(|(_, fails)| *fails).collect();
            let all = (0..ends.len()).flat_map(|which| [(which, false), (which, ends[which])]);
            let early = words.iter().map(|(which, failed)| {
                let which = which.index(ends.len());
                (which, *failed && ends[which])
            });
            for (which, failed) in early.chain(all).collect::<Vec<_>>() {
                let state = if failed { ReversalState::Undone } else { ReversalState::InForce };
                purchase.tell(which, state);
                let sum: u64 = purchase.reversals.iter()
                    .filter(|it| it.state == ReversalState::InForce)
                    .map(|it| it.claimed.get())
                    .sum();
                prop_assert!(sum <= granted);
                prop_assert!((0..=credits(granted).signed()).contains(&purchase.taken));
            }
            let in_force: u64 = purchase.reversals.iter()
                .filter(|it| it.state == ReversalState::InForce)
                .map(|it| it.amount)
                .sum();
            let due = payment.credits_for(in_force).signed();
            let available = purchase.account.balance.available();
            match policy {
                ClawbackPolicy::Debt => {
                    // Each that failed may have left one credit to rounding to each of the others.
                    let rounding = if ends.contains(&true) { credits(6).signed() } else { 0 };
                    prop_assert!((due..=due + rounding).contains(&purchase.taken));
                }
                ClawbackPolicy::Clamp => prop_assert!(available >= 0),
            }
            prop_assert_eq!(available, credits(left).signed() - purchase.taken);
        }
    }
}
