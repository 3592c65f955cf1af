//! From what a buyer asks for to a purchase that is kept, on terms that are decided where it is
//! kept: what one checkout takes of a promotion, the next one finds taken.

use creditpack::catalog::{Catalog, Promotion};
use creditpack::pricing::{Asked, Deal, PromotionRefusal, deal};
use creditpack::wire::{Expected, PurchaseStatus};
use creditpack::{AccountId, Error};

use super::offers::{self, Offers};
use super::purchase::{NewPurchase, Purchase};
use super::redemptions::Redeemed;
use super::store::{StoreError, Transaction, View};

/// What a buyer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseRequest {
    /// The backend's id of the purchase, unique for ever.
    pub purchase: String,
    /// Who buys.
    pub account: AccountId,
    /// The buyer's own id of the checkout, unique within the account.
    pub checkout: String,
    /// What is to be bought.
    pub asked: Asked,
    /// What the buyer was shown; anything else is refused.
    pub expected: Option<Expected>,
    /// SHA-256 of the request, by which a replay is told from a conflict.
    pub body_sha256: [u8; 32],
    /// Where the buyer goes after paying.
    pub success_url: String,
    /// Where the buyer goes without paying.
    pub cancel_url: String,
    /// Where the receipt goes.
    pub email: Option<String>,
    /// The buyer's language.
    pub locale: Option<String>,
    /// Until when the buyer may pay.
    pub expires_at_ms: u64,
}

/// The answer to [`super::Ledger::create_purchase`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreatedPurchase {
    /// It is new.
    Created(Purchase),
    /// The account has this very checkout already.
    Replayed(Purchase),
    /// The account has another checkout of that id.
    Conflict,
    /// The rules refuse it; nothing is kept.
    Refused {
        /// Why.
        error: Error,
        /// The account's own open checkouts that alone are to blame: once they have expired, the
        /// same request is granted what they hold.
        in_the_way: Vec<Purchase>,
    },
}

pub(super) fn create(
    tx: &mut Transaction<'_>,
    request: &PurchaseRequest,
) -> Result<CreatedPurchase, StoreError> {
    if let Some(known) = tx.purchase_by_checkout(&request.account, &request.checkout)? {
        let same = known.order.body_sha256 == request.body_sha256;
        return Ok(if same { CreatedPurchase::Replayed(known) } else { CreatedPurchase::Conflict });
    }
    let offered = offers::offered(tx, &request.account)?;
    let (catalog, asked, now_ms) = (&*offered.catalog, &request.asked, tx.now_ms());
    let account = &request.account;
    let redeemed = redeemed(asked, catalog, |code| tx.redeemed(account, code, catalog))?;
    let decided = deal(catalog, asked, &redeemed.all(), now_ms);
    match decided.and_then(|deal| expected(request, deal)) {
        Ok(_) if redeemed.would_hoard() => {
            let error = PromotionRefusal::UsedByAccount.into();
            Ok(CreatedPurchase::Refused { error, in_the_way: redeemed.own_open() })
        }
        Ok(deal) => {
            let purchase = kept(request, deal, now_ms);
            tx.add_purchase(&purchase)?;
            tx.add_purchase_variants(&request.purchase, &offered.assignments)?;
            tx.keep_variants(&request.account, &offered.assignments, now_ms)?;
            Ok(CreatedPurchase::Created(purchase))
        }
        Err(error) => {
            let alone = deal(catalog, asked, &redeemed.without_own_open(), now_ms);
            let alone = alone.and_then(|deal| expected(request, deal));
            Ok(refused(error, alone, redeemed))
        }
    }
}

/// The refusal of a request that would have come to `alone` but for the account's own open
/// checkouts.
fn refused(error: Error, alone: Result<Deal, Error>, redeemed: Redeemed) -> CreatedPurchase {
    match (error, alone) {
        (error @ Error::Promotion(_), Ok(_)) => {
            CreatedPurchase::Refused { error, in_the_way: redeemed.own_open() }
        }
        // Nothing is called off for a purchase that would be refused all the same.
        (Error::Promotion(_), Err(error @ Error::PriceChanged { .. })) | (error, _) => {
            CreatedPurchase::Refused { error, in_the_way: Vec::new() }
        }
    }
}

/// The terms on which an account could buy now. What its own open checkouts hold does not count
/// against it: a checkout would expire them first.
pub(super) fn quote(
    view: &View,
    offers: &Offers,
    account: &AccountId,
    asked: &Asked,
    now_ms: u64,
) -> Result<Result<Deal, Error>, StoreError> {
    let offered = offers.offered(account, || view.kept_variants(account))?;
    let catalog = &*offered.catalog;
    let redeemed = redeemed(asked, catalog, |code| view.redeemed(account, code, catalog))?;
    Ok(deal(catalog, asked, &redeemed.without_own_open(), now_ms))
}

/// How often the promotion that is asked for was taken, as it is `read`; nothing where none is.
fn redeemed(
    asked: &Asked,
    catalog: &Catalog,
    read: impl FnOnce(&Promotion) -> Result<Redeemed, StoreError>,
) -> Result<Redeemed, StoreError> {
    let promotion = asked.promotion.as_ref().and_then(|code| catalog.promotion(code));
    promotion.map_or_else(|| Ok(Redeemed::default()), read)
}

/// The deal, if it is what the buyer was shown.
fn expected(request: &PurchaseRequest, deal: Deal) -> Result<Deal, Error> {
    let Deal { price, credits, .. } = deal;
    let now = Expected { amount_minor: price.amount_minor, currency: price.currency, credits };
    if request.expected.is_some_and(|expected| expected != now) {
        return Err(Error::PriceChanged { price, credits });
    }
    Ok(deal)
}

fn kept(request: &PurchaseRequest, deal: Deal, now_ms: u64) -> Purchase {
    let request = request.clone();
    let order = NewPurchase {
        purchase: request.purchase,
        account: request.account,
        checkout: request.checkout,
        pack: request.asked.pack,
        quantity: request.asked.quantity,
        credits: deal.credits,
        price: deal.price,
        list_price: deal.list_price,
        promotion: deal.promotion,
        body_sha256: request.body_sha256,
        success_url: request.success_url,
        cancel_url: request.cancel_url,
        email: request.email,
        locale: request.locale,
        expires_at_ms: request.expires_at_ms,
    };
    Purchase {
        order,
        status: PurchaseStatus::Open,
        session: None,
        url: None,
        created_at_ms: now_ms,
        changed_at_ms: now_ms,
    }
}
