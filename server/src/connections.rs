//! Connections: so many at once, each heard in time, all ended in good order.
//!
//! HTTP/1.1 only: browsers speak HTTP/2 to the proxy that ends TLS, and to find out which of the two
//! is spoken costs every open stream 8 KB.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::http::{Peer, network};
use crate::metrics::Counted;

/// How large the head of a request may be, in bytes; hyper answers 431 to more, and to over 100
/// fields. One that arrives at once may be half as long again.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long to wait when the system has no connection to give.
const EXHAUSTED: Duration = Duration::from_millis(500);

/// What is decided about connections.
pub struct Rules {
    /// So many at once; more wait in the system's queue.
    pub all_max: usize,
    /// So many from one address; more are closed.
    pub each_max: usize,
    /// How long one may take to send the head of its next request.
    pub head_timeout: Duration,
    /// Whether connections from there are limited in number.
    pub is_limited: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// Counts one that is open.
    pub count: Box<dyn Fn() -> Counted + Send + Sync>,
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place; given up when dropped.
struct Place {
    address: IpAddr,
    addresses: Addresses,
}

/// Serves `router` on `listener` until `stop`; then accepts no more, and returns once every request
/// that was begun is answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    rules: Rules,
    stop: impl Future<Output = ()>,
) {
    let ending = GracefulShutdown::new();
    let builder = builder(rules.head_timeout);
    let places = Arc::new(Semaphore::new(rules.all_max));
    let addresses = Addresses::default();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            // Nobody closes it.
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let Some(one_of) = addresses.enter(peer.ip(), &rules) else { continue };
        // Answers are small and often awaited: they do not wait to be joined.
        let _ = stream.set_nodelay(true);
        let service = service(router.clone(), peer);
        let connection = ending.watch(builder.serve_connection(TokioIo::new(stream), service));
        let counted = (rules.count)();
        tokio::spawn(async move {
            // Whoever hangs up early, is silent or speaks no HTTP is not worth a word.
            let _ = connection.await;
            drop((place, one_of, counted));
        });
    }
    drop(listener);
    ending.shutdown().await;
}

fn builder(head_timeout: Duration) -> Builder {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_timeout).max_buf_size(HEAD_BYTES_MAX);
    builder
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// The router, told who is at the other end.
fn service(
    router: Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> {
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    })
}

impl Addresses {
    /// A place for one more connection from there, if there is one.
    fn enter(&self, peer: IpAddr, rules: &Rules) -> Option<Place> {
        let is_limited = (rules.is_limited)(peer);
        let address = if is_limited { network(peer) } else { peer.to_canonical() };
        let mut open = self.open();
        let count = open.entry(address).or_default();
        if *count >= rules.each_max && is_limited {
            return None;
        }
        *count += 1;
        Some(Place { address, addresses: self.clone() })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Every change under this lock is a single step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.addresses.open();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::RequestMeter;

    #[test]
    fn an_address_has_so_many_connections_and_a_proxy_has_no_limit() {
        let requests = RequestMeter::default();
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let rules = Rules {
            all_max: 16,
            each_max: 2,
            head_timeout: EXHAUSTED,
            is_limited: Box::new(move |peer| peer != proxy),
            count: Box::new(move || requests.connection()),
        };
        let addresses = Addresses::default();
        let enter = |address: &str| addresses.enter(address.parse().unwrap(), &rules);
        let (first, second) = (enter("192.0.2.1"), enter("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(enter("192.0.2.1").is_none(), "in either notation it is one address");
        assert!(enter("192.0.2.2").is_some());
        drop(first);
        assert!(enter("192.0.2.1").is_some());
        let network = [1, 2, 3].map(|host| enter(&format!("2001:db8:0:1::{host}")));
        assert!(network[1].is_some() && network[2].is_none(), "whoever has one of it has them all");
        assert!(enter("2001:db8:0:2::1").is_some());
        drop(network);
        let many: Vec<_> = (0..5).map(|_| enter("10.0.0.1").unwrap()).collect();
        drop((second, many));
        assert!(addresses.open().is_empty(), "nobody is remembered who left");
    }
}
