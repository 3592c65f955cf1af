//! Connections: so many at once, each heard in time, each read by its other end, all ended in good
//! order.
//!
//! HTTP/1.1 only: browsers speak HTTP/2 to the proxy that ends TLS, and to find out which of the two
//! is spoken costs every open stream 8 KB.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service;
use hyper::{Method, Request};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use crate::handover::Handover;
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
    /// How long the other end may leave what it is sent unread, or be gone without a word.
    pub deaf_max: Duration,
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
/// that was begun is answered, and every connection that was handed over is done with.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    rules: Rules,
    stop: impl Future<Output = ()>,
) {
    let (end, ending) = watch::channel(());
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
        if let Err(error) = set_up(&stream, rules.deaf_max) {
            // It may have gone already; without any of it, it still works.
            tracing::debug!(%error, "a connection could not be set up");
        }
        let service = Routes { router: router.clone(), peer, handed: Arc::default() };
        let (builder, counted, mut ending) = (builder.clone(), (rules.count)(), ending.clone());
        tokio::spawn(async move {
            // Apart from what may follow: that waits without keeping its room.
            let left = Box::pin(speak(stream, &builder, service, &mut ending)).await;
            if let Some((handover, stream)) = left {
                handover.go_on(stream).await;
            }
            drop((place, one_of, counted, ending));
        });
    }
    drop((listener, ending));
    end.send_replace(());
    end.closed().await;
}

fn builder(head_timeout: Duration) -> Builder {
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_timeout).max_buf_size(HEAD_BYTES_MAX);
    builder
}

fn set_up(stream: &TcpStream, deaf_max: Duration) -> io::Result<()> {
    // Answers are small and often awaited: they do not wait to be joined.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    // Counted in whole seconds, and not in none.
    let [quiet, again] = [deaf_max / 2, deaf_max / 4].map(|time| time.max(Duration::from_secs(1)));
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(quiet).with_interval(again))?;
    // Whoever hears probes and takes nothing else is let go too.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(deaf_max))?;
    Ok(())
}

/// Answers requests until the connection ends, or is handed over.
async fn speak(
    stream: TcpStream,
    builder: &Builder,
    service: Routes,
    ending: &mut watch::Receiver<()>,
) -> Option<(Handover, TcpStream)> {
    let handed = Arc::clone(&service.handed);
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|context| connection.poll_without_shutdown(context)) => ended,
        _ = ending.changed() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    // Whoever hangs up early, is silent or speaks no HTTP is not worth a word.
    ended.ok()?;
    let Some(handover) = handed_over(&handed).take() else {
        // At the end of the process an answer may still have to be written.
        let _ = connection.await;
        return None;
    };
    Some((handover, connection.into_parts().io.into_inner()))
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

/// The router, told who is at the other end of one connection.
struct Routes {
    router: Router,
    peer: SocketAddr,
    /// What is to become of the connection once it is done with HTTP.
    handed: Handed,
}

type Handed = Arc<Mutex<Option<Handover>>>;

fn handed_over(handed: &Handed) -> MutexGuard<'_, Option<Handover>> {
    // It is only ever replaced.
    handed.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service<Request<Incoming>> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(self.peer));
        // What has no body is not followed by one.
        let handed = (request.method() != Method::HEAD).then(|| Arc::clone(&self.handed));
        let answer = self.router.clone().oneshot(request);
        Box::pin(async move {
            let mut response = answer.await?;
            let handover = response.extensions_mut().remove::<Handover>();
            if let Some(handed) = handed {
                *handed_over(&handed) = handover;
            }
            Ok(response)
        })
    }
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
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::timeout;

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
            deaf_max: EXHAUSTED,
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

    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_takes_no_answer_is_let_go_and_others_are_served() {
        let requests = RequestMeter::default();
        let rules = Rules {
            all_max: 2,
            each_max: 16,
            head_timeout: Duration::from_secs(60),
            deaf_max: EXHAUSTED,
            is_limited: Box::new(|_| false),
            count: Box::new(move || requests.connection()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // More than every buffer on the way holds.
        let router = Router::new()
            .route("/", get(async || vec![b'x'; 64 * 1024 * 1024]))
            .route("/small", get(async || "ok"));
        let serving = tokio::spawn(serve(listener, router, rules, std::future::pending()));
        let mut deaf = Vec::new();
        for _ in 0..2 {
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            deaf.push(connection);
        }
        // It has to wait for a place of theirs.
        let mut waiting = TcpStream::connect(address).await.unwrap();
        waiting.write_all(b"GET /small HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        let answered = timeout(Duration::from_secs(20), waiting.read_to_string(&mut answer)).await;
        answered.expect("they are let go").unwrap();
        assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        drop(deaf);
        serving.abort();
    }
}
