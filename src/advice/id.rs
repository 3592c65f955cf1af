//! The name of each rule, and how much harm it is about.

use super::Severity;
use crate::words::words;

words! {
    /// The stable name of a rule: scripts may match on it.
    pub enum AdviceId {
        /// No pack is sold.
        NothingSold = "nothing-sold",
        /// More packs than can be compared at a glance.
        TooManyPacks = "too-many-packs",
        /// Two packs grant the same number of credits.
        SameCredits = "same-credits",
        /// Even the smallest pack is far more than the dearest operation needs.
        NoSmallPack = "no-small-pack",
        /// The balance reads as low even after the largest pack.
        AlwaysLow = "always-low",
        /// A larger pack costs more for each credit.
        DearerPerCredit = "dearer-per-credit",
        /// A smaller pack costs as much as a larger one, or more.
        FewerCreditsNotCheaper = "fewer-credits-not-cheaper",
        /// A larger pack is cheaper for each credit, but nobody will notice.
        SavingTooSmall = "saving-too-small",
        /// A larger pack is so much cheaper that the smallest looks like a trap.
        SavingTooLarge = "saving-too-large",
        /// A price under the least that the payment provider charges.
        BelowMinimumCharge = "below-minimum-charge",
        /// A price that the payment provider cannot take exactly.
        NotChargeable = "not-chargeable",
        /// A pack is not sold in a currency that others are sold in.
        CurrencyMissing = "currency-missing",
        /// Packs whose prices stand differently to the tax on them.
        TaxMixed = "tax-mixed",
        /// A pack that is too small for every operation.
        PackBuysNothing = "pack-buys-nothing",
        /// A pack that always leaves credits which no operation fits.
        CreditsStrand = "credits-strand",
        /// An operation that no single pack pays for.
        CostOverLargestPack = "cost-over-largest-pack",
        /// An operation that no pack buys a whole number of.
        CostOdd = "cost-odd",
        /// Every number of credits is a multiple of the same one.
        CreditsInflated = "credits-inflated",
        /// Credits are sold, but nothing is done for them.
        NothingDone = "nothing-done",
        /// An operation whose cost nobody divides in their head.
        CostNeedsCalculator = "cost-needs-calculator",
        /// An operation of so many credits that one of them means nothing.
        CostHuge = "cost-huge",
        /// An operation that is paid for whether or not it succeeds.
        SpentAtOnce = "spent-at-once",
        /// A label without a locale that others have.
        LabelLocaleMissing = "label-locale-missing",
        /// A label that is the same everywhere, among others that are translated.
        LabelUntranslated = "label-untranslated",
        /// A label without a text for readers of no listed locale.
        LabelNoFallback = "label-no-fallback",
        /// A label for a locale that no browser asks for.
        LabelLocaleUnknown = "label-locale-unknown",
        /// A label that does not fit where it is shown.
        LabelTooLong = "label-too-long",
        /// Two packs, or two operations, that are called the same.
        LabelRepeated = "label-repeated",
        /// An operation without counted words for a locale that other texts have.
        CountedLocaleMissing = "counted-locale-missing",
        /// Counted words without a plural that the language tells apart.
        PluralMissing = "plural-missing",
        /// A promotion that no pack on sale can be bought with.
        PromotionUnusable = "promotion-unusable",
        /// A code that is found by trying.
        CodeGuessable = "code-guessable",
        /// A promotion that gives more credits than the pack it is for.
        BonusOverPack = "bonus-over-pack",
        /// So many percent off that the normal price looks made up.
        DiscountTooLarge = "discount-too-large",
        /// A promotion that ends neither by time nor by count.
        PromotionUnlimited = "promotion-unlimited",
        /// An experiment whose variants are all alike.
        ExperimentComparesNothing = "experiment-compares-nothing",
        /// Variants that ask very different prices for the same credits.
        VariantPricesApart = "variant-prices-apart",
    }
}

impl AdviceId {
    /// How much harm the rule is about.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DearerPerCredit
            | Self::FewerCreditsNotCheaper
            | Self::BelowMinimumCharge
            | Self::NotChargeable
            | Self::TaxMixed
            | Self::PackBuysNothing
            | Self::NothingDone => Severity::Error,
            Self::NothingSold
            | Self::TooManyPacks
            | Self::SameCredits
            | Self::NoSmallPack
            | Self::AlwaysLow
            | Self::SavingTooLarge
            | Self::CurrencyMissing
            | Self::CreditsStrand
            | Self::CostOverLargestPack
            | Self::CostNeedsCalculator
            | Self::CostHuge
            | Self::LabelLocaleMissing
            | Self::LabelLocaleUnknown
            | Self::LabelTooLong
            | Self::LabelRepeated
            | Self::CountedLocaleMissing
            | Self::PromotionUnusable
            | Self::BonusOverPack
            | Self::DiscountTooLarge
            | Self::ExperimentComparesNothing
            | Self::VariantPricesApart => Severity::Warning,
            Self::SavingTooSmall
            | Self::CostOdd
            | Self::CreditsInflated
            | Self::SpentAtOnce
            | Self::LabelUntranslated
            | Self::LabelNoFallback
            | Self::PluralMissing
            | Self::CodeGuessable
            | Self::PromotionUnlimited => Severity::Hint,
        }
    }
}
