//! Prices against each other: more must never cost more for each credit, and a saving must be one.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::offered::{Offered, Priced};
use super::{Advice, AdviceId, phrase};

/// A saving below this is not noticed.
const SAVING_PERCENT_MIN: u128 = 5;

/// A saving above this makes the smallest pack look like a trap.
const SAVING_PERCENT_MAX: u128 = 50;

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    for currency in offered.currencies() {
        let packs = offered.priced(currency);
        let smallest = packs.iter().copied().min_by_key(|priced| priced.pack.credits);
        for &priced in &packs {
            found.extend(dearer_per_credit(priced, &packs));
            found.extend(fewer_not_cheaper(priced, &packs));
            found.extend(smallest.and_then(|smallest| saving(priced, smallest)));
        }
    }
}

fn place(priced: Priced<'_>) -> String {
    format!("packs.{}.prices.{}", priced.pack.id, priced.price.currency)
}

fn dearer_per_credit(larger: Priced<'_>, packs: &[Priced<'_>]) -> Option<Advice> {
    let cheaper = packs
        .iter()
        .copied()
        .filter(|other| other.pack.credits <= larger.pack.credits)
        .find(|other| other.is_cheaper_per_credit(larger))?;
    let reason = format!(
        "{} is dearer for each credit than {}, so buyers pay extra for buying more.",
        phrase::offer(larger),
        phrase::offer(cheaper)
    );
    let remedy = format!("Lower it to what {:?} costs for each credit, or below.", cheaper.pack.id);
    Some(Advice::new(AdviceId::DearerPerCredit, place(larger), reason, remedy))
}

fn fewer_not_cheaper(smaller: Priced<'_>, packs: &[Priced<'_>]) -> Option<Advice> {
    let more = packs.iter().copied().find(|other| {
        other.pack.credits > smaller.pack.credits
            && other.price.amount_minor <= smaller.price.amount_minor
    })?;
    let reason = format!(
        "{} costs no less than {}: whoever takes it is cheated of the difference.",
        phrase::offer(smaller),
        phrase::offer(more)
    );
    let remedy = "Lower its price, or set it active = false.";
    Some(Advice::new(AdviceId::FewerCreditsNotCheaper, place(smaller), reason, remedy))
}

fn saving(larger: Priced<'_>, smallest: Priced<'_>) -> Option<Advice> {
    if !larger.is_cheaper_per_credit(smallest) || larger.pack.credits <= smallest.pack.credits {
        return None;
    }
    let (paid, full) = (larger.at_size_of(smallest), smallest.at_size_of(larger));
    if paid * 100 > full * (100 - SAVING_PERCENT_MIN) {
        return Some(saving_too_small(larger, smallest));
    }
    // Where the larger one costs no more at all, the smaller one has its own advice.
    let dearer = larger.price.amount_minor > smallest.price.amount_minor;
    (dearer && paid * 100 < full * (100 - SAVING_PERCENT_MAX))
        .then(|| saving_too_large(larger, smallest))
}

fn saving_too_small(larger: Priced<'_>, smallest: Priced<'_>) -> Advice {
    let reason = format!(
        "{} saves less than {SAVING_PERCENT_MIN} percent for each credit against {}: too little \
         to notice, yet one more thing to compare.",
        phrase::offer(larger),
        phrase::offer(smallest)
    );
    let remedy = format!("Save {SAVING_PERCENT_MIN} percent or more, or price both alike.");
    Advice::new(AdviceId::SavingTooSmall, place(larger), reason, remedy)
}

fn saving_too_large(larger: Priced<'_>, smallest: Priced<'_>) -> Advice {
    let reason = format!(
        "{} saves over {SAVING_PERCENT_MAX} percent for each credit against {}: the small pack \
         looks like a trap.",
        phrase::offer(larger),
        phrase::offer(smallest)
    );
    let remedy = format!("Lower the price of {:?}, or raise this one.", smallest.pack.id);
    Advice::new(AdviceId::SavingTooLarge, place(larger), reason, remedy)
}
