//! What changed, told to whoever watches an account.
//!
//! The writer publishes after its commit, so everything told here is durable. A watcher subscribes
//! first and reads the account second: what it then misses in the one it finds in the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creditpack::wire::{Incoming, Receipt};
use creditpack::{AccountId, Entry, Version};
use tokio::sync::broadcast;

/// How many events a watcher may be behind before it has to start over.
const BEHIND_MAX: usize = 64;

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new line of the account's ledger; each account's arrive in version order.
    Entry(Entry),
    /// An op was rejected, which makes no entry.
    Verdict(Receipt),
    /// The whole list of purchases that have not granted yet.
    Incoming(Vec<Incoming>),
}

/// Events were missed: read the account anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("events were missed")]
pub struct Lagged;

/// Where changes are published. Clones are the same feed.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    watched: Arc<Mutex<Watched>>,
}

type Watched = HashMap<AccountId, Topic>;

/// What is told of one account while somebody watches it.
#[derive(Debug)]
struct Topic {
    events: broadcast::Sender<Arc<Event>>,
    newest: Option<Version>,
}

/// The events of one account, from the moment of subscribing.
#[derive(Debug)]
pub struct Subscription {
    // Dropped in this order: the place is given up by whoever leaves last.
    events: broadcast::Receiver<Arc<Event>>,
    _place: Place,
}

#[derive(Debug)]
struct Place {
    account: AccountId,
    feed: Feed,
}

impl Feed {
    /// Watches an account from now on.
    pub fn subscribe(&self, account: &AccountId) -> Subscription {
        let topic = || Topic { events: broadcast::Sender::new(BEHIND_MAX), newest: None };
        let events = self.watched().entry(account.clone()).or_insert_with(topic).events.subscribe();
        let place = Place { account: account.clone(), feed: self.clone() };
        Subscription { events, _place: place }
    }

    /// How many subscriptions there are.
    pub fn watchers(&self) -> usize {
        self.watched().values().map(|topic| topic.events.receiver_count()).sum()
    }

    /// The version of the newest entry that was told since somebody began to watch that account;
    /// none if there was no entry since.
    pub fn newest(&self, account: &AccountId) -> Option<Version> {
        self.watched().get(account)?.newest
    }

    /// Tells everyone who watches that account.
    pub(crate) fn publish(&self, account: &AccountId, event: Event) {
        if let Some(topic) = self.watched().get_mut(account) {
            if let Event::Entry(entry) = &event {
                topic.newest = Some(entry.version);
            }
            // Nobody left to hear it is no failure.
            let _ = topic.events.send(Arc::new(event));
        }
    }

    /// Makes every watcher start over: what was committed last is not known.
    pub(crate) fn interrupt(&self) {
        self.watched().clear();
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        // Nothing here can panic half-way through a change.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// The next event, as soon as there is one. Safe to cancel: no event is lost by it.
    ///
    /// # Errors
    ///
    /// [`Lagged`] if this watcher was too slow, or the feed was interrupted. It then ends.
    pub async fn next(&mut self) -> Result<Arc<Event>, Lagged> {
        self.events.recv().await.map_err(|_| Lagged)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut watched = self.feed.watched();
        let left =
            watched.get(&self.account).is_some_and(|topic| topic.events.receiver_count() == 0);
        if left {
            watched.remove(&self.account);
        }
    }
}
