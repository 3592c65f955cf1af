//! Payments, what came back of them, and how far events were read.

use creditpack::Credits;
use creditpack::ledger::{Payment, Reversal, ReversalKind, ReversalState};
use rusqlite::params;

use super::super::purchase::Purchase;
use super::super::reversal::{KeptReversal, Paid};
use super::super::store::StoreError;
use super::rows::{self, Columns};
use super::{Transaction, View, purchases};

impl Transaction<'_> {
    /// Keeps what was paid for a purchase as it grants.
    pub(crate) fn add_payment(
        &mut self,
        purchase: &str,
        paid: &Paid,
        granted: Credits,
    ) -> Result<(), StoreError> {
        let sql = "insert into payments (purchase, payment, amount, tax, currency, credits) \
            values (?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.prepare_cached(sql)?.execute(params![
            purchase,
            paid.payment,
            paid.amount,
            paid.tax,
            paid.currency,
            granted.get(),
        ])?;
        Ok(())
    }

    /// What was paid for a purchase and in which currency, once it has granted.
    pub(crate) fn payment(
        &mut self,
        purchase: &str,
    ) -> Result<Option<(Payment, String)>, StoreError> {
        let sql = "select amount, credits, currency from payments where purchase = ?1";
        rows::first(self.connection, sql, params![purchase], |columns| {
            let (amount, granted) = (columns.take()?, columns.credits()?);
            Ok((Payment { amount, granted }, columns.take()?))
        })
    }

    /// The reversal of that id, and the purchase it is of.
    pub(crate) fn reversal(
        &mut self,
        reversal: &str,
    ) -> Result<Option<(String, KeptReversal)>, StoreError> {
        let sql = "select purchase, reversal, kind, state, amount, currency, claimed, taken \
            from reversals where reversal = ?1";
        rows::first(self.connection, sql, params![reversal], |columns| {
            Ok((columns.take()?, kept(columns)?))
        })
    }

    /// The reversals of a purchase that are in the currency of its payment, in the order they came;
    /// before there is a payment, all of them.
    pub(crate) fn reversals(&mut self, purchase: &str) -> Result<Vec<KeptReversal>, StoreError> {
        let sql = "select reversal, kind, state, reversals.amount, reversals.currency, claimed, \
            reversals.taken \
            from reversals left join payments using (purchase) where purchase = ?1 \
            and reversals.currency = coalesce(payments.currency, reversals.currency) \
            order by at_ms, reversal";
        rows::every(self.connection, sql, params![purchase], kept)
    }

    /// The reversals of a purchase that are in another currency than its payment.
    pub(crate) fn reversals_in_other_currency(
        &mut self,
        purchase: &str,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "select reversal from reversals join payments using (purchase) \
            where purchase = ?1 and reversals.currency <> payments.currency order by at_ms, reversal";
        let name = |columns: &mut Columns<'_>| columns.take::<String>();
        rows::every(self.connection, sql, params![purchase], name)
    }

    /// Keeps a reversal, or how far it is.
    pub(crate) fn keep_reversal(
        &mut self,
        purchase: &str,
        kept: &KeptReversal,
    ) -> Result<(), StoreError> {
        let sql = "insert into reversals \
            (reversal, purchase, kind, state, amount, currency, claimed, taken, at_ms) \
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
            on conflict do update set state = ?4, amount = ?5, currency = ?6, claimed = ?7, taken = ?8";
        let of = kept.of;
        self.connection.prepare_cached(sql)?.execute(params![
            kept.id,
            purchase,
            of.kind.as_str(),
            of.state.as_str(),
            of.amount,
            kept.currency,
            of.claimed.get(),
            of.taken.get(),
            self.now_ms,
        ])?;
        Ok(())
    }

    /// Notes which entry a reversal's clawback made, and that so much more is taken.
    pub(crate) fn note_clawback(
        &mut self,
        purchase: &str,
        reversal: &str,
        entry: &creditpack::Entry,
    ) -> Result<(), StoreError> {
        let sql = "update reversals set clawed_version = ?2 where reversal = ?1";
        let params = params![reversal, entry.version.get()];
        self.connection.prepare_cached(sql)?.execute(params)?;
        self.change_taken(purchase, entry.credits.signed())
    }

    /// Notes which entry undid a reversal's clawback, and that so much less is taken.
    pub(crate) fn note_reinstatement(
        &mut self,
        purchase: &str,
        reversal: &str,
        entry: &creditpack::Entry,
    ) -> Result<(), StoreError> {
        let sql = "update reversals set reinstated_version = ?2 where reversal = ?1";
        let params = params![reversal, entry.version.get()];
        self.connection.prepare_cached(sql)?.execute(params)?;
        self.change_taken(purchase, -entry.credits.signed())
    }

    fn change_taken(&mut self, purchase: &str, by: i64) -> Result<(), StoreError> {
        let sql = "update payments set taken = taken + ?2 where purchase = ?1";
        self.connection.prepare_cached(sql)?.execute(params![purchase, by])?;
        Ok(())
    }

    /// Keeps up to when a provider's events were read.
    pub(crate) fn keep_event_cursor(
        &mut self,
        provider: &str,
        read_to_s: u64,
    ) -> Result<(), StoreError> {
        let sql = "insert into event_cursors (provider, read_to_s) values (?1, ?2) \
            on conflict do update set read_to_s = max(read_to_s, ?2)";
        self.connection.prepare_cached(sql)?.execute(params![provider, read_to_s])?;
        Ok(())
    }

    /// The purchase of that session.
    pub(crate) fn purchase_by_session(
        &mut self,
        session: &str,
    ) -> Result<Option<Purchase>, StoreError> {
        purchases::by_session(self.connection, session)
    }
}

impl View {
    /// The purchase that a provider's payment paid.
    pub(crate) fn purchase_by_payment(
        &self,
        payment: &str,
    ) -> Result<Option<Purchase>, StoreError> {
        let sql = "select purchase from payments where payment = ?1";
        let found = rows::first(&self.connection, sql, params![payment], |columns| {
            columns.take::<String>()
        })?;
        found.map_or(Ok(None), |purchase| purchases::by_id(&self.connection, &purchase))
    }

    /// What was paid for a purchase; none before it granted.
    pub(crate) fn paid(&self, purchase: &str) -> Result<Option<Paid>, StoreError> {
        let sql = "select payment, amount, tax, currency from payments where purchase = ?1";
        rows::first(&self.connection, sql, params![purchase], |columns| {
            Ok(Paid {
                payment: columns.take()?,
                amount: columns.take()?,
                tax: columns.take()?,
                currency: columns.take()?,
            })
        })
    }

    /// Every reversal of a purchase, in the order they came.
    pub(crate) fn reversals(&self, purchase: &str) -> Result<Vec<KeptReversal>, StoreError> {
        let sql = "select reversal, kind, state, amount, currency, claimed, taken \
            from reversals where purchase = ?1 order by at_ms, reversal";
        rows::every(&self.connection, sql, params![purchase], kept)
    }

    /// Up to when a provider's events were read.
    pub(crate) fn event_cursor(&self, provider: &str) -> Result<Option<u64>, StoreError> {
        let sql = "select read_to_s from event_cursors where provider = ?1";
        let read_to_s = |columns: &mut Columns<'_>| columns.take::<u64>();
        rows::first(&self.connection, sql, params![provider], read_to_s)
    }
}

fn kept(columns: &mut Columns<'_>) -> Result<KeptReversal, StoreError> {
    let id = columns.take()?;
    let (kind, state) = (columns.word(kind)?, columns.word(state)?);
    let (amount, currency) = (columns.take()?, columns.take()?);
    let (claimed, taken) = (columns.credits()?, columns.credits()?);
    Ok(KeptReversal { id, currency, of: Reversal { kind, state, amount, claimed, taken } })
}

fn kind(word: &str) -> Result<ReversalKind, StoreError> {
    ReversalKind::parse(word).ok_or(StoreError::Senseless("a stored reversal is of no known kind"))
}

fn state(word: &str) -> Result<ReversalState, StoreError> {
    ReversalState::parse(word).ok_or(StoreError::Senseless("a stored reversal has no known state"))
}
