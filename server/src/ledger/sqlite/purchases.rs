//! Purchases, and the webhook events that moved them.

use creditpack::AccountId;
use creditpack::money::{Currency, Money};
use creditpack::wire::Incoming;
use rusqlite::{Connection, params};

use super::super::place::Place;
use super::super::purchase::{NewPurchase, Purchase, PurchaseEvent, is_incoming};
use super::super::store::StoreError;
use super::Transaction;
use super::rows::{self, Columns};
use crate::feed::Event;

const INSERT: &str = "insert into purchases (purchase, account, checkout, pack, quantity, credits, \
    amount_minor, currency, body_sha256, success_url, cancel_url, email, locale, expires_at_ms, \
    status, session, url, created_at_ms, changed_at_ms, incoming, promotion, list_amount_minor) \
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
    ?20, ?21, ?22)";

/// The columns that [`read`] takes, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select purchase, accounts.account, checkout, pack, quantity, credits, currency, \
            amount_minor, coalesce(list_amount_minor, amount_minor), promotion, body_sha256, \
            success_url, cancel_url, email, locale, expires_at_ms, status, session, url, \
            created_at_ms, changed_at_ms \
            from purchases join accounts on accounts.key = purchases.account ",
            $rest
        )
    };
}

impl Transaction<'_> {
    /// The purchase of that id.
    pub(crate) fn purchase(&mut self, purchase: &str) -> Result<Option<Purchase>, StoreError> {
        by_id(self.connection, purchase)
    }

    /// The purchase of an account's checkout.
    pub(crate) fn purchase_by_checkout(
        &mut self,
        id: &AccountId,
        checkout: &str,
    ) -> Result<Option<Purchase>, StoreError> {
        by_checkout(self.connection, id, checkout)
    }

    /// Keeps a new purchase.
    pub(crate) fn add_purchase(&mut self, purchase: &Purchase) -> Result<(), StoreError> {
        let order = &purchase.order;
        let account = self.key_or_new(&order.account)?;
        self.connection.prepare_cached(INSERT)?.execute(params![
            order.purchase,
            account,
            order.checkout,
            order.pack,
            order.quantity,
            order.credits.get(),
            order.price.amount_minor,
            order.price.currency.as_str(),
            order.body_sha256,
            order.success_url,
            order.cancel_url,
            order.email,
            order.locale,
            order.expires_at_ms,
            purchase.status.as_str(),
            purchase.session,
            purchase.url,
            purchase.created_at_ms,
            purchase.changed_at_ms,
            is_incoming(purchase.status),
            order.promotion,
            order.list_price.amount_minor,
        ])?;
        Ok(())
    }

    /// Keeps how far a purchase is, and where it is paid.
    pub(crate) fn change_purchase(&mut self, purchase: &Purchase) -> Result<(), StoreError> {
        let sql = "update purchases set status = ?2, session = ?3, url = ?4, changed_at_ms = ?5, \
            incoming = ?6 where purchase = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            purchase.order.purchase,
            purchase.status.as_str(),
            purchase.session,
            purchase.url,
            purchase.changed_at_ms,
            is_incoming(purchase.status),
        ])?;
        Ok(())
    }

    /// Whether a webhook event has been taken before.
    pub(crate) fn knows_event(&mut self, event: &str) -> Result<bool, StoreError> {
        let sql = "select 1 from webhook_events where event = ?1";
        let found = rows::first(self.connection, sql, params![event], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Keeps that a webhook event was taken; nothing where the provider was asked.
    pub(crate) fn add_event(
        &mut self,
        event: &PurchaseEvent,
        purchase: &Purchase,
    ) -> Result<(), StoreError> {
        let Some(event) = &event.event else { return Ok(()) };
        let sql = "insert into webhook_events (event, purchase, at_ms) values (?1, ?2, ?3)";
        let params = params![event, purchase.order.purchase, self.now_ms];
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    /// Tells the whole list of what is to come for an account.
    pub(crate) fn announce_incoming(&mut self, id: &AccountId) -> Result<(), StoreError> {
        let account = self.key_or_new(id)?;
        let list = incoming(self.connection, account)?;
        self.tell(id, Event::Incoming(list));
        Ok(())
    }
}

pub(super) fn by_id(
    connection: &Connection,
    purchase: &str,
) -> Result<Option<Purchase>, StoreError> {
    rows::first(connection, select!("where purchase = ?1"), params![purchase], read)
}

pub(super) fn by_session(
    connection: &Connection,
    session: &str,
) -> Result<Option<Purchase>, StoreError> {
    rows::first(connection, select!("where session = ?1"), params![session], read)
}

pub(super) fn by_checkout(
    connection: &Connection,
    id: &AccountId,
    checkout: &str,
) -> Result<Option<Purchase>, StoreError> {
    let sql = select!("where accounts.account = ?1 and checkout = ?2");
    rows::first(connection, sql, params![id.as_str(), checkout], read)
}

/// Purchases the provider should be asked about, oldest first, after `place`.
pub(super) fn unsettled(
    connection: &Connection,
    place: &Place,
    limit: u32,
) -> Result<Vec<Purchase>, StoreError> {
    let sql = select!(
        "where status in ('open', 'processing') and session is not null \
        and (created_at_ms, purchase) > (?1, ?2) order by created_at_ms, purchase limit ?3"
    );
    rows::every(connection, sql, params![place.at_ms, place.id, limit], read)
}

/// What is to come for an account, oldest first.
pub(super) fn incoming(connection: &Connection, account: i64) -> Result<Vec<Incoming>, StoreError> {
    let sql = "select purchase, pack, credits, status from purchases \
        where account = ?1 and incoming = 1 order by created_at_ms, purchase";
    rows::every(connection, sql, params![account], |columns| {
        Ok(Incoming {
            purchase: columns.take()?,
            pack: columns.take()?,
            credits: columns.credits()?,
            status: columns.word(rows::status)?,
        })
    })
}

/// The open checkouts of an account that took the promotion of that code, oldest first.
pub(super) fn holding(
    connection: &Connection,
    account: i64,
    promotion: &str,
    limit: u32,
) -> Result<Vec<Purchase>, StoreError> {
    let sql = select!(
        "where purchases.account = ?1 and promotion = ?2 and status = 'open' \
        order by created_at_ms, purchase limit ?3"
    );
    rows::every(connection, sql, params![account, promotion, limit], read)
}

fn read(columns: &mut Columns<'_>) -> Result<Purchase, StoreError> {
    let order = order(columns)?;
    Ok(Purchase {
        order,
        status: columns.word(rows::status)?,
        session: columns.take()?,
        url: columns.take()?,
        created_at_ms: columns.take()?,
        changed_at_ms: columns.take()?,
    })
}

fn order(columns: &mut Columns<'_>) -> Result<NewPurchase, StoreError> {
    let (purchase, account, checkout) = (columns.take()?, columns.account_id()?, columns.take()?);
    let (pack, quantity, credits) = (columns.take()?, columns.take()?, columns.credits()?);
    let currency = columns.word(currency)?;
    let mut money = || Ok::<_, StoreError>(Money { amount_minor: columns.take()?, currency });
    Ok(NewPurchase {
        purchase,
        account,
        checkout,
        pack,
        quantity,
        credits,
        price: money()?,
        list_price: money()?,
        promotion: columns.take()?,
        body_sha256: columns.take()?,
        success_url: columns.take()?,
        cancel_url: columns.take()?,
        email: columns.take()?,
        locale: columns.take()?,
        expires_at_ms: columns.take()?,
    })
}

pub(super) fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::new(code).map_err(|_| StoreError::Senseless("a stored price has no known currency"))
}
