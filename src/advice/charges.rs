//! Prices against the payment provider: a pack that cannot be paid for is not sold.

use alloc::format;
use alloc::vec::Vec;

use super::offered::{Offered, Priced};
use super::{Advice, AdviceId, phrase};
use crate::money::Currency;

pub(super) fn advise(offered: &Offered<'_>, found: &mut Vec<Advice>) {
    for currency in offered.currencies() {
        for priced in offered.priced(currency) {
            found.extend(below_minimum(priced));
            found.extend(not_chargeable(priced));
        }
        found.extend(missing(offered, currency));
    }
}

fn below_minimum(priced: Priced<'_>) -> Option<Advice> {
    let Priced { pack, price } = priced;
    let least = price.currency.minimum_charge()?;
    let least_text = phrase::money(least);
    let reason = format!(
        "{:?} costs {}, and the payment provider charges no less than {least_text}: its checkout \
         is refused.",
        pack.id,
        phrase::money(price)
    );
    let place = format!("packs.{}.prices.{}", pack.id, price.currency);
    let remedy = format!("Charge {least_text} or more, with more credits if need be.");
    (price.amount_minor < least.amount_minor)
        .then(|| Advice::new(AdviceId::BelowMinimumCharge, place, reason, remedy))
}

fn not_chargeable(priced: Priced<'_>) -> Option<Advice> {
    let Priced { pack, price } = priced;
    let reason = format!(
        "{:?} costs {}, which the payment provider cannot charge exactly: it takes fewer digits.",
        pack.id,
        phrase::money(price)
    );
    let place = format!("packs.{}.prices.{}", pack.id, price.currency);
    let remedy = "Choose whole units, or a last digit of 0 where there are three.";
    let refused = price.provider_amount().is_err();
    refused.then(|| Advice::new(AdviceId::NotChargeable, place, reason, remedy))
}

fn missing(offered: &Offered<'_>, currency: Currency) -> Vec<Advice> {
    let code = currency.as_str().to_ascii_uppercase();
    let lacking = offered.packs.iter().filter(|pack| !pack.prices.contains_key(&currency));
    lacking
        .map(|pack| {
            let reason = format!(
                "{:?} has no price in {code}, though other packs do: buyers in {code} do not \
                 see it.",
                pack.id
            );
            let place = format!("packs.{}.prices.{currency}", pack.id);
            let remedy = format!("Add a price in {code}, or take {code} from the other packs.");
            Advice::new(AdviceId::CurrencyMissing, place, reason, remedy)
        })
        .collect()
}
