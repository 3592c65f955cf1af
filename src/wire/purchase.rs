//! Catalog, checkouts, grants, tokens.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{PurchaseStatus, Stamped};
use crate::catalog::{Catalog, Label, Plural, Tax};
use crate::credits::Credits;
use crate::error::Error;
use crate::ids::AccountId;
use crate::money::{Currency, Money};
use crate::pricing::Offer;

/// `GET /v1/catalog`: what a buyer may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicCatalog {
    /// Changes whenever anything here does.
    pub version: String,
    /// The currency of every price here.
    pub currency: Currency,
    /// What is sold, in the order it is shown.
    pub packs: Vec<PackLine>,
    /// What is done for credits.
    pub operations: Vec<OperationLine>,
    /// At or below so many available credits the balance reads as low.
    pub low_at: Credits,
}

/// A pack as a buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackLine {
    /// Its name in requests.
    pub id: String,
    /// Its name for people.
    pub label: Label,
    /// What it grants.
    pub credits: Credits,
    /// What it costs.
    pub price: Money,
    /// How the price stands to the tax on it, where the seller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// A short mark beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<Label>,
}

/// An operation as a buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationLine {
    /// Its name in requests.
    pub id: String,
    /// Its name for people.
    pub label: Label,
    /// So many of it, in the words of each locale and plural category; `{n}` is the number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counted: BTreeMap<String, BTreeMap<Plural, String>>,
    /// What it costs.
    pub credits: Credits,
}

impl Catalog {
    /// What a buyer may see of this catalog, in that currency: packs sold in it, all operations.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `currency` if no pack is sold in it.
    pub fn public(&self, currency: Currency, version: String) -> Result<PublicCatalog, Error> {
        let packs: Vec<_> = self
            .on_sale()
            .into_iter()
            .filter_map(|pack| {
                Some(PackLine {
                    id: pack.id.clone(),
                    label: pack.label.clone(),
                    credits: pack.credits,
                    price: pack.price(currency).ok()?,
                    tax: pack.tax.or(self.tax),
                    badge: pack.badge.clone(),
                })
            })
            .collect();
        if packs.is_empty() && currency != self.currency {
            return Err(Error::invalid("currency", "is not one anything is sold in"));
        }
        let operations = self.operations.iter().map(|operation| OperationLine {
            id: operation.id.clone(),
            label: operation.label.clone(),
            counted: operation.counted.clone(),
            credits: operation.credits,
        });
        let operations = operations.collect();
        Ok(PublicCatalog { version, currency, packs, operations, low_at: self.low_at })
    }
}

impl PublicCatalog {
    /// What is sold, for [`crate::pricing::price_table`].
    pub fn offers(&self) -> Vec<Offer> {
        self.packs
            .iter()
            .map(|pack| Offer { pack: pack.id.clone(), credits: pack.credits, price: pack.price })
            .collect()
    }
}

/// `POST /v1/quotes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteRequest {
    /// Who asks; may be left out with a client token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What would be bought.
    pub pack: String,
    /// How many; one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// In which currency; the catalog's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// A code for a better price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
}

/// The answer to [`QuoteRequest`]. Nothing is set aside by it: the checkout decides again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteAnswer {
    /// What it costs without the promotion.
    pub list_price: Money,
    /// What it costs.
    pub price: Money,
    /// What it grants, all in all.
    pub credits: Credits,
    /// Until when asking again is of no use, as far as is known.
    pub expires_at_ms: u64,
}

/// `POST /v1/checkouts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutRequest {
    /// Who buys; may be left out with a client token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The buyer's own id of this checkout: 1 to 128 of `[A-Za-z0-9._:@-]`.
    pub id: String,
    /// What is bought.
    pub pack: String,
    /// How many; one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// In which currency; the catalog's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// A code for a better price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
    /// What the buyer was shown; refused with `price_changed` where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// Where the buyer goes after paying.
    pub success_url: String,
    /// Where the buyer goes without paying.
    pub cancel_url: String,
    /// Where the receipt goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The buyer's language, as a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// What a buyer was shown before a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The whole price, in minor units.
    pub amount_minor: u64,
    /// Its currency.
    pub currency: Currency,
    /// What it grants.
    pub credits: Credits,
}

/// The answer to a checkout, and to asking for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The buyer's own id of it.
    pub id: String,
    /// The backend's id of what is bought with it.
    pub purchase: String,
    /// Where the buyer pays; none once it is no longer open.
    pub url: Option<String>,
    /// How far it is.
    pub status: PurchaseStatus,
    /// What it grants.
    pub credits: Credits,
    /// What it costs.
    pub price: Money,
    /// Until when the buyer may pay.
    pub expires_at_ms: u64,
    /// Where its receipt can be seen, once it is paid. Whoever has the link may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_url: Option<String>,
}

/// `POST /v1/grants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRequest {
    /// The asker's own id of it: 1 to 128 of `[A-Za-z0-9._:@-]`.
    pub id: String,
    /// To whom.
    pub account: AccountId,
    /// How many credits; negative takes them away.
    pub credits: i64,
    /// Why, for people: 1 to 200 characters.
    pub reason: String,
    /// Who did it: 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// The answer to [`GrantRequest`], and to a refund of an op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantAnswer {
    /// The asker's own id of it.
    pub id: String,
    /// The entry it made.
    pub entry: Stamped,
}

/// `POST /v1/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Whom the token speaks for.
    pub account: AccountId,
    /// How long, 1 to 900 seconds; 900 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u64>,
}

/// The answer to [`TokenRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// The client token.
    pub token: String,
    /// When it expires.
    pub expires_at_ms: u64,
}
