//! Promotions: quoted, taken by a checkout, given back, never taken too often.

use creditpackd::config::{Config, DEFAULT};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::backend::{Answer, Backend, NOW_MS, SECRET_KEY, config, new_data, send};
use crate::checkouts::{checkout, press};

/// What any account may do once is done five times at most; the tests begin 10 minutes before the
/// end of `SOON`.
const PROMOTIONS: &str = r#"
[[catalog.promotions]]
code = "FIVE"
percent_off = 20
redemptions_max = 5

[[catalog.promotions]]
code = "ONCE"
amount_off = { usd = 100 }
redemptions_per_account_max = 1

[[catalog.promotions]]
code = "WELCOME"
bonus_credits = 3
first_purchase_only = true

[[catalog.promotions]]
code = "HELLO"
percent_off = 10
first_purchase_only = true

[[catalog.promotions]]
code = "LAST"
percent_off = 10
redemptions_max = 1

[[catalog.promotions]]
code = "ALWAYS"
percent_off = 5

[[catalog.promotions]]
code = "SOON"
percent_off = 50
minimum_pack = "standard"
ends_at = 2027-01-15T08:10:00Z
"#;

fn promoting() -> Config {
    config(&format!("{DEFAULT}{PROMOTIONS}"))
}

async fn backend() -> Backend {
    Backend::start_with(promoting(), new_data()).await
}

fn with(account: &str, id: &str, code: &str) -> Value {
    let mut body = checkout(account, id);
    body["promotion"] = json!(code);
    body
}

async fn order(backend: &Backend, account: &str, id: &str, code: &str) -> Answer {
    backend.post("/v1/checkouts", SECRET_KEY, &with(account, id, code)).await
}

async fn status(backend: &Backend, account: &str, id: &str) -> Value {
    let path = format!("/v1/checkouts/{id}?account={account}");
    backend.get(&path, SECRET_KEY).await.ok(200).get("status")
}

async fn pay(backend: &Backend, made: &Answer) {
    press(backend, &page(backend, made), "pay").await.ok(303);
}

fn page(backend: &Backend, made: &Answer) -> String {
    made.get("url").as_str().unwrap().strip_prefix(&backend.url).unwrap().to_owned()
}

/// Asserts that a promotion is refused, and why.
#[track_caller]
fn refused(answer: Answer, reason: &str) {
    let refused = answer.refused(422, "promotion_invalid");
    assert_eq!((refused.get("reason"), refused.get("field")), (json!(reason), json!("promotion")));
}

#[tokio::test]
async fn a_quote_prices_a_code_and_sets_nothing_aside() {
    let backend = backend().await;
    let token = backend.token("u_1").await;
    for _ in 0..9 {
        let body = json!({ "pack": "starter", "promotion": " five", "quantity": 2 });
        let quoted = backend.post("/v1/quotes", &token, &body).await.ok(200).json();
        let expected = json!({
            "list_price": { "amount_minor": 800, "currency": "usd" },
            "price": { "amount_minor": 640, "currency": "usd" },
            "credits": 10, "expires_at_ms": NOW_MS + 15 * 60 * 1000,
        });
        assert_eq!(quoted, expected);
    }
    let plain = backend.post("/v1/quotes", &token, &json!({ "pack": "starter" })).await.ok(200);
    assert_eq!(plain.get("price"), plain.get("list_price"));
    let body = json!({ "pack": "standard", "promotion": "SOON" });
    let soon = backend.post("/v1/quotes", &token, &body).await.ok(200);
    assert_eq!(soon.get("price")["amount_minor"], json!(450));
    assert_eq!(soon.get("expires_at_ms"), json!(NOW_MS + 10 * 60 * 1000), "its end comes first");
    backend.clock.advance(10 * 60 * 1000);
    refused(backend.post("/v1/quotes", &token, &body).await, "ended");
}

#[tokio::test]
async fn quotes_are_refused_like_checkouts() {
    let backend = backend().await;
    let post = async |body: Value| backend.post("/v1/quotes", SECRET_KEY, &body).await;
    let quote =
        |pack: &str, code: &str| post(json!({ "account": "u_1", "pack": pack, "promotion": code }));
    refused(quote("starter", "NO_SUCH").await, "unknown");
    refused(quote("starter", "SOON").await, "pack_too_small");
    quote("huge", "FIVE").await.refused(422, "unknown_pack");
    let invalid = post(json!({ "pack": "starter" })).await.refused(400, "invalid_request");
    assert_eq!(invalid.get("field"), "account");
    let quantity = post(json!({ "account": "u_1", "pack": "starter", "quantity": 0 })).await;
    assert_eq!(quantity.refused(400, "invalid_request").get("field"), "quantity");
    let euros = post(json!({ "account": "u_1", "pack": "starter", "currency": "eur" })).await;
    assert_eq!(euros.refused(400, "invalid_request").get("field"), "currency");
    backend
        .post("/v1/quotes", "", &json!({ "pack": "starter" }))
        .await
        .refused(401, "token_missing");
    let token = backend.token("u_2").await;
    let theirs = json!({ "account": "u_1", "pack": "starter" });
    backend.post("/v1/quotes", &token, &theirs).await.refused(403, "forbidden");
}

#[tokio::test]
async fn a_checkout_keeps_what_was_promised_and_grants_the_bonus() {
    let backend = backend().await;
    let mut body = with("u_1", "c_1", "welcome");
    body["expected"] = json!({ "amount_minor": 400, "currency": "usd", "credits": 5 });
    let changed = backend.post("/v1/checkouts", SECRET_KEY, &body).await;
    let changed = changed.refused(409, "price_changed");
    assert_eq!(
        (changed.get("credits"), &changed.get("price")["amount_minor"]),
        (json!(8), &json!(400))
    );
    body["expected"]["credits"] = json!(8);
    let made = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201);
    let page = page(&backend, &made);
    assert!(backend.get(&page, "").await.ok(200).text.contains("WELCOME"));
    // The promotion is gone from the config while the buyer is still looking at the page.
    let backend = Backend::start_with(config(DEFAULT), backend.stop().await).await;
    let again = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(200);
    assert!(again.is_replay());
    assert_eq!(again.get("credits"), json!(8));
    press(&backend, &page, "pay").await.ok(303);
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(8)).await;
}

#[tokio::test]
async fn the_page_shows_what_the_promotion_and_the_tax_do_to_the_price() {
    let taxed = DEFAULT.replacen("low_at = 1", "low_at = 1\ntax = \"exclusive\"", 1);
    let config = config(&format!("{taxed}{PROMOTIONS}"));
    let backend = Backend::start_with(config, new_data()).await;
    let made = order(&backend, "u_1", "c_1", "once").await.ok(201);
    let text = backend.get(&page(&backend, &made), "").await.ok(200).text;
    for words in ["$4.00</del>", "$3.00", "<strong>ONCE</strong>", "plus tax"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let plain = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_2")).await.ok(201);
    let text = backend.get(&page(&backend, &plain), "").await.ok(200).text;
    assert!(!text.contains("<del>") && !text.contains("promotion\""), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_at_once_five_get_one_of_five() {
    let backend = std::sync::Arc::new(backend().await);
    let mut orders = JoinSet::new();
    for number in 0..20 {
        let backend = std::sync::Arc::clone(&backend);
        let account = format!("u_{number}");
        orders.spawn(async move { order(&backend, &account, "c_1", "FIVE").await });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        orders.join_all().await.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((won.len(), lost.len()), (5, 15));
    assert!(won.iter().all(|made| made.get("price")["amount_minor"] == json!(320)));
    for answer in lost {
        refused(answer, "used_up");
    }
}

#[tokio::test]
async fn a_checkout_that_expires_or_fails_gives_its_redemption_back() {
    let backend = backend().await;
    order(&backend, "u_1", "c_1", "LAST").await.ok(201);
    refused(order(&backend, "u_2", "c_1", "LAST").await, "used_up");
    // An hour after the end of the checkout nobody asks about it any more.
    backend.clock.advance(25 * 60 * 60 * 1000 + 1);
    assert_eq!(status(&backend, "u_1", "c_1").await, "expired");
    let second = order(&backend, "u_2", "c_1", "LAST").await.ok(201);
    refused(order(&backend, "u_3", "c_1", "LAST").await, "used_up");
    let session = page(&backend, &second).rsplit('/').next().unwrap().to_owned();
    crate::webhooks::tell(&backend, "checkout.session.async_payment_failed", &session).await;
    assert_eq!(status(&backend, "u_2", "c_1").await, "failed");
    order(&backend, "u_3", "c_1", "LAST").await.ok(201);
    // Money that comes all the same is taken, grants what was promised, and counts again.
    crate::webhooks::tell(&backend, "checkout.session.async_payment_succeeded", &session).await;
    assert_eq!(status(&backend, "u_2", "c_1").await, "paid");
    assert_eq!(backend.balance("u_2").await.1, 5);
    refused(order(&backend, "u_4", "c_1", "LAST").await, "used_up");
}

#[tokio::test]
async fn an_open_checkout_does_not_lock_its_own_buyer_out() {
    let backend = backend().await;
    for (account, code) in [("u_1", "ONCE"), ("u_2", "WELCOME"), ("u_3", "LAST")] {
        let first = order(&backend, account, "c_1", code).await.ok(201);
        let body = json!({ "account": account, "pack": "starter", "promotion": code });
        backend.post("/v1/quotes", SECRET_KEY, &body).await.ok(200);
        let second = order(&backend, account, "c_2", code).await.ok(201);
        assert_eq!(status(&backend, account, "c_1").await, "expired", "{code}");
        assert_eq!(status(&backend, account, "c_2").await, "open", "{code}");
        let lapsed = press(&backend, &page(&backend, &first), "pay").await.ok(200);
        assert!(lapsed.text.contains("lapsed"), "{}", lapsed.text);
        pay(&backend, &second).await;
        backend.settled(account, |snapshot| snapshot["settled"].as_u64() >= Some(5)).await;
        let spent = order(&backend, account, "c_3", code).await;
        let reasons = ["used_by_account", "not_first_purchase", "used_up"];
        let reason = spent.refused(422, "promotion_invalid").get("reason");
        assert!(reasons.contains(&reason.as_str().unwrap()), "{reason}");
    }
}

#[tokio::test]
async fn an_open_checkout_of_another_first_purchase_gives_way_too() {
    let backend = backend().await;
    order(&backend, "u_1", "c_1", "HELLO").await.ok(201);
    // One without a promotion is in nobody's way.
    backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_1", "c_2")).await.ok(201);
    order(&backend, "u_1", "c_3", "WELCOME").await.ok(201);
    assert_eq!(status(&backend, "u_1", "c_1").await, "expired");
    assert_eq!(status(&backend, "u_1", "c_2").await, "open");
}

#[tokio::test]
async fn nothing_is_called_off_in_vain() {
    let backend = backend().await;
    order(&backend, "u_1", "c_1", "ONCE").await.ok(201);
    let mut body = with("u_1", "c_2", "ONCE");
    body["expected"] = json!({ "amount_minor": 400, "currency": "usd", "credits": 5 });
    backend.post("/v1/checkouts", SECRET_KEY, &body).await.refused(409, "price_changed");
    assert_eq!(status(&backend, "u_1", "c_1").await, "open");
    // Nor where a purchase that is paid stands in the way as well.
    let paid = backend.post("/v1/checkouts", SECRET_KEY, &checkout("u_2", "c_1")).await.ok(201);
    let open = order(&backend, "u_2", "c_2", "WELCOME").await.ok(201);
    pay(&backend, &paid).await;
    backend.settled("u_2", |snapshot| snapshot["settled"] == json!(5)).await;
    refused(order(&backend, "u_2", "c_3", "WELCOME").await, "not_first_purchase");
    assert_eq!(status(&backend, "u_2", "c_2").await, "open");
    drop(open);
}

#[tokio::test]
async fn money_on_its_way_keeps_its_redemption() {
    let backend = backend().await;
    let first = order(&backend, "u_1", "c_1", "ONCE").await.ok(201);
    // Paid, but no webhook has said so yet: the purchase still reads as open.
    let path = format!("{}?webhook_delay_ms=60000", page(&backend, &first));
    press(&backend, &path, "pay").await.ok(303);
    refused(order(&backend, "u_1", "c_2", "ONCE").await, "used_by_account");
    assert_eq!(backend.balance("u_1").await.1, 5, "the provider was asked, and said paid");
}

#[tokio::test]
async fn a_hundred_open_checkouts_hide_no_first_purchase() {
    let backend = backend().await;
    for number in 0..101 {
        order(&backend, "u_1", &format!("a{number}"), "ALWAYS").await.ok(201);
    }
    order(&backend, "u_1", "w1", "WELCOME").await.ok(201);
    order(&backend, "u_1", "w2", "HELLO").await.ok(201);
    assert_eq!(status(&backend, "u_1", "w1").await, "expired");
    assert_eq!(status(&backend, "u_1", "a0").await, "open");
}

#[tokio::test]
async fn one_account_holds_one_of_a_limited_promotion() {
    let backend = backend().await;
    for number in 0..5 {
        order(&backend, "u_1", &format!("f{number}"), "FIVE").await.ok(201);
    }
    assert_eq!(status(&backend, "u_1", "f0").await, "expired");
    for number in 2..6 {
        order(&backend, &format!("u_{number}"), "f", "FIVE").await.ok(201);
    }
    refused(order(&backend, "u_7", "f", "FIVE").await, "used_up");
    let held = order(&backend, "u_1", "f4", "FIVE").await;
    pay(&backend, &held).await;
    assert_eq!(status(&backend, "u_1", "f4").await, "paid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_tabs_of_one_buyer_hold_one_redemption() {
    let backend = backend().await;
    for round in 0..20 {
        let account = format!("u_{round}");
        let (one, two) = tokio::join!(
            order(&backend, &account, "c_1", "ONCE"),
            order(&backend, &account, "c_2", "ONCE"),
        );
        let mut open = 0;
        for (id, made) in [("c_1", one), ("c_2", two)] {
            match made.status {
                201 => open += u32::from(status(&backend, &account, id).await == json!("open")),
                _ => refused(made, "used_by_account"),
            }
        }
        assert_eq!(open, 1, "{account}");
    }
}

#[tokio::test]
async fn promotions_and_experiments_are_never_shown() {
    let plain = Backend::start().await.get("/v1/catalog", "").await.ok(200);
    let backend = backend().await;
    let shown = backend.get("/v1/catalog", "").await.ok(200);
    assert_eq!(shown.text, plain.text, "not even its version tells that there are promotions");
    let request = backend.request(reqwest::Method::GET, "/v1/catalog", "");
    let known = plain.header("etag").to_owned();
    send(request.header("if-none-match", known)).await.ok(304);
}
