//! The seam between us and whoever delivers mail.

use std::time::Duration;

use super::files::Files;
use super::resend::Resend;
use super::smtp::Smtp;

/// A mail in the words of no deliverer in particular.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What tells it from every other mail: the same for each attempt to send it.
    pub key: String,
    /// From whom: a name and an address.
    pub from: String,
    /// To whom: an address.
    pub to: String,
    /// Who reads answers, where that is somebody else.
    pub reply_to: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The language it is written in.
    pub language: String,
    /// Its text, marked up.
    pub html: String,
    /// The same, plain.
    pub text: String,
    /// When it was first tried to be sent.
    pub written_at_ms: u64,
}

/// A mail that somebody will deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it is called there.
    pub message: Option<String>,
    /// How long to wait before the next one.
    pub pause: Option<Duration>,
}

/// Why a mail was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It may be accepted later, at the earliest after `wait` where that was said.
    Later {
        /// Why not now.
        reason: String,
        /// How long to wait at least.
        wait: Option<Duration>,
        /// Whether that holds for every other mail too.
        for_all: bool,
    },
    /// Nothing is accepted at present, this mail or another: it certainly was not. At the earliest
    /// after `wait` something may be.
    NotNow {
        /// Why not now.
        reason: String,
        /// How long to wait.
        wait: Duration,
    },
    /// It never will be.
    Never(String),
}

impl Refusal {
    /// One that may pass by itself.
    pub(super) fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), wait: None, for_all: false }
    }
}

/// Who delivers mail.
#[derive(Debug)]
pub enum Mailer {
    /// Nobody: mails are written into a directory.
    Files(Files),
    /// Resend.
    Resend(Resend),
    /// An SMTP server.
    Smtp(Smtp),
}

impl Mailer {
    /// Hands a letter over. The same letter may be handed over again, under the same key.
    ///
    /// # Errors
    ///
    /// Why not. After `Later` nobody knows whether it was delivered; after `NotNow` it certainly was not.
    pub async fn send(&self, letter: &Letter) -> Result<Accepted, Refusal> {
        match self {
            Self::Files(files) => files.write(letter).await,
            Self::Resend(resend) => resend.send(letter).await,
            Self::Smtp(smtp) => smtp.send(letter).await,
        }
    }
}
