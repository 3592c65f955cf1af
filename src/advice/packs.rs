//! The packs as a choice: how many, how far apart, how small.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::offered::Offered;
use super::{Advice, AdviceId, phrase};
use crate::catalog::{Pack, Tax};

/// More packs than these are no longer compared but skimmed.
const PACKS_MAX: usize = 4;

/// The smallest pack may pay for the dearest operation so many times.
const NEEDS_MAX: u64 = 10;

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    found.extend(count(offered));
    found.extend(same_credits(offered));
    found.extend(no_small_pack(offered));
    found.extend(always_low(offered));
    found.extend(tax_mixed(offered));
}

fn count(offered: &Offered<'_>) -> Option<Advice> {
    let count = offered.packs.len();
    let place = "packs".into();
    if count == 0 {
        let reason = "No pack is sold, so whoever runs out of credits cannot go on.".into();
        let remedy = "Add a pack, or set one active, unless you only ever grant credits.";
        return Some(Advice::new(AdviceId::NothingSold, place, reason, remedy));
    }
    let reason = format!("{count} packs are sold; buyers compare up to {PACKS_MAX} at a glance.");
    let remedy = "Keep the ones that differ clearly, and set the others active = false.";
    (count > PACKS_MAX).then(|| Advice::new(AdviceId::TooManyPacks, place, reason, remedy))
}

fn same_credits(offered: &Offered<'_>) -> Vec<Advice> {
    let mut first = BTreeMap::new();
    let mut found = Vec::new();
    for pack in &offered.packs {
        let Some(other) = first.insert(pack.credits, *pack) else { continue };
        let (id, granted) = (&pack.id, phrase::credits(pack.credits));
        let reason = format!("{id:?} grants {granted}, as {:?} does.", other.id);
        let place = format!("packs.{id}.credits");
        let remedy = "Sell one of them, or give them different numbers of credits.";
        found.push(Advice::new(AdviceId::SameCredits, place, reason, remedy));
    }
    found
}

fn no_small_pack(offered: &Offered<'_>) -> Option<Advice> {
    let (pack, operation) = (offered.smallest_pack()?, offered.dearest_operation()?);
    let most = operation.credits.get().saturating_mul(NEEDS_MAX);
    let reason = format!(
        "The smallest pack, {:?}, grants {}, but the dearest operation, {:?}, costs {}: nobody \
         can buy just what is needed.",
        pack.id,
        phrase::credits(pack.credits),
        operation.id,
        phrase::credits(operation.credits)
    );
    let remedy = format!("Sell a pack of {most} credits or fewer, or a single operation's.");
    let place = format!("packs.{}.credits", pack.id);
    (pack.credits.get() > most).then(|| Advice::new(AdviceId::NoSmallPack, place, reason, remedy))
}

fn always_low(offered: &Offered<'_>) -> Option<Advice> {
    let pack = offered.largest_pack()?;
    let low_at = offered.catalog.low_at;
    let reason = format!(
        "The balance reads as low at {}, and the largest pack, {:?}, grants {}: it is low as \
         soon as it is bought.",
        phrase::credits(low_at),
        pack.id,
        phrase::credits(pack.credits)
    );
    let remedy = "Lower low_at to about the cost of the next operation.";
    let id = AdviceId::AlwaysLow;
    (low_at >= pack.credits).then(|| Advice::new(id, "low_at".into(), reason, remedy))
}

fn tax_mixed(offered: &Offered<'_>) -> Vec<Advice> {
    let tax = |pack: &Pack| pack.tax.or(offered.catalog.tax);
    let Some((first, others)) = offered.packs.split_first() else { return Vec::new() };
    let differing = others.iter().filter(|pack| tax(pack) != tax(first));
    differing
        .map(|pack| {
            let reason = format!(
                "The price of {:?} {}, and that of {:?} {}: they cannot be compared.",
                pack.id,
                taxed(tax(pack)),
                first.id,
                taxed(tax(first))
            );
            let remedy = "Set tax once, under [catalog], for every pack.";
            Advice::new(AdviceId::TaxMixed, format!("packs.{}.tax", pack.id), reason, remedy)
        })
        .collect()
}

const fn taxed(tax: Option<Tax>) -> &'static str {
    match tax {
        Some(Tax::Inclusive) => "includes tax",
        Some(Tax::Exclusive) => "comes without tax",
        None => "says nothing of tax",
    }
}
