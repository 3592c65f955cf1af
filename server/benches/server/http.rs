//! The lightest client that keeps connections alive: the load must not outweigh the server.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Failure;

/// One HTTP/1.1 connection, for requests whose answers have a length.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads the whole answer, which must have that status. Returns its body.
    pub(crate) async fn expect(&mut self, status: u16, request: &[u8]) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, body) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the backend hung up".into());
            }
            if let Some(lengths) = lengths(&self.buffer)? {
                break lengths;
            }
        };
        while self.buffer.len() < head + body {
            self.stream.read_buf(&mut self.buffer).await?;
        }
        if self.buffer.starts_with(format!("HTTP/1.1 {status} ").as_bytes()) {
            return Ok(&self.buffer[head..head + body]);
        }
        Err(String::from_utf8_lossy(&self.buffer).into_owned().into())
    }
}

/// How long head and body of the answer that starts like this are, once its head is there.
fn lengths(start: &[u8]) -> Result<Option<(usize, usize)>, Failure> {
    let Some(head) = start.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&start[..head])?;
    let body = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(Some((head + 4, body.ok_or("an answer has no length")?.parse()?)))
}

/// The bytes of a request with a JSON body.
pub(crate) fn post(address: &str, path: &str, credential: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {credential}\r\n\
        content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len(),
    )
    .into_bytes()
}

/// The bytes of a request without one.
pub(crate) fn get(address: &str, path: &str, credential: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {credential}\r\n\r\n")
        .into_bytes()
}
