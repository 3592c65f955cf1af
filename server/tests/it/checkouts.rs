//! Purchases: the checkout, the hosted page of test mode, and every way to settle.

use creditpackd::config::{Config, DEFAULT, PaymentsMode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::backend::{Answer, Backend, NOW_MS, SECRET_KEY, SITE, config, new_data, send};

/// The body of a checkout of the smaller pack.
pub(crate) fn checkout(account: &str, id: &str) -> Value {
    json!({
        "account": account, "id": id, "pack": "starter",
        "success_url": format!("{SITE}/done?x=1#top"), "cancel_url": format!("{SITE}/packs"),
    })
}

/// Makes a checkout and returns it with the path of its page.
async fn check_out(backend: &Backend, body: &Value) -> (Value, String) {
    let made = backend.post("/v1/checkouts", SECRET_KEY, body).await.ok(201).json();
    let page = made["url"].as_str().unwrap().strip_prefix(&backend.url).unwrap().to_owned();
    (made, page)
}

pub(crate) async fn press(backend: &Backend, page: &str, choice: &str) -> Answer {
    let request = backend.request(Method::POST, page, "");
    let form = "application/x-www-form-urlencoded";
    send(request.header("content-type", form).body(format!("choice={choice}"))).await
}

#[tokio::test]
async fn paying_grants_the_pack_and_leads_back() {
    let backend = Backend::start().await;
    let token = backend.token("u_1").await;
    let made = backend.post("/v1/checkouts", &token, &checkout("u_1", "c_1")).await.ok(201).json();
    for (field, expect) in [
        ("id", json!("c_1")),
        ("status", json!("open")),
        ("credits", json!(5)),
        ("price", json!({ "amount_minor": 400, "currency": "usd" })),
        ("expires_at_ms", json!(NOW_MS + 23 * 60 * 60 * 1000)),
    ] {
        assert_eq!(made[field], expect, "{field}");
    }
    let again = backend.post("/v1/checkouts", &token, &checkout("u_1", "c_1")).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), made);

    let page = made["url"].as_str().unwrap().strip_prefix(&backend.url).unwrap();
    let shown = backend.get(page, "").await.ok(200);
    for words in ["Test mode:", "no real money", "Starter", "5 credits", "$4.00", "shop.example"] {
        assert!(shown.text.contains(words), "{words}");
    }
    for button in ["Pay", "Pay later", "Decline", "Cancel"] {
        assert!(shown.text.contains(&format!(">{button}</button>")), "{button}");
    }
    let policy = shown.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains(SITE), "{policy}");

    let paid = press(&backend, page, "pay").await.ok(303);
    assert_eq!(paid.header("location"), format!("{SITE}/done?x=1&checkout=c_1#top"));
    let snapshot = backend.settled("u_1", |snapshot| snapshot["settled"] == json!(5)).await;
    assert_eq!((&snapshot["version"], &snapshot["incoming"]), (&json!(1), &json!([])));
    let done = backend.get("/v1/checkouts/c_1", &token).await.ok(200).json();
    assert_eq!((&done["status"], &done["url"]), (&json!("paid"), &json!(null)));
    assert_eq!(done["purchase"], made["purchase"]);
    // Whoever comes back finds it paid, and cannot pay twice.
    assert!(backend.get(page, "").await.ok(200).text.contains("is paid"));
    press(&backend, page, "pay").await.ok(200);
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn a_late_payment_is_incoming_until_it_arrives() {
    let mut config = config(DEFAULT);
    // It does not arrive by itself while anybody looks.
    config.pay_later = std::time::Duration::from_secs(3600);
    let backend = Backend::start_with(config, new_data()).await;
    let mut stream = backend.stream("?account=u_1", SECRET_KEY).await;
    stream.expect("heartbeat").await;
    stream.expect("incoming").await;
    let (made, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    press(&backend, &page, "pay_later").await.ok(303);
    let listed = json!({ "incoming": [{
        "purchase": made["purchase"], "pack": "starter", "credits": 5, "status": "processing",
    }]});
    assert_eq!(stream.expect("incoming").await.data, listed);
    assert!(backend.get(&page, "").await.ok(200).text.contains("on its way"));
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "processing");
    // A grant takes its purchase off the list.
    let session = page.rsplit('/').next().unwrap();
    crate::webhooks::tell(&backend, "checkout.session.async_payment_succeeded", session).await;
    let mut kinds = [stream.next().await.unwrap(), stream.next().await.unwrap()];
    kinds.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(kinds[0].data["kind"], "grant");
    assert_eq!(kinds[1].data, json!({ "incoming": [] }));
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "paid");
}

#[tokio::test]
async fn a_late_payment_arrives_by_itself() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    press(&backend, &page, "pay_later").await.ok(303);
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(5)).await;
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "paid");
}

#[tokio::test]
async fn declining_and_cancelling_charge_nothing() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    let declined = press(&backend, &page, "decline").await.ok(200);
    assert!(declined.text.contains("declined") && declined.text.contains("Nothing was charged"));
    assert!(declined.text.contains(">Pay</button>"), "it can be tried again");
    let cancelled = press(&backend, &page, "cancel").await.ok(303);
    assert_eq!(cancelled.header("location"), format!("{SITE}/packs"));
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "open");
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
}

#[tokio::test]
async fn the_landing_page_settles_what_a_late_webhook_does_not() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    press(&backend, &format!("{page}?webhook_delay_ms=60000"), "pay").await.ok(303);
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "paid");
    assert_eq!(backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn a_restart_settles_what_was_under_way() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    press(&backend, &format!("{page}?webhook_delay_ms=60000"), "pay").await.ok(303);
    let config = config(DEFAULT);
    let backend = Backend::start_with(config, backend.stop().await).await;
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(5)).await;
}

#[tokio::test]
async fn a_webhook_may_be_delayed_within_bounds() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    for bad in ["60001", "-1", "x", "1.5"] {
        let answer = backend.get(&format!("{page}?webhook_delay_ms={bad}"), "").await;
        assert_eq!(answer.refused(400, "invalid_request").get("field"), "webhook_delay_ms");
    }
    press(&backend, &page, "steal").await.refused(400, "invalid_request");
    press(&backend, &format!("{page}?webhook_delay_ms=100"), "pay").await.ok(303);
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(5)).await;
    let unknown = backend.get("/test/checkout/cs_test_unknown", "").await.ok(404);
    assert!(unknown.text.contains("No such checkout"));
}

#[tokio::test]
async fn a_checkout_is_for_one_thing_at_its_price() {
    let backend = Backend::start().await;
    let post = async |field: &str, value: Value| {
        let mut body = checkout("u_1", "c_1");
        body[field] = value;
        backend.post("/v1/checkouts", SECRET_KEY, &body).await
    };
    let expected = json!({ "amount_minor": 300, "currency": "usd", "credits": 5 });
    let changed = post("expected", expected).await.refused(409, "price_changed");
    assert_eq!(changed.get("price"), json!({ "amount_minor": 400, "currency": "usd" }));
    assert_eq!(changed.get("credits"), json!(5));
    post("pack", json!("huge")).await.refused(422, "unknown_pack");
    post("promotion", json!("HALF")).await.refused(422, "promotion_invalid");
    for field in ["success_url", "cancel_url"] {
        let line_break = format!("{SITE}/a\nb");
        let bad = ["https://evil.example/", "https://shop.{CHECKOUT_ID}/", "/relative", ""];
        for url in bad.into_iter().chain(["javascript:alert(1)", &line_break]) {
            let refused = post(field, json!(url)).await.refused(422, "url_not_allowed");
            assert_eq!(refused.get("field"), json!(field), "{url}");
            let why = refused.get("detail");
            assert!(why.as_str().unwrap().contains("allowed_origins, begin with"), "{why}");
        }
    }
    for (field, value) in [
        ("quantity", json!(0)),
        ("quantity", json!(10_001)),
        ("currency", json!("eur")),
        ("email", json!("nobody")),
        ("locale", json!("no_locale")),
        ("id", json!("a b")),
    ] {
        let refused = post(field, value).await.refused(400, "invalid_request");
        assert_eq!(refused.get("field"), json!(field));
    }
    let expected = json!({ "amount_minor": 400, "currency": "usd", "credits": 5 });
    post("expected", expected).await.ok(201);
    post("quantity", json!(2)).await.refused(409, "checkout_conflict");
    // Checkouts are each account's own.
    let token = backend.token("u_2").await;
    backend.get("/v1/checkouts/c_1", &token).await.refused(404, "unknown_checkout");
    let theirs = backend.post("/v1/checkouts", &token, &checkout("u_2", "c_1")).await.ok(201);
    assert_eq!(theirs.get("status"), "open");
    let three = json!({
        "account": "u_3", "id": "c_1", "pack": "standard", "quantity": 3,
        "success_url": SITE, "cancel_url": SITE, "email": "a@b.c", "locale": "de-CH",
    });
    let three = backend.post("/v1/checkouts", SECRET_KEY, &three).await.ok(201);
    assert_eq!(
        (three.get("credits"), three.get("price")["amount_minor"].clone()),
        (json!(45), json!(2700))
    );
}

#[tokio::test]
async fn a_checkout_lapses() {
    let backend = Backend::start().await;
    let (_, page) = check_out(&backend, &checkout("u_1", "c_1")).await;
    backend.clock.advance(24 * 60 * 60 * 1000);
    let lapsed = press(&backend, &page, "pay").await.ok(200);
    assert!(lapsed.text.contains("lapsed"), "{}", lapsed.text);
    let path = "/v1/checkouts/c_1?account=u_1";
    assert_eq!(backend.get(path, SECRET_KEY).await.ok(200).get("status"), "expired");
    assert!(backend.get(&page, "").await.ok(200).text.contains("lapsed"));
    assert_eq!(backend.balance("u_1").await, (0, 0, 0));
}

#[tokio::test]
async fn without_payments_nothing_is_sold() {
    let mut data = Some(new_data());
    for (id, mode) in [("g1", None), ("g2", Some(PaymentsMode::Live))] {
        let config = Config { payments: mode, ..config(DEFAULT) };
        let backend = Backend::start_with(config, data.take().unwrap()).await;
        let order = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_1")).await;
        let webhook = backend.post("/v1/webhooks/stripe", "", &json!({})).await;
        for refused in [order, webhook] {
            let refused = refused.refused(503, "payments_not_configured");
            assert!(!refused.header("retry-after").is_empty());
        }
        backend.get("/test/checkout/x", "").await.refused(404, "not_found");
        // The rest works.
        backend.grant(id, "u_1", 1).await;
        data = Some(backend.stop().await);
    }
}
