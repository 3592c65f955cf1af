//! The lightest client that keeps connections alive: the load must not outweigh the server.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Failure;
use super::backend::Backend;
use super::load::Worker;
use super::spend::Spends;

/// One HTTP/1.1 connection, for requests whose answers have a length.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(backend: &Backend) -> Result<Self, Failure> {
        let stream = TcpStream::connect(&backend.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads the whole answer, which must have that status.
    pub(crate) async fn expect(&mut self, status: u16, request: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let whole = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the backend hung up".into());
            }
            if let Some(whole) = length(&self.buffer)? {
                break whole;
            }
        };
        while self.buffer.len() < whole {
            self.stream.read_buf(&mut self.buffer).await?;
        }
        if self.buffer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()) {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&self.buffer).into_owned().into())
    }
}

/// How long the answer that starts like this is, once its head is there.
fn length(start: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(head) = start.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&start[..head])?;
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(Some(head + 4 + body.ok_or("an answer has no length")?.parse::<usize>()?))
}

pub(crate) async fn healthz_workers(
    backend: &Backend,
    count: usize,
) -> Result<Vec<Repeater>, Failure> {
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", backend.address);
    let mut workers = Vec::new();
    for _ in 0..count {
        let connection = Connection::open(backend).await?;
        workers.push(Repeater { connection, request: request.clone() });
    }
    Ok(workers)
}

pub(crate) async fn hold_workers(
    backend: &Arc<Backend>,
    count: usize,
) -> Result<Vec<Holder>, Failure> {
    let mut workers = Vec::new();
    for number in 0..count {
        workers.push(Holder {
            backend: Arc::clone(backend),
            connection: Connection::open(backend).await?,
            spends: Spends::of_worker(number),
        });
    }
    Ok(workers)
}

pub(crate) struct Repeater {
    connection: Connection,
    request: String,
}

impl Worker for Repeater {
    async fn step(&mut self) -> Result<(), Failure> {
        self.connection.expect(200, self.request.as_bytes()).await
    }
}

pub(crate) struct Holder {
    backend: Arc<Backend>,
    connection: Connection,
    spends: Spends,
}

impl Worker for Holder {
    async fn step(&mut self) -> Result<(), Failure> {
        let body = serde_json::to_string(&self.spends.next_body()?)?;
        self.connection.expect(201, &self.backend.post("/v1/holds", &body)).await
    }
}
