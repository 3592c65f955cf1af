//! Promotions: whether what was promised can be had, and is worth what it says.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Advice, AdviceId, experiments, phrase};
use crate::catalog::{Catalog, Pack, Promotion};
use crate::pricing::{Asked, Redemptions, deal};

/// A shorter code is found by trying.
const CODE_CHARS_MIN: usize = 6;

/// More percent off make the normal price look made up.
const PERCENT_OFF_MAX: u32 = 50;

pub(super) fn advise(catalog: &Catalog, found: &mut Vec<Advice>) {
    let offers: Vec<_> = experiments::offers(catalog).collect();
    for promotion in catalog.promotions.iter().filter(|promotion| promotion.active) {
        found.extend(unusable(promotion, &offers));
        found.extend(guessable(promotion));
        found.extend(bonus_over_pack(promotion, &offers));
        found.extend(discount_too_large(promotion));
        found.extend(unlimited(promotion));
    }
}

fn place(promotion: &Promotion, field: &str) -> String {
    format!("promotions.{}.{field}", promotion.code)
}

/// Whether somebody who has bought nothing yet can buy one of the pack with it while it is good.
fn is_good_for(promotion: &Promotion, catalog: &Catalog, pack: &Pack) -> bool {
    pack.prices.keys().any(|&currency| {
        let code = Some(promotion.code.clone());
        let asked = Asked { pack: pack.id.clone(), quantity: 1, currency, promotion: code };
        let start = promotion.starts_at_ms.unwrap_or_default();
        deal(catalog, &asked, &Redemptions::default(), start).is_ok()
    })
}

fn unusable(promotion: &Promotion, offers: &[Catalog]) -> Option<Advice> {
    let mut packs =
        offers.iter().flat_map(|offer| offer.on_sale().into_iter().map(move |pack| (offer, pack)));
    let is_sold = packs.clone().next().is_some();
    let is_good = packs.any(|(offer, pack)| is_good_for(promotion, offer, pack));
    let reason = format!(
        "No pack on sale can be bought with {:?}: its smallest pack is larger than all of them, they \
         are not sold in its currencies, less would be left than the payment provider charges, or \
         its bonus is too large to be counted.",
        promotion.code
    );
    let remedy = "Take less off, name a smaller pack, or set it active = false.";
    let place = format!("promotions.{}", promotion.code);
    (is_sold && !is_good).then(|| Advice::new(AdviceId::PromotionUnusable, place, reason, remedy))
}

fn guessable(promotion: &Promotion) -> Option<Advice> {
    let reason = format!(
        "{:?} has fewer than {CODE_CHARS_MIN} characters: whoever tries a few finds it.",
        promotion.code
    );
    let remedy = "Write a longer code, or set redemptions_max to what you can afford.";
    (promotion.code.chars().count() < CODE_CHARS_MIN)
        .then(|| Advice::new(AdviceId::CodeGuessable, place(promotion, "code"), reason, remedy))
}

fn bonus_over_pack(promotion: &Promotion, offers: &[Catalog]) -> Option<Advice> {
    let bonus = promotion.bonus_credits?;
    let good = |offer: &'_ Catalog, pack: &Pack| is_good_for(promotion, offer, pack);
    let packs = offers
        .iter()
        .flat_map(|offer| offer.on_sale().into_iter().filter(move |pack| good(offer, pack)));
    let smallest = packs.min_by_key(|pack| pack.credits)?;
    let reason = format!(
        "{:?} adds {} to {:?}, which grants {}: the gift is larger than what is bought, and the \
         normal price looks made up.",
        promotion.code,
        phrase::credits(bonus),
        smallest.id,
        phrase::credits(smallest.credits)
    );
    let remedy = "Lower the bonus, or name a larger pack as its minimum_pack.";
    let place = place(promotion, "bonus_credits");
    (bonus > smallest.credits).then(|| Advice::new(AdviceId::BonusOverPack, place, reason, remedy))
}

fn discount_too_large(promotion: &Promotion) -> Option<Advice> {
    let percent = promotion.percent_off?;
    let reason = format!(
        "{:?} takes {percent} percent off: the normal price looks made up to be lowered.",
        promotion.code
    );
    let remedy = format!("Take {PERCENT_OFF_MAX} percent off or less, or lower the price itself.");
    let place = place(promotion, "percent_off");
    (percent > PERCENT_OFF_MAX)
        .then(|| Advice::new(AdviceId::DiscountTooLarge, place, reason, remedy))
}

fn unlimited(promotion: &Promotion) -> Option<Advice> {
    let limits =
        [promotion.ends_at_ms, promotion.redemptions_max, promotion.redemptions_per_account_max];
    let is_limited = promotion.first_purchase_only || limits.iter().any(Option::is_some);
    let reason = format!(
        "{:?} never ends: everybody who hears of it pays less, as often as they like.",
        promotion.code
    );
    let remedy = "Let it end, or set redemptions_max or redemptions_per_account_max.";
    let place = format!("promotions.{}", promotion.code);
    (!is_limited).then(|| Advice::new(AdviceId::PromotionUnlimited, place, reason, remedy))
}
