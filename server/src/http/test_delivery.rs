//! Sends test mode's webhooks to our own webhook handler, when they are due.
//!
//! What is due is kept in the database first, so a restart only delays it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{App, webhooks};
use crate::ledger::{Failure, Place, Purchase, TestSession};
use crate::payments::stripe::signature::sign;
use crate::payments::test_mode::{Choice, Kind, TestMode, event};

/// How long to wait before each further try to deliver an event.
const RETRIES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];

/// So many sessions that a former process left are paid at once: buyers want the ledger, too.
const RESUMED_AT_ONCE: usize = 16;

/// Takes up again everything that a former process left to do.
///
/// # Errors
///
/// [`Failure`] if the ledger does not answer.
pub async fn resume(app: &App) -> Result<(), Failure> {
    if app.payments.test_mode().is_none() {
        return Ok(());
    }
    let turns = Arc::new(Semaphore::new(RESUMED_AT_ONCE));
    let mut place = Place::start();
    loop {
        let sessions = app.ledger.test_sessions_due(place).await?;
        let Some(last) = sessions.last() else { return Ok(()) };
        place = Place::from(last);
        for session in sessions {
            spawn(app, finish_in_turn(app.clone(), session, Arc::clone(&turns)));
        }
    }
}

/// Tells of a session that the buyer has just completed: of a payment that takes its time at once,
/// and of every payment when it is due.
pub(super) fn start(app: &App, session: TestSession, choice: Choice) {
    if choice == Choice::PayLater {
        spawn(app, tell(app.clone(), session.clone(), Kind::Completed));
    }
    spawn(app, finish(app.clone(), session));
}

/// Runs `work` until it is done or the backend goes down.
fn spawn(app: &App, work: impl Future<Output = ()> + Send + 'static) {
    let stopping = app.stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = work => {}
            () = stopping.wait() => {}
        }
    });
}

/// Waits until the session is due, pays it if it is not paid, and tells of it.
async fn finish(app: App, session: TestSession) {
    until_due(&app, &session).await;
    pay(&app, session).await;
}

/// The same, but among many: once it is due, it waits for its turn.
async fn finish_in_turn(app: App, session: TestSession, turns: Arc<Semaphore>) {
    until_due(&app, &session).await;
    // Nobody closes it.
    let _turn = turns.acquire().await;
    pay(&app, session).await;
}

async fn until_due(app: &App, session: &TestSession) {
    let now_ms = app.ledger.clock().now_ms();
    let wait_ms = session.due_at_ms.unwrap_or(now_ms).saturating_sub(now_ms);
    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
}

async fn pay(app: &App, session: TestSession) {
    let Some(test_mode) = app.payments.test_mode() else { return };
    if let Err(failure) = pay_with(app, test_mode, session).await {
        tracing::warn!(%failure, "a test payment waits for the next start");
    }
}

async fn pay_with(app: &App, test_mode: &TestMode, session: TestSession) -> Result<(), Failure> {
    let (session, kind) = test_mode.pay(session).await?;
    tell(app.clone(), session.clone(), kind).await;
    test_mode.done(session).await
}

/// Sends the event until it is taken, a few times at most: the sweep finds what it tells anyway.
async fn tell(app: App, session: TestSession, kind: Kind) {
    let Ok(Some(purchase)) = app.ledger.purchase(session.purchase.clone()).await else { return };
    let body = event(kind, &session, &purchase, app.ledger.instance(), app.ledger.clock().now_ms());
    for wait in RETRIES {
        if deliver(&app, body.clone()).await {
            return;
        }
        tokio::time::sleep(wait).await;
    }
    if !deliver(&app, body).await {
        let Purchase { order, .. } = purchase;
        tracing::warn!(purchase = order.purchase, "a test webhook could not be delivered");
    }
}

/// Sends the event once; whether it was taken.
pub(super) async fn deliver(app: &App, body: Vec<u8>) -> bool {
    let Some(secret) = app.payments.webhook_secrets().first() else { return false };
    let signature = sign(&body, secret, app.ledger.clock().now_ms());
    webhooks::deliver(app.clone(), body, &signature).await
}
