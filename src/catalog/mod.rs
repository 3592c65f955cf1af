//! What is sold, on which terms, and what one credit buys.

mod experiment;
mod label;
mod operation;
mod pack;
mod problems;
mod promotion;
mod refused;

pub use experiment::{Experiment, Variant};
pub use label::Label;
pub use operation::{Operation, Plural, Settlement};
pub use pack::{Pack, Tax};
pub use problems::Problem;
pub use promotion::{Benefit, Promotion};
pub use refused::{Refused, refused, refused_by};

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::error::{CatalogItem, Error};
use crate::money::Currency;

/// How many times one purchase or one op may take the same thing.
pub const QUANTITY_MAX: u32 = 10_000;

/// Everything that is sold and everything it buys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The currency of prices where none is asked for.
    pub currency: Currency,
    /// How every price stands to the tax on it; nothing is said where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// At or below so many available credits the balance reads as low.
    #[serde(default = "default_low_at")]
    pub low_at: Credits,
    /// What is sold. It is shown by [`Pack::order`], then in this order.
    #[serde(default)]
    pub packs: Vec<Pack>,
    /// What is done for credits.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// Better prices for whoever knows a code. Never shown to browsers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<Promotion>,
    /// Which accounts see other packs or prices, to learn what sells. Never shown to browsers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
}

const fn yes() -> bool {
    true
}

const fn default_low_at() -> Credits {
    Credits::ONE
}

impl Catalog {
    /// A catalog in which nothing is sold or done yet.
    pub const fn new(currency: Currency) -> Self {
        Self {
            currency,
            tax: None,
            low_at: default_low_at(),
            packs: Vec::new(),
            operations: Vec::new(),
            promotions: Vec::new(),
            experiments: Vec::new(),
        }
    }

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

    /// The packs that are sold now, in the order they are shown.
    pub fn on_sale(&self) -> Vec<&Pack> {
        let mut packs: Vec<_> = self.packs.iter().filter(|pack| pack.active).collect();
        packs.sort_by_key(|pack| pack.order);
        packs
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;

    fn catalog() -> Catalog {
        let usd = Currency::new("usd").unwrap();
        let price = Money { amount_minor: 400, currency: usd };
        Catalog {
            packs: alloc::vec![Pack::new("starter", "Starter", Credits::new(5).unwrap()).at(price)],
            ..Catalog::new(usd)
        }
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
