//! Every operation with every kind of credential: who is let in, who is not, and what a stranger
//! can learn from that.

use std::collections::BTreeMap;

use creditpackd::control::Task;
use creditpackd::http::openapi::document;
use creditpackd::ledger::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use crate::backend::{Answer, Backend, NOW_MS, SECRET_KEY, SITE, hold, op, send};
use crate::checkouts::checkout;
use crate::keys::{have_done, key};
use crate::openapi::object;

/// Who may call an operation.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    /// Anybody, whatever they show.
    Anybody,
    /// Anybody who shows nothing bad.
    Public,
    /// The account's browser, and secret keys of that scope.
    Browser(Scope),
    /// Secret keys of that scope.
    Server(Scope),
}

/// A request on account `u_1` that would do.
struct Call {
    id: &'static str,
    who: Who,
    method: Method,
    path: String,
    body: Value,
}

/// One for every operation of the document.
fn calls(account: &str) -> Vec<Call> {
    use Scope::{Grant, Metrics, Read, Spend};
    use Who::{Anybody, Browser, Public, Server};
    let at = |end: &str| format!("/v1/holds/{}{end}", op(1));
    let asked = |path: &str| format!("{path}?account={account}");
    let work = json!({ "account": account, "operation": "image", "claim": "run" });
    let release = json!({ "account": account, "reason": "cancelled" });
    let grant = json!({ "id": "g9", "account": account, "credits": 1, "reason": "x" });
    let get =
        |id, who, path: String| Call { id, who, method: Method::GET, path, body: json!(null) };
    let post = |id, who, path: &str, body| Call {
        id,
        who,
        method: Method::POST,
        path: path.to_owned(),
        body,
    };
    vec![
        post("createToken", Server(Spend), "/v1/tokens", json!({ "account": account })),
        post("createGrant", Server(Grant), "/v1/grants", grant),
        post(
            "createRefund",
            Server(Grant),
            "/v1/refunds",
            json!({ "id": "r9", "account": account, "op": op(1), "reason": "x" }),
        ),
        post("createHold", Browser(Spend), "/v1/holds", hold(account, &op(1))),
        post(
            "listVerdicts",
            Browser(Read),
            "/v1/holds/verdicts",
            json!({ "account": account, "ops": [op(1)] }),
        ),
        get("getReceipt", Browser(Read), at(&asked(""))),
        post("claimHold", Server(Spend), &at("/claim"), work.clone()),
        post("extendHold", Server(Spend), &at("/extend"), work),
        post("captureHold", Server(Spend), &at("/capture"), json!({ "account": account })),
        post("releaseHold", Browser(Spend), &at("/release"), release),
        get("getAccount", Browser(Read), asked("/v1/account")),
        get("streamAccount", Browser(Read), asked("/v1/account/stream")),
        get("listEntries", Browser(Read), asked("/v1/account/history")),
        get("getCatalog", Public, asked("/v1/catalog")),
        post(
            "createQuote",
            Browser(Read),
            "/v1/quotes",
            json!({ "account": account, "pack": "starter" }),
        ),
        post("createCheckout", Browser(Spend), "/v1/checkouts", checkout(account, "c_1")),
        get("getCheckout", Browser(Read), asked("/v1/checkouts/c_1")),
        post("receiveStripeEvent", Anybody, "/v1/webhooks/stripe", json!({})),
        get("showReceipt", Anybody, "/r/AAAAAAAAAAAAAAAAAAAAAA".into()),
        get("showTestCheckout", Anybody, "/test/checkout/cs_none".into()),
        post("chooseTestPayment", Anybody, "/test/checkout/cs_none", json!({})),
        get("getHealth", Anybody, "/healthz".into()),
        get("getReadiness", Anybody, "/readyz".into()),
        get("getMetrics", Server(Metrics), "/metrics".into()),
        get("getDocument", Anybody, "/openapi.json".into()),
        get("showDocument", Anybody, "/docs".into()),
    ]
}

impl Call {
    /// The answer to it: its status and, of a refusal, its code.
    async fn made(&self, backend: &Backend, credential: &str) -> (u16, String) {
        let request = backend.request(self.method.clone(), &self.path, credential);
        let request = if self.body.is_null() { request } else { request.json(&self.body) };
        if self.id == "streamAccount" {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let code = if status == 200 { json!({}) } else { response.json().await.unwrap() };
            return (status, code["code"].as_str().unwrap_or_default().to_owned());
        }
        let Answer { status, text, .. } = send(request).await;
        let code = serde_json::from_str::<Value>(&text).unwrap_or_default()["code"].take();
        (status, code.as_str().unwrap_or_default().to_owned())
    }
}

/// What becomes of a credential: let in (however the request is answered then), or refused.
fn expected(who: Who, credential: &str) -> Option<(u16, &'static str)> {
    let scopes: &[Scope] = match credential {
        "full" => &Scope::ALL,
        "spend" => &[Scope::Spend, Scope::Read],
        "grant" => &[Scope::Grant, Scope::Read],
        "read" => &[Scope::Read],
        "metrics" => &[Scope::Metrics],
        _ => &[],
    };
    let bad = match credential {
        "none" => Some((401, "token_missing")),
        "expired" => Some((401, "token_expired")),
        "nonsense" | "forged" | "audience" | "revoked" | "unknown" => Some((401, "token_invalid")),
        _ => None,
    };
    let forbidden = Some((403, "forbidden"));
    match who {
        Who::Anybody => None,
        Who::Public if credential == "none" => None,
        _ if bad.is_some() => bad,
        Who::Public | Who::Browser(_) if credential == "own" => None,
        _ if credential == "own" || credential == "other" => forbidden,
        Who::Public if scopes.contains(&Scope::Read) => None,
        Who::Browser(scope) | Who::Server(scope) if scopes.contains(&scope) => None,
        _ => forbidden,
    }
}

/// Each kind of credential, by its name here.
async fn credentials(backend: &Backend) -> Vec<(&'static str, String)> {
    let expired = backend.token("u_1").await;
    backend.clock.advance(900_000);
    let own = backend.token("u_1").await;
    let (kept, signature) = own.rsplit_once('.').unwrap();
    let forged = format!("{kept}.{}", signature.chars().rev().collect::<String>());
    let elsewhere = Backend::start().await;
    elsewhere.clock.advance(900_000);
    let (id, revoked) = key(backend, "revoked", &[Scope::Full]).await;
    have_done(backend, Task::RevokeSecretKey(id)).await;
    let mut all = vec![
        ("none", String::new()),
        ("nonsense", "nonsense".into()),
        ("forged", forged),
        ("expired", expired),
        ("audience", elsewhere.token("u_1").await),
        ("own", own),
        ("other", backend.token("u_2").await),
        ("unknown", "sk_test_0000000000000000000001".into()),
        ("revoked", revoked),
        ("full", SECRET_KEY.into()),
    ];
    for scope in [Scope::Spend, Scope::Grant, Scope::Read, Scope::Metrics] {
        all.push((scope.as_str(), key(backend, scope.as_str(), &[scope]).await.1));
    }
    all
}

#[tokio::test]
async fn every_operation_lets_in_exactly_who_may_call_it() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 50).await;
    let credentials = credentials(&backend).await;
    assert_eq!(credentials.len(), 14);
    for call in calls("u_1") {
        for (name, credential) in &credentials {
            let (status, code) = call.made(&backend, credential).await;
            let told = format!("{} with {name}: {status} {code}", call.id);
            match expected(call.who, name) {
                Some(refused) => assert_eq!((status, code.as_str()), refused, "{told}"),
                None => assert!(!matches!(status, 401 | 403 | 429 | 500..), "{told}"),
            }
        }
    }
}

#[test]
fn the_table_has_every_operation_as_the_document_has_it() {
    let mut documented = BTreeMap::new();
    for (_, methods) in object(&document()["paths"]) {
        for (_, operation) in object(methods) {
            let schemes = operation["security"].as_array().unwrap();
            let name = |it| object(it).map(|(name, _)| name.as_str()).collect::<String>();
            let schemes: Vec<_> = schemes.iter().map(name).collect();
            let scope = operation["x-scope"].as_str();
            let id = operation["operationId"].as_str().unwrap();
            documented.insert(id, (schemes, scope));
        }
    }
    for Call { id, who, .. } in calls("u_1") {
        let (schemes, scope) = match who {
            Who::Anybody => (vec![], None),
            Who::Public => (vec!["", "clientToken", "secretKey"], Some("read")),
            Who::Browser(scope) => (vec!["clientToken", "secretKey"], Some(scope.as_str())),
            Who::Server(scope) => (vec!["secretKey"], Some(scope.as_str())),
        };
        let schemes = schemes.into_iter().map(str::to_owned).collect();
        assert_eq!(documented.remove(id), Some((schemes, scope)), "{id}");
    }
    assert!(documented.is_empty(), "not in the table: {documented:?}");
}

#[tokio::test]
async fn a_stranger_cannot_tell_whether_an_account_or_what_is_its_own_exists() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 50).await;
    backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(1))).await.ok(201);
    backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await.ok(201);
    let stranger = backend.token("u_2").await;
    for (known, unknown) in calls("u_1").into_iter().zip(calls("u_9")) {
        if !matches!(known.who, Who::Browser(_)) || known.id == "streamAccount" {
            continue;
        }
        let ask = async |call: &Call| {
            let request = backend.request(call.method.clone(), &call.path, &stranger);
            let request = if call.body.is_null() { request } else { request.json(&call.body) };
            let answer = send(request).await;
            (answer.status, answer.text)
        };
        assert_eq!(ask(&known).await, ask(&unknown).await, "{}", known.id);
    }
    // Without an account it is about the stranger's own: what is another's is not there.
    let path = format!("/v1/holds/{}", op(1));
    let foreign = backend.get(&path, &stranger).await.refused(404, "unknown_op");
    let none = backend.get(&format!("/v1/holds/{}", op(2)), &stranger).await;
    assert_eq!(foreign.text, none.refused(404, "unknown_op").text);
    let foreign = backend.get("/v1/checkouts/c_1", &stranger).await;
    let none = backend.get("/v1/checkouts/c_2", &stranger).await;
    assert_eq!(foreign.refused(404, "unknown_checkout").text, none.text);
    let verdicts = json!({ "ops": [op(1), op(3)] });
    let verdicts = backend.post("/v1/holds/verdicts", &stranger, &verdicts).await.ok(200);
    for receipt in verdicts.get("receipts").as_array().unwrap() {
        assert_eq!(receipt["verdict"], "unknown");
    }
    // Ending another's op ends nothing.
    let release = json!({ "reason": "cancelled" });
    backend.post(&format!("{path}/release"), &stranger, &release).await.ok(200);
    assert_eq!(backend.balance("u_1").await, (2, 50, 1));
}

#[tokio::test]
async fn a_browser_chooses_neither_price_nor_where_a_buyer_goes_nor_ends_work() {
    let backend = Backend::start().await;
    backend.grant("g1", "u_1", 5).await;
    let token = backend.token("u_1").await;
    let mut cheap = checkout("u_1", "c_1");
    for (field, value) in [
        ("price", json!({ "amount_minor": 1, "currency": "usd" })),
        ("amount_minor", json!(1)),
        ("credits", json!(1000)),
        ("list_price", json!({ "amount_minor": 1, "currency": "usd" })),
    ] {
        cheap[field] = value;
    }
    let made = backend.post("/v1/checkouts", &token, &cheap).await.ok(201);
    let standard = backend.post("/v1/checkouts", &token, &checkout("u_1", "c_2")).await.ok(201);
    assert_eq!(
        (made.get("price"), made.get("credits")),
        (standard.get("price"), standard.get("credits"))
    );
    let mut expected = checkout("u_1", "c_3");
    expected["expected"] = json!({ "amount_minor": 1, "currency": "usd", "credits": 1000 });
    backend.post("/v1/checkouts", &token, &expected).await.refused(409, "price_changed");
    for field in ["success_url", "cancel_url"] {
        for foreign in [
            "https://evil.example/",
            "//evil.example",
            "https://shop.example.evil.example/",
            "https://shop.example@evil.example/",
            "javascript:alert(1)",
            "http://shop.example/",
        ] {
            let mut body = checkout("u_1", "c_4");
            body[field] = json!(foreign);
            let refused = backend.post("/v1/checkouts", &token, &body).await;
            assert_eq!(refused.refused(422, "url_not_allowed").get("field"), json!(field));
        }
    }
    assert!(SITE.starts_with("https://shop.example"));

    backend.post("/v1/holds", &token, &hold("u_1", &op(1))).await.ok(201);
    let at = |end: &str| format!("/v1/holds/{}/{end}", op(1));
    let claim = json!({ "account": "u_1", "operation": "image", "claim": "run" });
    backend.post(&at("claim"), SECRET_KEY, &claim).await.ok(200);
    let release = json!({ "account": "u_1", "reason": "cancelled" });
    backend.post(&at("release"), &token, &release).await.refused(409, "hold_claimed");
    for reason in ["failed", "invalid_output"] {
        let body = json!({ "account": "u_1", "reason": reason });
        backend.post(&at("release"), &token, &body).await.refused(403, "forbidden");
    }
    let mut claimed = hold("u_1", &op(2));
    claimed["claim"] = json!("run");
    backend.post("/v1/holds", &token, &claimed).await.refused(403, "forbidden");
    assert_eq!(backend.balance("u_1").await, (2, 5, 1));
    assert!(backend.clock.now_ms() >= NOW_MS);
}
