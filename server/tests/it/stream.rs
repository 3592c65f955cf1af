//! Reads server-sent events, and what the stream promises.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::backend::{Backend, NOW_MS, SECRET_KEY, config, hold, new_data, op};
use crate::patience::eventually;
use crate::stream_crowd::open_streams;
use creditpackd::config::DEFAULT;

/// How long an event may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open stream.
pub(crate) struct Stream {
    response: Response,
    read: Vec<u8>,
}

/// One event.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

impl Stream {
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        Self { response, read: Vec::new() }
    }

    fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next event, or none at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\n\n") {
                let event = parse(std::str::from_utf8(&self.read[..end]).unwrap());
                self.read.drain(..end + 2);
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("an event in time").unwrap()?;
            self.read.extend(chunk);
        }
    }

    /// The next event, which is called that.
    pub(crate) async fn expect(&mut self, name: &str) -> Event {
        let event = self.next().await.expect("a stream that goes on");
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

fn parse(text: &str) -> Event {
    let mut event = Event { name: String::new(), id: None, data: Value::Null };
    for line in text.lines() {
        let (field, value) = line.split_once(": ").unwrap();
        match field {
            "event" => value.clone_into(&mut event.name),
            "id" => event.id = Some(value.to_owned()),
            "data" => event.data = serde_json::from_str(value).unwrap(),
            other => panic!("{other}"),
        }
    }
    event
}

#[tokio::test]
async fn a_stream_begins_with_a_heartbeat_and_goes_on_from_where_it_was() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);

    let mut stream = backend.stream("?account=u_1&since=0", &token).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["x-accel-buffering"], "no");
    assert!(stream.headers()["cache-control"].to_str().unwrap().contains("no-store"));
    let heartbeat = stream.expect("heartbeat").await;
    assert_eq!((heartbeat.id, &heartbeat.data["version"]), (None, &json!(2)));
    assert_eq!(heartbeat.data["server_time_ms"], json!(NOW_MS));
    let incoming = stream.expect("incoming").await;
    assert_eq!((incoming.id, incoming.data), (None, json!({ "incoming": [] })));

    let epoch = heartbeat.data["epoch"].as_str().unwrap().to_owned();
    let first = stream.expect("entry").await;
    assert_eq!(first.id, Some(format!("{epoch}:1")));
    let second = stream.expect("entry").await;
    assert_eq!(second.data["kind"], "hold");
    assert_eq!(second.data["available"], json!(4));

    let capture = format!("/v1/holds/{}/capture", op(1));
    backend.post(&capture, SECRET_KEY, &json!({ "account": "u_1" })).await.ok(200);
    let third = stream.expect("entry").await;
    assert_eq!(third.id, Some(format!("{epoch}:3")));
    assert_eq!(
        (&third.data["kind"], &third.data["applied_version"]),
        (&json!("capture"), &json!(2))
    );

    let request = backend.request(reqwest::Method::GET, "/v1/account/stream", &token);
    let mut resumed = Stream::open(request.header("last-event-id", format!("{epoch}:2"))).await;
    resumed.expect("heartbeat").await;
    resumed.expect("incoming").await;
    assert_eq!(resumed.expect("entry").await.id, Some(format!("{epoch}:3")));
}

#[tokio::test]
async fn without_a_cursor_a_stream_begins_now_and_tells_of_rejections() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1).await;
    let mut stream = backend.stream("?account=u_1", SECRET_KEY).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await.ok(201);
    assert_eq!(stream.expect("entry").await.data["version"], json!(2));
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(2))).await.ok(402);
    let verdict = stream.expect("verdict").await;
    assert_eq!((verdict.id, &verdict.data["op"]), (None, &json!(op(2))));
    assert_eq!(verdict.data["code"], "insufficient_credits");
}

/// Asserts that a stream asked for like that is reset for that reason, and ends.
async fn check_reset(backend: &Backend, query: &str, last_event_id: &str, reason: &str) {
    let path = format!("/v1/account/stream?account=u_1{query}");
    let mut request = backend.request(reqwest::Method::GET, &path, SECRET_KEY);
    if !last_event_id.is_empty() {
        request = request.header("last-event-id", last_event_id);
    }
    let mut stream = Stream::open(request).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    assert_eq!(stream.expect("reset").await.data, json!({ "reason": reason }), "{query}");
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_cursor_from_elsewhere_is_reset() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 1).await;
    let other = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";
    check_reset(&backend, "&since=2", "", "unknown_cursor").await;
    check_reset(&backend, &format!("&since=0&epoch={other}"), "", "epoch").await;
    check_reset(&backend, &format!("&epoch={other}"), "", "epoch").await;
    check_reset(&backend, "", "nonsense", "unknown_cursor").await;
    check_reset(&backend, "", &format!("{other}:0"), "epoch").await;
    // The query beats the header.
    let path = "/v1/account/stream?account=u_1&since=1";
    let request = backend.request(reqwest::Method::GET, path, SECRET_KEY);
    let mut stream = Stream::open(request.header("last-event-id", "nonsense")).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    backend.grant("g2", "u_1", 1).await;
    assert_eq!(stream.expect("entry").await.data["version"], json!(2));
}

#[tokio::test]
async fn heartbeats_come_by_themselves_and_goodbyes_say_why() {
    let mut config = config(DEFAULT);
    config.heartbeat = Duration::from_millis(50);
    let backend = Backend::start_with(config, new_data()).await;
    let mut stream = backend.stream("?account=u_1", SECRET_KEY).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    stream.expect("heartbeat").await;
    stream.expect("heartbeat").await;
    let served = backend.tell_to_stop();
    loop {
        let event = stream.next().await.expect("a goodbye");
        if event.name == "bye" {
            assert_eq!(event.data, json!({ "reason": "shutdown" }));
            break;
        }
    }
    assert_eq!(stream.next().await, None);
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let backend = Backend::start().await;
    let body = json!({ "account": "u_1", "ttl_s": 1 });
    let answer = backend.post("/v1/tokens", SECRET_KEY, &body).await.ok(201);
    let token = answer.get("token").as_str().unwrap().to_owned();
    let mut stream = backend.stream("", &token).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    assert_eq!(stream.expect("bye").await.data, json!({ "reason": "token_expired" }));
    assert_eq!(stream.next().await, None);
}

/// A stream's reader who takes nothing off the network until it is told to.
async fn slow_reader(backend: &Backend) -> TcpStream {
    let address: SocketAddr = backend.url.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut connection = socket.connect(address).await.unwrap();
    let request = format!(
        "GET /v1/account/stream?account=u_1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {SECRET_KEY}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_is_too_slow_is_reset_and_costs_others_nothing() {
    let backend = Arc::new(Backend::start().await);
    let mut slow = slow_reader(&backend).await;
    let mut quick = backend.stream("?account=u_1", SECRET_KEY).await;
    quick.expect("heartbeat").await;
    quick.expect("incoming").await;
    // The slow one was first to ask, but nobody says that it was first to be served.
    let both = async || (open_streams(&backend).await >= 2).then_some(());
    eventually(PATIENCE, "both are served", both).await;
    let words = "€".repeat(200);
    let mut last = 0_u64;
    for round in 0..20 {
        let mut grants = JoinSet::new();
        for number in 0..32 {
            let backend = Arc::clone(&backend);
            let id = format!("g{round}_{number}");
            let body = json!({
                "id": id, "account": "u_1", "credits": 1, "reason": words, "actor": words,
            });
            grants
                .spawn(async move { backend.post("/v1/grants", SECRET_KEY, &body).await.ok(201) });
        }
        for _ in 0..32 {
            last += 1;
            assert_eq!(quick.expect("entry").await.data["version"], json!(last));
        }
        grants.join_all().await;
    }
    let mut read = Vec::new();
    tokio::time::timeout(PATIENCE, slow.read_to_end(&mut read)).await.unwrap().unwrap();
    let read = String::from_utf8_lossy(&read);
    assert!(
        read.ends_with("event: reset\ndata: {\"reason\":\"lagged\"}\n\n"),
        "{} bytes",
        read.len()
    );
    // What it was told is whole and without a gap; from there it goes on.
    let told = u64::try_from(read.matches("event: entry\n").count()).unwrap();
    assert!(told < last && (told == 0 || read.contains(&format!(":{told}\n\n"))), "{told}");
    let mut again = backend.stream(&format!("?account=u_1&since={told}"), SECRET_KEY).await;
    again.expect("heartbeat").await;
    again.expect("incoming").await;
    for version in told + 1..=last {
        assert_eq!(again.expect("entry").await.data["version"], json!(version));
    }
}
