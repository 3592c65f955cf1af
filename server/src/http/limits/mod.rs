//! How much anybody may ask for: requests of an account and of an address, wrong codes.
//!
//! The product's own servers, by their secret keys, are bounded by the ledger's queue alone.

mod address;
mod codes;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use creditpack::pricing::PromotionRefusal;
use creditpack::{AccountId, Error};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use self::address::Asker;
pub use self::address::{Peer, network};
pub(super) use self::codes::Codes;
use super::App;
use super::caller::{Caller, Identified, identify, shows_secret_key};
use super::problem::Refusal;
use crate::config::Limits as Configured;
use crate::payments;

/// So many seconds of what is allowed may come at once.
const BURST_S: u32 = 10;

/// How often accounts and addresses that ask no more are forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(30);

/// Asked by whoever looks after the process, however often.
const UNLIMITED: &str = "/healthz";

/// What everybody has left.
#[derive(Debug)]
pub struct Limits {
    accounts: Option<DefaultKeyedRateLimiter<AccountId>>,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
    pub(super) codes: Codes,
    asker: Asker,
}

impl Limits {
    /// Limits as `config` wants them; 0 is no limit.
    pub fn new(config: &Configured) -> Self {
        Self {
            accounts: limiter(config.account_requests_per_s),
            addresses: limiter(config.address_requests_per_s),
            codes: Codes::new(config.wrong_codes_per_h),
            asker: Asker::new(&config.trusted_proxies),
        }
    }

    /// Whether connections of that peer are limited in number: not those of trusted proxies and of
    /// this machine.
    pub fn limits_connections_of(&self, peer: IpAddr) -> bool {
        self.asker.limits_connections_of(peer)
    }

    /// Forgets those who have all of their allowance again, for ever.
    pub async fn keep_forgetting(&self) {
        loop {
            tokio::time::sleep(FORGET_INTERVAL).await;
            if let Some(accounts) = &self.accounts {
                accounts.retain_recent();
                accounts.shrink_to_fit();
            }
            if let Some(addresses) = &self.addresses {
                addresses.retain_recent();
                addresses.shrink_to_fit();
            }
        }
    }
}

fn limiter<Key: std::hash::Hash + Eq + Clone>(per_s: u32) -> Option<DefaultKeyedRateLimiter<Key>> {
    let burst = NonZeroU32::new(per_s.saturating_mul(BURST_S))?;
    Some(RateLimiter::keyed(Quota::per_second(NonZeroU32::new(per_s)?).allow_burst(burst)))
}

/// Lets a request in, if whoever sent it has not asked too much; finds out who that is on the way.
pub(super) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if request.uri().path() == UNLIMITED {
        return next.run(request).await;
    }
    // Before a token is verified, which costs more than all the rest.
    if !shows_secret_key(&app, request.headers())
        && let Some(address) = app.limits.asker.address(&request)
        && let Err(refusal) = spend(app.limits.addresses.as_ref(), &address)
    {
        return refusal.into_response();
    }
    let identified = identify(&app, request.headers());
    if let Ok(Some(Caller::Client { account, .. })) = &identified
        && let Err(refusal) = spend(app.limits.accounts.as_ref(), account)
    {
        return refusal.into_response();
    }
    request.extensions_mut().insert(Identified(identified));
    next.run(request).await
}

/// Takes one request of what `key` has left.
fn spend<Key: std::hash::Hash + Eq + Clone>(
    limiter: Option<&DefaultKeyedRateLimiter<Key>>,
    key: &Key,
) -> Result<(), Refusal> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Refusal::too_many(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    })
}

/// Asks what may depend on a promotion's code, if the account has not tried too many wrong ones.
pub(super) async fn trying<T>(
    app: &App,
    account: &AccountId,
    with_code: bool,
    asked: impl Future<Output = Result<T, payments::Refusal>>,
) -> Result<T, Refusal> {
    if !with_code {
        return Ok(asked.await?);
    }
    let codes = &app.limits.codes;
    codes.take(account, app.ledger.clock().now_ms()).map_err(Refusal::too_many)?;
    let answer = asked.await;
    let wrong = Error::Promotion(PromotionRefusal::Unknown);
    if !answer.as_ref().is_err_and(|refusal| refusal.error == wrong) {
        codes.give_back(account);
    }
    Ok(answer?)
}
