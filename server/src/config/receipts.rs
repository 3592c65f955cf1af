//! Who sends receipts, and by which way. The environment decides the way: it has the secrets.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

use super::environment::Environment;
use super::file::{At, WrittenReceipts};
use super::{Draft, Place, origin};
use crate::secret::Secret;

/// Where Resend answers unless the environment says otherwise.
const RESEND: &str = "https://api.resend.com";

/// How long whoever delivers mail may take for one.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Whom receipts are from where nobody sends them.
const NOBODY: &str = "receipts@localhost";

/// How receipts are written and sent.
#[derive(Clone, Debug)]
pub struct ReceiptsConfig {
    /// Who sells.
    pub seller: String,
    /// From whom mails are.
    pub from: Mailbox,
    /// Who reads answers, where that is somebody else.
    pub reply_to: Option<Mailbox>,
    /// Which way mails go.
    pub transport: Transport,
    /// How long whoever takes them there may take for one.
    pub timeout: Duration,
}

/// Which way mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Nowhere: they are written into the data directory.
    Files,
    /// By Resend.
    Resend {
        /// The key of the account there.
        api_key: Secret,
        /// Where it answers.
        api_base: Url,
    },
    /// By an SMTP server.
    Smtp {
        /// `smtps://user:password@host`.
        url: Secret,
    },
}

impl Draft<'_> {
    pub(super) fn receipts(
        &mut self,
        written: WrittenReceipts,
        environment: &Environment,
    ) -> Option<ReceiptsConfig> {
        let WrittenReceipts { seller, from, reply_to } = written;
        let transport = self.transport(environment);
        let sent_by = match &transport {
            Transport::Files => None,
            Transport::Resend { .. } => Some("CREDITPACK_RESEND_API_KEY"),
            Transport::Smtp { .. } => Some(SMTP_URL),
        };
        if let (None, Some(variable)) = (&from, sent_by) {
            let rule = format!(
                "receipts.from is missing: {variable} has mails sent, and they are from somebody"
            );
            let remedy = "write [receipts] and from = \"Example Prints <receipts@example.com>\"";
            self.add(&Place::Line(1), rule, remedy);
        }
        let from = match from {
            Some(from) => self.mailbox("from", from),
            None => NOBODY.parse().ok(),
        };
        let reply_to = reply_to.and_then(|reply_to| self.mailbox("reply_to", reply_to));
        let from = from?;
        let seller = match seller {
            Some(At { value, line }) => self.seller(value, line),
            None => from.name.clone().unwrap_or_else(|| from.email.domain().to_owned()),
        };
        Some(ReceiptsConfig { seller, from, reply_to, transport, timeout: TIMEOUT })
    }

    fn seller(&mut self, seller: String, line: usize) -> String {
        let length = seller.trim().chars().count();
        if !(1..=100).contains(&length) || seller.chars().any(char::is_control) {
            let rule = "receipts.seller must be 1 to 100 characters".to_owned();
            self.add(&Place::Line(line), rule, "write a short text, such as \"Example Prints\"");
        }
        seller
    }

    fn mailbox(&mut self, setting: &str, At { value, line }: At<String>) -> Option<Mailbox> {
        let mailbox = value.parse().ok();
        if mailbox.is_none() {
            let rule = format!("receipts.{setting} {value:?} must be an e-mail address");
            let remedy = "write it like \"Example Prints <receipts@example.com>\"";
            self.add(&Place::Line(line), rule, remedy);
        }
        mailbox
    }

    fn transport(&mut self, environment: &Environment) -> Transport {
        match (&environment.resend_api_key, &environment.smtp_url) {
            (None, None) => Transport::Files,
            (Some(api_key), None) => self.resend(api_key, environment),
            (None, Some(url)) => self.smtp(url),
            (Some(_), Some(_)) => {
                let rule = "is set, and so is CREDITPACK_RESEND_API_KEY".to_owned();
                self.add(&Place::Variable(SMTP_URL), rule, "set the one that mails go by");
                Transport::Files
            }
        }
    }

    fn resend(&mut self, api_key: &Secret, environment: &Environment) -> Transport {
        let written = environment.resend_api_base.as_deref();
        let base = Url::parse(written.unwrap_or(RESEND)).ok().filter(origin::is_base);
        let Some(api_base) = base else {
            let rule = "must be an http or https address".to_owned();
            let remedy = "write it like \"https://api.resend.com\"";
            self.add(&Place::Variable("CREDITPACK_RESEND_API_BASE"), rule, remedy);
            return Transport::Files;
        };
        Transport::Resend { api_key: api_key.clone(), api_base }
    }

    /// What is wrong with the address is told without the address: it has the password in it.
    fn smtp(&mut self, secret: &Secret) -> Transport {
        let example = "write it like \"smtps://user:password@smtp.example.com\"";
        let url = Url::parse(secret.expose()).ok();
        let url = url.filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
        let place = Place::Variable(SMTP_URL);
        let Some(url) = url else {
            self.add(&place, "must be an smtp or smtps address".to_owned(), example);
            return Transport::Files;
        };
        if is_open(&url) {
            let rule = "would send its password where others can read it".to_owned();
            self.add(&place, rule, "use smtps, or end it with \"?tls=required\"");
        }
        Transport::Smtp { url: secret.clone() }
    }
}

const SMTP_URL: &str = "CREDITPACK_SMTP_URL";

/// Whether a password would leave this machine in the open.
fn is_open(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    let local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    let encrypted = url.scheme() == "smtps"
        || url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    url.password().is_some() && !local && !encrypted
}
