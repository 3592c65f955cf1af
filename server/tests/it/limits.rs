//! How much anybody may ask for, and how connections are kept from being held up.

use std::time::{Duration, Instant};

use creditpackd::config::{Config, DEFAULT};
use creditpackd::http::openapi::document;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::backend::{Answer, Backend, SECRET_KEY, config, hold, new_data, op, send};
use crate::checkouts::checkout;
use crate::openapi::object;

/// How long a connection may take here before a test gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A backend with other settings of `[http]`, which believes proxies on this machine.
async fn limited(settings: &[(&str, &str)]) -> Backend {
    let mut text = DEFAULT.to_owned();
    for (from, to) in settings {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let proxies = "trusted_proxies = [\"127.0.0.0/8\"]\n\n[payments]\n";
    let config = Config::clone(&config(&text.replacen("\n[payments]\n", proxies, 1)));
    Backend::start_with(config, new_data()).await
}

/// `GET path` as a proxy would forward it from `address`.
async fn from(backend: &Backend, address: &str, path: &str, credential: &str) -> Answer {
    let request = backend.request(Method::GET, path, credential);
    send(request.header("x-forwarded-for", address)).await
}

/// Asserts a 429 that says how long to wait, and hands it on.
#[track_caller]
fn refused(answer: Answer) -> Answer {
    let answer = answer.refused(429, "rate_limited");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1, "{answer:?}");
    assert!(answer.get("detail").as_str().unwrap().contains("nothing was done"), "{answer:?}");
    answer
}

/// Asks until it is refused like that: what has passed of a second since the last time may have been
/// enough for one more request, but never for as many as a fresh asker has.
async fn refused_soon(ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..5 {
        let answer = ask().await;
        if answer.status == 429 {
            return refused(answer);
        }
    }
    panic!("nobody is told to wait");
}

#[tokio::test]
async fn an_account_that_asks_too_much_is_told_to_wait_and_others_are_not() {
    let backend = limited(&[("account_requests_per_s = 50", "account_requests_per_s = 1")]).await;
    backend.grant("g1", "u_1", 50).await;
    let (token, same, other) =
        (backend.token("u_1").await, backend.token("u_1").await, backend.token("u_2").await);
    let (mut last, begun) = (0, Instant::now());
    for number in 0..40 {
        let answer = backend.post("/v1/holds", &token, &hold("u_1", &op(number))).await;
        last = number;
        if answer.status != 201 {
            refused(answer);
            break;
        }
    }
    let most = 10 + begun.elapsed().as_secs();
    assert!((10..=most).contains(&last), "ten at once, then one a second: {last}, not {most}");
    refused_soon(async || backend.get("/v1/account", &same).await).await;
    backend.get("/v1/account", &other).await.ok(200);
    let held = backend.balance("u_1").await;
    assert_eq!(held.2, last, "nothing was done, and the secret key has no limit");
    backend.get("/healthz", &token).await.ok(200);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    backend.get("/v1/account", &token).await.ok(200);
}

#[tokio::test]
async fn an_address_that_asks_too_much_is_told_to_wait_whatever_it_shows() {
    let backend = limited(&[("address_requests_per_s = 200", "address_requests_per_s = 1")]).await;
    let token = backend.token("u_1").await;
    for _ in 0..10 {
        from(&backend, "198.51.100.1", "/v1/catalog", "").await.ok(200);
    }
    for credential in ["", "nonsense", "sk_test_0000000000000000000001", token.as_str()] {
        refused_soon(async || from(&backend, "198.51.100.1", "/v1/catalog", credential).await)
            .await;
    }
    let chain = "203.0.113.1, 198.51.100.1";
    refused_soon(async || from(&backend, chain, "/v1/nothing", "").await).await;
    from(&backend, "198.51.100.1", "/v1/catalog", SECRET_KEY).await.ok(200);
    from(&backend, "198.51.100.1", "/healthz", "").await.ok(200);
    from(&backend, "198.51.100.2", "/v1/catalog", "").await.ok(200);
    for _ in 0..30 {
        backend.get("/v1/catalog", "").await.ok(200);
    }
    let refused = refused_soon(async || {
        let asked = backend.request(Method::GET, "/v1/catalog", "");
        let asked = asked.header("origin", crate::backend::SITE);
        send(asked.header("x-forwarded-for", "198.51.100.1")).await
    })
    .await;
    assert_eq!(refused.header("access-control-allow-origin"), crate::backend::SITE);
}

async fn quote(backend: &Backend, account: &str, code: &str) -> Answer {
    let body = json!({ "account": account, "pack": "starter", "promotion": code });
    backend.post("/v1/quotes", SECRET_KEY, &body).await
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let text =
        DEFAULT.to_owned() + "\n[[catalog.promotions]]\ncode = \"REAL\"\nbonus_credits = 1\n";
    let backend = Backend::start_with(config(&text), new_data()).await;
    for number in 0..19 {
        let wrong = quote(&backend, "u_1", &format!("WRONG{number}")).await;
        wrong.refused(422, "promotion_invalid");
        quote(&backend, "u_1", "REAL").await.ok(200);
    }
    let mut body = checkout("u_1", "c_1");
    body["promotion"] = json!("WRONG");
    backend.post("/v1/checkouts", SECRET_KEY, &body).await.refused(422, "promotion_invalid");
    // Not even the right one tells now.
    assert_eq!(refused(quote(&backend, "u_1", "REAL").await).header("retry-after"), "60");
    refused(backend.post("/v1/checkouts", SECRET_KEY, &body).await);
    body["promotion"] = Value::Null;
    backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201);
    quote(&backend, "u_2", "REAL").await.ok(200);
    backend.clock.advance(60_000);
    quote(&backend, "u_1", "REAL").await.ok(200);
}

async fn connect(backend: &Backend) -> TcpStream {
    TcpStream::connect(backend.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Reads until the other side ends the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // A connection that is reset has ended too.
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut read)).await;
    drop(ended.expect("the connection ends in time"));
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let backend = limited(&[("head_timeout_s = 75", "head_timeout_s = 1")]).await;
    let whole = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    for begin in ["", "P", "PRI * HTTP/2.0\r\n", "GET /healthz HTTP/1.1\r\nhost: x\r\n", whole] {
        let mut stream = connect(&backend).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        let read = read_to_end(&mut stream).await;
        assert_eq!(read.starts_with("HTTP/1.1 200"), begin == whole, "{begin:?}: {read}");
    }
    // A long poll and a stream are no head that is late.
    let polled = backend.get("/v1/account?account=u_1&since=0&wait_s=3", SECRET_KEY);
    assert_eq!(polled.await.ok(200).get("version"), json!(0));
}

#[tokio::test]
async fn heads_have_a_size() {
    let backend = Backend::start().await;
    let many = "x-many: 1\r\n".repeat(101);
    let long = format!("x: {}\r\n", "y".repeat(40 * 1024));
    for fields in [many, long] {
        let mut stream = connect(&backend).await;
        let head = format!("GET /healthz HTTP/1.1\r\n{fields}\r\n");
        // It may be refused before it was read to its end.
        drop(stream.write_all(head.as_bytes()).await);
        let read = read_to_end(&mut stream).await;
        assert!(read.is_empty() || read.starts_with("HTTP/1.1 431"), "{read}");
    }
    backend.get("/healthz", "").await.ok(200);
}

#[tokio::test]
async fn connections_over_the_limit_wait_until_another_ends() {
    let backend = limited(&[("connections_max = 16384", "connections_max = 16")]).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut stream = connect(&backend).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        stream.read_u8().await.unwrap();
        open.push(stream);
    }
    let mut late = connect(&backend).await;
    late.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let soon = tokio::time::timeout(Duration::from_millis(300), late.read_u8()).await;
    assert!(soon.is_err(), "it is not served yet");
    drop(open.pop());
    let served = tokio::time::timeout(PATIENCE, late.read_u8()).await.unwrap();
    assert_eq!(served.unwrap(), b'H');
}

#[tokio::test]
async fn a_request_that_was_begun_is_answered_though_the_backend_goes_down() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let body = hold("u_1", &op(1)).to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = connect(&backend).await;
    let head = format!(
        "POST /v1/holds HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {SECRET_KEY}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n{first}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // It has been begun once its body is wanted.
    let mut wanted = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut wanted)).await.unwrap().unwrap();
    assert_eq!(&wanted, b"HTTP/1.1 100 Continue\r\n\r\n");
    let url = backend.url.clone();
    let served = backend.tell_to_stop();
    while TcpStream::connect(url.strip_prefix("http://").unwrap()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stream.write_all(rest.as_bytes()).await.unwrap();
    let read = read_to_end(&mut stream).await;
    assert!(read.starts_with("HTTP/1.1 201"), "{read}");
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn every_operation_but_health_has_the_limit_of_its_address() {
    let backend = limited(&[("address_requests_per_s = 200", "address_requests_per_s = 1")]).await;
    for _ in 0..10 {
        from(&backend, "198.51.100.1", "/nowhere", "").await.refused(404, "not_found");
    }
    for (path, methods) in object(&document()["paths"]) {
        for (method, _) in object(methods) {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = backend.request(method, &path.replace(['{', '}'], ""), "");
            let answer = send(request.header("x-forwarded-for", "198.51.100.1")).await;
            match path.as_str() {
                "/healthz" => drop(answer.ok(200)),
                // A token of the bucket comes back each second.
                _ if answer.status == 429 => drop(refused(answer)),
                _ => {
                    let ask = async || from(&backend, "198.51.100.1", "/nowhere", "").await;
                    refused_soon(ask).await;
                }
            }
        }
    }
}
