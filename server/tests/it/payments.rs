//! Payments where webhooks are lost, late, or about something else.

use std::sync::Arc;

use creditpackd::config::{Config, DEFAULT, Environment};
use creditpackd::ledger::{Ledger, PaymentStatus, Place, SessionStatus, TestSession};
use creditpackd::payments::{Handled, Payments};
use creditpackd::serve::settings;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::backend::{Backend, NOW_MS, config, new_data};
use crate::ledger_book::{Book, purchase_request};

/// More than are read at once, twice.
const MANY: usize = 201;

fn payments(ledger: &Ledger) -> Payments {
    let config = Config::parse("test.toml", DEFAULT, &Environment::default()).unwrap();
    Payments::new(Arc::new(config), ledger.clone(), "http://localhost")
}

/// The session of a purchase that nobody has paid.
fn session(number: usize) -> TestSession {
    TestSession {
        id: format!("cs_{number:03}"),
        purchase: format!("pur_{number:03}"),
        status: SessionStatus::Open,
        payment: PaymentStatus::Unpaid,
        due_at_ms: None,
        created_at_ms: NOW_MS,
    }
}

/// Makes as many purchases as there are sessions.
async fn make(ledger: &Ledger, sessions: Vec<TestSession>) {
    let mut made = JoinSet::new();
    for (number, session) in sessions.into_iter().enumerate() {
        let ledger = ledger.clone();
        made.spawn(async move {
            ledger.create_purchase(purchase_request(number)).await.unwrap();
            let (purchase, id) = (session.purchase.clone(), session.id.clone());
            ledger.add_test_session(session).await.unwrap();
            ledger.attach_session(purchase, id, "http://localhost/pay".into()).await.unwrap();
        });
    }
    made.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_reaches_every_purchase_and_begins_anew() {
    let book = Book::new();
    make(&book.ledger, (0..MANY).map(session).collect()).await;
    let payments = payments(&book.ledger);
    let pay = async |number| {
        let open = session(number);
        let (status, payment) = (SessionStatus::Complete, PaymentStatus::Paid);
        let paid = TestSession { status, payment, ..open.clone() };
        assert!(book.ledger.change_test_session(open, paid).await.unwrap());
    };
    pay(MANY - 1).await;
    let mut place = Place::start();
    let mut settled = Vec::new();
    for round in 0..4 {
        place = payments.sweep_after(place).await.unwrap();
        settled.push(book.snapshot().await.settled);
        if round == 2 {
            pay(0).await;
        }
    }
    assert_eq!(settled, [0, 0, 15, 30]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_session_of_a_purchase_is_ignored() {
    let book = Book::new();
    make(&book.ledger, vec![session(0)]).await;
    let payments = payments(&book.ledger);
    let handled = async |id: &str, session: &str, metadata: Value| {
        let event = json!({
            "id": id, "type": "checkout.session.completed", "data": { "object": {
                "id": session, "payment_status": "paid", "metadata": metadata,
            }},
        });
        payments.fulfil(serde_json::from_value(event).unwrap()).await.unwrap()
    };
    let ours = json!({ "instance": book.ledger.instance(), "purchase": "pur_000" });
    assert_eq!(handled("evt_1", "cs_other", ours.clone()).await, Handled::Ignored);
    assert_eq!(book.snapshot().await.settled, 0);
    assert_eq!(handled("evt_2", "cs_000", ours).await, Handled::Settled);
    assert_eq!(book.snapshot().await.settled, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_pays_every_session_that_was_due() {
    let data = new_data();
    let ledger = Ledger::open(settings(
        &config(DEFAULT),
        data.path(),
        creditpackd::clock::Clock::standing_at(NOW_MS),
    ));
    let ledger = ledger.unwrap();
    let due = |number| TestSession {
        status: SessionStatus::Complete,
        due_at_ms: Some(NOW_MS - 1),
        ..session(number)
    };
    make(&ledger, (0..MANY).map(due).collect()).await;
    ledger.shutdown().await;
    drop(ledger);
    let backend = Backend::start_with(config(DEFAULT), data).await;
    backend.settled("u_1", |snapshot| snapshot["settled"] == json!(15 * MANY)).await;
}
