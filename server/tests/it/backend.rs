//! A real backend in this process, on a free port and with a clock that tests may move.

use std::time::Duration;

use creditpackd::clock::Clock;
use creditpackd::config::{Config, DEFAULT, Environment};
use creditpackd::keys::stored_secret_key;
use creditpackd::ledger::Ledger;
use creditpackd::secret::Secret;
use creditpackd::serve::{ServeError, serve, settings};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::openapi;
use crate::patience::eventually;
use crate::stream::Stream;

/// The secret key of every backend here.
pub(crate) const SECRET_KEY: &str = "sk_test_0000000000000000000000";

/// What webhooks are signed with, newest first.
pub(crate) const WEBHOOK_SECRETS: [&str; 2] = ["whsec_new", "whsec_old"];

/// The one site that may call and be returned to.
pub(crate) const SITE: &str = "https://shop.example";

/// What time it is when a backend starts.
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;

/// How long anything here may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// A backend that runs.
pub(crate) struct Backend {
    pub(crate) url: String,
    pub(crate) clock: Clock,
    client: Client,
    data: TempDir,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// A field of the body.
    pub(crate) fn get(&self, field: &str) -> Value {
        self.json()[field].clone()
    }

    /// A header as text; empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts the status of a success and hands the answer on.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Asserts a refusal: its status, its code, its type, and that the body agrees with both.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.get("code")), (status, json!(code)), "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.get("status"), json!(status));
        self
    }

    /// Whether it says that it repeats an earlier answer.
    pub(crate) fn is_replay(&self) -> bool {
        self.header("idempotent-replayed") == "true"
    }
}

/// A new database in a folder of its own.
pub(crate) fn new_data() -> TempDir {
    let data = TempDir::new().unwrap();
    let key = stored_secret_key(&Secret::new(SECRET_KEY), "test").unwrap();
    Ledger::create(data.path(), &key, &Clock::standing_at(NOW_MS)).unwrap();
    data
}

/// The starter config under the environment of these tests.
pub(crate) fn config(text: &str) -> Config {
    let environment = Environment {
        allowed_origins: Some(SITE.to_owned()),
        stripe_webhook_secret: Some(Secret::new(WEBHOOK_SECRETS.join(","))),
        ..Environment::default()
    };
    let mut config = Config::parse("test.toml", text, &environment).unwrap();
    config.pay_later = Duration::from_millis(50);
    config
}

impl Backend {
    /// One in test mode, with the starter catalog.
    pub(crate) async fn start() -> Self {
        Self::start_with(config(DEFAULT), new_data()).await
    }

    /// One with that config, on that data.
    pub(crate) async fn start_with(config: Config, data: TempDir) -> Self {
        let clock = Clock::standing_at(NOW_MS);
        let ledger = Ledger::open(settings(&config, data.path(), clock.clone())).unwrap();
        let listener = listen();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel();
        let served = tokio::spawn(serve(
            config,
            ledger,
            listener,
            |address| ready.send(address).unwrap(),
            async move { drop(stopped.await) },
        ));
        let url = format!("http://{}", is_ready.await.unwrap());
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { url, clock, client: client.build().unwrap(), data, stop, served }
    }

    /// Stops it in good order; the data can be served again.
    pub(crate) async fn stop(self) -> TempDir {
        drop(self.stop);
        self.served.await.unwrap().unwrap();
        self.data
    }

    /// Where its data is.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Tells it to stop, and does not wait.
    pub(crate) fn tell_to_stop(self) -> JoinHandle<Result<(), ServeError>> {
        drop(self.stop);
        self.served
    }

    /// A request with that credential; none where it is empty.
    pub(crate) fn request(&self, method: Method, path: &str, credential: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        if credential.is_empty() { request } else { request.bearer_auth(credential) }
    }

    /// `GET path`.
    pub(crate) async fn get(&self, path: &str, credential: &str) -> Answer {
        send(self.request(Method::GET, path, credential)).await
    }

    /// `POST path` with a JSON body.
    pub(crate) async fn post(&self, path: &str, credential: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path, credential).json(body)).await
    }

    /// A client token for `account`.
    pub(crate) async fn token(&self, account: &str) -> String {
        let answer = self.post("/v1/tokens", SECRET_KEY, &json!({ "account": account })).await;
        answer.ok(201).get("token").as_str().unwrap().to_owned()
    }

    /// Grants `account` that many credits by hand.
    pub(crate) async fn grant(&self, id: &str, account: &str, credits: i64) {
        let body = json!({ "id": id, "account": account, "credits": credits, "reason": "test" });
        self.post("/v1/grants", SECRET_KEY, &body).await.ok(201);
    }

    /// What an account has: version, settled, held.
    pub(crate) async fn balance(&self, account: &str) -> (u64, i64, u64) {
        let answer = self.get(&format!("/v1/account?account={account}"), SECRET_KEY).await.ok(200);
        let number = |field| answer.get(field).as_i64().unwrap();
        let unsigned = |field| number(field).unsigned_abs();
        (unsigned("version"), number("settled"), unsigned("held"))
    }

    /// Opens a stream; `query` begins with `?`, or is empty.
    pub(crate) async fn stream(&self, query: &str, credential: &str) -> Stream {
        let path = format!("/v1/account/stream{query}");
        Stream::open(self.request(Method::GET, &path, credential)).await
    }

    /// Asks until `done` says so of an account's snapshot: for what happens by itself.
    pub(crate) async fn settled(&self, account: &str, done: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/v1/account?account={account}");
        let settled = async || {
            let snapshot = self.get(&path, SECRET_KEY).await.ok(200).json();
            done(&snapshot).then_some(snapshot)
        };
        eventually(PATIENCE, &format!("{account} gets there"), settled).await
    }
}

/// A free port, whose connections hold little for readers who are slow.
fn listen() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(16 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket.listen(64).unwrap()
}

/// Sends a request and reads all of its answer.
///
/// # Panics
///
/// If the answer is not one that the `OpenAPI` document describes: every test is one of the document.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let answer = Answer { status, headers, text: response.text().await.unwrap() };
    openapi::check(&method, &path, &answer);
    answer
}

/// An op made at `NOW_MS`; each `number` is another.
pub(crate) fn op(number: u64) -> String {
    let mut random = [7; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    creditpack::OpId::v7(NOW_MS, random).to_string()
}

/// The body of a hold of one credit.
pub(crate) fn hold(account: &str, op: &str) -> Value {
    json!({ "account": account, "op": op, "operation": "image", "created_at_ms": NOW_MS })
}
