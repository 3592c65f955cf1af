//! Advice on a catalog: what in a good one will still confuse or cheat a buyer.
//!
//! [`Catalog::problems`] says what cannot be used at all; this says what should not be. Every piece
//! of advice has an id that never changes its meaning; `docs/catalog.md` gives the reason for each.
//! Nothing here rounds: prices and credits are compared by multiplying both ways.

mod charges;
mod counted;
mod experiments;
mod fit;
mod id;
mod labels;
mod offered;
mod operations;
mod packs;
mod phrase;
mod prices;
mod promotions;
mod tags;

use alloc::string::String;
use alloc::vec::Vec;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::words::words;

pub use id::AdviceId;
use offered::Offered;

words! {
    /// How much harm is done where advice is not taken.
    pub enum Severity {
        /// Buyers are cheated, or cannot pay.
        Error = "error",
        /// Buyers are confused, or left with less than they think.
        Warning = "warning",
        /// It could be simpler.
        Hint = "hint",
    }
}

/// One thing to do better, in sentences for whoever writes the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Which rule speaks.
    pub id: AdviceId,
    /// How much harm it does: that of its id.
    pub severity: Severity,
    /// Where, for instance `packs.standard.prices.usd`.
    pub place: String,
    /// What a buyer will meet there.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Advice {
    fn new(id: AdviceId, place: String, reason: String, remedy: impl Into<String>) -> Self {
        Self { id, severity: id.severity(), place, reason, remedy: remedy.into() }
    }
}

/// Everything to be said about `catalog`, subject by subject; empty where all is well.
///
/// Only packs that are sold now count, and promotions and experiments that are active; an experiment
/// by each of its variants for itself. A catalog that has problems gets advice on what can be
/// understood of it.
///
/// ```
/// # use creditpack::{Catalog, advice::advise};
/// let catalog = r#"{
///     "currency": "usd",
///     "packs": [
///         { "id": "small", "label": "Small", "credits": 5, "prices": { "usd": 400 } },
///         { "id": "large", "label": "Large", "credits": 15, "prices": { "usd": 1500 } }
///     ],
///     "operations": [{ "id": "image", "label": "Picture", "credits": 1 }]
/// }"#;
/// let catalog: Catalog = serde_json::from_str(catalog)?;
/// let advice = advise(&catalog);
/// assert_eq!(advice[0].id.as_str(), "dearer-per-credit");
/// assert_eq!(advice[0].place, "packs.large.prices.usd");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn advise(catalog: &Catalog) -> Vec<Advice> {
    let offered = Offered::of(catalog);
    let mut found = on_offer(&offered);
    operations::advise(&offered, &mut found);
    labels::advise(&offered, &mut found);
    counted::advise(&offered, &mut found);
    promotions::advise(catalog, &mut found);
    experiments::advise(catalog, &mut found);
    found
}

/// What is to be said about packs and prices, as one account is offered them.
fn on_offer(offered: &Offered<'_>) -> Vec<Advice> {
    let mut found = Vec::new();
    packs::advise(offered, &mut found);
    prices::advise(offered, &mut found);
    charges::advise(offered, &mut found);
    fit::advise(offered, &mut found);
    found
}
