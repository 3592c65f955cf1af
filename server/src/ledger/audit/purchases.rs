//! Purchases: each paid one granted its stored credits, once, and no other did.

use creditpack::Entry;
use creditpack::wire::PurchaseStatus;

use super::super::sqlite::Books;
use super::account::Walk;
use super::{Divergence, Stopped};

impl Walk<'_> {
    /// A grant that names a purchase.
    pub(super) fn granted(&self, entry: &Entry, purchase: &str) -> Result<(), Stopped> {
        let what = |what: &str| format!("{what} of purchase {purchase}");
        let Some(kept) = self.books.purchase(purchase)? else {
            return Err(self.at(entry.version, what("what is kept"), "a purchase", "nothing"));
        };
        if kept.order.account != self.row.id {
            let buyer = kept.order.account.as_str();
            return Err(self.at(entry.version, what("the buyer"), self.row.id.as_str(), buyer));
        }
        if kept.order.credits != entry.credits {
            let (expected, found) = (kept.order.credits, entry.credits);
            return Err(self.at(entry.version, what("the grant"), expected, found));
        }
        let unpaid = matches!(
            kept.status,
            PurchaseStatus::Open
                | PurchaseStatus::Processing
                | PurchaseStatus::Expired
                | PurchaseStatus::Failed
        );
        if unpaid {
            return Err(self.at(entry.version, what("the status"), "paid", kept.status.as_str()));
        }
        Ok(())
    }
}

impl Walk<'_> {
    /// Holds what is kept of payments against what entries took back of their purchases.
    pub(super) fn close_purchases(&self) -> Result<(), Stopped> {
        for (purchase, bought) in &self.bought {
            let kept = self.books.taken_back(purchase)?.unwrap_or(bought.taken_back);
            if kept != bought.taken_back {
                let what = format!("what is kept as taken back of purchase {purchase}");
                return Err(self.besides(what, bought.taken_back, kept).into());
            }
        }
        Ok(())
    }
}

/// What grants cannot tell: purchases that are paid and have none, and grants that lost their entry.
pub(super) fn check(books: &Books<'_>) -> Result<(), Stopped> {
    if let Some((account, purchase)) = books.paid_without_grant()? {
        let what = format!("the grant of purchase {purchase}");
        let divergence = Divergence::of_ledger(&what, "an entry", "missing");
        return Err(Divergence { account: Some(account), ..divergence }.into());
    }
    if let Some((account, id)) = books.stray_grant()? {
        let what = format!("the entry of grant, adjustment or refund {id}");
        let divergence = Divergence::of_ledger(&what, "of that kind", "of another");
        return Err(Divergence { account: Some(account), ..divergence }.into());
    }
    Ok(())
}
