//! What the benchmarks of the rules run: the same cases natively and in Wasm.

use creditpack::Credits;
use creditpack::client::Client;
use creditpack::money::{Currency, Money};
use creditpack::pricing::{self, Offer};
use wasm_bindgen::prelude::wasm_bindgen;

mod account;

/// A point on the clock of the page whose account is shown.
const NOW_MS: u64 = 1_800_000_000_000;

/// Something to be measured, with all that it needs.
#[wasm_bindgen]
pub struct Case(Work);

enum Work {
    PriceTable(Vec<Vec<Offer>>),
    Cover(Vec<Offer>),
    View(Box<Client>),
}

/// The names of all cases, as [`Case::named`] takes them.
pub const NAMES: [&str; 3] = ["price-table", "cover", "view"];

#[wasm_bindgen]
impl Case {
    /// `price-table`: the quotes of 4 packs in each of 5 currencies. `cover`: the cheapest way to
    /// 1,000 credits. `view`: what to show of an account with 100 pending spends. None for any other
    /// name.
    pub fn named(name: &str) -> Option<Case> {
        let currencies = ["usd", "eur", "gbp", "jpy", "kwd"];
        Some(Self(match name {
            "price-table" => Work::PriceTable(currencies.map(offers).into()),
            "cover" => Work::Cover(offers("usd")),
            "view" => Work::View(Box::new(account::with_pending(100))),
            _ => return None,
        }))
    }

    /// Does the work so many times. The sum depends on every result, so that none is optimised away.
    pub fn run(&self, times: u32) -> u32 {
        (0..times).fold(0, |sum, _| sum.wrapping_add(self.once()))
    }

    fn once(&self) -> u32 {
        let result = match std::hint::black_box(&self.0) {
            Work::PriceTable(tables) => {
                tables.iter().map(|it| pricing::price_table(it).len()).sum()
            }
            Work::Cover(offers) => {
                let credits = Credits::new(1_000).unwrap_or_default();
                let cover = pricing::cover(offers, offers[0].price.currency, credits);
                std::hint::black_box(cover).map_or(0, |cover| cover.map_or(0, |it| it.lines.len()))
            }
            Work::View(client) => std::hint::black_box(client.view(NOW_MS)).spends.len(),
        };
        u32::try_from(result).unwrap_or_default()
    }
}

fn offers(code: &str) -> Vec<Offer> {
    let packs =
        [("starter", 5, 400), ("standard", 15, 900), ("plus", 40, 1_990), ("max", 100, 3_990)];
    let currency = Currency::new(code).expect("an active currency");
    let offer = |(pack, credits, amount_minor): (&str, u64, u64)| Offer {
        pack: pack.to_owned(),
        credits: Credits::new(credits).expect("within bounds"),
        price: Money { amount_minor, currency },
    };
    packs.map(offer).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_does_its_work() {
        let results = NAMES.map(|name| Case::named(name).expect("a case").run(1));
        assert_eq!(results, [20, 1, 100]);
        assert!(Case::named("no such case").is_none());
    }
}
