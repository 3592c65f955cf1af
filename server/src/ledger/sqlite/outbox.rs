//! Mails that are to be sent, and those that were.

use rusqlite::{Connection, TransactionBehavior, params};

use super::super::outbox::{self, Mail, MailState, Outbox, Resend};
use super::super::purchase_receipt::is_receipted;
use super::super::store::StoreError;
use super::rows::{self, Columns};
use super::{Transaction, View, purchases};

/// The columns that [`read`] takes, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select purchase, state, round, attempts, attempted_at_ms, due_at_ms, message, reason, \
            changed_at_ms from outbox ",
            $rest
        )
    };
}

const PUT: &str = "insert or replace into outbox (purchase, state, round, attempts, \
    attempted_at_ms, due_at_ms, message, reason, changed_at_ms) \
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

impl Transaction<'_> {
    /// The mail of that purchase's receipt.
    pub(crate) fn mail(&mut self, purchase: &str) -> Result<Option<Mail>, StoreError> {
        of(self.connection, purchase)
    }

    /// The mail that is due now, and longest.
    pub(crate) fn mail_due(&mut self) -> Result<Option<Mail>, StoreError> {
        let sql = select!(
            "where state = 'pending' and due_at_ms <= ?1 order by due_at_ms, purchase limit 1"
        );
        rows::first(self.connection, sql, params![self.now_ms], read)
    }

    /// Keeps a mail as it is now.
    pub(crate) fn put_mail(&mut self, mail: &Mail) -> Result<(), StoreError> {
        put(self.connection, mail)
    }
}

impl View {
    /// When the next mail is due; none if none is pending.
    pub(crate) fn next_mail_at_ms(&self) -> Result<Option<u64>, StoreError> {
        let sql = "select due_at_ms from outbox where state = 'pending' order by due_at_ms limit 1";
        rows::first(&self.connection, sql, [], |columns| {
            let at_ms = columns.take()?;
            Ok(at_ms)
        })
    }

    /// How full the outbox is.
    pub(crate) fn outbox(&self) -> Result<Outbox, StoreError> {
        let sql = "select (select count(*) from outbox where state = 'pending'), \
            (select count(*) from outbox where state = 'failed'), \
            (select min(paid_at_ms) from outbox join purchase_receipts using (purchase) \
                where state = 'pending')";
        let found = rows::first(&self.connection, sql, [], |columns| {
            Ok(Outbox {
                pending: columns.take()?,
                failed: columns.take()?,
                oldest_paid_at_ms: columns.take()?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }
}

/// Every mail that is not sent, or only those that failed; those that changed last come last.
pub(in super::super) fn unsent(
    connection: &Connection,
    failed_only: bool,
) -> Result<Vec<Mail>, StoreError> {
    let failed = select!("where state = 'failed' order by changed_at_ms, purchase");
    let both = select!("where state in ('failed', 'pending') order by changed_at_ms, purchase");
    rows::every(connection, if failed_only { failed } else { both }, [], read)
}

/// Has the receipt of that purchase mailed again, in a transaction of its own: the writer keeps
/// nothing of the outbox in memory.
pub(in super::super) fn resend(
    connection: &mut Connection,
    purchase: &str,
    now_ms: u64,
) -> Result<Resend, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(known) = purchases::by_id(&transaction, purchase)? else { return Ok(Resend::Unknown) };
    if !is_receipted(known.status) {
        return Ok(Resend::NotPaid);
    }
    if known.order.email.is_none() {
        return Ok(Resend::NoAddress);
    }
    let before = of(&transaction, purchase)?;
    put(&transaction, &outbox::again(purchase, before.as_ref(), now_ms))?;
    transaction.commit()?;
    Ok(Resend::Queued)
}

fn put(connection: &Connection, mail: &Mail) -> Result<(), StoreError> {
    connection.prepare_cached(PUT)?.execute(params![
        mail.purchase,
        mail.state.to_string(),
        mail.round,
        mail.attempts,
        mail.attempted_at_ms,
        mail.due_at_ms,
        mail.message,
        mail.reason,
        mail.changed_at_ms,
    ])?;
    Ok(())
}

fn of(connection: &Connection, purchase: &str) -> Result<Option<Mail>, StoreError> {
    rows::first(connection, select!("where purchase = ?1"), params![purchase], read)
}

fn read(columns: &mut Columns<'_>) -> Result<Mail, StoreError> {
    Ok(Mail {
        purchase: columns.take()?,
        state: columns.word(state)?,
        round: columns.take()?,
        attempts: columns.take()?,
        attempted_at_ms: columns.take()?,
        due_at_ms: columns.take()?,
        message: columns.take()?,
        reason: columns.take()?,
        changed_at_ms: columns.take()?,
    })
}

fn state(word: &str) -> Result<MailState, StoreError> {
    let states = [MailState::Pending, MailState::Sent, MailState::Failed];
    let found = states.into_iter().find(|state| state.to_string() == word);
    found.ok_or(StoreError::Senseless("a stored mail has no known state"))
}
