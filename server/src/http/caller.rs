//! Who is calling, for whom they may, and what a secret key must be for.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use creditpack::{AccountId, Code};

use super::App;
use super::problem::Refusal;
use crate::keys::{AcceptedKey, ClientToken, SecretKeys};
use crate::ledger::Scope;

/// Who is calling, by the credential they sent.
///
/// As an argument of a handler it lets in browsers and secret keys that may do everything; the
/// extractors below let in others, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// One of the product's servers: may act for any account it names.
    Secret(AcceptedKey),
    /// A browser: may speak for one account until its token expires.
    Client {
        /// Whom it speaks for.
        account: AccountId,
        /// When its token expires.
        expires_at_ms: u64,
        /// The name of the key that signed it.
        kid: Arc<str>,
    },
}

/// What a request's credential turned out to be; kept with the request once it is known.
#[derive(Clone, Debug)]
pub(super) struct Identified(pub(super) Result<Option<Caller>, Refusal>);

impl Caller {
    /// The account that the call is about. A client's own need not be named.
    ///
    /// Refused: `invalid_request` where a secret key names none, `forbidden` where a client names
    /// another's.
    pub(super) fn account(&self, named: Option<AccountId>) -> Result<AccountId, Refusal> {
        match (self, named) {
            (Self::Secret(_), Some(named)) => Ok(named),
            (Self::Secret(_), None) => {
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

    /// The caller, unless it is a secret key that is not for this.
    fn scoped(self, needed: Scope) -> Result<Self, Refusal> {
        match &self {
            Self::Secret(key) if !key.scopes.allow(needed) => Err(Code::Forbidden.into()),
            _ => Ok(self),
        }
    }

    /// Refuses browsers, and secret keys that are not for this.
    fn server(self, needed: Scope) -> Result<(), Refusal> {
        match self.scoped(needed)? {
            Self::Secret(_) => Ok(()),
            Self::Client { .. } => Err(Code::Forbidden.into()),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        required(parts, app)?.scoped(Scope::Full)
    }
}

/// Extractors of callers with a scope: `$name` carries a browser or a secret key of that scope.
macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident needs $scope:ident;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name(pub(super) Caller);

        impl FromRequestParts<App> for $name {
            type Rejection = Refusal;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
                required(parts, app)?.scoped(Scope::$scope).map(Self)
            }
        }

        impl OptionalFromRequestParts<App> for $name {
            type Rejection = Refusal;

            async fn from_request_parts(
                parts: &mut Parts,
                app: &App,
            ) -> Result<Option<Self>, Refusal> {
                let caller = identified(parts, app)?;
                caller.map(|caller| caller.scoped(Scope::$scope).map(Self)).transpose()
            }
        }
    )*};
}

callers! {
    /// Whoever may read an account.
    MayRead needs Read;
    /// Whoever may buy and spend for an account.
    MaySpend needs Spend;
}

/// Extractors of servers: `$name` means that a secret key of that scope was shown.
macro_rules! servers {
    ($($(#[$doc:meta])* $name:ident needs $scope:ident;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl FromRequestParts<App> for $name {
            type Rejection = Refusal;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
                required(parts, app)?.server(Scope::$scope)?;
                Ok(Self)
            }
        }
    )*};
}

servers! {
    /// A server that does the work that credits are spent on.
    MayWork needs Spend;
    /// A server that gives credits.
    MayGrant needs Grant;
    /// Whoever watches the process.
    MayMeasure needs Metrics;
}

fn required(parts: &Parts, app: &App) -> Result<Caller, Refusal> {
    identified(parts, app)?.ok_or_else(|| Code::TokenMissing.into())
}

/// What is known already, or else can be found out.
fn identified(parts: &Parts, app: &App) -> Result<Option<Caller>, Refusal> {
    match parts.extensions.get::<Identified>() {
        Some(Identified(known)) => known.clone(),
        None => identify(app, &parts.headers),
    }
}

/// Who shows that `Authorization`; nobody where there is none.
pub(super) fn identify(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Refusal> {
    let Some(credential) = credential(headers)? else { return Ok(None) };
    if SecretKeys::is_one(credential) {
        let key = accepted(app, credential).ok_or(Code::TokenInvalid)?;
        return Ok(Some(Caller::Secret(key)));
    }
    let token = app.keys.now().client_tokens.read(credential, app.ledger.clock().now_ms())?;
    let ClientToken { account, expires_at_ms, kid } = token;
    Ok(Some(Caller::Client { account, expires_at_ms, kid }))
}

/// Whether a good secret key is shown: quickly told, unlike a token.
pub(super) fn shows_secret_key(app: &App, headers: &HeaderMap) -> bool {
    let shown = credential(headers).ok().flatten();
    shown.is_some_and(|shown| SecretKeys::is_one(shown) && accepted(app, shown).is_some())
}

fn accepted(app: &App, credential: &str) -> Option<AcceptedKey> {
    app.keys.now().secret_keys.accept(credential, app.ledger.clock().now_ms())
}

/// The bearer credential, if any `Authorization` was sent.
fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let Some(sent) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let bearer = sent.to_str().ok().and_then(|text| text.split_once(' '));
    match bearer {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(credential.trim()))
        }
        _ => Err(Code::TokenInvalid.into()),
    }
}
