//! Requests to Stripe's API, each tried a few times within a bounded time.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::lenient;
use super::patience::{TRIES_MAX, is_worth_retrying, pause};
use crate::clock::Stopwatch;
use crate::config::StripeConfig;
use crate::payments::counted::{Count, Counted};
use crate::secret::Secret;

/// The version of the API that everything here is written for.
pub const VERSION: &str = "2026-10-28.endive";

/// How long a connection may take to open.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// All tries of a request together take no more than so many times what one may.
const TIMES_MAX: u32 = 2;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How Stripe is asked.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    base: String,
    key: Secret,
    timeout: Duration,
    counted: Arc<Counted>,
}

/// Why there is no answer to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    /// Nobody answered, or nothing that makes sense, or Stripe is busy.
    Unreachable,
    /// Stripe repeats a failure that it keeps for this idempotency key.
    Repeated,
    /// The answer is longer than is read.
    TooLong,
    /// Something that the request names is not there: its object, or what a list is of.
    Missing,
    /// Stripe refuses the request.
    Refused {
        /// The parameter that it dislikes.
        param: Option<String>,
    },
}

/// What a try came to.
enum Tried {
    Answered(Vec<u8>),
    Failed { error: ApiError, again: bool, retry_after: Option<String> },
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Explained,
}

#[derive(Default, Deserialize)]
struct Explained {
    #[serde(rename = "type", default, deserialize_with = "lenient::field")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::field")]
    param: Option<String>,
}

/// A request, the same at every try.
struct Request<'a> {
    method: Method,
    address: String,
    form: Option<String>,
    key: Option<&'a str>,
}

impl Api {
    pub(super) fn new(stripe: &StripeConfig, counted: Arc<Counted>) -> Self {
        let client = Client::builder()
            .user_agent(concat!("creditpackd/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_MAX.min(stripe.timeout))
            .timeout(stripe.timeout)
            // The key goes to the address that was configured and to no other.
            .redirect(Policy::none());
        #[expect(clippy::expect_used, reason = "only a system without TLS has none")]
        let client = client.build().expect("an HTTP client");
        let (base, key) = (stripe.api_base.clone(), stripe.secret_key.clone());
        Self { client, base, key, timeout: stripe.timeout, counted }
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ApiError> {
        let query = encoded(query.iter().copied());
        let address = format!("{}{path}?{query}", self.base);
        self.ask(Request { method: Method::GET, address, form: None, key: None }).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(String, String)],
        key: Option<&str>,
    ) -> Result<T, ApiError> {
        let form = encoded(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let address = format!("{}{path}", self.base);
        self.ask(Request { method: Method::POST, address, form: Some(form), key }).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, ApiError> {
        let begun = Stopwatch::start();
        for tried in 1.. {
            self.counted.add(Count::ProviderRequest);
            let (error, again, retry_after) = match self.attempt(&request).await {
                Tried::Answered(body) => match serde_json::from_slice(&body) {
                    Ok(answer) => return Ok(answer),
                    Err(error) => {
                        tracing::warn!(%error, "an answer of Stripe's address makes no sense");
                        (ApiError::Unreachable, true, None)
                    }
                },
                Tried::Failed { error, again, retry_after } => (error, again, retry_after),
            };
            let pause = pause(tried, retry_after.as_deref()).filter(|pause| {
                again
                    && tried < TRIES_MAX
                    && begun.elapsed() + *pause + self.timeout <= self.timeout * TIMES_MAX
            });
            let Some(pause) = pause else {
                self.counted.add(match error {
                    ApiError::Refused { .. } | ApiError::Missing => Count::ProviderRefusal,
                    ApiError::Unreachable | ApiError::Repeated | ApiError::TooLong => {
                        Count::ProviderUnreachable
                    }
                });
                return Err(error);
            };
            self.counted.add(Count::ProviderRetry);
            tokio::time::sleep(pause).await;
        }
        Err(ApiError::Unreachable)
    }

    async fn attempt(&self, request: &Request<'_>) -> Tried {
        match self.send(request).await {
            Ok(tried) => tried,
            Err(error) => {
                // The address of a request has no secret in it.
                tracing::warn!(error = %causes(&error), "Stripe cannot be reached");
                let error = ApiError::Unreachable;
                Tried::Failed { error, again: true, retry_after: None }
            }
        }
    }

    async fn send(&self, request: &Request<'_>) -> Result<Tried, reqwest::Error> {
        let mut sent = self
            .client
            .request(request.method.clone(), &request.address)
            .bearer_auth(self.key.expose())
            .header("stripe-version", VERSION);
        if let Some(form) = &request.form {
            sent =
                sent.header("content-type", "application/x-www-form-urlencoded").body(form.clone());
        }
        if let Some(key) = request.key {
            sent = sent.header("idempotency-key", key);
        }
        let mut answer = sent.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                tracing::warn!("an answer of Stripe's address is too long to be read");
                let error = ApiError::TooLong;
                return Ok(Tried::Failed { error, again: false, retry_after: None });
            }
        }
        Ok(if status.is_success() {
            Tried::Answered(body)
        } else {
            failed(status, &headers, &body)
        })
    }
}

fn failed(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Tried {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let again = is_worth_retrying(status, header("stripe-should-retry"));
    let explained = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
    let is_explained = explained.as_ref().is_some_and(|explained| explained.kind.is_some());
    let Explained { kind, code, message, param } = explained.unwrap_or_default();
    let request = header("request-id");
    // Objects are missing with 404, what a list is of with 400.
    let is_missing = status == StatusCode::NOT_FOUND || code.as_deref() == Some("resource_missing");
    let status_code = status.as_u16();
    tracing::warn!(status_code, kind, code, message, param, request, "Stripe did not answer it");
    let is_repeated = status.is_server_error() && header("idempotent-replayed") == Some("true");
    let error = if is_repeated {
        ApiError::Repeated
    } else if again || status.is_server_error() || !is_explained {
        // Whoever is in between does not explain itself as Stripe does.
        ApiError::Unreachable
    } else if is_missing {
        ApiError::Missing
    } else {
        ApiError::Refused { param }
    };
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let again = again && !is_repeated;
    Tried::Failed { error, again, retry_after: retry_after.map(str::to_owned) }
}

/// An error with what caused it, each once.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A form, or a query: brackets as they are, values encoded.
fn encoded<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let field = |(name, value): (&str, &str)| format!("{name}={}", segment(value));
    fields.map(field).collect::<Vec<_>>().join("&")
}

/// A text that stands for itself within an address.
pub(super) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
