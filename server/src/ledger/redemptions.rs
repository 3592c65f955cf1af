//! How often a promotion was taken, as one account meets it.

use creditpack::Catalog;
use creditpack::catalog::Promotion;
use creditpack::pricing::Redemptions;

use super::purchase::Purchase;

/// The redemptions of one promotion and the account's own open checkouts in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Redeemed {
    /// `has_bought` leaves the account's open checkouts out, the counts do not.
    counted: Redemptions,
    /// So many of the account's open checkouts took this very promotion.
    own: u64,
    /// Whether there is an end to it: then no account holds more than one of it.
    is_scarce: bool,
    /// Whether one of the account's open checkouts took a promotion for first purchases.
    is_buying: bool,
    /// The account's open checkouts that hold something of this promotion.
    own_open: Vec<Purchase>,
}

impl Redeemed {
    /// The redemptions of `promotion` as the purchases tell them: `counted` without looking at
    /// what is open, and the account's open checkouts that took any promotion.
    pub(super) fn new(
        promotion: &Promotion,
        catalog: &Catalog,
        counted: Redemptions,
        open: Vec<Purchase>,
    ) -> Self {
        let takes = |purchase: &Purchase, it: &Promotion| {
            purchase.order.promotion.as_ref().is_some_and(|code| it.has_code(code))
        };
        let firsts = || catalog.promotions.iter().filter(|it| it.first_purchase_only);
        let is_scarce = promotion.redemptions_max.is_some();
        let mut redeemed = Self { counted, is_scarce, ..Self::default() };
        for purchase in open {
            let same = takes(&purchase, promotion);
            let first = promotion.first_purchase_only && firsts().any(|it| takes(&purchase, it));
            redeemed.own += u64::from(same);
            redeemed.is_buying |= first;
            if same || first {
                redeemed.own_open.push(purchase);
            }
        }
        redeemed
    }

    /// Whether one more open checkout would keep from others what the account holds already.
    pub(super) const fn would_hoard(&self) -> bool {
        self.is_scarce && self.own > 0
    }

    /// As the rules count them: an open checkout holds what it took.
    pub(super) const fn all(&self) -> Redemptions {
        Redemptions {
            total: self.counted.total,
            by_account: self.counted.by_account,
            has_bought: self.counted.has_bought || self.is_buying,
        }
    }

    /// As if the account's own open checkouts had expired.
    pub(super) const fn without_own_open(&self) -> Redemptions {
        Redemptions {
            total: self.counted.total.saturating_sub(self.own),
            by_account: self.counted.by_account.saturating_sub(self.own),
            has_bought: self.counted.has_bought,
        }
    }

    /// The account's open checkouts that hold something of it.
    pub(super) fn own_open(self) -> Vec<Purchase> {
        self.own_open
    }
}
