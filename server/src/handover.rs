//! Answers that outlive HTTP: once their head is sent, the connection is the handler's own.
//!
//! A stream of events waits for most of its life. hyper would keep room to read, room to write and a
//! channel for the body meanwhile: more than three quarters of what an open stream costs.
//!
//! The head says that the answer ends with the connection, so that nothing has to frame its body.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::Response;
use tokio::net::TcpStream;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What becomes of a connection after the head of its last answer. Clones are the same one.
#[derive(Clone)]
pub struct Handover(Arc<Mutex<Option<Then>>>);

type Then = Box<dyn FnOnce(TcpStream) -> Boxed<()> + Send>;

impl Handover {
    /// Has `then` go on with the connection.
    pub fn new<F>(then: impl FnOnce(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let then: Then = Box::new(move |connection| Box::pin(then(connection)));
        Self(Arc::new(Mutex::new(Some(then))))
    }

    /// `head` as the last answer on its connection, with what follows it.
    pub fn after(self, mut head: Response) -> Response {
        // An answer of this version without a length ends with its connection, by all who speak HTTP.
        *head.version_mut() = Version::HTTP_10;
        head.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        *head.body_mut() = Body::from_stream(tokio_stream::empty::<Result<Bytes, Infallible>>());
        head.extensions_mut().insert(self);
        head
    }

    /// Goes on with the connection, until it is no longer needed. Only the first call does.
    pub async fn go_on(self, connection: TcpStream) {
        let then = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self);
        if let Some(then) = then {
            then(connection).await;
        }
    }
}
