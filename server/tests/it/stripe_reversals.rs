//! Money that comes back takes its credits along, once, and brings them again if it stays.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::backend::{SECRET_KEY, hold, op};
use crate::stripe::Shop;
use crate::stripe_fake::{Fault, StripeFake};

fn id(event: &Value) -> String {
    event["data"]["object"]["id"].as_str().unwrap().to_owned()
}

fn lines(lines: &[(&str, u64)]) -> Vec<(String, u64)> {
    lines.iter().map(|(kind, credits)| ((*kind).to_owned(), *credits)).collect()
}

#[tokio::test]
async fn refunds_take_credits_in_proportion_and_all_of_them_in_the_end() {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    // Five credits for 400: each is worth 80, and what is not a whole one stays.
    for (amount, settled, status) in [
        (79, 5, "partially_refunded"),
        (1, 4, "partially_refunded"),
        (200, 2, "partially_refunded"),
        (120, 0, "refunded"),
    ] {
        let refund = shop.fake.refund(&payment, amount);
        shop.deliver(&refund).await.ok(200);
        shop.deliver(&refund).await.ok(200);
        assert_eq!(shop.settled("u_1").await, settled, "{amount}");
        assert_eq!(shop.status("u_1").await, status);
    }
    let entries = shop.entries("u_1").await;
    assert_eq!(entries, lines(&[("grant", 5), ("clawback", 1), ("clawback", 2), ("clawback", 2)]));
    let last = shop.history("u_1").await.remove(0);
    assert_eq!((&last["reason"], &last["owed"]), (&json!("refund"), &json!(0)));
    assert!(last["purchase"].as_str().unwrap().starts_with("pur_"));
}

#[tokio::test]
async fn tax_that_was_added_counts_as_paid() {
    let shop = Shop::open_with(|text| {
        text.replacen("automatic_tax = false", "automatic_tax = true", 1).replacen(
            "# tax = \"inclusive\"",
            "tax = \"exclusive\"",
            1,
        )
    })
    .await;
    let payment = shop.paid("u_1").await;
    // 400 and 80 of tax: a refund of 240 is half of it.
    shop.deliver(&shop.fake.refund(&payment, 240)).await.ok(200);
    assert_eq!(shop.settled("u_1").await, 3);
    shop.deliver(&shop.fake.refund(&payment, 240)).await.ok(200);
    assert_eq!((shop.settled("u_1").await, shop.status("u_1").await.as_str()), (0, "refunded"));
}

#[tokio::test]
async fn a_clock_that_was_set_back_leaves_out_no_events() {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    let (fake, data) = (shop.fake, shop.backend.stop().await);
    // They were read while it stood an hour ahead.
    let database = rusqlite::Connection::open(data.path().join("ledger.sqlite3")).unwrap();
    let ahead = "update event_cursors set read_to_s = read_to_s + 3600";
    assert_eq!(database.execute(ahead, []).unwrap(), 1);
    drop(database);
    fake.refund(&payment, 160);
    let shop = Shop::on(fake, |text| text, data).await;
    shop.backend.settled("u_1", |account| account["settled"] == 3).await;
}

/// Has events happen while nobody listens, and the backend learn of them afterwards.
async fn missed(happen: impl FnOnce(&StripeFake, &str)) {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    let (fake, data) = (shop.fake, shop.backend.stop().await);
    fake.refund(&payment, 160);
    happen(&fake, &payment);
    let shop = Shop::on(fake, |text| text, data).await;
    shop.backend.settled("u_1", |account| account["settled"] == 3).await;
}

#[tokio::test]
async fn a_payment_that_stripe_does_not_know_holds_up_no_events() {
    missed(|fake, payment| {
        let mut event = fake.refund(payment, 80);
        event["data"]["object"]["payment_intent"] = json!("pi_of_nobody");
        *fake.world().events.last_mut().unwrap() = event;
    })
    .await;
}

/// A page of disputes with all of their evidence may be too long, and a shorter one is not.
#[tokio::test]
async fn events_that_are_too_long_together_are_read_one_by_one() {
    missed(|fake, _| {
        for _ in 0..2 {
            fake.fail_at("/v1/events", Fault::Long);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refund_that_fails_brings_back_what_it_took() {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    let refund = shop.fake.refund(&payment, 160);
    shop.deliver(&refund).await.ok(200);
    let failed = shop.fake.tell("refund_fails", &id(&refund));
    for event in [&failed, &refund, &failed] {
        shop.deliver(event).await.ok(200);
    }
    let entries = shop.entries("u_1").await;
    assert_eq!(entries, lines(&[("grant", 5), ("clawback", 2), ("reinstate", 2)]));
    assert_eq!(shop.status("u_1").await, "paid");
    // Told the other way round, nothing is taken at all.
    let refund = shop.fake.refund(&payment, 160);
    let failed = shop.fake.tell("refund_fails", &id(&refund));
    for event in [&failed, &refund] {
        shop.deliver(event).await.ok(200);
    }
    assert_eq!(shop.entries("u_1").await.len(), 3);
}

#[tokio::test]
async fn a_refund_before_the_grant_waits_for_it() {
    let shop = Shop::open().await;
    let session = shop.session("u_1").await;
    let paid = shop.fake.tell("pay", &session);
    let refund = shop.fake.refund(&shop.fake.payment_of(&session), 400);
    shop.deliver(&refund).await.ok(200);
    shop.deliver(&paid).await.ok(200);
    assert_eq!(shop.entries("u_1").await, lines(&[("grant", 5), ("clawback", 5)]));
    assert_eq!(shop.status("u_1").await, "refunded");
}

/// What cannot be worked out is left, and the operator told, also where it waited for the grant.
#[tokio::test]
async fn a_reversal_in_another_currency_is_never_left_silently() {
    let shop = Shop::open().await;
    let counted = || shop.counted("reversals_in_other_currency");
    let session = shop.session("u_1").await;
    shop.deliver(&shop.fake.tell("pay_later", &session)).await.ok(200);
    let mut refund = shop.fake.refund(&shop.fake.payment_of(&session), 400);
    refund["data"]["object"]["currency"] = json!("eur");
    let paid = shop.fake.tell("arrive", &session);
    shop.fake.world().sessions.get_mut(&session).unwrap()["payment_status"] = json!("unpaid");
    shop.deliver(&refund).await.ok(200);
    assert_eq!(counted().await, 0, "what the payment's is, is not known yet");
    shop.deliver(&paid).await.ok(200);
    assert_eq!(counted().await, 1);
    assert_eq!(shop.entries("u_1").await, lines(&[("grant", 5)]));
    for event in [&paid, &paid] {
        shop.deliver(event).await.ok(200);
    }
    assert_eq!(counted().await, 1, "once");
    assert_eq!(shop.status("u_1").await, "paid");
}

#[tokio::test]
async fn a_dispute_is_flagged_taken_and_given_back_if_it_is_won() {
    let shop = Shop::open().await;
    for (account, end, settled, status) in
        [("u_1", "win", 5, "paid"), ("u_2", "reinstate", 5, "paid"), ("u_3", "lose", 0, "disputed")]
    {
        let payment = shop.paid(account).await;
        let created = shop.fake.tell("dispute", &payment);
        shop.deliver(&created).await.ok(200);
        assert_eq!(
            (shop.settled(account).await, shop.status(account).await.as_str()),
            (5, "disputed")
        );
        let withdrawn = shop.fake.tell("withdraw", &id(&created));
        shop.deliver(&withdrawn).await.ok(200);
        assert_eq!(shop.settled(account).await, 0);
        assert_eq!(shop.history(account).await[0]["reason"], "dispute");
        let ended = shop.fake.tell(end, &id(&created));
        for event in [&ended, &withdrawn, &created, &ended] {
            shop.deliver(event).await.ok(200);
        }
        assert_eq!(
            (shop.settled(account).await, shop.status(account).await.as_str()),
            (settled, status)
        );
    }
    // An inquiry that comes to nothing never takes anything.
    let payment = shop.paid("u_4").await;
    let created = shop.fake.tell("dispute", &payment);
    let won = shop.fake.tell("win", &id(&created));
    for event in [&won, &created] {
        shop.deliver(event).await.ok(200);
    }
    assert_eq!(shop.entries("u_4").await, lines(&[("grant", 5)]));
}

#[tokio::test]
async fn what_was_spent_is_owed_or_forgiven_as_the_operator_decided() {
    let forgiving: fn(String) -> String =
        |text| text.replacen("clawback = \"debt\"", "clawback = \"clamp\"", 1);
    for (edit, clawed, owed, back) in
        [((|text| text) as fn(String) -> String, 5, 3, 2), (forgiving, 2, 0, 2)]
    {
        let shop = Shop::open_with(edit).await;
        let payment = shop.paid("u_1").await;
        shop.spend("u_1", 3).await;
        let created = shop.fake.tell("dispute", &payment);
        let withdrawn = shop.fake.tell("withdraw", &id(&created));
        shop.deliver(&withdrawn).await.ok(200);
        let last = shop.history("u_1").await.remove(0);
        assert_eq!((&last["credits"], &last["owed"]), (&json!(clawed), &json!(owed)));
        assert_eq!(shop.settled("u_1").await, -owed);
        let refused = shop.backend.post("/v1/holds", SECRET_KEY, &hold("u_1", &op(9))).await;
        refused.refused(402, "insufficient_credits");
        // Won, exactly what was taken returns.
        let won = shop.fake.tell("win", &id(&created));
        shop.deliver(&won).await.ok(200);
        assert_eq!(shop.settled("u_1").await, back);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_ends_in_one_and_the_same_balance() {
    let shop = Arc::new(Shop::open().await);
    let session = shop.session("u_1").await;
    let paid = shop.fake.tell("pay", &session);
    let payment = shop.fake.payment_of(&session);
    let mut events = vec![paid];
    for amount in [80, 160] {
        events.push(shop.fake.refund(&payment, amount));
    }
    events.push(shop.fake.tell("refund_fails", &id(&events[1])));
    events.push(shop.fake.refund(&payment, 240));
    events.push(shop.fake.tell("dispute", &payment));
    events.push(shop.fake.tell("win", &id(&events[5])));
    let mut told = JoinSet::new();
    for number in 0..300 {
        let (shop, event) = (Arc::clone(&shop), events[number * 31 % events.len()].clone());
        told.spawn(async move { shop.deliver(&event).await.status });
    }
    assert!(told.join_all().await.into_iter().all(|status| status == 200));
    // 160 and 240 are back for good, which is everything.
    assert_eq!((shop.settled("u_1").await, shop.status("u_1").await.as_str()), (0, "refunded"));
    let entries = shop.entries("u_1").await;
    let sum =
        |kind: &str| entries.iter().filter(|(it, _)| it == kind).map(|(_, it)| it).sum::<u64>();
    assert_eq!((sum("grant"), sum("clawback") - sum("reinstate")), (5, 5));
}

#[tokio::test]
async fn what_is_not_ours_moves_nothing() {
    let shop = Shop::open().await;
    let payment = shop.paid("u_1").await;
    let mut refund = shop.fake.refund(&payment, 400);
    refund["data"]["object"]["payment_intent"] = json!("pi_of_somebody_else");
    shop.deliver(&refund).await.ok(200);
    refund["data"]["object"]["payment_intent"] = json!(null);
    shop.deliver(&refund).await.ok(200);
    // Nor does an amount in another currency, which says nothing about ours.
    refund["data"]["object"]["payment_intent"] = json!(payment);
    refund["data"]["object"]["currency"] = json!("eur");
    shop.deliver(&refund).await.ok(200);
    for bad in [json!({ "id": "re_1" }), json!(null)] {
        refund["data"]["object"] = bad;
        shop.deliver(&refund).await.refused(400, "invalid_request");
    }
    assert_eq!(shop.entries("u_1").await, lines(&[("grant", 5)]));
}
