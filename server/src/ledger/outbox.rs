//! The outbox: which receipts are still to be mailed, and what became of those that were.
//!
//! A mail is kept by the commit that grants its purchase, and every attempt is kept before it is
//! made: whatever crashes when, a mail is sent at least once, and an attempt that nobody remembers
//! the end of is repeated under the same name, which providers that know it do not send twice.

use std::path::Path;

use super::failure::OpenError;
use super::files;
use super::purchase_receipt::PurchaseReceipt;
use super::sqlite::{outbox, schema};
use super::store::{StoreError, Transaction};

/// How far a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It is to be sent.
    Pending,
    /// Whoever delivers it has it.
    Sent,
    /// It will not be tried again unless the operator says so.
    Failed,
}

impl std::fmt::Display for MailState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        })
    }
}

/// The mail of one receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whose receipt it carries.
    pub purchase: String,
    /// How far it is.
    pub state: MailState,
    /// How often it was asked for, from 1: by the grant, then by the operator.
    pub round: u32,
    /// How often this round was tried.
    pub attempts: u32,
    /// When this round was first tried; attempts that were held do not count.
    pub attempted_at_ms: Option<u64>,
    /// When to try next; none unless it is pending.
    pub due_at_ms: Option<u64>,
    /// What the provider calls it, once it has it.
    pub message: Option<String>,
    /// Why the last attempt did not succeed.
    pub reason: Option<String>,
    /// When anything of this last changed.
    pub changed_at_ms: u64,
}

/// A mail that is about to be tried, and the receipt it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The mail; this attempt is counted in it.
    pub mail: Mail,
    /// Whether the time for which it may be tried begins with this attempt.
    pub is_first: bool,
    /// What to tell.
    pub receipt: PurchaseReceipt,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// Whoever delivers it has it, and calls it that.
    Sent(Option<String>),
    /// It may succeed later.
    Later {
        /// Why not now.
        reason: String,
        /// When to try next.
        due_at_ms: u64,
    },
    /// It was its first, and certainly not taken, as nothing is at present: the time for which it
    /// may be tried begins with the next.
    NotNow {
        /// Why not now.
        reason: String,
        /// When to try next.
        due_at_ms: u64,
    },
    /// It will never succeed like this.
    Failed(String),
}

/// How full the outbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Mails that are still to be sent.
    pub pending: u64,
    /// Mails that will not be tried again unless the operator says so.
    pub failed: u64,
    /// When the oldest purchase was paid whose mail is still to be sent; none if none is.
    pub oldest_paid_at_ms: Option<u64>,
}

/// What the operator hears who asks for a receipt to be mailed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// It is sent next.
    Queued,
    /// There is no such purchase.
    Unknown,
    /// It was never paid.
    NotPaid,
    /// The buyer left no address, or it was erased.
    NoAddress,
}

/// Keeps the first mail of a receipt.
pub(super) fn post(tx: &mut Transaction<'_>, purchase: &str) -> Result<(), StoreError> {
    let mail = fresh(purchase, 1, tx.now_ms());
    tx.put_mail(&mail)
}

/// The mail that is due longest, noted as being tried; none if none is due.
pub(super) fn attempt(tx: &mut Transaction<'_>) -> Result<Option<Attempt>, StoreError> {
    let now_ms = tx.now_ms();
    let Some(due) = tx.mail_due()? else { return Ok(None) };
    let is_first = due.attempted_at_ms.is_none();
    let mail = Mail {
        attempts: due.attempts.saturating_add(1),
        attempted_at_ms: due.attempted_at_ms.or(Some(now_ms)),
        changed_at_ms: now_ms,
        ..due
    };
    tx.put_mail(&mail)?;
    let missing = StoreError::Senseless("a stored mail has no receipt");
    let receipt = tx.purchase_receipt(&mail.purchase)?.ok_or(missing)?;
    Ok(Some(Attempt { mail, is_first, receipt }))
}

/// Keeps what became of an attempt, unless the operator has asked for another round meanwhile. Says
/// whether the mail is known at all: its buyer may have been forgotten meanwhile.
pub(super) fn end_attempt(
    tx: &mut Transaction<'_>,
    tried: &Mail,
    end: &AttemptEnd,
) -> Result<bool, StoreError> {
    let Some(known) = tx.mail(&tried.purchase)? else { return Ok(false) };
    if known.round != tried.round {
        return Ok(true);
    }
    let attempted_at_ms = match end {
        AttemptEnd::NotNow { .. } => None,
        _ => known.attempted_at_ms,
    };
    let (state, due_at_ms, message, reason) = match end.clone() {
        AttemptEnd::Sent(message) => (MailState::Sent, None, message, None),
        AttemptEnd::Later { reason, due_at_ms } | AttemptEnd::NotNow { reason, due_at_ms } => {
            (MailState::Pending, Some(due_at_ms), None, Some(reason))
        }
        AttemptEnd::Failed(reason) => (MailState::Failed, None, None, Some(reason)),
    };
    let changed_at_ms = tx.now_ms();
    let ended = Mail { state, attempted_at_ms, due_at_ms, message, reason, changed_at_ms, ..known };
    tx.put_mail(&ended)?;
    Ok(true)
}

/// The mail of that purchase in a round of its own, which providers take for another mail.
pub(super) fn again(purchase: &str, before: Option<&Mail>, now_ms: u64) -> Mail {
    fresh(purchase, before.map_or(0, |mail| mail.round).saturating_add(1), now_ms)
}

fn fresh(purchase: &str, round: u32, now_ms: u64) -> Mail {
    Mail {
        purchase: purchase.to_owned(),
        state: MailState::Pending,
        round,
        attempts: 0,
        attempted_at_ms: None,
        due_at_ms: Some(now_ms),
        message: None,
        reason: None,
        changed_at_ms: now_ms,
    }
}

/// The mails of the ledger in `data_dir` that are not sent, or only those that failed; those that
/// changed last come last. It may be served meanwhile: this only reads.
///
/// # Errors
///
/// [`OpenError`] if there is no ledger, or it is of another schema than this program's.
pub fn unsent_mails(data_dir: &Path, failed_only: bool) -> Result<Vec<Mail>, OpenError> {
    let path = files::database_in(data_dir)?;
    let connection = schema::open_reader(&path)?;
    schema::require_present(&connection, &path)?;
    outbox::unsent(&connection, failed_only)
        .map_err(|error| OpenError::Unreadable { path, error: error.to_string() })
}

/// Has the receipt of that purchase mailed again, as a mail of its own, in the ledger in `data_dir`.
/// Whoever serves it, now or next, sends it.
///
/// # Errors
///
/// As [`unsent_mails`], and if the ledger cannot be written.
pub fn resend_receipt(data_dir: &Path, purchase: &str, now_ms: u64) -> Result<Resend, OpenError> {
    let path = files::database_in(data_dir)?;
    let mut connection = schema::open_beside(&path)?;
    outbox::resend(&mut connection, purchase, now_ms)
        .map_err(|error| OpenError::Unreadable { path, error: error.to_string() })
}
