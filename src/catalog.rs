//! What is sold and what one credit buys.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::credits::{CREDITS_MAX, Credits};
use crate::error::{CatalogItem, Error};
use crate::money::{Currency, Money};

/// How many times one purchase or one op may take the same thing.
pub const QUANTITY_MAX: u32 = 10_000;

/// Longest lifetime of a hold: one day, in seconds.
const HOLD_LIFETIME_S_MAX: u64 = 24 * 60 * 60;

/// Longest label, in characters.
const LABEL_CHARS_MAX: usize = 80;

/// A text for people: one for all, or one for each locale (BCP 47 tags).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// The same text everywhere.
    One(String),
    /// A text for each locale.
    ByLocale(BTreeMap<String, String>),
}

impl Label {
    /// The text where no locale is known: the only one, the English one, or else the first.
    pub fn plain(&self) -> &str {
        match self {
            Self::One(text) => text,
            Self::ByLocale(texts) => {
                texts.get("en").or_else(|| texts.values().next()).map_or("", String::as_str)
            }
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Self::One(text) => alloc::vec![text.as_str()],
            Self::ByLocale(texts) => texts.values().map(String::as_str).collect(),
        }
    }
}

/// Credits sold together for one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its name in requests: 1 to 64 of `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people.
    pub label: Label,
    /// How many credits it grants, at least 1.
    pub credits: Credits,
    /// Its price in minor units, for each currency it is sold in.
    pub prices: BTreeMap<Currency, u64>,
    /// A short mark beside it, for instance "Popular".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<Label>,
    /// Whether it is sold now.
    #[serde(default = "yes")]
    pub active: bool,
}

/// When an operation's credits are spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Held first, spent when the work is captured.
    #[default]
    OnCapture,
    /// Spent at once; undone only by a refund.
    AtOnce,
}

/// Something that is done for credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its name in requests: 1 to 64 of `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people.
    pub label: Label,
    /// What it costs, at least 1.
    pub credits: Credits,
    /// When its credits are spent.
    #[serde(default)]
    pub settle: Settlement,
    /// How long a hold waits for its work to start, in seconds.
    #[serde(default = "default_unclaimed_s")]
    pub hold_unclaimed_s: u64,
    /// How long work may run, after its claim or its last extension, in seconds.
    #[serde(default = "default_claimed_s")]
    pub hold_claimed_s: u64,
}

/// Everything that is sold and everything it buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The currency of prices where none is asked for.
    pub currency: Currency,
    /// At or below so many available credits the balance reads as low.
    #[serde(default = "default_low_at")]
    pub low_at: Credits,
    /// What is sold, in the order it is shown.
    #[serde(default)]
    pub packs: Vec<Pack>,
    /// What is done for credits.
    #[serde(default)]
    pub operations: Vec<Operation>,
}

const fn yes() -> bool {
    true
}

const fn default_unclaimed_s() -> u64 {
    120
}

const fn default_claimed_s() -> u64 {
    600
}

const fn default_low_at() -> Credits {
    Credits::ONE
}

/// A rule that a catalog breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, for instance `packs.starter.credits`.
    pub place: String,
    /// The rule, to be read after the place.
    pub rule: &'static str,
}

impl Catalog {
    /// The pack with that id, if it is sold now.
    ///
    /// # Errors
    ///
    /// [`Error::NotInCatalog`] if there is none, or it is not active.
    pub fn pack(&self, id: &str) -> Result<&Pack, Error> {
        self.packs
            .iter()
            .find(|pack| pack.id == id && pack.active)
            .ok_or_else(|| Error::NotInCatalog { what: CatalogItem::Pack, id: id.into() })
    }

    /// The operation with that id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Every rule this catalog breaks, in the order of its text; empty for a good one.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        check_ids("packs", self.packs.iter().map(|pack| &pack.id), &mut found);
        for pack in &self.packs {
            check_pack(pack, self.currency, &mut found);
        }
        check_ids("operations", self.operations.iter().map(|operation| &operation.id), &mut found);
        for operation in &self.operations {
            check_operation(operation, &mut found);
        }
        found
    }
}

impl Pack {
    /// The price of one, in that currency.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `currency` if the pack is not sold in it.
    pub fn price(&self, currency: Currency) -> Result<Money, Error> {
        let amount_minor = self
            .prices
            .get(&currency)
            .ok_or(Error::invalid("currency", "is not one this pack is sold in"))?;
        Ok(Money { amount_minor: *amount_minor, currency })
    }
}

/// A count of things taken at once.
///
/// # Errors
///
/// [`Error::Invalid`] naming `quantity` unless it is 1 to [`QUANTITY_MAX`].
pub fn quantity(count: u64) -> Result<u32, Error> {
    u32::try_from(count)
        .ok()
        .filter(|count| (1..=QUANTITY_MAX).contains(count))
        .ok_or(Error::invalid("quantity", "must be 1 to 10000"))
}

fn check_ids<'a>(list: &str, ids: impl Iterator<Item = &'a String>, found: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for id in ids {
        let place = format!("{list}.{id}.id");
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            found.push(Problem { place, rule: "must be 1 to 64 of a-z 0-9 _ -" });
        } else if !seen.insert(id) {
            found.push(Problem { place, rule: "must be used once" });
        }
    }
}

fn check_pack(pack: &Pack, currency: Currency, found: &mut Vec<Problem>) {
    let at = |field| format!("packs.{}.{field}", pack.id);
    check_label(&pack.label, || at("label"), found);
    if let Some(badge) = &pack.badge {
        check_label(badge, || at("badge"), found);
    }
    if pack.credits.is_zero() {
        found.push(Problem { place: at("credits"), rule: "must be at least 1" });
    }
    if !pack.prices.contains_key(&currency) {
        found.push(Problem { place: at("prices"), rule: "must have the catalog's currency" });
    }
    if pack.prices.values().any(|&amount_minor| amount_minor == 0 || amount_minor > CREDITS_MAX) {
        let rule = "must be 1 to 9007199254740991 minor units";
        found.push(Problem { place: at("prices"), rule });
    }
}

fn check_operation(operation: &Operation, found: &mut Vec<Problem>) {
    let at = |field| format!("operations.{}.{field}", operation.id);
    check_label(&operation.label, || at("label"), found);
    if operation.credits.is_zero() {
        found.push(Problem { place: at("credits"), rule: "must be at least 1" });
    }
    let lifetimes = [
        ("hold_unclaimed_s", operation.hold_unclaimed_s),
        ("hold_claimed_s", operation.hold_claimed_s),
    ];
    for (field, lifetime_s) in lifetimes {
        if !(1..=HOLD_LIFETIME_S_MAX).contains(&lifetime_s) {
            found.push(Problem { place: at(field), rule: "must be 1 to 86400 seconds" });
        }
    }
}

fn check_label(label: &Label, place: impl Fn() -> String, found: &mut Vec<Problem>) {
    let texts = label.texts();
    let fits = |text: &&str| !text.trim().is_empty() && text.chars().count() <= LABEL_CHARS_MAX;
    if texts.is_empty() || !texts.iter().all(fits) {
        found.push(Problem { place: place(), rule: "must be 1 to 80 characters" });
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn catalog() -> Catalog {
        let usd = Currency::new("usd").unwrap();
        Catalog {
            currency: usd,
            low_at: Credits::ONE,
            packs: alloc::vec![Pack {
                id: "starter".into(),
                label: Label::One("Starter".into()),
                credits: Credits::new(5).unwrap(),
                prices: BTreeMap::from([(usd, 400)]),
                badge: None,
                active: true,
            }],
            operations: alloc::vec![Operation {
                id: "image".into(),
                label: Label::One("Picture".into()),
                credits: Credits::ONE,
                settle: Settlement::OnCapture,
                hold_unclaimed_s: 120,
                hold_claimed_s: 600,
            }],
        }
    }

    fn check(break_it: impl FnOnce(&mut Catalog), place: &str) {
        let mut catalog = catalog();
        break_it(&mut catalog);
        let places: Vec<_> = catalog.problems().iter().map(|found| found.place.clone()).collect();
        assert_eq!(places, [place.to_string()]);
    }

    #[test]
    fn a_good_catalog_has_no_problems() {
        assert_eq!(catalog().problems(), []);
    }

    #[test]
    fn every_rule_names_its_place() {
        check(|c| c.packs[0].credits = Credits::ZERO, "packs.starter.credits");
        check(|c| c.packs[0].prices.clear(), "packs.starter.prices");
        check(|c| c.packs[0].prices.values_mut().for_each(|p| *p = 0), "packs.starter.prices");
        check(|c| c.packs[0].label = Label::One(" ".into()), "packs.starter.label");
        check(|c| c.packs[0].badge = Some(Label::One(String::new())), "packs.starter.badge");
        check(|c| c.packs.push(c.packs[0].clone()), "packs.starter.id");
        check(|c| c.packs[0].id = "A b".into(), "packs.A b.id");
        check(|c| c.operations[0].credits = Credits::ZERO, "operations.image.credits");
        check(|c| c.operations[0].hold_claimed_s = 0, "operations.image.hold_claimed_s");
        check(|c| c.operations[0].hold_unclaimed_s = 86_401, "operations.image.hold_unclaimed_s");
    }

    #[test]
    fn a_pack_that_is_not_sold_cannot_be_bought() {
        let mut catalog = catalog();
        catalog.packs[0].active = false;
        assert!(catalog.pack("starter").is_err());
    }

    #[test]
    fn quantities_are_bounded() {
        assert_eq!(quantity(1), Ok(1));
        assert!(quantity(0).is_err() && quantity(10_001).is_err() && quantity(1 << 40).is_err());
    }
}
