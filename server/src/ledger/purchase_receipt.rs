//! Receipts of purchases: what a buyer opens with a link that nobody can guess.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use creditpack::money::Money;
use creditpack::wire::PurchaseStatus;
use sha2::{Digest as _, Sha256};

use super::outbox;
use super::purchase::Purchase;
use super::store::{StoreError, Transaction};

/// The secret in a receipt's link: 128 random bits. Whoever knows it may see the receipt.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptSecret([u8; 16]);

impl ReceiptSecret {
    /// A new one that nobody can guess.
    pub(super) fn random() -> Self {
        Self(rand::random())
    }

    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads what [`ReceiptSecret::text`] wrote; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// As it stands in a link: 22 characters that need no escaping.
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What it is found by.
    pub(super) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for ReceiptSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The receipt of a purchase that was paid, whatever became of it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseReceipt {
    /// What was bought.
    pub purchase: Purchase,
    /// What its link ends with.
    pub secret: ReceiptSecret,
    /// When it was paid.
    pub paid_at_ms: u64,
    /// What the provider charged, where it said so.
    pub charged: Option<Charged>,
}

/// What a provider charged for a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// All in all.
    pub total: Money,
    /// How much of that is tax.
    pub tax: Money,
}

/// Whether a purchase in this state was ever paid, and so has a receipt.
pub const fn is_receipted(status: PurchaseStatus) -> bool {
    use PurchaseStatus::{Disputed, Paid, PartiallyRefunded, Refunded};
    matches!(status, Paid | PartiallyRefunded | Refunded | Disputed)
}

/// Keeps the receipt of a purchase that is being paid, and its mail, if there is where to send it.
pub(super) fn issue(tx: &mut Transaction<'_>, purchase: &Purchase) -> Result<(), StoreError> {
    let (id, now_ms) = (&purchase.order.purchase, tx.now_ms());
    tx.add_purchase_receipt(id, &ReceiptSecret::random(), now_ms)?;
    if purchase.order.email.is_some() {
        outbox::post(tx, id)?;
    }
    Ok(())
}

/// The receipt of that purchase. One that was paid before receipts were kept gets it now, without
/// a mail. None if it was never paid.
pub(super) fn receipt(
    tx: &mut Transaction<'_>,
    purchase: &str,
) -> Result<Option<PurchaseReceipt>, StoreError> {
    if let Some(receipt) = tx.purchase_receipt(purchase)? {
        return Ok(Some(receipt));
    }
    let Some(purchase) = tx.purchase(purchase)? else { return Ok(None) };
    if !is_receipted(purchase.status) {
        return Ok(None);
    }
    let id = &purchase.order.purchase;
    tx.add_purchase_receipt(id, &ReceiptSecret::random(), purchase.changed_at_ms)?;
    tx.purchase_receipt(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_is_never_shown() {
        let secret = ReceiptSecret::random();
        let text = secret.text();
        assert_eq!((text.len(), ReceiptSecret::parse(&text)), (22, Some(secret.clone())));
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_ne!(secret, ReceiptSecret::random());
        // The last character carries two bits only: another spelling of it is no secret.
        let zero = ReceiptSecret::from_bytes([0; 16]).text();
        assert!(ReceiptSecret::parse(&zero.replacen('A', "", 1)).is_none());
        for other in ["", "x", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA=", "../etc/passwd"]
        {
            assert!(ReceiptSecret::parse(other).is_none(), "{other}");
        }
    }
}
