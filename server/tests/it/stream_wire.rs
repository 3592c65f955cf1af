//! A stream as bytes on a connection: what HTTP there is of it, and that it ends it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::backend::{Backend, SECRET_KEY};

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection over which that was asked; each line of it ends a header.
async fn ask(backend: &Backend, requests: &[String]) -> TcpStream {
    let address = backend.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(requests.concat().as_bytes()).await.unwrap();
    connection
}

fn request(line: &str) -> String {
    format!("{line}\r\nhost: x\r\nauthorization: Bearer {SECRET_KEY}\r\n\r\n")
}

/// All that is read until it contains `wanted`.
async fn read_until(connection: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(wanted) {
        let reading = tokio::time::timeout(PATIENCE, connection.read_buf(&mut read)).await;
        let some = reading.expect("an answer in time").unwrap() > 0;
        assert!(some, "it ended: {}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).unwrap()
}

async fn read_to_end(connection: &mut TcpStream) -> String {
    let mut read = String::new();
    let reading = connection.read_to_string(&mut read);
    tokio::time::timeout(PATIENCE, reading).await.expect("an end").unwrap();
    read
}

#[tokio::test]
async fn the_body_of_a_stream_is_what_the_connection_carries_until_it_ends() {
    let backend = Backend::start().await;
    let asked = request("GET /v1/account/stream?account=u_1 HTTP/1.1");
    let mut connection = ask(&backend, &[asked]).await;
    let read = read_until(&mut connection, "event: incoming").await;
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.contains(" 200 ok\r\n") && head.contains("\r\nconnection: close"), "{head}");
    assert!(head.contains("\r\ndate: ") && head.contains("\r\nx-request-id: "), "{head}");
    assert!(!head.contains("transfer-encoding") && !head.contains("content-length"), "{head}");
    assert!(body.starts_with("event: heartbeat\ndata: {"), "{body}");
    let served = backend.tell_to_stop();
    let last = read_to_end(&mut connection).await;
    assert!(last.ends_with("event: bye\ndata: {\"reason\":\"shutdown\"}\n\n"), "{last}");
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_may_follow_other_requests_on_its_connection() {
    let backend = Backend::start().await;
    let stream = request("GET /v1/account/stream?account=u_1 HTTP/1.1");
    // Both at once: the second arrives before the first is answered.
    let mut connection =
        ask(&backend, &[request("GET /v1/account?account=u_1 HTTP/1.1"), stream.clone()]).await;
    let read = read_until(&mut connection, "event: incoming").await;
    assert_eq!(read.matches(" 200 OK\r\n").count(), 2, "{read}");
    backend.grant("g1", "u_1", 1).await;
    read_until(&mut connection, "event: entry").await;
    // By an older version of HTTP, which some proxies speak.
    let mut older = ask(&backend, &[stream.replace("HTTP/1.1", "HTTP/1.0")]).await;
    read_until(&mut older, "event: incoming").await;
    backend.grant("g2", "u_1", 1).await;
    read_until(&mut older, "event: entry").await;
    backend.stop().await;
}

#[tokio::test]
async fn asking_for_the_head_alone_opens_no_stream() {
    let backend = Backend::start().await;
    let mut connection =
        ask(&backend, &[request("HEAD /v1/account/stream?account=u_1 HTTP/1.1")]).await;
    let read = read_to_end(&mut connection).await;
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("text/event-stream") && body.is_empty(), "{read}");
    backend.stop().await;
}
