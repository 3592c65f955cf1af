//! The only place that renders refusals: `application/problem+json` (RFC 9457).

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use creditpack::error::{Finality, explain};
use creditpack::wire::{Problem, ReceiptVerdict};
use creditpack::{Code, Epoch, Error, OpId};

use crate::ledger::Failure;
use crate::payments;

/// A refusal on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    problem: Box<Problem>,
    /// How many seconds to wait before asking again, where that is known.
    retry_after_s: Option<u64>,
}

/// The code that an answer refuses with; goes with the answer, for whoever counts them.
#[derive(Clone, Debug)]
pub(super) struct RefusedWith(pub(super) String);

impl Refusal {
    /// `invalid_request` for `field`, which breaks `rule`.
    pub(super) fn invalid(field: &str, rule: &str) -> Self {
        let detail = format!("{field} {rule}");
        let field = Some(field.to_owned());
        Self::of(Problem { field, detail, ..blank(Code::InvalidRequest) })
    }

    /// `invalid_request` for a body or a query as a whole.
    pub(super) fn malformed(detail: String) -> Self {
        Self::of(Problem { detail, ..blank(Code::InvalidRequest) })
    }

    /// A failure of our own, whose outcome nobody knows. It says nothing about why.
    pub(super) fn internal() -> Self {
        Self::of(Problem {
            kind: "about:blank".to_owned(),
            title: "Internal Server Error".to_owned(),
            status: 500,
            detail: "something went wrong here; ask again with the same op".to_owned(),
            code: "internal_error".to_owned(),
            ..Problem::default()
        })
    }

    /// `store_unavailable`, and what is the matter with it.
    pub(super) fn unavailable(detail: &str) -> Self {
        Self::of(Problem { detail: detail.to_owned(), ..blank(Code::StoreUnavailable) })
    }

    /// `rate_limited`: nothing was done, and will not be before so many seconds are over.
    pub(super) fn too_many(retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s.max(1)), ..Code::RateLimited.into() }
    }

    fn of(problem: Problem) -> Self {
        Self { problem: Box::new(problem), retry_after_s: None }
    }

    /// Of a verdict: says that it is one, on which op, and in which life of the database.
    #[must_use]
    pub(super) fn on(mut self, op: OpId, epoch: Epoch) -> Self {
        let code = Code::parse(&self.problem.code);
        if code.is_some_and(|code| code.finality() == Finality::Verdict) {
            self.problem.op = Some(op);
            self.problem.epoch = Some(epoch);
            self.problem.verdict = Some(ReceiptVerdict::Rejected);
        }
        self
    }

    /// Tells a caller whose op is too old what time it is here.
    #[must_use]
    pub(super) fn at(mut self, now_ms: u64) -> Self {
        if self.problem.code == Code::OpTooOld.as_str() {
            self.problem.server_time_ms = Some(now_ms);
        }
        self
    }
}

fn blank(code: Code) -> Problem {
    Problem {
        kind: format!("https://creditpack.dev/problems/{code}"),
        title: explain(code).to_owned(),
        status: code.status(),
        detail: explain(code).to_owned(),
        code: code.as_str().to_owned(),
        ..Problem::default()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let mut problem = Problem { detail: error.to_string(), ..blank(error.code()) };
        match error {
            Error::Invalid { field, .. } => problem.field = Some(field.to_owned()),
            Error::InsufficientCredits { required, available, version } => {
                problem.required = Some(required);
                problem.available = Some(available);
                problem.version = Some(version);
            }
            Error::Cancelled { version } => problem.version = Some(version),
            Error::CostChanged { current } => problem.credits = Some(current),
            Error::PriceChanged { price, credits } => {
                problem.price = Some(price);
                problem.credits = Some(credits);
            }
            Error::NotInCatalog { what, .. } => problem.field = Some(what.to_string()),
            Error::Promotion(refusal) => {
                problem.field = Some("promotion".to_owned());
                problem.reason = Some(refusal.as_str().to_owned());
            }
            Error::Refused(_) => {}
        }
        Self::of(problem)
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::of(blank(code))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        failure.code().into()
    }
}

impl From<payments::Refusal> for Refusal {
    fn from(refusal: payments::Refusal) -> Self {
        let code = refusal.error.code();
        let mut rendered = Self::from(refusal.error);
        if let Some(field) = refusal.field {
            rendered.problem.field = Some(field.to_owned());
            rendered.problem.detail = match code {
                Code::UrlNotAllowed => format!(
                    "{field} must be on one of the backend's allowed_origins, begin with http:// \
                     or https://, and be plain ASCII without a user, spaces and \\"
                ),
                _ => format!("{field}: {}", rendered.problem.detail),
            };
        }
        rendered
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = Code::parse(&self.problem.code);
        let seconds = self.retry_after_s.or(code.and_then(retry_after));
        let refused = RefusedWith(self.problem.code.clone());
        let mut response = (status, Json(self.problem)).into_response();
        response.extensions_mut().insert(refused);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// How many seconds to wait before asking again, where that helps.
const fn retry_after(code: Code) -> Option<u64> {
    match code {
        Code::ProviderUnavailable => Some(5),
        Code::Overloaded | Code::StoreUnavailable | Code::RateLimited => Some(1),
        // A person has to act first.
        Code::PaymentsNotConfigured => Some(60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_answered_with_its_status_and_its_name() {
        for &code in Code::ALL {
            let refusal = Refusal::from(code);
            assert_eq!(refusal.problem.code, code.as_str());
            let response = refusal.into_response();
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
            let waits = matches!(code.status(), 429 | 503);
            assert_eq!(response.headers().contains_key(RETRY_AFTER), waits, "{code}");
        }
    }
}
