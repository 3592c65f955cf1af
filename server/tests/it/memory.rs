//! How much memory the program takes, at rest and for each stream that waits.

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{SECRET_KEY, Serving, init};

/// What it may take at rest besides the pages of its file, which a release build has 13 MB of: together
/// less than 30 MB. `cargo xtask bench server` measures both.
const AT_REST_BYTES_MAX: u64 = 15_000_000;

/// What a stream may take; a release build takes a quarter of it.
const STREAM_BYTES_MAX: u64 = 20_000;

/// So many are opened before the count begins, for what all of them share.
const FIRST: u64 = 100;

const STREAMS: u64 = 1_000;

fn start(folder: &Path) -> Serving {
    assert!(init(folder).status.success());
    Serving::start(folder)
}

/// What the process has in memory now besides its file.
fn resident_bytes(serving: &Serving) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", serving.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    let kib: u64 = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    kib * 1024
}

/// A stream on an account of its own, which has begun.
async fn open(serving: &Serving, number: u64) -> TcpStream {
    let address = serving.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /v1/account/stream?account=u_{number} HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer {SECRET_KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("event: incoming") {
        assert!(stream.read_buf(&mut read).await.unwrap() > 0, "it ended");
    }
    stream
}

#[tokio::test]
async fn at_rest_it_takes_little_memory() {
    let folder = TempDir::new().unwrap();
    let serving = start(folder.path());
    let grant = json!({ "id": "g", "account": "u_1", "credits": 5, "reason": "x" });
    assert_eq!(serving.post("/v1/grants", &grant).await.0, 201);
    assert_eq!(serving.settled().await, json!(5));
    let bytes = resident_bytes(&serving);
    assert!(bytes <= AT_REST_BYTES_MAX, "{bytes} bytes");
}

#[tokio::test]
async fn a_stream_that_waits_takes_little_of_it() {
    let folder = TempDir::new().unwrap();
    let serving = start(folder.path());
    let mut streams = Vec::new();
    for number in 0..FIRST {
        streams.push(open(&serving, number).await);
    }
    let before = resident_bytes(&serving);
    for number in FIRST..FIRST + STREAMS {
        streams.push(open(&serving, number).await);
    }
    let each = resident_bytes(&serving).saturating_sub(before) / STREAMS;
    assert!(each <= STREAM_BYTES_MAX, "{each} bytes");
    assert!(each > 0, "nothing was measured");
}
