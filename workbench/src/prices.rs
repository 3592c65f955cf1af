//! Prices: of the packs as they are listed, and of one purchase with a promotion or without.

use creditpack::catalog::quantity;
use creditpack::money::{Currency, Money};
use creditpack::pricing::{self, Asked, Deal, PromotionRefusal, Redemptions};
use creditpack::wire::PublicCatalog;
use creditpack::{Credits, Error};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::catalog::{assignments_of, whole};
use crate::convert::{read, write};
use crate::refusal::{of_rule, unreadable};

/// What is to be bought.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    pack: String,
    quantity: Option<u64>,
    currency: Option<Currency>,
    promotion: Option<String>,
}

/// How often a promotion was taken before.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Taken {
    total: u64,
    by_account: u64,
    has_bought: bool,
}

/// Recent use, and how long a top-up is to last at that pace.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecentUse {
    spent: Credits,
    spent_days: u32,
    last_days: u32,
}

/// The terms of one purchase, or why the promotion cannot be used for it.
#[derive(Serialize)]
#[serde(untagged)]
enum Terms {
    #[serde(rename_all = "camelCase")]
    Agreed {
        list_price: Price,
        price: Price,
        credits: Credits,
        promotion: Option<String>,
    },
    Refused {
        refusal: PromotionRefusal,
    },
}

/// What something costs, as the npm package writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    amount_minor: u64,
    currency: Currency,
    digits: u32,
}

impl From<Money> for Price {
    fn from(Money { amount_minor, currency }: Money) -> Self {
        Self { amount_minor, currency, digits: currency.digits() }
    }
}

impl From<Deal> for Terms {
    fn from(Deal { list_price, price, credits, promotion }: Deal) -> Self {
        Self::Agreed { list_price: list_price.into(), price: price.into(), credits, promotion }
    }
}

#[wasm_bindgen(js_name = priceTable)]
pub fn price_table(public_catalog: &JsValue) -> Result<JsValue, JsValue> {
    Ok(write(&pricing::price_table(&public(public_catalog)?.offers())))
}

/// The lowest price of anything on sale, or `undefined` if nothing is.
#[wasm_bindgen(js_name = fromPrice)]
pub fn from_price(public_catalog: &JsValue) -> Result<JsValue, JsValue> {
    let catalog = public(public_catalog)?;
    let lowest = pricing::from_price(&catalog.offers(), catalog.currency);
    Ok(lowest.map_or(JsValue::UNDEFINED, |price| write(&Price::from(price))))
}

/// The cheapest packs that grant at least `credits`, or `undefined` if nothing is sold.
#[wasm_bindgen]
pub fn cover(public_catalog: &JsValue, credits: &JsValue) -> Result<JsValue, JsValue> {
    let catalog = public(public_catalog)?;
    let credits = read(credits).map_err(|error| unreadable("credits", &error))?;
    let cover = pricing::cover(&catalog.offers(), catalog.currency, credits);
    let cover = cover.map_err(|error| of_rule(&error))?;
    Ok(cover.map_or(JsValue::UNDEFINED, |cover| write(&cover)))
}

/// What `credits` buy of each operation.
#[wasm_bindgen]
pub fn buys(public_catalog: &JsValue, credits: &JsValue) -> Result<JsValue, JsValue> {
    let catalog = public(public_catalog)?;
    let credits = read(credits).map_err(|error| unreadable("credits", &error))?;
    let operations = catalog.operations.iter().map(|known| (known.id.as_str(), known.credits));
    Ok(write(&pricing::buys(credits, operations)))
}

/// How many credits to buy so that recent use lasts; `available` may be a debt.
#[wasm_bindgen(js_name = topUp)]
pub fn top_up(recent_use: &JsValue, available: &JsValue) -> Result<JsValue, JsValue> {
    let RecentUse { spent, spent_days, last_days } =
        read(recent_use).map_err(|error| unreadable("use", &error))?;
    let available = read(available).map_err(|error| unreadable("available", &error))?;
    let missing = pricing::top_up(spent, spent_days, last_days, available);
    missing.map(|credits| write(&credits)).map_err(|error| of_rule(&error))
}

/// The terms of one purchase at `now_ms`, as the account of these variants gets it.
#[wasm_bindgen]
pub fn deal(
    catalog: &JsValue,
    wanted: &JsValue,
    taken: &JsValue,
    assignments: &JsValue,
    now_ms: &JsValue,
) -> Result<JsValue, JsValue> {
    let catalog = whole(catalog)?.varied(&assignments_of(assignments)?);
    let wanted: Wanted = read(wanted).map_err(|error| unreadable("asked", &error))?;
    let taken: Taken = read(taken).map_err(|error| unreadable("redeemed", &error))?;
    let now_ms = read(now_ms).map_err(|error| unreadable("nowMs", &error))?;
    let quantity = quantity(wanted.quantity.unwrap_or(1)).map_err(|error| of_rule(&error))?;
    let asked = Asked {
        pack: wanted.pack,
        quantity,
        currency: wanted.currency.unwrap_or(catalog.currency),
        promotion: wanted.promotion,
    };
    let Taken { total, by_account, has_bought } = taken;
    match pricing::deal(&catalog, &asked, &Redemptions { total, by_account, has_bought }, now_ms) {
        Ok(deal) => Ok(write(&Terms::from(deal))),
        Err(Error::Promotion(refusal)) => Ok(write(&Terms::Refused { refusal })),
        Err(error) => Err(of_rule(&error)),
    }
}

/// A catalog as browsers get it.
pub(crate) fn public(catalog: &JsValue) -> Result<PublicCatalog, JsValue> {
    read(catalog).map_err(|error| unreadable("publicCatalog", &error))
}
