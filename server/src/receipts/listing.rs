//! `creditpackd receipts`: what is not sent, for the operator.

use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::ledger::{Mail, OpenError, Resend, resend_receipt, unsent_mails};

/// Why the operator was not served.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// The receipt of that purchase cannot be sent.
    #[error("{purchase}: {why}")]
    Refused {
        /// Which purchase.
        purchase: String,
        /// Why not.
        why: &'static str,
    },
    /// The answer cannot be told.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Tells on standard output which receipts are not sent: a line for each, with its purchase, its
/// state, how often it was tried, when it last was, and why it did not succeed.
///
/// It only reads, and a running backend goes on meanwhile.
///
/// # Errors
///
/// [`ListError`].
pub fn list(data: &Path, failed_only: bool) -> Result<(), ListError> {
    let mails = unsent_mails(data, failed_only)?;
    let mut out = io::stdout().lock();
    if mails.is_empty() {
        let which = if failed_only { "failed" } else { "waits to be sent" };
        return Ok(writeln!(out, "no receipt {which}")?);
    }
    for mail in mails {
        writeln!(out, "{}", line(&mail))?;
    }
    Ok(())
}

/// Has the receipt of that purchase sent again, as a mail of its own, by whoever serves the ledger
/// now or next.
///
/// # Errors
///
/// [`ListError::Refused`] if there is nothing to send or nobody to send it to.
pub fn resend(data: &Path, purchase: &str) -> Result<(), ListError> {
    let refused = |why| Err(ListError::Refused { purchase: purchase.to_owned(), why });
    match resend_receipt(data, purchase, Clock::system().now_ms())? {
        Resend::Queued => {
            Ok(writeln!(io::stdout().lock(), "the receipt of {purchase} is sent again")?)
        }
        Resend::Unknown => refused("there is no such purchase"),
        Resend::NotPaid => refused("it was never paid, so it has no receipt"),
        Resend::NoAddress => refused("the buyer left no address, or it was erased"),
    }
}

fn line(mail: &Mail) -> String {
    let Mail { purchase, state, attempts, changed_at_ms, .. } = mail;
    let at = i64::try_from(*changed_at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = at.map(|at| at.to_string()).unwrap_or_default();
    let reason = mail.reason.as_deref().unwrap_or("not tried yet");
    format!("{purchase}  {state:<7}  attempts {attempts}  {at}  {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::MailState;

    #[test]
    fn a_line_says_all_there_is_to_know() {
        let mail = Mail {
            purchase: "pur_1".into(),
            state: MailState::Failed,
            round: 1,
            attempts: 3,
            attempted_at_ms: Some(0),
            due_at_ms: None,
            message: None,
            reason: Some("resend: 422 invalid_parameter: no".into()),
            changed_at_ms: 1_800_000_000_000,
        };
        assert_eq!(
            line(&mail),
            "pur_1  failed   attempts 3  2027-01-15T08:00:00Z  resend: 422 invalid_parameter: no"
        );
    }
}
