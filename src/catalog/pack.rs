//! What is sold.

use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

use super::Label;
use crate::credits::Credits;
use crate::error::Error;
use crate::money::{Currency, Money};
use crate::words::words;

words! {
    /// How a price stands to the tax on it.
    pub enum Tax {
        /// The price is all there is to pay.
        Inclusive = "inclusive",
        /// Tax comes on top when it is paid.
        Exclusive = "exclusive",
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
    /// How its price stands to the tax on it; as the catalog says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// Where it is shown: packs of a lower order come first, those of the same as they are listed.
    #[serde(default)]
    pub order: u32,
    /// A short mark beside it, for instance "Popular".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<Label>,
    /// Whether it is sold now.
    #[serde(default = "super::yes")]
    pub active: bool,
}

impl Pack {
    /// A pack that is sold in no currency yet.
    pub fn new(id: &str, label: &str, credits: Credits) -> Self {
        Self {
            id: id.into(),
            label: Label::One(label.into()),
            credits,
            prices: BTreeMap::new(),
            tax: None,
            order: 0,
            badge: None,
            active: true,
        }
    }

    /// The same pack, sold at that price too.
    #[must_use]
    pub fn at(mut self, price: Money) -> Self {
        self.prices.insert(price.currency, price.amount_minor);
        self
    }

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
