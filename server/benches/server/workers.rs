//! Who asks for what, over and over, each on a connection of its own.

use std::sync::Arc;

use creditpack::ids::ClaimId;

use super::Failure;
use super::backend::{Backend, Caller};
use super::http::{Connection, get, post};
use super::load::Worker;
use super::spend;

/// The same request again and again.
pub(crate) struct Repeater {
    connection: Connection,
    status: u16,
    request: Vec<u8>,
}

impl Repeater {
    /// One for each request, all answered with that status.
    async fn of(
        backend: &Backend,
        status: u16,
        requests: impl Iterator<Item = Vec<u8>>,
    ) -> Result<Vec<Self>, Failure> {
        let mut workers = Vec::new();
        for request in requests {
            let connection = Connection::open(&backend.address).await?;
            workers.push(Self { connection, status, request });
        }
        Ok(workers)
    }
}

impl Worker for Repeater {
    async fn step(&mut self) -> Result<(), Failure> {
        self.connection.expect(self.status, &self.request).await.map(drop)
    }
}

pub(crate) async fn healthz(backend: &Backend, count: usize) -> Result<Vec<Repeater>, Failure> {
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", backend.address);
    Repeater::of(backend, 200, std::iter::repeat_n(request.into_bytes(), count)).await
}

pub(crate) async fn accounts(
    backend: &Backend,
    callers: &[Caller],
) -> Result<Vec<Repeater>, Failure> {
    let request = |caller: &Caller| {
        let path = format!("/v1/account?account={}&since=1", caller.account);
        get(&backend.address, &path, &caller.token)
    };
    Repeater::of(backend, 200, callers.iter().map(request)).await
}

/// Asks for holds as no browser may, by naming a claim: token and body are read, then it is refused
/// before the ledger is asked.
pub(crate) async fn refused(
    backend: &Backend,
    callers: &[Caller],
) -> Result<Vec<Repeater>, Failure> {
    let mut requests = Vec::new();
    for caller in callers {
        let claim = Some(ClaimId::new("bench")?);
        let body = creditpack::wire::HoldBody { claim, ..spend::body(&caller.account)? };
        let body = serde_json::to_string(&body)?;
        requests.push(post(&backend.address, "/v1/holds", &caller.token, &body));
    }
    Repeater::of(backend, 403, requests.into_iter()).await
}

/// Makes one hold after another.
pub(crate) struct Holder {
    backend: Arc<Backend>,
    connection: Connection,
    caller: Caller,
}

impl Holder {
    /// Returns the op of the hold.
    async fn hold(&mut self) -> Result<creditpack::OpId, Failure> {
        let body = spend::body(&self.caller.account)?;
        let text = serde_json::to_string(&body)?;
        let request = post(&self.backend.address, "/v1/holds", &self.caller.token, &text);
        self.connection.expect(201, &request).await?;
        Ok(body.op)
    }
}

impl Worker for Holder {
    async fn step(&mut self) -> Result<(), Failure> {
        self.hold().await.map(drop)
    }
}

pub(crate) async fn holds(
    backend: &Arc<Backend>,
    callers: &[Caller],
) -> Result<Vec<Holder>, Failure> {
    let mut workers = Vec::new();
    for caller in callers {
        workers.push(Holder {
            backend: Arc::clone(backend),
            connection: Connection::open(&backend.address).await?,
            caller: caller.clone(),
        });
    }
    Ok(workers)
}

/// Makes a hold as a browser, then captures it as the product's server.
pub(crate) struct Finisher(Holder);

impl Worker for Finisher {
    async fn step(&mut self) -> Result<(), Failure> {
        let op = self.0.hold().await?;
        let body = serde_json::json!({ "account": self.0.caller.account });
        let request = self.0.backend.secretly(&format!("/v1/holds/{op}/capture"), &body);
        self.0.connection.expect(200, &request).await.map(drop)
    }
}

pub(crate) async fn pairs(
    backend: &Arc<Backend>,
    callers: &[Caller],
) -> Result<Vec<Finisher>, Failure> {
    Ok(holds(backend, callers).await?.into_iter().map(Finisher).collect())
}
