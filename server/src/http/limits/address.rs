//! Whose address a request comes from, and which addresses count as one.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection; goes with each of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Tells who asks: the peer, or the one that a trusted proxy names.
#[derive(Debug)]
pub struct Asker {
    trusted: Vec<IpNet>,
    /// Whether it was said that a proxy is not trusted.
    warned: AtomicBool,
}

impl Asker {
    pub(super) fn new(trusted: &[IpNet]) -> Self {
        Self { trusted: trusted.to_vec(), warned: AtomicBool::new(false) }
    }

    /// The address to count a request against; none for this machine's own programs.
    pub(super) fn address(&self, request: &Request) -> Option<IpAddr> {
        let Peer(peer) = request.extensions().get::<Peer>()?;
        self.asker(peer.ip(), request.headers())
    }

    pub(super) fn limits_connections_of(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        !peer.is_loopback() && !self.trusts(peer)
    }

    fn asker(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        let asker = if self.trusts(peer) { self.forwarded(peer, headers) } else { peer };
        if asker == peer && !self.trusts(peer) && headers.contains_key(X_FORWARDED_FOR) {
            self.warn(peer);
        }
        (!asker.is_loopback()).then(|| network(asker))
    }

    /// The last address in the chain that no trusted proxy has. What stands before it, anybody may
    /// have written.
    fn forwarded(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lists: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
        let listed = lists.iter().rev().flat_map(|list| {
            list.to_str().unwrap_or_default().rsplit(',').map(|item| item.trim().parse::<IpAddr>())
        });
        let mut asker = peer;
        for address in listed {
            // Behind what cannot be read nothing can be believed.
            let Ok(address) = address else { break };
            asker = address.to_canonical();
            if !self.trusts(asker) {
                break;
            }
        }
        asker
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    fn warn(&self, peer: IpAddr) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                %peer,
                "requests are forwarded by a proxy that is not in trusted_proxies: {}",
                consequence(peer)
            );
        }
    }
}

/// What a proxy that is not trusted does to the limits of those behind it.
fn consequence(peer: IpAddr) -> &'static str {
    if peer.is_loopback() {
        return "nobody behind it is limited, as this machine is not";
    }
    "everybody behind it counts as one address"
}

/// What counts as one: an address of IPv4 in either notation, or a network of IPv6, as whoever has
/// one address of that has all 2^64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: &str, forwarded: &[&str], expect: Option<&str>) {
        let asker = Asker::new(&["10.0.0.0/8".parse().unwrap(), "127.0.0.1/32".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(X_FORWARDED_FOR, list.parse().unwrap());
        }
        let found = asker.asker(peer.parse().unwrap(), &headers);
        assert_eq!(found, expect.map(|text| text.parse().unwrap()), "{peer} {forwarded:?}");
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        check("203.0.113.7", &[], Some("203.0.113.7"));
        check("203.0.113.7", &["198.51.100.1"], Some("203.0.113.7"));
        check("10.0.0.1", &["198.51.100.1"], Some("198.51.100.1"));
        check("127.0.0.1", &["198.51.100.1"], Some("198.51.100.1"));
        check("::ffff:10.0.0.1", &["198.51.100.1"], Some("198.51.100.1"));
    }

    #[test]
    fn what_an_asker_wrote_itself_is_not_believed() {
        check("10.0.0.1", &["1.1.1.1, 198.51.100.1"], Some("198.51.100.1"));
        check("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"], Some("198.51.100.1"));
        check("10.0.0.1", &["1.1.1.1, nonsense, 10.0.0.2"], Some("10.0.0.2"));
        check("10.0.0.1", &["nonsense"], Some("10.0.0.1"));
    }

    #[test]
    fn this_machine_has_no_limit_and_a_network_of_v6_is_one() {
        check("127.0.0.1", &[], None);
        check("::1", &["198.51.100.1"], None);
        assert!(consequence("::1".parse().unwrap()).starts_with("nobody"));
        assert!(consequence("10.0.0.1".parse().unwrap()).starts_with("everybody"));
        check("2001:db8:1:2:3:4:5:6", &[], Some("2001:db8:1:2::"));
    }
}
