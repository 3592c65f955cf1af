//! Checkouts: from what a buyer asks for to a purchase that can be paid.

use creditpack::pricing::Asked;
use creditpack::wire::{CheckoutRequest, PurchaseStatus};
use creditpack::{AccountId, Code, catalog};
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use super::{Payments, Refusal, return_url};
use crate::ledger::{CreatedPurchase, Purchase, PurchaseRequest};

/// How long a buyer may take to pay: a day, which is as long as payment providers allow, less an hour
/// for clocks that differ.
const OPEN_MS: u64 = 23 * 60 * 60 * 1000;

/// So often a checkout calls off those in its way: another tab may have opened one meanwhile.
const CALL_OFFS_MAX: u32 = 3;

/// A purchase that was asked for, and whether it had been before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The purchase.
    pub purchase: Purchase,
    /// Whether this very checkout was made before.
    pub replayed: bool,
}

impl Payments {
    /// Makes a checkout, or finds it again.
    ///
    /// The purchase is durable before the provider hears of it, so that no payment is ever without
    /// one.
    ///
    /// # Errors
    ///
    /// `payments_not_configured`; `checkout_conflict` if the id was used with another body;
    /// `unknown_pack`, `promotion_invalid`, `price_changed`, `url_not_allowed`; `invalid_request`
    /// for a quantity or currency it is not sold in; `provider_unavailable`, after which the same
    /// checkout may be made again; and what the ledger fails with.
    pub async fn check_out(
        &self,
        account: AccountId,
        request: CheckoutRequest,
    ) -> Result<Order, Refusal> {
        self.provider()?;
        let body_sha256 = fingerprint(&account, &request);
        let known = self.ledger.purchase_by_checkout(account.clone(), request.id.clone()).await?;
        let order = match known {
            Some(purchase) if purchase.order.body_sha256 == body_sha256 => {
                Order { purchase, replayed: true }
            }
            Some(_) => return Err(Code::CheckoutConflict.into()),
            None => self.ordered(self.request(account, request, body_sha256)?).await?,
        };
        Ok(Order { purchase: self.with_session(order.purchase).await?, ..order })
    }

    /// The account's checkout of that id. What is not settled yet is asked of the provider first,
    /// so that a lost webhook delays nobody who looks. A provider that does not answer keeps nobody
    /// from seeing what is known.
    ///
    /// # Errors
    ///
    /// `unknown_checkout`, and what the ledger fails with.
    pub async fn checkout(&self, account: AccountId, id: String) -> Result<Purchase, Refusal> {
        let known = self.ledger.purchase_by_checkout(account, id).await?;
        let purchase = known.ok_or(Code::UnknownCheckout)?;
        self.asked_if_answered(purchase).await
    }

    fn request(
        &self,
        account: AccountId,
        request: CheckoutRequest,
        body_sha256: [u8; 32],
    ) -> Result<PurchaseRequest, Refusal> {
        return_url::check("success_url", &request.success_url, &self.config.allowed_origins)?;
        return_url::check("cancel_url", &request.cancel_url, &self.config.allowed_origins)?;
        let now_ms = self.ledger.clock().now_ms();
        Ok(PurchaseRequest {
            purchase: format!("pur_{}", Ulid::from_parts(now_ms, rand::random())).to_lowercase(),
            account,
            checkout: request.id,
            asked: Asked {
                pack: request.pack,
                quantity: catalog::quantity(request.quantity.unwrap_or(1))?,
                currency: request.currency.unwrap_or(self.config.catalog.currency),
                promotion: request.promotion,
            },
            expected: request.expected,
            body_sha256,
            success_url: request.success_url,
            cancel_url: request.cancel_url,
            email: request.email,
            locale: request.locale,
            expires_at_ms: now_ms + OPEN_MS,
        })
    }

    /// A new purchase. Where the account's own open checkouts alone are in its way, those are
    /// called off first: whoever has left a checkout is not locked out by it.
    async fn ordered(&self, request: PurchaseRequest) -> Result<Order, Refusal> {
        let mut created = self.ledger.create_purchase(request.clone()).await?;
        for _ in 0..CALL_OFFS_MAX {
            let CreatedPurchase::Refused { in_the_way, .. } = &mut created else { break };
            if in_the_way.is_empty() {
                break;
            }
            for purchase in std::mem::take(in_the_way) {
                self.call_off(purchase).await?;
            }
            created = self.ledger.create_purchase(request.clone()).await?;
        }
        match created {
            CreatedPurchase::Created(purchase) => Ok(Order { purchase, replayed: false }),
            CreatedPurchase::Replayed(purchase) => Ok(Order { purchase, replayed: true }),
            CreatedPurchase::Conflict => Err(Code::CheckoutConflict.into()),
            CreatedPurchase::Refused { error, .. } => Err(error.into()),
        }
    }

    /// Has the provider expire an open checkout, and believes only the provider: one that is being
    /// paid meanwhile goes on.
    async fn call_off(&self, purchase: Purchase) -> Result<(), Refusal> {
        // One that was cut off before it had a session gets it first, so that there is one to end:
        // whoever makes it at the same time is then sent to a session that has expired.
        let purchase = match purchase.session {
            Some(_) => purchase,
            None => self.with_session(purchase).await?,
        };
        let Some(session) = &purchase.session else { return Ok(()) };
        let ended = self.provider()?.expire(session).await?;
        if let Some(session) = ended {
            self.settle_asked(purchase, session).await?;
        }
        Ok(())
    }

    /// The purchase with somewhere to pay it. One that was cut off before it got there gets it now.
    async fn with_session(&self, purchase: Purchase) -> Result<Purchase, Refusal> {
        if purchase.session.is_some() || purchase.status != PurchaseStatus::Open {
            return self.asked_if_answered(purchase).await;
        }
        let session = self.provider()?.create_session(&purchase).await?;
        let url = session.url.unwrap_or_default();
        let id = purchase.order.purchase.clone();
        let attached = self.ledger.attach_session(id, session.id, url).await?;
        Ok(attached.unwrap_or(purchase))
    }

    /// The purchase as it is once the provider has been asked about it, or, where the provider does
    /// not answer, as it is known here.
    async fn asked_if_answered(&self, purchase: Purchase) -> Result<Purchase, Refusal> {
        match self.asked(purchase.clone()).await {
            Err(refusal) if refusal.error.code() == Code::ProviderUnavailable => Ok(purchase),
            asked => asked,
        }
    }

    /// The purchase as it is once the provider has been asked about it.
    pub(super) async fn asked(&self, mut purchase: Purchase) -> Result<Purchase, Refusal> {
        use PurchaseStatus::{Expired, Open, Processing};
        let unsettled = matches!(purchase.status, Open | Processing | Expired);
        let (Some(provider), Some(session), true) = (&self.provider, &purchase.session, unsettled)
        else {
            return Ok(purchase);
        };
        let Some(session) = provider.retrieve(session).await? else { return Ok(purchase) };
        purchase.url.clone_from(&session.url);
        self.settle_asked(purchase, session).await
    }
}

/// What tells a replay from a conflict: everything that was asked for.
fn fingerprint(account: &AccountId, request: &CheckoutRequest) -> [u8; 32] {
    let named = CheckoutRequest { account: Some(account.clone()), ..request.clone() };
    // The request was read from JSON, so it can be written as JSON.
    Sha256::digest(serde_json::to_vec(&named).unwrap_or_default()).into()
}
