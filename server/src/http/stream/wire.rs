//! The connection of one stream, with what is still to be written to it.

use std::future::pending;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use serde::Serialize;
use tokio::net::TcpStream;

/// Where the events of one stream go.
#[derive(Debug)]
pub(super) struct Wire {
    connection: Arc<TcpStream>,
    /// Events, or the rest of one, that the other end has no room for yet.
    unsent: Vec<u8>,
}

impl Wire {
    pub(super) fn new(connection: TcpStream) -> Self {
        Self { connection: Arc::new(connection), unsent: Vec::new() }
    }

    /// Sends an event after those before it. Where this is cancelled, the next call sends what is
    /// left of it first.
    ///
    /// # Errors
    ///
    /// If the connection is broken or closed.
    pub(super) async fn send(&mut self, event: &str) -> io::Result<()> {
        self.unsent.extend_from_slice(event.as_bytes());
        while !self.unsent.is_empty() {
            match self.connection.try_write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.connection.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        // A stream that waits keeps no room.
        self.unsent = Vec::new();
        Ok(())
    }

    /// Returns once the other end has gone.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let connection = Arc::clone(&self.connection);
        async move {
            while connection.readable().await.is_ok() {
                match connection.try_read(&mut [0; 64]) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Ok(0) | Err(_) => return,
                    // Nothing more is heard on a stream. That its reader has gone shows in writing.
                    Ok(_) => pending().await,
                }
            }
        }
    }
}

/// An event as it is written; `id` is where to go on after it.
pub(super) fn event(name: &str, data: &impl Serialize, id: Option<&str>) -> String {
    // Everything that is sent can be written as JSON, on one line.
    let data = serde_json::to_string(data).unwrap_or_default();
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n{id}\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(100);

    /// How long anything here may take before a test gives up.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// A wire and its other end, with little room between them.
    async fn wire() -> (Wire, TcpStream) {
        let listening = TcpSocket::new_v4().unwrap();
        listening.set_send_buffer_size(4096).unwrap();
        listening.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listening: TcpListener = listening.listen(1).unwrap();
        let reading = TcpSocket::new_v4().unwrap();
        reading.set_recv_buffer_size(4096).unwrap();
        let other = reading.connect(listening.local_addr().unwrap()).await.unwrap();
        (Wire::new(listening.accept().await.unwrap().0), other)
    }

    #[tokio::test]
    async fn an_event_that_was_cut_short_is_finished_before_the_next() {
        let (mut wire, mut other) = wire().await;
        let long = event("entry", &"x".repeat(1_000_000), Some("e:1"));
        assert!(timeout(SOON, wire.send(&long)).await.is_err(), "nobody reads it");
        let bye = event("bye", &1, None);
        let mut read = String::new();
        let reading = async { other.read_to_string(&mut read).await.unwrap() };
        let sending = async {
            wire.send(&bye).await.unwrap();
            drop(wire);
        };
        timeout(PATIENCE, async { tokio::join!(reading, sending) }).await.unwrap();
        assert!(read == long + &bye, "{} bytes", read.len());
    }

    #[tokio::test]
    async fn a_reader_who_goes_is_noticed_and_one_who_waits_is_not_taken_for_gone() {
        let (mut wire, other) = wire().await;
        wire.send("event: heartbeat\n\n").await.unwrap();
        assert_eq!(wire.unsent.capacity(), 0, "a stream that waits keeps no room");
        let closed = wire.closed();
        tokio::pin!(closed);
        assert!(timeout(SOON, &mut closed).await.is_err());
        drop(other);
        timeout(PATIENCE, closed).await.unwrap();
    }
}
