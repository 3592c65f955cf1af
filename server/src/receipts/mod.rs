//! Receipts: what a buyer gets for a payment, by mail and as a page.
//!
//! The commit that grants a purchase keeps its receipt and, where the buyer left an address, its
//! mail; nothing here can hold up a grant. `worker` sends what is kept through a `mailer`.

mod content;
mod files;
mod language;
mod letter;
mod listing;
mod mailer;
mod message;
mod page;
mod resend;
mod smtp;
mod words;
mod worker;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use listing::{ListError, list, resend};
pub use mailer::Mailer;
pub use page::POLICY;

use crate::config::{Config, PaymentsMode, Transport};
use crate::ledger::{Attempt, Failure, Ledger, PurchaseReceipt, ReceiptSecret};
use crate::metrics::ReceiptMeter;
use content::{Content, Surroundings};
use files::Files;
use mailer::Letter;
use resend::Resend;
use smtp::Smtp;

/// Where mails are written that nobody sends.
const DIRECTORY: &str = "outbox";

/// Why mails cannot be sent as the config says.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The HTTP client cannot be made.
    #[error("cannot reach Resend from here: {0}")]
    Resend(reqwest::Error),
    /// The SMTP server's address cannot be used.
    #[error("CREDITPACK_SMTP_URL cannot be used: {0}")]
    Smtp(lettre::transport::smtp::Error),
}

/// Everything about receipts. Clones are the same.
#[derive(Clone, Debug)]
pub struct Receipts {
    ledger: Ledger,
    config: Arc<Config>,
    public_url: Arc<str>,
    meter: ReceiptMeter,
}

/// Removes the mails about those purchases that were written as files in `data_dir`, also where mails
/// go another way by now.
///
/// # Errors
///
/// What the system refuses; it may be repeated.
pub async fn forget(data_dir: &Path, purchases: Vec<String>) -> io::Result<()> {
    let directory = data_dir.join(DIRECTORY);
    let removed = tokio::task::spawn_blocking(move || files::remove(&directory, &purchases));
    removed.await.map_err(io::Error::other)?
}

impl Receipts {
    /// Receipts as `config` wants them. `public_url` is where buyers reach us, without a `/` at its
    /// end.
    pub fn new(config: Arc<Config>, ledger: Ledger, public_url: &str) -> Self {
        Self { ledger, config, public_url: public_url.into(), meter: ReceiptMeter::default() }
    }

    /// What mailing them measures.
    pub const fn meter(&self) -> &ReceiptMeter {
        &self.meter
    }

    /// Whoever delivers the mails that [`Receipts::deliver`] sends.
    ///
    /// # Errors
    ///
    /// [`MailerError`] if the config names one that cannot be used.
    pub fn mailer(&self) -> Result<Mailer, MailerError> {
        let timeout = self.config.receipts.timeout;
        Ok(match &self.config.receipts.transport {
            Transport::Files => Mailer::Files(Files::new(self.ledger.data_dir().join(DIRECTORY))),
            Transport::Resend { api_key, api_base } => {
                let resend = Resend::new(api_base, api_key.clone(), timeout);
                Mailer::Resend(resend.map_err(MailerError::Resend)?)
            }
            Transport::Smtp { url } => {
                Mailer::Smtp(Smtp::new(url, timeout).map_err(MailerError::Smtp)?)
            }
        })
    }

    /// Where the receipt of that purchase can be seen; none while it is not paid.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the ledger does not answer.
    pub async fn url_of(&self, purchase: &str) -> Result<Option<String>, Failure> {
        let receipt = self.ledger.purchase_receipt(purchase.to_owned()).await?;
        Ok(receipt.map(|receipt| self.url(&receipt)))
    }

    /// The page of the receipt with that secret; none if there is none.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the ledger does not answer.
    pub async fn page(&self, secret: &str) -> Result<Option<String>, Failure> {
        let Some(secret) = ReceiptSecret::parse(secret) else { return Ok(None) };
        let receipt = self.ledger.receipt_by_secret(secret).await?;
        Ok(receipt.map(|receipt| page::receipt(&self.content(&receipt))))
    }

    /// The page for a link that leads nowhere, in the language of `locale` if we speak it.
    pub fn unknown_page(locale: Option<&str>) -> String {
        page::unknown(locale)
    }

    fn url(&self, receipt: &PurchaseReceipt) -> String {
        format!("{}/r/{}", self.public_url, receipt.secret.text())
    }

    fn content(&self, receipt: &PurchaseReceipt) -> Content {
        Content::of(
            receipt,
            Surroundings {
                seller: &self.config.receipts.seller,
                catalog: &self.config.catalog,
                pretended: matches!(
                    self.config.payments,
                    Some(PaymentsMode::Test | PaymentsMode::Sandbox)
                ),
                url: &self.url(receipt),
            },
        )
    }

    /// The mail that an attempt sends; none if there is no address any more.
    fn letter(&self, attempt: &Attempt) -> Option<Letter> {
        let Attempt { mail, receipt, .. } = attempt;
        let content = self.content(receipt);
        let settings = &self.config.receipts;
        let key = match mail.round {
            1 => format!("receipt/{}", mail.purchase),
            round => format!("receipt/{}/{round}", mail.purchase),
        };
        Some(Letter {
            key,
            from: settings.from.to_string(),
            to: receipt.purchase.order.email.clone()?,
            reply_to: settings.reply_to.as_ref().map(ToString::to_string),
            subject: content.subject(),
            language: content.tag().to_owned(),
            html: letter::html(&content),
            text: letter::text(&content),
            written_at_ms: mail.attempted_at_ms.unwrap_or(receipt.paid_at_ms),
        })
    }
}
