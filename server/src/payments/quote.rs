//! What a purchase would cost, before anybody decides to make it.

use creditpack::pricing::Asked;
use creditpack::wire::{QuoteAnswer, QuoteRequest};
use creditpack::{AccountId, catalog};

use super::{Payments, Refusal};

/// How long a quote is worth remembering: a quarter of an hour.
const GOOD_FOR_MS: u64 = 15 * 60 * 1000;

impl Payments {
    /// The price of a purchase for that account now. Nothing is set aside: the checkout decides
    /// again.
    ///
    /// # Errors
    ///
    /// `unknown_pack`, `promotion_invalid`; `invalid_request` for a quantity or a currency it is not
    /// sold in; and what the ledger fails with.
    pub async fn quote(
        &self,
        account: AccountId,
        request: QuoteRequest,
    ) -> Result<QuoteAnswer, Refusal> {
        let catalog = &self.config.catalog;
        let asked = Asked {
            pack: request.pack,
            quantity: catalog::quantity(request.quantity.unwrap_or(1))?,
            currency: request.currency.unwrap_or(catalog.currency),
            promotion: request.promotion,
        };
        let deal = self.ledger.quote(account, asked).await??;
        let promotion = deal.promotion.as_ref().and_then(|code| catalog.promotion(code));
        let ends_at_ms = promotion.and_then(|promotion| promotion.ends_at_ms);
        let soon_ms = self.ledger.clock().now_ms() + GOOD_FOR_MS;
        Ok(QuoteAnswer {
            list_price: deal.list_price,
            price: deal.price,
            credits: deal.credits,
            expires_at_ms: ends_at_ms.map_or(soon_ms, |ends_at_ms| ends_at_ms.min(soon_ms)),
        })
    }
}
