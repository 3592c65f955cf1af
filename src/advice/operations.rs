//! Operations: whether a buyer can tell what one costs before doing it.

use alloc::format;
use alloc::vec::Vec;

use super::offered::Offered;
use super::{Advice, AdviceId, phrase};
use crate::catalog::{Operation, Settlement};

/// Costs up to here are counted, not calculated.
const COUNTED_MAX: u64 = 10;

/// Costs above are easy where they are multiples of this.
const ROUND: u64 = 5;

/// A cost above this makes a single credit meaningless.
const COST_MAX: u64 = 100;

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    found.extend(nothing_done(offered));
    for operation in &offered.operations {
        found.extend(hard_cost(operation));
        found.extend(at_once(operation));
    }
}

fn nothing_done(offered: &Offered<'_>) -> Option<Advice> {
    let reason = "Credits are sold, but nothing is done for them: every hold is refused.".into();
    let remedy = "Add an operation under [[catalog.operations]], or sell nothing.";
    let id = AdviceId::NothingDone;
    (offered.operations.is_empty() && !offered.packs.is_empty())
        .then(|| Advice::new(id, "operations".into(), reason, remedy))
}

fn hard_cost(operation: &Operation) -> Option<Advice> {
    let place = format!("operations.{}.credits", operation.id);
    let (id, cost) = (&operation.id, phrase::credits(operation.credits));
    match operation.credits.get() {
        credits if credits > COST_MAX => {
            let reason = format!("{id:?} costs {cost}: one credit buys nothing anybody can name.");
            let remedy = "Make one credit worth more: the cheapest operation should cost 1.";
            Some(Advice::new(AdviceId::CostHuge, place, reason, remedy))
        }
        credits if credits > COUNTED_MAX && !credits.is_multiple_of(ROUND) => {
            let reason =
                format!("{id:?} costs {cost}: how often a pack buys it takes a calculator.");
            let remedy = format!("Choose 1 to {COUNTED_MAX} credits, or a multiple of {ROUND}.");
            Some(Advice::new(AdviceId::CostNeedsCalculator, place, reason, remedy))
        }
        _ => None,
    }
}

fn at_once(operation: &Operation) -> Option<Advice> {
    let reason = format!(
        "{:?} is paid for at once: where it fails, the credits stay spent until you refund them.",
        operation.id
    );
    let place = format!("operations.{}.settle", operation.id);
    let remedy = "Settle on capture, unless it cannot fail; then failures are never charged.";
    (operation.settle == Settlement::AtOnce)
        .then(|| Advice::new(AdviceId::SpentAtOnce, place, reason, remedy))
}
