//! Stripe does not answer, is busy, or is not Stripe at all: nothing is lost, and nothing hangs.

use std::time::{Duration, Instant};

use crate::stripe::{Shop, TIMEOUT};
use crate::stripe_fake::Fault;

/// Longer than anybody here waits for an answer.
const FOREVER: Duration = TIMEOUT.saturating_mul(15);

#[tokio::test]
async fn a_short_trouble_is_not_noticed() {
    for fault in [Fault::Status(500), Fault::Status(503), Fault::Status(409), Fault::Html] {
        let shop = Shop::open().await;
        shop.fake.fail(fault);
        shop.session("u_1").await;
        let keys: Vec<_> = shop.fake.asked().into_iter().filter_map(|asked| asked.key).collect();
        assert_eq!(keys.len(), 2, "{fault:?}");
        assert_eq!(keys[0], keys[1], "every try is the same request");
        assert_eq!(shop.fake.world().sessions.len(), 1);
    }
}

/// Asserts that checkouts wait for a provider that fails like that, and nothing else does. It takes
/// less time than until the backend looks around again.
async fn check_waits_for_the_provider(fault: Fault) {
    let shop = Shop::open().await;
    shop.session("u_1").await;
    for _ in 0..3 {
        shop.fake.fail(fault);
    }
    let begun = Instant::now();
    let refused = shop.order("u_2").await.refused(503, "provider_unavailable");
    assert!(!refused.header("retry-after").is_empty());
    assert!(begun.elapsed() < FOREVER, "{fault:?}");
    shop.fake.world().faults.clear();
    for _ in 0..3 {
        shop.fake.fail(fault);
    }
    // Whoever looks sees what is known.
    assert_eq!(shop.status("u_1").await, "open");
    shop.fake.world().faults.clear();
    // The same checkout again is no conflict.
    shop.order("u_2").await.ok(200);
    assert_eq!(shop.counted("provider_unreachable").await, 2);
}

#[tokio::test]
async fn a_provider_that_fails_keeps_checkouts_from_being_made_and_nothing_else() {
    for fault in [Fault::Status(500), Fault::Html] {
        check_waits_for_the_provider(fault).await;
    }
}

#[tokio::test]
async fn nor_does_a_provider_that_does_not_answer_keep_anything_else() {
    check_waits_for_the_provider(Fault::Hang(FOREVER)).await;
}

#[tokio::test]
async fn a_busy_provider_is_given_the_time_it_asks_for() {
    let shop = Shop::open().await;
    shop.fake.fail(Fault::Busy(0));
    shop.session("u_1").await;
    let before = shop.fake.asked().len();
    // Longer than we may take: it is not waited for, and not asked again at once either.
    shop.fake.fail(Fault::Busy(30));
    let begun = Instant::now();
    shop.order("u_2").await.refused(503, "provider_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(shop.fake.asked().len(), before + 1);
}

#[tokio::test]
async fn a_failure_that_stripe_keeps_for_a_key_does_not_lock_the_checkout_out() {
    let shop = Shop::open().await;
    shop.fake.fail(Fault::FailAfter);
    shop.session("u_1").await;
    assert_eq!(shop.order("u_1").await.ok(200).get("status"), "open");
}

#[tokio::test]
async fn what_stripe_refuses_is_the_operators_to_mend() {
    let shop = Shop::open().await;
    shop.fake.fail(Fault::Status(401));
    shop.order("u_1").await.refused(503, "provider_unavailable");
    // An address that it does not take is left for the buyer to write.
    let mut order = crate::checkouts::checkout("u_2", "c_1");
    order["email"] = serde_json::json!("ann@localhost");
    let key = crate::backend::SECRET_KEY;
    shop.backend.post("/v1/checkouts", key, &order).await.ok(201);
    let last = shop.fake.asked().pop().unwrap();
    assert!(!last.form.contains_key("customer_email"));
}

#[tokio::test]
async fn a_webhook_that_needs_an_answer_is_sent_again_if_there_is_none() {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    let mut refund = shop.fake.refund(&payment, 400);
    // A payment that is not known here has to be asked about.
    refund["data"]["object"]["payment_intent"] = serde_json::json!("pi_of_another");
    for _ in 0..3 {
        shop.fake.fail(Fault::Status(500));
    }
    shop.deliver(&refund).await.refused(503, "provider_unavailable");
    shop.deliver(&refund).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 5, "it is of another");
}
