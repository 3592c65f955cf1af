//! A letter as a message of the Internet (RFC 5322): for SMTP servers and for files.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::mailer::{Letter, Refusal};

/// The message, whose id is made of the letter's key: whoever gets it twice may tell.
pub(super) fn message(letter: &Letter) -> Result<Message, Refusal> {
    let from = mailbox(&letter.from)?;
    let id = format!("<{}@{}>", letter.key.replace('/', "."), from.email.domain());
    let written = UNIX_EPOCH + Duration::from_millis(letter.written_at_ms);
    let mut message = Message::builder()
        .from(from)
        .to(mailbox(&letter.to)?)
        .subject(&letter.subject)
        .message_id(Some(id))
        .date(written);
    if let Some(reply_to) = &letter.reply_to {
        message = message.reply_to(mailbox(reply_to)?);
    }
    let parts = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let mut message = message.multipart(parts).map_err(|error| never(&error))?;
    let headers = message.headers_mut();
    for (name, value) in [
        // Nobody answers by a machine to a machine (RFC 3834).
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", letter.language.as_str()),
        // Resend sends what it gets by SMTP under the same key once, as by its API.
        ("Resend-Idempotency-Key", letter.key.as_str()),
    ] {
        let name = HeaderName::new_from_ascii_str(name);
        headers.insert_raw(HeaderValue::new(name, value.to_owned()));
    }
    Ok(message)
}

fn mailbox(text: &str) -> Result<Mailbox, Refusal> {
    text.parse().map_err(|error: lettre::address::AddressError| never(&error))
}

fn never(error: &dyn std::error::Error) -> Refusal {
    Refusal::Never(error.to_string())
}
