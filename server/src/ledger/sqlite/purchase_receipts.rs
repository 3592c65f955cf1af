//! Receipts of purchases.

use creditpack::money::{Currency, Money};
use rusqlite::{Connection, params};

use super::super::purchase_receipt::{Charged, PurchaseReceipt, ReceiptSecret};
use super::super::store::StoreError;
use super::{Transaction, View, purchases, rows};

impl Transaction<'_> {
    /// Keeps the receipt of a purchase.
    pub(crate) fn add_purchase_receipt(
        &mut self,
        purchase: &str,
        secret: &ReceiptSecret,
        paid_at_ms: u64,
    ) -> Result<(), StoreError> {
        let sql = "insert into purchase_receipts (purchase, secret, secret_sha256, paid_at_ms) \
            values (?1, ?2, ?3, ?4)";
        let params = params![purchase, secret.bytes(), secret.sha256(), paid_at_ms];
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    /// The receipt of that purchase.
    pub(crate) fn purchase_receipt(
        &mut self,
        purchase: &str,
    ) -> Result<Option<PurchaseReceipt>, StoreError> {
        of(self.connection, purchase)
    }
}

impl View {
    /// The receipt of that purchase.
    pub(crate) fn purchase_receipt(
        &self,
        purchase: &str,
    ) -> Result<Option<PurchaseReceipt>, StoreError> {
        of(&self.connection, purchase)
    }

    /// The receipt with that secret, which is found by its hash.
    pub(crate) fn receipt_by_secret(
        &self,
        secret: &ReceiptSecret,
    ) -> Result<Option<PurchaseReceipt>, StoreError> {
        let sql = "select purchase from purchase_receipts where secret_sha256 = ?1";
        let purchase = rows::first(&self.connection, sql, params![secret.sha256()], |columns| {
            let purchase: String = columns.take()?;
            Ok(purchase)
        })?;
        purchase.map_or(Ok(None), |purchase| of(&self.connection, &purchase))
    }
}

fn of(connection: &Connection, purchase: &str) -> Result<Option<PurchaseReceipt>, StoreError> {
    let sql = "select secret, paid_at_ms from purchase_receipts where purchase = ?1";
    let kept = rows::first(connection, sql, params![purchase], |columns| {
        Ok((ReceiptSecret::from_bytes(columns.take()?), columns.take()?))
    })?;
    let Some((secret, paid_at_ms)) = kept else { return Ok(None) };
    let charged = charged(connection, purchase)?;
    let purchase = purchases::by_id(connection, purchase)?;
    Ok(purchase.map(|purchase| PurchaseReceipt { purchase, secret, paid_at_ms, charged }))
}

/// What the provider charged; none where that was not kept, or cannot be told in money.
fn charged(connection: &Connection, purchase: &str) -> Result<Option<Charged>, StoreError> {
    let sql = "select amount, tax, currency from payments where purchase = ?1";
    let kept = rows::first(connection, sql, params![purchase], |columns| {
        Ok((columns.take()?, columns.take()?, columns.take()?))
    })?;
    Ok(kept.and_then(|(total, tax, currency): (u64, u64, String)| {
        let currency = Currency::new(&currency).ok()?;
        let money = |amount| Money::of_provider(amount, currency).ok();
        Some(Charged { total: money(total)?, tax: money(tax)? })
    }))
}
