//! Who is calling, and for whom they may.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use creditpack::{AccountId, Code};

use super::App;
use super::problem::Refusal;
use crate::keys::SecretKeys;

/// Who is calling, by the credential they sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// One of the product's servers: may do everything, for any account it names.
    Secret,
    /// A browser: may speak for one account until its token expires.
    Client {
        /// Whom it speaks for.
        account: AccountId,
        /// When its token expires.
        expires_at_ms: u64,
    },
}

impl Caller {
    /// The account that the call is about. A client's own need not be named.
    ///
    /// Refused: `invalid_request` where a secret key names none, `forbidden` where a client names
    /// another's.
    pub(super) fn account(&self, named: Option<AccountId>) -> Result<AccountId, Refusal> {
        match (self, named) {
            (Self::Secret, Some(named)) => Ok(named),
            (Self::Secret, None) => {
                Err(Refusal::invalid("account", "must be named where a secret key is used"))
            }
            (Self::Client { account, .. }, Some(named)) if named != *account => {
                Err(Code::Forbidden.into())
            }
            (Self::Client { account, .. }, _) => Ok(account.clone()),
        }
    }

    /// Whether a call that need not be about an account is about one: a client's always is.
    pub(super) const fn is_about_one(&self, named: Option<&AccountId>) -> bool {
        matches!(self, Self::Client { .. }) || named.is_some()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        match credential(parts)? {
            Some(credential) => identify(app, credential),
            None => Err(Code::TokenMissing.into()),
        }
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Refusal> {
        credential(parts)?.map(|credential| identify(app, credential)).transpose()
    }
}

/// A call that only the product's servers may make.
pub(super) struct SecretCaller;

impl FromRequestParts<App> for SecretCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        match <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await? {
            Caller::Secret => Ok(Self),
            Caller::Client { .. } => Err(Code::Forbidden.into()),
        }
    }
}

/// The bearer credential, if any `Authorization` was sent.
fn credential(parts: &Parts) -> Result<Option<&str>, Refusal> {
    let Some(sent) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let bearer = sent.to_str().ok().and_then(|text| text.split_once(' '));
    match bearer {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(credential.trim()))
        }
        _ => Err(Code::TokenInvalid.into()),
    }
}

fn identify(app: &App, credential: &str) -> Result<Caller, Refusal> {
    if SecretKeys::is_one(credential) {
        let accepted = app.keys.secret_keys.accept(credential);
        return accepted.then_some(Caller::Secret).ok_or(Code::TokenInvalid.into());
    }
    let token = app.keys.client_tokens.read(credential, app.ledger.clock().now_ms())?;
    Ok(Caller::Client { account: token.account, expires_at_ms: token.expires_at_ms })
}
