//! Mails by SMTP.

use std::time::Duration;

use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::mailer::{Accepted, Letter, Refusal};
use super::message::message;
use crate::secret::Secret;

/// An SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

impl Smtp {
    /// The server at `url` (`smtps://user:password@host`), which has `timeout` for each mail.
    ///
    /// # Errors
    ///
    /// What is wrong with the address.
    pub fn new(url: &Secret, timeout: Duration) -> Result<Self, smtp::Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())?;
        Ok(Self { transport: builder.timeout(Some(timeout)).build(), timeout })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<Accepted, Refusal> {
        let message = message(letter)?;
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(Ok(answer)) => {
                Ok(Accepted { message: answer.first_line().map(str::to_owned), pause: None })
            }
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Refusal::later("smtp: no answer in time")),
        }
    }
}

/// What an error means for the mail.
fn refusal(error: &smtp::Error) -> Refusal {
    let reason = format!("smtp: {error}");
    match error.status().map(u16::from) {
        // The mail is not to blame for the password: the operator has a day to put it right.
        Some(530 | 534 | 535 | 538) => Refusal::Later { reason, wait: None, for_all: true },
        _ if error.is_permanent() => Refusal::Never(reason),
        _ => Refusal::later(reason),
    }
}

impl std::fmt::Debug for Smtp {
    /// Without its address, which has the password in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
