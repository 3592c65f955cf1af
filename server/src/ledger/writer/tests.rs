//! What the loop does when commands, batches or the database fail.

use std::future::Future;
use std::sync::{Arc, mpsc};

use creditpack::AccountId;
use creditpack::catalog::Catalog;
use creditpack::money::Currency;

use crate::clock::Clock;
use crate::ledger::store::StoreError;
use crate::ledger::{
    Failure, Granted, Ledger, Mode, NewGrant, QUEUE_MAX, Scopes, SecretKey, Settings, granting,
};

struct Place {
    _dir: tempfile::TempDir,
    ledger: Ledger,
}

fn place() -> Place {
    place_at(Clock::system())
}

fn place_at(clock: Clock) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let key = SecretKey {
        id: "key_1".into(),
        name: "first".into(),
        sha256: [7; 32],
        scopes: Scopes::FULL,
    };
    Ledger::create(dir.path(), &key, &clock).unwrap();
    let catalog = Catalog::new(Currency::new("usd").unwrap());
    let ledger = Ledger::open(Settings {
        data_dir: dir.path().to_owned(),
        catalog: Arc::new(catalog),
        dedupe_window_ms: creditpack::ledger::DEDUPE_WINDOW_MS,
        clawback: creditpack::ledger::ClawbackPolicy::Debt,
        clock,
        mode: Some(Mode::Test),
    });
    Place { _dir: dir, ledger: ledger.unwrap() }
}

fn gift(id: usize) -> NewGrant {
    NewGrant {
        id: format!("gift_{id}"),
        account: account(),
        credits: 1,
        reason: "welcome".into(),
        actor: None,
    }
}

fn account() -> AccountId {
    AccountId::new("u_1").unwrap()
}

/// Keeps the writer busy until the sender is used or dropped.
fn hold_up(ledger: &Ledger) -> mpsc::Sender<()> {
    let (go_on, wait) = mpsc::channel::<()>();
    let (reached, at_it) = mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let ledger = ledger.clone();
    tokio::spawn(async move {
        ledger
            .write(move |_| {
                reached.send(()).ok();
                wait.lock().unwrap().recv().ok();
                Ok(())
            })
            .await
    });
    tokio::task::block_in_place(|| at_it.recv().unwrap());
    go_on
}

/// Starts `task` and lets it get as far as it can.
async fn started<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    let (started, has_started) = tokio::sync::oneshot::channel();
    let mut task = Box::pin(task);
    let task = tokio::spawn(async move {
        let first =
            std::future::poll_fn(|context| std::task::Poll::Ready(task.as_mut().poll(context)));
        let first = first.await;
        started.send(()).ok();
        match first {
            std::task::Poll::Ready(answer) => answer,
            std::task::Poll::Pending => task.await,
        }
    });
    has_started.await.unwrap();
    task
}

async fn granted(ledger: &Ledger, id: usize) -> Result<Granted, Failure> {
    ledger.grant(gift(id)).await.map(|granted| granted.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_sinks_only_itself() {
    let place = place();
    let go_on = hold_up(&place.ledger);
    let mut tasks = Vec::new();
    for id in 0..3 {
        let ledger = place.ledger.clone();
        tasks.push(started(async move { granted(&ledger, id).await }).await);
    }
    let ledger = place.ledger.clone();
    let bad = started(async move {
        let decide = |tx: &mut super::super::Transaction<'_>| {
            granting::grant(tx, &gift(9))?.ok();
            Err::<(), _>(StoreError::Senseless("for a test"))
        };
        ledger.write(decide).await
    });
    let bad = bad.await;
    let ledger = place.ledger.clone();
    tasks.push(started(async move { granted(&ledger, 3).await }).await);
    drop(go_on);
    assert_eq!(bad.await.unwrap(), Err(Failure::Unavailable));
    for task in tasks {
        assert!(!task.await.unwrap().unwrap().replayed);
    }
    let (version, _) = place.ledger.incoming(account()).await.unwrap();
    assert_eq!(version.get(), 4, "four good grants, and nothing of the bad one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_decided_at_a_time_that_is_not_before_it_was_asked() {
    let clock = Clock::standing_at(5);
    let place = place_at(clock.clone());
    let go_on = hold_up(&place.ledger);
    clock.advance(7);
    let ledger = place.ledger.clone();
    let asked = started(async move { ledger.write(|tx| Ok(tx.now_ms())).await }).await;
    drop(go_on);
    assert_eq!(asked.await.unwrap(), Ok(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_does_nothing() {
    let place = place();
    let go_on = hold_up(&place.ledger);
    let mut tasks = Vec::new();
    for id in 0..QUEUE_MAX {
        let ledger = place.ledger.clone();
        tasks.push(started(async move { granted(&ledger, id).await }).await);
    }
    assert_eq!(granted(&place.ledger, QUEUE_MAX).await, Err(Failure::Overloaded));
    drop(go_on);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let (version, _) = place.ledger.incoming(account()).await.unwrap();
    assert_eq!(version.get(), u64::try_from(QUEUE_MAX).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_commit_the_database_is_opened_anew() {
    let place = place();
    granted(&place.ledger, 0).await.unwrap();
    let mut watching = place.ledger.feed().subscribe(&account());
    let lost = place.ledger.write(|tx| {
        granting::grant(tx, &gift(1))?.ok();
        Err::<(), _>(StoreError::Database(rusqlite::Error::InvalidQuery))
    });
    assert_eq!(lost.await, Err(Failure::Unavailable));
    assert!(watching.next().await.is_err(), "whoever watched has to start over");
    // Nothing is answered while the database recovers, so asking again is the way to wait.
    let entry = loop {
        match granted(&place.ledger, 1).await {
            Ok(granted) => break granted.entry,
            Err(failure) => assert_eq!(failure, Failure::Unavailable),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(entry.version.get(), 2, "the lost grant was rolled back and is made once");
    assert_eq!(place.ledger.incoming(account()).await.unwrap().0.get(), 2);
}

#[tokio::test]
async fn a_decision_that_panics_ends_the_ledger_and_is_noticed() {
    let place = place();
    let lost = place.ledger.write(|_| -> Result<(), StoreError> { panic!("a mistake") });
    assert_eq!(lost.await, Err(Failure::Unavailable));
    place.ledger.ended().await;
    assert_eq!(granted(&place.ledger, 0).await, Err(Failure::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_is_finished_before_the_end() {
    let place = place();
    let go_on = hold_up(&place.ledger);
    let ledger = place.ledger.clone();
    let accepted = started(async move { granted(&ledger, 0).await }).await;
    let ledger = place.ledger.clone();
    let stopping = started(async move { ledger.shutdown().await }).await;
    drop(go_on);
    assert!(accepted.await.unwrap().is_ok());
    stopping.await.unwrap();
    assert_eq!(granted(&place.ledger, 1).await, Err(Failure::Unavailable));
    assert!(!place.ledger.is_serving());
}
