//! What a pack is worth: unit price, saving, best value. The only rounding of the house.
//!
//! Rounding is against the seller: a unit price is rounded up, so that the shown one is never lower
//! than the true one; a saving is rounded down, so that it is never overstated.

mod cover;
mod deal;

pub use cover::{COVER_CREDITS_MAX, Cover, CoverLine, cover, top_up};
pub use deal::{Asked, Deal, PromotionRefusal, Redemptions, deal};

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use crate::credits::Credits;
use crate::money::{Currency, Money};

/// A pack as it is offered: what it grants and what that costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which pack.
    pub pack: String,
    /// How many credits it grants, at least 1.
    pub credits: Credits,
    /// What it costs.
    pub price: Money,
}

/// An offer with everything a buyer wants to compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Which pack.
    pub pack: String,
    /// How many credits it grants.
    pub credits: Credits,
    /// Its price, in minor units.
    pub amount_minor: u64,
    /// The price's currency.
    pub currency: Currency,
    /// How many digits stand after the decimal point in that currency.
    pub digits: u32,
    /// The price of one credit in minor units, rounded up.
    pub unit_minor: u64,
    /// What it saves for each credit against the smallest pack, in percent, rounded down.
    pub saving_percent: u32,
    /// Whether its credits are cheaper than those of every other offer.
    pub best_value: bool,
}

/// Quotes for `offers`, in their order. Offers of no credits are left out.
pub fn price_table(offers: &[Offer]) -> Vec<Quote> {
    let offers: Vec<_> = offers.iter().filter(|offer| !offer.credits.is_zero()).collect();
    let Some(smallest) = offers.iter().min_by_key(|offer| offer.credits) else {
        return Vec::new();
    };
    offers
        .iter()
        .map(|offer| Quote {
            pack: offer.pack.clone(),
            credits: offer.credits,
            amount_minor: offer.price.amount_minor,
            currency: offer.price.currency,
            digits: offer.price.currency.digits(),
            unit_minor: offer.price.amount_minor.div_ceil(offer.credits.get()),
            saving_percent: saving_percent(offer, smallest),
            best_value: offers.len() > 1
                && offers.iter().all(|other| other.pack == offer.pack || cheaper(offer, other)),
        })
        .collect()
}

/// The lowest price at which anything is on offer in that currency: "from $4.00".
pub fn from_price(offers: &[Offer], currency: Currency) -> Option<Money> {
    offers
        .iter()
        .filter(|offer| offer.price.currency == currency && !offer.credits.is_zero())
        .map(|offer| offer.price)
        .min_by_key(|price| price.amount_minor)
}

/// How many times each operation could be done for `credits`, in the catalog's order, and what
/// would be left: 15 credits are 15 pictures, or 3 campaigns of 5 each.
pub fn buys<'a>(
    credits: Credits,
    operations: impl IntoIterator<Item = (&'a str, Credits)>,
) -> Vec<Bought> {
    operations
        .into_iter()
        .filter_map(|(operation, each)| {
            let times = credits.get().checked_div(each.get())?;
            let left_over = Credits::new(credits.get() % each.get()).unwrap_or_default();
            Some(Bought { operation: operation.into(), times, left_over })
        })
        .collect()
}

/// What credits buy of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bought {
    /// Which operation.
    pub operation: String,
    /// How many times it can be done.
    pub times: u64,
    /// What is left after that.
    pub left_over: Credits,
}

/// Whether one credit of `offer` costs less than one of `other`. Different currencies never do.
fn cheaper(offer: &Offer, other: &Offer) -> bool {
    offer.price.currency == other.price.currency && crossed(offer, other) < crossed(other, offer)
}

/// `one`'s price at `other`'s size: comparing both ways compares unit prices without dividing.
fn crossed(one: &Offer, other: &Offer) -> u128 {
    u128::from(one.price.amount_minor) * u128::from(other.credits.get())
}

fn saving_percent(offer: &Offer, smallest: &Offer) -> u32 {
    let (paid, full) = (crossed(offer, smallest), crossed(smallest, offer));
    if !cheaper(offer, smallest) {
        return 0;
    }
    // Both products are below 2^106, so a hundredfold still fits. Not divided: division of 128 bits
    // would weigh more in the browser than all that is asked of it here.
    let saved = (full - paid) * 100;
    (1..100).rev().find(|percent| full * u128::from(*percent) <= saved).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(pack: &str, credits: u64, amount_minor: u64) -> Offer {
        let currency = Currency::new("usd").unwrap();
        let price = Money { amount_minor, currency };
        Offer { pack: pack.into(), credits: Credits::new(credits).unwrap(), price }
    }

    fn check(offers: &[(u64, u64)], units: &[u64], savings: &[u32], best: Option<usize>) {
        let names = ["a", "b", "c", "d"];
        let offers: Vec<_> = offers
            .iter()
            .zip(names)
            .map(|(&(credits, price), id)| offer(id, credits, price))
            .collect();
        let quotes = price_table(&offers);
        assert_eq!(quotes.iter().map(|q| q.unit_minor).collect::<Vec<_>>(), units);
        assert_eq!(quotes.iter().map(|q| q.saving_percent).collect::<Vec<_>>(), savings);
        assert_eq!(quotes.iter().position(|q| q.best_value), best);
    }

    #[test]
    fn quotes_compare_packs_honestly() {
        check(&[(5, 500), (15, 1200)], &[100, 80], &[0, 20], Some(1));
        check(&[(5, 499), (15, 1199)], &[100, 80], &[0, 19], Some(1));
        check(&[(5, 500), (15, 1500)], &[100, 100], &[0, 0], None);
        check(&[(5, 500), (15, 1600)], &[100, 107], &[0, 0], Some(0));
        check(&[(15, 1200), (5, 500)], &[80, 100], &[20, 0], Some(0));
        check(&[(5, 500)], &[100], &[0], None);
        check(&[], &[], &[], None);
        check(&[(0, 500), (5, 500)], &[100], &[0], None);
    }

    #[test]
    fn the_from_price_is_the_lowest_in_its_currency() {
        let usd = Currency::new("usd").unwrap();
        let eur = Currency::new("eur").unwrap();
        let offers = [offer("a", 15, 900), offer("b", 5, 400), offer("c", 0, 1)];
        assert_eq!(from_price(&offers, usd).unwrap().amount_minor, 400);
        assert_eq!(from_price(&offers, eur), None);
    }

    #[test]
    fn credits_buy_whole_operations_only() {
        let credits = |amount| Credits::new(amount).unwrap();
        let operations = [("image", credits(1)), ("film", credits(4)), ("free", credits(0))];
        let bought = buys(credits(15), operations);
        let told: Vec<_> =
            bought.iter().map(|b| (b.operation.as_str(), b.times, b.left_over.get())).collect();
        assert_eq!(told, [("image", 15, 0), ("film", 3, 3)]);
    }

    proptest! {
        #[test]
        fn units_are_never_understated_and_savings_never_overstated(
            small in 1u64..1_000, more in 1u64..1_000_000, cheap in 1u64..1 << 40, dear in 1u64..1 << 40,
        ) {
            let quotes = price_table(&[offer("a", small, cheap), offer("b", small + more, dear)]);
            let (full, paid) = (u128::from(cheap), u128::from(dear));
            prop_assert!(u128::from(quotes[1].unit_minor) * u128::from(small + more) >= paid);
            // saving <= 1 - (paid / large) / (full / small), multiplied out.
            let claimed = full * u128::from(small + more) * (100 - u128::from(quotes[1].saving_percent));
            prop_assert!(quotes[1].saving_percent == 0 || claimed >= paid * u128::from(small) * 100);
        }
    }
}
