//! Paid at Stripe, granted here: three ways to learn of it, each payment granted exactly once.

use std::sync::Arc;
use std::time::Duration;

use creditpackd::payments::stripe::VERSION;
use serde_json::json;
use tokio::task::JoinSet;

use crate::backend::{NOW_MS, SECRET_KEY, SITE, new_data};
use crate::stripe::Shop;
use crate::stripe_fake::Fault;

const MINUTE_MS: u64 = 60_000;

#[tokio::test]
async fn a_session_is_asked_for_exactly_as_the_contract_says() {
    let shop = Shop::open_with(|text| {
        text.replacen("automatic_tax = false", "automatic_tax = true", 1).replacen(
            "# tax = \"inclusive\"",
            "tax = \"exclusive\"",
            1,
        )
    })
    .await;
    let order = json!({
        "account": "u_1", "id": "c_1", "pack": "standard", "quantity": 3, "locale": "de-CH",
        "success_url": format!("{SITE}/done?c={{CHECKOUT_ID}}"), "cancel_url": SITE,
        "email": "ann@example.com",
    });
    let made = shop.backend.post("/v1/checkouts", SECRET_KEY, &order).await.ok(201);
    let asked = shop.fake.asked().into_iter().find(|asked| asked.method == "POST").unwrap();
    let purchase = made.get("purchase").as_str().unwrap().to_owned();
    assert_eq!(asked.path, "/v1/checkout/sessions");
    assert_eq!(asked.version.as_deref(), Some(VERSION));
    let key = asked.key.unwrap();
    assert!(
        key.starts_with("creditpack/") && key.ends_with(&purchase) && key.len() <= 255,
        "{key}"
    );
    for (name, expect) in [
        ("mode", "payment"),
        ("ui_mode", "hosted_page"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "2700"),
        ("line_items[0][price_data][product_data][name]", "Standard × 3"),
        ("line_items[0][price_data][tax_behavior]", "exclusive"),
        ("automatic_tax[enabled]", "true"),
        ("client_reference_id", "u_1"),
        ("customer_email", "ann@example.com"),
        ("locale", "de"),
        ("success_url", "https://shop.example/done?c=c_1"),
        ("cancel_url", SITE),
        ("expires_at", &(NOW_MS / 1000 + 23 * 3600).to_string()),
        ("metadata[purchase]", &purchase),
        ("metadata[account]", "u_1"),
        ("metadata[pack]", "standard"),
        ("metadata[credits]", "45"),
        ("payment_intent_data[metadata][purchase]", &purchase),
    ] {
        assert_eq!(asked.form.get(name).map(String::as_str), Some(expect), "{name}");
    }
    assert!(!asked.form.contains_key("payment_method_types[0]"));
    assert_eq!(asked.form["metadata[instance]"].len(), 26);
}

#[tokio::test]
async fn webhook_landing_page_and_sweep_grant_once_in_every_order() {
    let ways = ["webhook", "landing", "sweep"];
    for first in 0..3 {
        for second in (0..3).filter(|way| *way != first) {
            let mut shop = Shop::open().await;
            let session = shop.session("u_1").await;
            let paid = shop.fake.tell("pay", &session);
            for way in [first, second, 3 - first - second] {
                match ways[way] {
                    "webhook" => assert_eq!(shop.deliver(&paid).await.status, 200),
                    "landing" => assert_eq!(shop.status("u_1").await, "paid"),
                    _ => {
                        // A start sweeps at once.
                        shop = shop.restart().await;
                        shop.backend.settled("u_1", |account| account["settled"] == 5).await;
                    }
                }
                assert_eq!(shop.backend.balance("u_1").await, (1, 5, 0), "{first} {second}");
            }
        }
    }
}

#[tokio::test]
async fn a_lost_webhook_is_found_by_the_sweep_and_a_lost_event_in_the_list() {
    let shop = Shop::open().await;
    let session = shop.session("u_1").await;
    shop.fake.tell("pay_later", &session);
    assert_eq!(shop.status("u_1").await, "processing");
    shop.fake.tell("fall_through", &session);
    let lapsed = shop.session("u_2").await;
    shop.fake.tell("lapse", &lapsed);
    // Nobody delivers anything: the next start reads what happened meanwhile.
    shop.wait(MINUTE_MS);
    let refunded = shop.paid("u_3").await;
    shop.fake.refund(&refunded, 400);
    let shop = shop.restart().await;
    shop.backend.settled("u_3", |account| account["settled"] == 0).await;
    for (account, status) in [("u_1", "failed"), ("u_2", "expired"), ("u_3", "refunded")] {
        assert_eq!(shop.status(account).await, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_replays_of_one_webhook_grant_once() {
    let shop = Arc::new(Shop::open().await);
    let session = shop.session("u_1").await;
    let paid = shop.fake.tell("pay", &session);
    let mut replays = JoinSet::new();
    for number in 0..1000 {
        let (shop, mut event) = (Arc::clone(&shop), paid.clone());
        if number % 2 == 0 {
            // Another event of the same fact, which must not count either.
            event["id"] = json!(format!("evt_again_{}", number % 10));
        }
        replays.spawn(async move {
            loop {
                match shop.deliver(&event).await.status {
                    // Where too much waits at once, Stripe comes again.
                    503 => tokio::time::sleep(Duration::from_millis(20)).await,
                    status => return status,
                }
            }
        });
    }
    assert!(replays.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(shop.backend.balance("u_1").await, (1, 5, 0));
}

#[tokio::test]
async fn a_payment_that_takes_its_time_is_incoming_until_it_arrives_or_falls_through() {
    let shop = Shop::open().await;
    for (account, end, status, settled) in
        [("u_1", "arrive", "paid", 5), ("u_2", "fall_through", "failed", 0)]
    {
        let session = shop.session(account).await;
        let completed = shop.fake.tell("pay_later", &session);
        shop.deliver(&completed).await.ok(200);
        assert_eq!(shop.status(account).await, "processing");
        let ended = shop.fake.tell(end, &session);
        // Out of order, and late.
        shop.deliver(&ended).await.ok(200);
        shop.deliver(&completed).await.ok(200);
        assert_eq!(shop.status(account).await, status);
        assert_eq!(shop.settled(account).await, settled);
    }
    let free = shop.session("u_3").await;
    let given = shop.fake.tell("give_away", &free);
    shop.deliver(&given).await.ok(200);
    assert_eq!((shop.status("u_3").await.as_str(), shop.settled("u_3").await), ("paid", 5));
}

#[tokio::test]
async fn a_crash_between_making_the_session_and_keeping_it_loses_nothing() {
    let shop = Shop::open().await;
    // The session is made, and the backend never hears of it.
    shop.fake.fail(Fault::HangAfter(Duration::ZERO));
    shop.order("u_1").await.refused(503, "provider_unavailable");
    let session = shop.fake.world().sessions.keys().next().unwrap().clone();
    let shop = shop.restart().await;
    // Asked for again, it is the same one.
    assert_eq!(shop.order("u_1").await.ok(200).get("status"), "open");
    assert_eq!(shop.fake.world().sessions.len(), 1);
    let paid = shop.fake.tell("pay", &session);
    shop.deliver(&paid).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 5);

    // And where it is paid before anybody asks again, what is written on it tells whose it is.
    shop.fake.fail(Fault::HangAfter(Duration::ZERO));
    shop.order("u_2").await.refused(503, "provider_unavailable");
    let session = shop.fake.world().sessions.keys().next_back().unwrap().clone();
    let paid = shop.fake.tell("pay", &session);
    shop.deliver(&paid).await.ok(200);
    assert_eq!(shop.settled("u_2").await, 5);
    assert_eq!(shop.order("u_2").await.ok(200).get("status"), "paid");
    assert_eq!(shop.fake.world().sessions.len(), 2);
}

/// The same installation before it made any purchase, as a backup would have it.
fn copy(data: &std::path::Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(data).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

#[tokio::test]
async fn what_a_restored_backup_has_never_heard_of_is_rebuilt_from_stripe() {
    let shop = Shop::open().await;
    let data = shop.backend.stop().await;
    let backup = copy(data.path());
    let shop = Shop::on(shop.fake, |text| text, data).await;
    let mut events = Vec::new();
    for account in ["u_1", "u_2", "u_3", "u_4"] {
        let session = shop.session(account).await;
        events.push(shop.fake.tell("pay", &session));
    }
    let payment = events[2]["data"]["object"]["payment_intent"].as_str().unwrap().to_owned();
    let refunded = shop.fake.refund(&payment, 200);
    let (fake, _lost) = (shop.fake, shop.backend.stop().await);
    // While the list of events does not answer, the backup has webhooks only.
    for _ in 0..3 {
        fake.fail_at("/v1/events", Fault::Busy(60));
    }
    let shop = Shop::on(fake, |text| text, backup).await;
    shop.backend.settled("nobody", |_| shop.fake.world().faults.len() == 2).await;
    assert_eq!(shop.settled("u_1").await, 0);
    shop.deliver(&events[0]).await.ok(200);
    assert_eq!((shop.settled("u_1").await, shop.status("u_1").await.as_str()), (5, "paid"));
    assert_eq!(shop.order("u_1").await.ok(200).get("credits"), 5, "its request is known again");
    // A buyer who made the same checkout once more has both.
    let again = shop.session("u_2").await;
    shop.deliver(&events[1]).await.ok(200);
    let second = shop.fake.tell("pay", &again);
    shop.deliver(&second).await.ok(200);
    assert_eq!(shop.settled("u_2").await, 10);
    // A refund finds the purchase that it belongs to, and grants it first.
    shop.deliver(&refunded).await.ok(200);
    let entries = shop.entries("u_3").await;
    assert_eq!(entries, [("grant".to_owned(), 5), ("clawback".to_owned(), 2)]);
    shop.deliver(&events[2]).await.ok(200);
    assert_eq!(shop.settled("u_3").await, 3);
    shop.fake.world().faults.clear();
    // What no webhook tells, the list of events does at the next start.
    let shop = shop.restart().await;
    shop.backend.settled("u_4", |account| account["settled"] == 5).await;
    assert_eq!((shop.settled("u_1").await, shop.settled("u_3").await), (5, 3));
}

#[tokio::test]
async fn a_forged_purchase_is_not_rebuilt_from_what_a_webhook_says() {
    let shop = Shop::open().await;
    let session = shop.session("u_1").await;
    let mut event = shop.fake.tell("pay", &session);
    // Another session of our instance that Stripe does not know, and another's that it does.
    event["data"]["object"]["id"] = json!("cs_test_made_up");
    event["data"]["object"]["metadata"]["purchase"] = json!("pur_made_up");
    event["data"]["object"]["metadata"]["credits"] = json!("1000000");
    shop.deliver(&event).await.ok(200);
    event["data"]["object"]["metadata"]["instance"] = json!("01J00000000000000000000000");
    shop.deliver(&event).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 0);
    // What is known of the session counts, whatever is said beside it.
    event["data"]["object"]["id"] = json!(session);
    shop.deliver(&event).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 5);
}

#[tokio::test]
async fn events_of_the_other_mode_and_of_other_accounts_are_refused() {
    let shop = Shop::open().await;
    let session = shop.session("u_1").await;
    let paid = shop.fake.tell("pay", &session);
    for (field, value) in [
        ("livemode", json!(true)),
        ("account", json!("acct_of_another")),
        ("context", json!("acct_of_another")),
    ] {
        let mut event = paid.clone();
        event[field] = value;
        let refused = shop.deliver(&event).await.refused(400, "invalid_request");
        let named = if field == "context" { "account" } else { field };
        assert_eq!(refused.get("field"), named);
    }
    assert_eq!(shop.settled("u_1").await, 0);
    shop.deliver(&paid).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 5);
}

#[tokio::test]
async fn a_ledger_of_the_sandbox_serves_neither_tests_nor_real_money() {
    let shop = Shop::open().await;
    let data = shop.backend.stop().await;
    let live = |key: &str| {
        let mut config = crate::stripe::config(&shop.fake, |text| text);
        config.payments = match key {
            "test" => Some(creditpackd::config::PaymentsMode::Test),
            _ => Some(creditpackd::config::PaymentsMode::Live),
        };
        let clock = creditpackd::clock::Clock::standing_at(NOW_MS);
        creditpackd::ledger::Ledger::open(creditpackd::serve::settings(&config, data.path(), clock))
    };
    for mode in ["test", "live"] {
        let refused = live(mode).unwrap_err().to_string();
        assert!(refused.contains("sandbox payments") && refused.contains(mode), "{refused}");
    }
    drop(new_data());
}
