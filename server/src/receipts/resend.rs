//! Resend: `POST /emails` (resend.com/docs/api-reference/emails/send-email).

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use serde::{Deserialize, Serialize};
use url::Url;

use super::mailer::{Accepted, Letter, Refusal};
use crate::secret::Secret;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// So much of an answer is read at most.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long to wait where a quota is used up and nobody says until when.
const QUOTA_WAIT: Duration = Duration::from_secs(60 * 60);

/// The longest wait that is believed.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// An account at Resend.
#[derive(Debug)]
pub struct Resend {
    client: Client,
    emails: String,
    api_key: Secret,
}

#[derive(Serialize)]
struct Email<'a> {
    from: &'a str,
    to: &'a str,
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<&'a str>,
    headers: Headers<'a>,
}

#[derive(Serialize)]
struct Headers<'a> {
    #[serde(rename = "Auto-Submitted")]
    auto_submitted: &'a str,
    #[serde(rename = "Content-Language")]
    content_language: &'a str,
}

#[derive(Deserialize)]
struct Sent {
    id: String,
}

#[derive(Default, Deserialize)]
struct Mistake {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
}

impl Resend {
    /// The account of `api_key`, at `base` (`https://api.resend.com`), which has `timeout` to
    /// answer.
    ///
    /// # Errors
    ///
    /// What the system refuses: its certificates cannot be read, for instance.
    pub fn new(base: &Url, api_key: Secret, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("creditpackd/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(redirect::Policy::none());
        let emails = format!("{}/emails", base.as_str().trim_end_matches('/'));
        Ok(Self { client: client.build()?, emails, api_key })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<Accepted, Refusal> {
        let email = Email {
            from: &letter.from,
            to: &letter.to,
            subject: &letter.subject,
            html: &letter.html,
            text: &letter.text,
            reply_to: letter.reply_to.as_deref(),
            headers: Headers {
                auto_submitted: "auto-generated",
                content_language: &letter.language,
            },
        };
        let request = self
            .client
            .post(&self.emails)
            .bearer_auth(self.api_key.expose())
            .header("idempotency-key", &letter.key)
            .json(&email);
        // Neither the address nor the key is in what it says.
        let answer = request.send().await.map_err(|error| Refusal::later(unanswered(&error)))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = body(answer).await?;
        if !status.is_success() {
            return Err(refusal(status, &headers, &body));
        }
        match serde_json::from_slice::<Sent>(&body) {
            Ok(Sent { id }) => Ok(Accepted { message: Some(id), pause: exhausted(&headers) }),
            // Somebody in between, who answers for everything: it is tried again, under its key.
            Err(_) => Err(Refusal::later("resend: the answer is not one of its own")),
        }
    }
}

fn unanswered(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot be reached"
    } else {
        "the connection broke off"
    };
    format!("resend: {what}")
}

async fn body(mut answer: Response) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    while let Some(chunk) =
        answer.chunk().await.map_err(|error| Refusal::later(unanswered(&error)))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(Refusal::later("resend: the answer does not end"));
        }
    }
    Ok(body)
}

/// What an error means for the mail.
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let Mistake { name, message } = serde_json::from_slice(body).unwrap_or_default();
    let reason = format!("resend: {} {name}: {message}", status.as_u16());
    let wait = seconds(headers, RETRY_AFTER.as_str());
    let later = |wait, for_all| Refusal::Later { reason: reason.clone(), wait, for_all };
    match (status.as_u16(), name.as_str()) {
        (429, "daily_quota_exceeded" | "monthly_quota_exceeded") => {
            Refusal::NotNow { reason, wait: wait.unwrap_or(QUOTA_WAIT) }
        }
        (429, _) => {
            let wait = wait.or_else(|| seconds(headers, "ratelimit-reset"));
            Refusal::NotNow { reason, wait: wait.unwrap_or(Duration::from_secs(1)) }
        }
        // The mail is not to blame for the key: the operator has a day to put it right.
        (401, _) | (403, "invalid_api_key" | "restricted_api_key") => later(wait, true),
        (408 | 425, _) | (409, "concurrent_idempotent_requests") => later(wait, false),
        // The key is of this mail alone, so it is an earlier attempt that Resend knows.
        (409, "invalid_idempotent_request") => Refusal::Never(format!(
            "{reason} (it has an earlier attempt, which read otherwise, and probably sent it)"
        )),
        (400..=499, _) => Refusal::Never(reason),
        _ => later(wait, false),
    }
}

/// How long to wait if nothing more may be sent now.
fn exhausted(headers: &HeaderMap) -> Option<Duration> {
    let remaining = headers.get("ratelimit-remaining")?.to_str().ok()?;
    (remaining.trim() == "0").then(|| seconds(headers, "ratelimit-reset")).flatten()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(Duration::from_secs(text.trim().parse().ok()?).min(WAIT_MAX))
}
