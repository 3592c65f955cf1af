//! What one purchase costs and what it grants, with a promotion or without.

use alloc::string::String;

use crate::catalog::{Benefit, Catalog, Pack, Promotion, quantity};
use crate::credits::Credits;
use crate::error::Error;
use crate::money::{Currency, Money};
use crate::words::words;

/// What is to be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which pack.
    pub pack: String,
    /// How many of it, as [`crate::catalog::quantity`] allows.
    pub quantity: u32,
    /// In which currency.
    pub currency: Currency,
    /// A code, as the buyer typed it.
    pub promotion: Option<String>,
}

/// How often a promotion was taken before. Purchases that failed or expired do not count; open ones
/// do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redemptions {
    /// By everybody.
    pub total: u64,
    /// By this account.
    pub by_account: u64,
    /// Whether this account has ever bought anything, or is about to with a promotion for first
    /// purchases.
    pub has_bought: bool,
}

/// The terms of one purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// What it costs without the promotion.
    pub list_price: Money,
    /// What it costs.
    pub price: Money,
    /// What it grants, all in all.
    pub credits: Credits,
    /// The promotion's code, as the catalog writes it.
    pub promotion: Option<String>,
}

words! {
    /// Why a promotion cannot be used for a purchase. Where several reasons hold, the first is told.
    pub enum PromotionRefusal {
        /// No promotion has that code, or it is not active.
        Unknown = "unknown",
        /// It is not good yet.
        NotStarted = "not_started",
        /// It is no longer good.
        Ended = "ended",
        /// It is for larger packs.
        PackTooSmall = "pack_too_small",
        /// It is not good in that currency.
        OtherCurrency = "other_currency",
        /// It is for first purchases, and this account has bought before.
        NotFirstPurchase = "not_first_purchase",
        /// The account has taken it as often as it may.
        UsedByAccount = "used_by_account",
        /// It was taken as often as it may be.
        UsedUp = "used_up",
        /// It would leave less than the payment provider charges. Giving credits away is a grant,
        /// not a purchase.
        PriceTooLow = "price_too_low",
    }
}

/// The terms on which `asked` can be bought at `now_ms`.
///
/// A price with something off is rounded down to what the payment provider can charge, so that a
/// buyer never gets less than was promised. A promotion never leaves less than the provider's
/// minimum charge, or than one minor unit, and adds exactly its bonus, once for each purchase. Its
/// smallest pack is compared with one of the pack that is bought, whatever the quantity.
///
/// # Errors
///
/// [`Error::NotInCatalog`] for a pack that is not sold; [`Error::Invalid`] naming `currency` or
/// `quantity`; [`Error::Promotion`] if the code is not good for this purchase, with the first of
/// the reasons that holds, in the order of [`PromotionRefusal`].
pub fn deal(
    catalog: &Catalog,
    asked: &Asked,
    redeemed: &Redemptions,
    now_ms: u64,
) -> Result<Deal, Error> {
    let pack = catalog.pack(&asked.pack)?;
    let quantity = quantity(u64::from(asked.quantity))?;
    let list_price = pack.price(asked.currency)?.times(quantity)?;
    let credits = pack.credits.times(quantity)?;
    let Some(code) = &asked.promotion else {
        return Ok(Deal { list_price, price: list_price, credits, promotion: None });
    };
    let promotion = catalog.promotion(code).ok_or(PromotionRefusal::Unknown)?;
    let benefit = promotion.benefit().ok_or(PromotionRefusal::Unknown)?;
    good_now(promotion, now_ms)?;
    good_for(promotion, catalog, pack, asked.currency)?;
    good_by(promotion, redeemed)?;
    let (price, credits) = promoted(benefit, list_price, credits)?;
    Ok(Deal { list_price, price, credits, promotion: Some(promotion.code.clone()) })
}

impl Catalog {
    /// The promotion of that code that can be used now, by [`Promotion::has_code`].
    pub fn promotion(&self, code: &str) -> Option<&Promotion> {
        self.promotions.iter().find(|promotion| promotion.active && promotion.has_code(code))
    }
}

fn good_now(promotion: &Promotion, now_ms: u64) -> Result<(), PromotionRefusal> {
    if promotion.starts_at_ms.is_some_and(|start| now_ms < start) {
        Err(PromotionRefusal::NotStarted)
    } else if promotion.ends_at_ms.is_some_and(|end| now_ms >= end) {
        Err(PromotionRefusal::Ended)
    } else {
        Ok(())
    }
}

fn good_for(
    promotion: &Promotion,
    catalog: &Catalog,
    pack: &Pack,
    currency: Currency,
) -> Result<(), PromotionRefusal> {
    let credits_of = |id: &String| {
        let minimum = catalog.packs.iter().find(|pack| pack.id == *id);
        minimum.map(|minimum| minimum.credits)
    };
    // Where nobody knows how large a pack has to be, none is large enough.
    let too_small = |id: &String| credits_of(id).is_none_or(|least| pack.credits < least);
    if promotion.minimum_pack.as_ref().is_some_and(too_small) {
        Err(PromotionRefusal::PackTooSmall)
    } else if promotion.amount_off.as_ref().is_some_and(|off| !off.contains_key(&currency)) {
        Err(PromotionRefusal::OtherCurrency)
    } else {
        Ok(())
    }
}

fn good_by(promotion: &Promotion, redeemed: &Redemptions) -> Result<(), PromotionRefusal> {
    let reached = |most: Option<u64>, count| most.is_some_and(|most| count >= most);
    if promotion.first_purchase_only && redeemed.has_bought {
        Err(PromotionRefusal::NotFirstPurchase)
    } else if reached(promotion.redemptions_per_account_max, redeemed.by_account) {
        Err(PromotionRefusal::UsedByAccount)
    } else if reached(promotion.redemptions_max, redeemed.total) {
        Err(PromotionRefusal::UsedUp)
    } else {
        Ok(())
    }
}

fn promoted(
    benefit: Benefit<'_>,
    list_price: Money,
    credits: Credits,
) -> Result<(Money, Credits), Error> {
    let full = list_price.amount_minor;
    match benefit {
        Benefit::BonusCredits(bonus) => {
            let credits = credits.plus(bonus);
            let uncountable = Error::invalid("quantity", "makes more credits than can be counted");
            Ok((list_price, credits.ok_or(uncountable)?))
        }
        Benefit::PercentOff(percent) => {
            Ok((charged(list_price, less_percent(full, percent))?, credits))
        }
        Benefit::AmountOff(amounts) => {
            let off = amounts.get(&list_price.currency).copied();
            let off = off.ok_or(PromotionRefusal::OtherCurrency)?;
            Ok((charged(list_price, full.saturating_sub(off))?, credits))
        }
    }
}

/// So much instead of the list price, rounded down to what can be charged.
fn charged(list_price: Money, amount_minor: u64) -> Result<Money, PromotionRefusal> {
    let price = Money { amount_minor, ..list_price }.chargeable_down();
    let least = list_price.currency.minimum_charge().map_or(1, |least| least.amount_minor);
    if price.amount_minor < least { Err(PromotionRefusal::PriceTooLow) } else { Ok(price) }
}

/// `amount` less so many percent, rounded down.
fn less_percent(amount: u64, percent: u32) -> u64 {
    let left = u64::from(100_u32.saturating_sub(percent));
    // Whole hundreds and the rest apart: the product of an amount and a percentage may not fit.
    amount / 100 * left + amount % 100 * left / 100
}
