//! Many streams at once, and readers who never read.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::backend::{Backend, SECRET_KEY};
use crate::patience::eventually;
use crate::stream::Stream;

/// So many accounts are watched at once.
const ACCOUNTS: usize = 1_000;

/// So many are opened at the same time.
const AT_ONCE: usize = 50;

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A stream of that account, past its first two events.
async fn watch(backend: &Backend, account: &str) -> Stream {
    let mut stream = backend.stream(&format!("?account={account}"), SECRET_KEY).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    stream
}

/// How many streams are open: they are heard of once they tell their account's news.
pub(crate) async fn open_streams(backend: &Backend) -> u64 {
    let measured = backend.get("/metrics", SECRET_KEY).await.ok(200).text;
    let line = measured.lines().find(|line| line.starts_with("creditpack_streams "));
    let count = line.unwrap_or_else(|| panic!("no streams are measured: {measured}"));
    count.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_streams_are_told_of_their_own_account_and_of_no_other() {
    let backend = Arc::new(Backend::start().await);
    let mut streams = Vec::new();
    for first in (0..ACCOUNTS).step_by(AT_ONCE) {
        let mut opening = JoinSet::new();
        for number in first..first + AT_ONCE {
            let backend = Arc::clone(&backend);
            opening.spawn(async move { (number, watch(&backend, &format!("u_{number}")).await) });
        }
        streams.extend(opening.join_all().await);
    }
    assert_eq!(open_streams(&backend).await, ACCOUNTS as u64);
    for first in (0..ACCOUNTS).step_by(AT_ONCE) {
        let mut granting = JoinSet::new();
        for number in first..first + AT_ONCE {
            let backend = Arc::clone(&backend);
            let credits = i64::try_from(number + 1).unwrap();
            granting.spawn(async move {
                backend.grant(&format!("g_{number}"), &format!("u_{number}"), credits).await;
            });
        }
        granting.join_all().await;
    }
    for (number, stream) in &mut streams {
        let entry = stream.expect("entry").await.data;
        assert_eq!((&entry["credits"], &entry["version"]), (&json!(*number + 1), &json!(1)));
    }
    // The first thing that comes after the shutdown is the goodbye: nothing was told twice.
    let backend = Arc::into_inner(backend).unwrap();
    let served = backend.tell_to_stop();
    for (number, stream) in &mut streams {
        assert_eq!(stream.expect("bye").await.data, json!({ "reason": "shutdown" }), "{number}");
    }
    served.await.unwrap().unwrap();
}

/// A stream's reader who takes nothing off the network.
async fn asleep(backend: &Backend, token: &str) -> TcpStream {
    let address: SocketAddr = backend.url.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut connection = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /v1/account/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_never_reads_is_let_go_when_its_token_ends() {
    let backend = Arc::new(Backend::start().await);
    let body = json!({ "account": "u_1", "ttl_s": 3 });
    let token = backend.post("/v1/tokens", SECRET_KEY, &body).await.ok(201).get("token");
    let _asleep = asleep(&backend, token.as_str().unwrap()).await;
    let opened = async || (open_streams(&backend).await > 0).then_some(());
    eventually(PATIENCE, "it is served", opened).await;
    // More than every buffer on the way holds.
    let words = "€".repeat(200);
    let mut grants = JoinSet::new();
    for number in 0..300 {
        let backend = Arc::clone(&backend);
        let body: Value = json!({
            "id": format!("g{number}"), "account": "u_1", "credits": 1, "reason": words,
            "actor": words,
        });
        grants.spawn(async move { backend.post("/v1/grants", SECRET_KEY, &body).await.ok(201) });
    }
    grants.join_all().await;
    let let_go = async || (open_streams(&backend).await == 0).then_some(());
    eventually(PATIENCE, "nothing is kept for it", let_go).await;
}
