//! What changed, told to whoever watches an account.
//!
//! The writer publishes after its commit, so everything told here is durable. A watcher subscribes
//! first and reads the account second: what it then misses in the one it finds in the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creditpack::wire::{Incoming, Receipt};
use creditpack::{AccountId, Entry, Version};
use tokio::sync::mpsc;

/// How many events a watcher may be behind before it has to start over: more than most commits bring
/// of one account. Whoever is not behind keeps room for a few.
const BEHIND_MAX: usize = 512;

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
#[derive(Debug, Default)]
struct Topic {
    watchers: Vec<mpsc::Sender<Arc<Event>>>,
    newest: Option<Version>,
}

/// The events of one account, from the moment of subscribing.
#[derive(Debug)]
pub struct Subscription {
    // Dropped in this order: a place is given up by whoever listens no more.
    events: mpsc::Receiver<Arc<Event>>,
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
        let (watcher, events) = mpsc::channel(BEHIND_MAX);
        self.watched().entry(account.clone()).or_default().watchers.push(watcher);
        let place = Place { account: account.clone(), feed: self.clone() };
        Subscription { events, _place: place }
    }

    /// How many subscriptions there are that miss nothing.
    pub fn watchers(&self) -> usize {
        self.watched().values().map(|topic| topic.watchers.len()).sum()
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
            let event = Arc::new(event);
            // Who is too far behind is told no more, and learns by it that it is.
            topic.watchers.retain(|watcher| watcher.try_send(Arc::clone(&event)).is_ok());
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
    /// [`Lagged`] once everything before was told, if this watcher was too slow or the feed was
    /// interrupted. It then ends.
    pub async fn next(&mut self) -> Result<Arc<Event>, Lagged> {
        self.events.recv().await.ok_or(Lagged)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut watched = self.feed.watched();
        let Some(topic) = watched.get_mut(&self.account) else { return };
        topic.watchers.retain(|watcher| !watcher.is_closed());
        if topic.watchers.is_empty() {
            watched.remove(&self.account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_too_far_behind_hears_all_until_then_and_costs_others_nothing() {
        let (feed, account) = (Feed::default(), AccountId::new("u_1").unwrap());
        let (mut slow, mut quick) = (feed.subscribe(&account), feed.subscribe(&account));
        for _ in 0..=BEHIND_MAX {
            feed.publish(&account, Event::Incoming(Vec::new()));
            assert!(quick.next().await.is_ok());
        }
        for _ in 0..BEHIND_MAX {
            assert_eq!(*slow.next().await.unwrap(), Event::Incoming(Vec::new()));
        }
        assert_eq!(slow.next().await, Err(Lagged));
        assert_eq!(feed.watchers(), 1, "the quick one");
        drop(slow);
        feed.publish(&account, Event::Incoming(Vec::new()));
        assert!(quick.next().await.is_ok());
        drop(quick);
        assert!(feed.watched().is_empty(), "nothing is kept of an account that nobody watches");
    }

    #[tokio::test]
    async fn an_interruption_is_heard_by_everybody_and_only_once() {
        let (feed, account) = (Feed::default(), AccountId::new("u_1").unwrap());
        let mut before = feed.subscribe(&account);
        feed.interrupt();
        let mut after = feed.subscribe(&account);
        assert_eq!(before.next().await, Err(Lagged));
        drop(before);
        feed.publish(&account, Event::Incoming(Vec::new()));
        assert!(after.next().await.is_ok());
    }
}
