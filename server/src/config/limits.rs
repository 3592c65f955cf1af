//! How much is let in: requests, wrong codes, connections.

use std::time::Duration;

use ipnet::IpNet;

use super::file::{At, WrittenLimits};
use super::{Draft, Environment, Place, split};

/// The highest rate that can be written.
const RATE_MAX: u64 = 100_000;

/// The most connections that can be written.
const CONNECTIONS_MAX: u64 = 1_000_000;

/// How much is let in. Where a rate is 0, it has no limit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The networks of proxies that are believed about who asks.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests with the client tokens of one account; ten times as many at once.
    pub account_requests_per_s: u32,
    /// Requests from one address without a secret key; ten times as many at once.
    pub address_requests_per_s: u32,
    /// Wrong promotion codes of one account; 20 at once.
    pub wrong_codes_per_h: u32,
    /// Connections in all; more wait to be accepted.
    pub connections_max: usize,
    /// Connections from one address; more are closed.
    pub connections_per_address_max: usize,
    /// How long a connection may take to send the head of its next request.
    pub head_timeout: Duration,
}

impl Draft<'_> {
    pub(super) fn limits(
        &mut self,
        written: WrittenLimits,
        defaults: WrittenLimits,
        environment: &Environment,
    ) -> Option<Limits> {
        let trusted_proxies = self.proxies(written.trusted_proxies, environment);
        let mut number = |name, [written, default]: [Option<At<u64>>; 2], least, most| {
            let at = written.or(default)?;
            self.in_range(name, &at, least, most);
            u32::try_from(at.value).ok()
        };
        macro_rules! number {
            ($name:ident, $least:expr, $most:expr) => {
                number(stringify!($name), [written.$name, defaults.$name], $least, $most)?
            };
        }
        let account_requests_per_s = number!(account_requests_per_s, 0, RATE_MAX);
        let address_requests_per_s = number!(address_requests_per_s, 0, RATE_MAX);
        let wrong_codes_per_h = number!(wrong_codes_per_h, 0, 3600);
        let connections_max = number!(connections_max, 16, CONNECTIONS_MAX);
        let each_max = number!(connections_per_address_max, 1, CONNECTIONS_MAX);
        let head_timeout_s = number!(head_timeout_s, 1, 600);
        Some(Limits {
            trusted_proxies,
            account_requests_per_s,
            address_requests_per_s,
            wrong_codes_per_h,
            connections_max: usize::try_from(connections_max).ok()?,
            connections_per_address_max: usize::try_from(each_max).ok()?,
            head_timeout: Duration::from_secs(head_timeout_s.into()),
        })
    }

    fn proxies(
        &mut self,
        written: Option<At<Vec<String>>>,
        environment: &Environment,
    ) -> Vec<IpNet> {
        let (place, texts) = match (&environment.trusted_proxies, written) {
            (Some(list), _) => (Place::Variable("CREDITPACK_TRUSTED_PROXIES"), split(list)),
            (None, Some(At { value, line })) => (Place::Line(line), value),
            (None, None) => return Vec::new(),
        };
        let mut networks = Vec::new();
        for text in texts {
            let address = || text.parse().ok().map(|address: std::net::IpAddr| address.into());
            if let Some(network) = text.parse().ok().or_else(address) {
                networks.push(network);
            } else {
                let rule = format!("trusted_proxies {text:?} must be an address or a network");
                self.add(&place, rule, "write it like \"10.0.0.0/8\" or \"192.0.2.7\"");
            }
        }
        networks
    }
}
