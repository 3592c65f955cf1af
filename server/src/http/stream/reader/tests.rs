//! A reader at the other end of a real connection.

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::*;
use crate::http::tests::{Stage, account};

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// One who is at the beginning of the account, and what it reads from.
async fn reader(stage: &Stage) -> (Reader, BufReader<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let connection = listener.accept().await.unwrap().0;
    let reader = Reader::new(stage.app.clone(), account(), Version::ZERO, connection);
    (reader, BufReader::new(other))
}

/// One with a token that never ends, from now on.
async fn run(reader: Reader) {
    let news = reader.app.ledger.feed().subscribe(&account());
    let (expires_at_ms, kid) = (u64::MAX, "".into());
    let caller = Caller::Client { account: account(), expires_at_ms, kid };
    reader.run(begin(), news, caller).await;
}

fn begin() -> Begin {
    Begin { cursor: Cursor::Now(None), incoming: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_tells_how_far_the_account_is_even_to_a_reader_who_is_behind() {
    let stage = Stage::new().await;
    let _news = stage.app.ledger.feed().subscribe(&account());
    let (mut reader, mut other) = reader(&stage).await;
    for (expect, grant) in [("\"version\":0", "g1"), ("\"version\":1", "g2")] {
        assert!(reader.heartbeat().await.is_ok());
        let mut sent = String::new();
        while !sent.ends_with("\n\n") {
            timeout(PATIENCE, other.read_line(&mut sent)).await.unwrap().unwrap();
        }
        assert!(sent.starts_with("event: heartbeat\n") && sent.contains(expect), "{sent}");
        stage.grant(grant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_waits_takes_little_memory() {
    let stage = Stage::new().await;
    let (reader, _other) = reader(&stage).await;
    let news = reader.app.ledger.feed().subscribe(&account());
    let (expires_at_ms, kid) = (u64::MAX, "".into());
    let caller = Caller::Client { account: account(), expires_at_ms, kid };
    let bytes = std::mem::size_of_val(&reader.run(begin(), news, caller));
    assert!(bytes <= 2048, "{bytes} bytes for each of ten thousand");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_takes_nothing_is_given_up_in_time() {
    let stage = Stage::new().await;
    let (mut reader, _takes_nothing) = reader(&stage).await;
    reader.stalled = Duration::from_millis(100);
    let full = "x".repeat(16 * 1024 * 1024);
    assert!(timeout(Duration::from_millis(100), reader.wire.send(&full)).await.is_err());
    timeout(PATIENCE, run(reader)).await.expect("it is told nothing for ever");
    assert_eq!(stage.app.ledger.feed().watchers(), 0, "nothing is kept for it");
}
