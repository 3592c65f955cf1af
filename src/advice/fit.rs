//! Packs against operations: credits that were paid for must buy something, to the last one.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::offered::Offered;
use super::{Advice, AdviceId, phrase};
use crate::catalog::{Operation, Pack};
use crate::credits::Credits;

/// Up to so many credits every way of spending a pack is tried.
const TRIED_MAX: usize = 10_000;

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    for pack in &offered.packs {
        found.extend(buys_nothing(pack, offered));
        found.extend(strands(pack, offered));
    }
    for operation in &offered.operations {
        found.extend(over_largest_pack(operation, offered));
        found.extend(odd(operation, offered));
    }
    found.extend(inflated(offered));
}

fn buys_nothing(pack: &Pack, offered: &Offered<'_>) -> Option<Advice> {
    let cheapest = offered.cheapest_operation()?;
    let reason = format!(
        "{:?} grants {}, and the cheapest operation, {:?}, costs {}: it buys nothing.",
        pack.id,
        phrase::credits(pack.credits),
        cheapest.id,
        phrase::credits(cheapest.credits)
    );
    let place = format!("packs.{}.credits", pack.id);
    let remedy = format!("Grant {} or more.", phrase::credits(cheapest.credits));
    (pack.credits < cheapest.credits)
        .then(|| Advice::new(AdviceId::PackBuysNothing, place, reason, remedy))
}

fn strands(pack: &Pack, offered: &Offered<'_>) -> Option<Advice> {
    let costs: Vec<_> = offered
        .operations
        .iter()
        .map(|operation| operation.credits.get())
        .filter(|&cost| cost <= pack.credits.get())
        .collect();
    let left = stranded(pack.credits.get(), &costs);
    if costs.is_empty() || left == 0 {
        return None;
    }
    let left = phrase::credits(Credits::new(left).ok()?);
    let reason = format!(
        "However the {} of {:?} are spent, {left} or more are left that no operation fits.",
        phrase::credits(pack.credits),
        pack.id
    );
    let place = format!("packs.{}.credits", pack.id);
    let remedy = "Grant what some operations cost together, or add one that costs 1 credit.";
    Some(Advice::new(AdviceId::CreditsStrand, place, reason, remedy))
}

/// The fewest credits that are left of `credits` when no cost fits any more, whatever is chosen.
/// Over [`TRIED_MAX`] it is what the costs' common divisor leaves: never more than the true rest.
fn stranded(credits: u64, costs: &[u64]) -> u64 {
    let Some(size) = usize::try_from(credits).ok().filter(|&size| size <= TRIED_MAX) else {
        return credits % costs.iter().copied().fold(0, common_divisor).max(1);
    };
    let costs: Vec<_> = costs.iter().filter_map(|&cost| usize::try_from(cost).ok()).collect();
    let mut spendable = vec![true; 1];
    for total in 1..=size {
        let fits = |&cost: &usize| total.checked_sub(cost).is_some_and(|rest| spendable[rest]);
        let reached = costs.iter().any(fits);
        spendable.push(reached);
    }
    let left = spendable.iter().rev().position(|&reached| reached).unwrap_or_default();
    u64::try_from(left).unwrap_or_default()
}

fn common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

fn over_largest_pack(operation: &Operation, offered: &Offered<'_>) -> Option<Advice> {
    let largest = offered.largest_pack()?;
    let reason = format!(
        "{:?} costs {}, and the largest pack, {:?}, grants {}: it takes two payments to do it \
         once.",
        operation.id,
        phrase::credits(operation.credits),
        largest.id,
        phrase::credits(largest.credits)
    );
    let place = format!("operations.{}.credits", operation.id);
    let remedy =
        format!("Sell a pack of {}, or lower the cost.", phrase::credits(operation.credits));
    (operation.credits > largest.credits)
        .then(|| Advice::new(AdviceId::CostOverLargestPack, place, reason, remedy))
}

fn odd(operation: &Operation, offered: &Offered<'_>) -> Option<Advice> {
    let cost = operation.credits.get();
    if !offered.packs.iter().any(|pack| pack.credits >= operation.credits) {
        return None;
    }
    let divides = |pack: &&Pack| pack.credits.get().is_multiple_of(cost);
    if offered.packs.iter().any(divides) {
        return None;
    }
    let reason = format!(
        "No pack is a whole number of {:?} at {}: whoever does only that always has a rest.",
        operation.id,
        phrase::credits(operation.credits)
    );
    let place = format!("operations.{}.credits", operation.id);
    let remedy = "Choose a cost that divides a pack, or sell a pack that is a multiple of it.";
    Some(Advice::new(AdviceId::CostOdd, place, reason, remedy))
}

fn inflated(offered: &Offered<'_>) -> Option<Advice> {
    let costs = offered.operations.iter().map(|operation| operation.credits.get());
    let granted = offered.packs.iter().map(|pack| pack.credits.get());
    let step = costs.chain(granted).fold(0, common_divisor);
    if step < 2 || offered.packs.is_empty() || offered.operations.is_empty() {
        return None;
    }
    let reason = format!(
        "Every pack and every cost is a multiple of {step} credits: the numbers are larger than \
         they need to be, and hide what one operation costs."
    );
    let remedy = format!("Divide them all by {step}; divide balances too if any were sold.");
    Some(Advice::new(AdviceId::CreditsInflated, "operations".into(), reason, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_the_smallest_that_any_choice_leaves() {
        for (credits, costs, left) in [
            (15, &[1][..], 0),
            (15, &[2], 1),
            (15, &[4], 3),
            (15, &[4, 7], 0),
            (13, &[5, 7], 1),
            (5, &[2, 3], 0),
            (20_001, &[2, 4], 1),
            (20_001, &[2, 3], 0),
        ] {
            assert_eq!(stranded(credits, costs), left, "{credits} {costs:?}");
        }
    }
}
