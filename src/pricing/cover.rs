//! The cheapest way to get so many credits, and how many one may soon need.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use serde::Serialize;

use super::Offer;
use crate::credits::{CREDITS_MAX, Credits};
use crate::error::Error;
use crate::money::{Currency, Money};

/// The most credits that are covered exactly.
pub const COVER_CREDITS_MAX: u64 = 1_000_000;

/// Packs that together grant at least what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cover {
    /// Which packs and how many of each, in the order they are offered.
    pub lines: Vec<CoverLine>,
    /// What all of them cost.
    pub price: Money,
    /// What all of them grant.
    pub credits: Credits,
    /// What is left of that after what was asked for.
    pub left_over: Credits,
}

/// So many of one pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverLine {
    /// Which pack.
    pub pack: String,
    /// How many.
    pub quantity: u32,
}

/// The cheapest packs that grant at least `credits`; of equally cheap ones those that leave least
/// over, and of those the ones offered first. `None` if nothing is offered in that currency.
///
/// Exact, by counting up from one credit: time and memory grow with `credits`.
///
/// # Errors
///
/// [`Error::Invalid`] naming `credits` over [`COVER_CREDITS_MAX`], or naming `prices` if the whole
/// cannot be counted.
pub fn cover(
    offers: &[Offer],
    currency: Currency,
    credits: Credits,
) -> Result<Option<Cover>, Error> {
    if credits.get() > COVER_CREDITS_MAX {
        return Err(Error::invalid("credits", "must be at most 1000000 to be covered"));
    }
    let sold: Vec<_> = offers
        .iter()
        .filter(|offer| offer.price.currency == currency && !offer.credits.is_zero())
        .collect();
    if sold.is_empty() {
        return Ok(None);
    }
    let wanted = usize::try_from(credits.get()).unwrap_or(usize::MAX);
    let choice = |offer: &&Offer| Choice {
        amount_minor: offer.price.amount_minor,
        granted: offer.credits.get(),
        size: usize::try_from(offer.credits.get()).unwrap_or(usize::MAX).min(wanted),
    };
    let choices: Vec<_> = sold.iter().map(choice).collect();
    let table = cheapest_up_to(&choices, wanted);
    let best = table.last().copied().unwrap_or_default();
    if best.amount_minor > CREDITS_MAX {
        return Err(Error::invalid("prices", "make a sum that cannot be counted"));
    }
    let granted = Credits::new(best.granted)?;
    Ok(Some(Cover {
        lines: read_off(&sold, &choices, &table),
        price: Money { amount_minor: best.amount_minor, currency },
        credits: granted,
        left_over: granted.minus(credits).unwrap_or_default(),
    }))
}

/// What is offered, as far as it matters here.
#[derive(Clone, Copy)]
struct Choice {
    amount_minor: u64,
    granted: u64,
    /// The credits that count: beyond what is wanted, more is no use.
    size: usize,
}

/// The best way to cover one number of credits.
#[derive(Clone, Copy, Default)]
struct Best {
    amount_minor: u64,
    granted: u64,
    /// The choice that is taken last.
    last: usize,
}

impl Best {
    /// Worse than any way there is.
    const NONE: Self = Self { amount_minor: u64::MAX, granted: u64::MAX, last: 0 };

    /// This way, and `choice` once more. What cannot be counted is as good as none.
    fn and(&self, choice: &Choice, last: usize) -> Self {
        Self {
            amount_minor: self.amount_minor.saturating_add(choice.amount_minor),
            granted: self.granted.saturating_add(choice.granted),
            last,
        }
    }

    fn beats(&self, other: &Self) -> bool {
        self.amount_minor < other.amount_minor
            || self.amount_minor == other.amount_minor && self.granted < other.granted
    }
}

/// The best way to cover every number of credits up to `wanted`. Adding a pack to two ways leaves
/// their order as it is, so the best way is always a pack added to a best way.
fn cheapest_up_to(choices: &[Choice], wanted: usize) -> Vec<Best> {
    let mut table = Vec::with_capacity(wanted + 1);
    table.push(Best::default());
    for covered in 1..=wanted {
        let mut best = Best::NONE;
        for (last, choice) in choices.iter().enumerate() {
            let way = table[covered - choice.size.min(covered)].and(choice, last);
            if way.beats(&best) {
                best = way;
            }
        }
        table.push(best);
    }
    table
}

fn read_off(sold: &[&Offer], choices: &[Choice], table: &[Best]) -> Vec<CoverLine> {
    let mut counts = vec![0; sold.len()];
    let mut left = table.len() - 1;
    while left > 0 {
        let last = table[left].last;
        counts[last] += 1;
        left -= choices[last].size.min(left);
    }
    let lines = sold.iter().zip(counts).filter(|(_, quantity)| *quantity > 0);
    lines.map(|(offer, quantity)| CoverLine { pack: offer.pack.clone(), quantity }).collect()
}

/// How many credits to buy so that they last: what `spent` in the last `spent_days` comes to in
/// `last_days`, rounded up, minus what is available. Zero if that lasts, or nothing was spent.
///
/// # Errors
///
/// [`Error::Invalid`] naming `spent_days` if it is zero, or `spent` if the sum cannot be counted.
pub fn top_up(
    spent: Credits,
    spent_days: u32,
    last_days: u32,
    available: i64,
) -> Result<Credits, Error> {
    if spent_days == 0 {
        return Err(Error::invalid("spent_days", "must be at least 1"));
    }
    let (days, lasts) = (u64::from(spent_days), u64::from(last_days));
    // Whole credits a day and the rest apart: the rest's product fits into 64 bits, so that nothing
    // wider is divided.
    let rest = (spent.get() % days * lasts).div_ceil(days);
    let needed = u128::from(spent.get() / days) * u128::from(lasts) + u128::from(rest);
    let missing = i128::try_from(needed).unwrap_or(i128::MAX) - i128::from(available);
    u64::try_from(missing.max(0))
        .ok()
        .and_then(|missing| Credits::new(missing).ok())
        .ok_or(Error::invalid("spent", "is more than can be counted"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd() -> Currency {
        Currency::new("usd").unwrap()
    }

    fn offers(packs: &[(u64, u64)]) -> Vec<Offer> {
        let offer = |(at, &(credits, amount_minor)): (usize, &(u64, u64))| Offer {
            pack: alloc::format!("p{at}"),
            credits: Credits::new(credits).unwrap(),
            price: Money { amount_minor, currency: usd() },
        };
        packs.iter().enumerate().map(offer).collect()
    }

    fn covered(packs: &[(u64, u64)], credits: u64) -> Option<Cover> {
        cover(&offers(packs), usd(), Credits::new(credits).unwrap()).unwrap()
    }

    fn check(packs: &[(u64, u64)], credits: u64, lines: &[(usize, u32)], price: u64, left: u64) {
        let cover = covered(packs, credits).unwrap();
        let expected: Vec<_> = lines
            .iter()
            .map(|&(at, quantity)| CoverLine { pack: alloc::format!("p{at}"), quantity })
            .collect();
        assert_eq!(cover.lines, expected);
        assert_eq!((cover.price.amount_minor, cover.left_over.get()), (price, left));
    }

    const STARTER: &[(u64, u64)] = &[(5, 400), (15, 900)];

    #[test]
    fn the_cheapest_way_may_mix_packs_or_leave_something_over() {
        check(STARTER, 1, &[(0, 1)], 400, 4);
        check(STARTER, 5, &[(0, 1)], 400, 0);
        check(STARTER, 10, &[(0, 2)], 800, 0);
        check(STARTER, 11, &[(1, 1)], 900, 4);
        check(STARTER, 20, &[(0, 1), (1, 1)], 1300, 0);
        check(STARTER, 25, &[(0, 2), (1, 1)], 1700, 0);
        check(STARTER, 26, &[(1, 2)], 1800, 4);
        check(STARTER, 0, &[], 0, 0);
    }

    #[test]
    fn of_equally_cheap_ways_the_one_that_leaves_least_over_is_taken() {
        check(&[(5, 500), (7, 500)], 5, &[(0, 1)], 500, 0);
        check(&[(5, 500), (5, 500)], 5, &[(0, 1)], 500, 0);
    }

    #[test]
    fn nothing_on_offer_covers_nothing_and_bounds_are_told() {
        assert_eq!(covered(&[], 5), None);
        let eur = Currency::new("eur").unwrap();
        assert_eq!(cover(&offers(STARTER), eur, Credits::ONE), Ok(None));
        let too_many = Credits::new(COVER_CREDITS_MAX + 1).unwrap();
        assert!(cover(&offers(STARTER), usd(), too_many).is_err());
    }

    #[test]
    fn a_million_credits_are_covered_exactly() {
        check(STARTER, COVER_CREDITS_MAX, &[(0, 2), (1, 66_666)], 59_999_400 + 800, 0);
    }

    #[test]
    fn a_top_up_lasts_as_long_as_was_asked() {
        let top_up = |spent, days, last, available| {
            super::top_up(Credits::new(spent).unwrap(), days, last, available).map(Credits::get)
        };
        assert_eq!(top_up(14, 7, 30, 0), Ok(60));
        assert_eq!(top_up(1, 7, 30, 0), Ok(5), "rounded up");
        assert_eq!(top_up(14, 7, 30, 20), Ok(40));
        assert_eq!(top_up(14, 7, 30, 60), Ok(0));
        assert_eq!(top_up(0, 7, 30, 0), Ok(0));
        assert_eq!(top_up(0, 7, 30, -3), Ok(3), "a debt is paid first");
        assert!(top_up(14, 0, 30, 0).is_err());
    }

    /// The cheapest price for `left` more credits, and what it grants, by trying everything.
    fn brute_force(packs: &[(u64, u64)], left: u64) -> (u64, u64) {
        if left == 0 {
            return (0, 0);
        }
        let ways = packs.iter().map(|&(credits, price)| {
            let (cost, granted) = brute_force(packs, left.saturating_sub(credits));
            (cost + price, granted + credits)
        });
        ways.min().unwrap()
    }

    proptest! {
        #[test]
        fn brute_force_never_beats_it(
            packs in proptest::collection::vec((2u64..9, 1u64..500), 1..4),
            credits in 0u64..16,
        ) {
            let cover = covered(&packs, credits).unwrap();
            let (price, granted) = brute_force(&packs, credits);
            prop_assert_eq!((cover.price.amount_minor, cover.credits.get()), (price, granted));
            let sum: u64 = cover.lines.iter().map(|line| {
                let at: usize = line.pack[1..].parse().unwrap();
                packs[at].0 * u64::from(line.quantity)
            }).sum();
            prop_assert_eq!(sum, granted);
        }
    }
}
