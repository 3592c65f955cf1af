//! Payment sessions of test mode.

use rusqlite::{Connection, params};

use super::super::place::Place;
use super::super::store::StoreError;
use super::super::test_session::{PaymentStatus, SessionStatus, TestSession};
use super::Transaction;
use super::rows::{self, Columns};

/// Enums whose values are stored as words: each value once, with its word.
macro_rules! words {
    ($to:ident, $from:ident, $of:ty, $what:literal, {$($variant:path = $word:literal,)*}) => {
        const fn $to(value: $of) -> &'static str {
            match value { $($variant => $word,)* }
        }

        fn $from(word: &str) -> Result<$of, StoreError> {
            match word { $($word => Ok($variant),)* _ => Err(StoreError::Senseless($what)) }
        }
    };
}

words!(status_word, status, SessionStatus, "a stored session has no known status", {
    SessionStatus::Open = "open",
    SessionStatus::Complete = "complete",
    SessionStatus::Expired = "expired",
});

words!(payment_word, payment, PaymentStatus, "a stored session has no known payment", {
    PaymentStatus::Unpaid = "unpaid",
    PaymentStatus::Paid = "paid",
    PaymentStatus::Failed = "failed",
});

impl Transaction<'_> {
    /// Keeps a new session.
    pub(crate) fn add_test_session(&mut self, session: &TestSession) -> Result<(), StoreError> {
        let sql = "insert into test_sessions \
            (id, purchase, status, payment, due_at_ms, created_at_ms) \
            values (?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.prepare_cached(sql)?.execute(params![
            session.id,
            session.purchase,
            status_word(session.status),
            payment_word(session.payment),
            session.due_at_ms,
            session.created_at_ms,
        ])?;
        Ok(())
    }

    /// Changes a session to `next` if it still is as `before`; says whether.
    pub(crate) fn change_test_session(
        &mut self,
        before: &TestSession,
        next: &TestSession,
    ) -> Result<bool, StoreError> {
        let sql = "update test_sessions set status = ?5, payment = ?6, due_at_ms = ?7 \
            where id = ?1 and status = ?2 and payment = ?3 and due_at_ms is ?4";
        let changed = self.connection.prepare_cached(sql)?.execute(params![
            before.id,
            status_word(before.status),
            payment_word(before.payment),
            before.due_at_ms,
            status_word(next.status),
            payment_word(next.payment),
            next.due_at_ms,
        ])?;
        Ok(changed == 1)
    }
}

/// The session of that id.
pub(super) fn by_id(connection: &Connection, id: &str) -> Result<Option<TestSession>, StoreError> {
    let sql = "select id, purchase, status, payment, due_at_ms, created_at_ms \
        from test_sessions where id = ?1";
    rows::first(connection, sql, params![id], read)
}

/// Sessions that have something left to do, the most urgent first, after `place`.
pub(super) fn due(
    connection: &Connection,
    place: &Place,
    limit: u32,
) -> Result<Vec<TestSession>, StoreError> {
    let sql = "select id, purchase, status, payment, due_at_ms, created_at_ms \
        from test_sessions where due_at_ms is not null and (due_at_ms, id) > (?1, ?2) \
        order by due_at_ms, id limit ?3";
    rows::every(connection, sql, params![place.at_ms, place.id, limit], read)
}

fn read(columns: &mut Columns<'_>) -> Result<TestSession, StoreError> {
    Ok(TestSession {
        id: columns.take()?,
        purchase: columns.take()?,
        status: columns.word(status)?,
        payment: columns.word(payment)?,
        due_at_ms: columns.take()?,
        created_at_ms: columns.take()?,
    })
}
