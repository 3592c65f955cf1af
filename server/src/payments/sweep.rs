//! Asks the provider about every purchase that is not settled, and for the events that were missed:
//! for webhooks that never came.

use std::time::Duration;

use creditpack::Code;
use ulid::Ulid;

use super::counted::Count;
use super::stripe::event::Event;
use super::{Payments, Refusal};
use crate::ledger::Place;

/// How often it asks about purchases.
const EVERY: Duration = Duration::from_secs(30);

/// Events are read at the start, and then every so many times: every ten minutes.
const EVENTS_EVERY: u32 = 20;

/// How far before the last reading the next one begins, in seconds: events are not listed in the
/// very moment that they are made, and clocks differ.
const OVERLAP_S: u64 = 10 * 60;

/// How long the provider keeps events, in seconds: Stripe says 30 days.
const KEPT_S: u64 = 30 * 24 * 60 * 60;

/// Whose events are read: the name of the cursor that says how far.
const STRIPE: &str = "stripe";

impl Payments {
    /// Asks now and then, for as long as it is polled: every 30 seconds about the next purchases, so
    /// that none is kept waiting by those before it, and every ten minutes for events.
    pub async fn sweep(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut place = Place::start();
        let mut until_events = 0_u32;
        loop {
            ticks.tick().await;
            if until_events == 0 {
                match self.catch_up().await {
                    Ok(()) => until_events = EVENTS_EVERY,
                    Err(refusal) => {
                        tracing::warn!(error = %refusal.error, "events could not be read");
                        until_events = 1;
                    }
                }
            }
            until_events -= 1;
            match self.sweep_after(place.clone()).await {
                Ok(next) => place = next,
                Err(refusal) => {
                    tracing::warn!(error = %refusal.error, "purchases could not be swept");
                }
            }
            self.counted.add(Count::Sweep);
        }
    }

    /// Asks about at most 100 purchases: those after `place`, or the first where none are after it.
    /// Returns where to go on. Where the provider cannot be reached, the others are left for later.
    ///
    /// # Errors
    ///
    /// What the ledger fails with when it is asked for them.
    pub async fn sweep_after(&self, place: Place) -> Result<Place, Refusal> {
        let mut purchases = self.ledger.purchases_to_sweep(place).await?;
        if purchases.is_empty() {
            purchases = self.ledger.purchases_to_sweep(Place::start()).await?;
        }
        let mut next = Place::start();
        for purchase in purchases {
            next = Place::from(&purchase);
            let id = purchase.order.purchase.clone();
            // One that cannot be asked about must not keep the others from being asked about.
            if let Err(refusal) = self.asked(purchase).await {
                tracing::warn!(purchase = id, error = %refusal.error, "purchase not settled");
                if refusal.error.code() == Code::ProviderUnavailable {
                    break;
                }
            }
        }
        Ok(next)
    }

    /// Takes every event that the provider keeps and that was not read before, as if it had come by
    /// webhook. Without any reading before, it begins with the database itself, so that one that was
    /// restored learns what happened since.
    ///
    /// # Errors
    ///
    /// `provider_unavailable`, and what the ledger fails with. The next time begins there again.
    pub async fn catch_up(&self) -> Result<(), Refusal> {
        let Some(provider) = &self.provider else { return Ok(()) };
        let now_s = self.ledger.clock().now_ms() / 1000;
        let read_to_s = match self.ledger.event_cursor(STRIPE).await? {
            // A clock that was set back must not leave out what happens until it is there again.
            Some(read_to_s) => read_to_s.min(now_s),
            None => self.born_at_s(),
        };
        let oldest_s = now_s.saturating_sub(KEPT_S);
        if read_to_s < oldest_s {
            tracing::warn!("events were last read longer ago than the provider keeps them");
        }
        let since_s = read_to_s.saturating_sub(OVERLAP_S).max(oldest_s);
        let mut place = None;
        loop {
            let page = provider.events(since_s, place.as_deref()).await?;
            for event in page.events {
                self.take(event).await?;
            }
            // Newest first: only after the last page is nothing left before the first.
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        Ok(self.ledger.keep_event_cursor(STRIPE, now_s).await?)
    }

    /// Takes a listed event. One that makes no sense, or is meant for others, must not keep the
    /// others from being taken.
    async fn take(&self, event: Event) -> Result<(), Refusal> {
        let id = event.id.clone();
        match self.fulfil(event).await {
            Err(refusal) if refusal.error.code() == Code::InvalidRequest => {
                tracing::warn!(event = id, error = %refusal.error, "an event is left out");
                Ok(())
            }
            taken => taken.map(|_| ()),
        }
    }

    /// When the database was made: its name tells.
    fn born_at_s(&self) -> u64 {
        let born = Ulid::from_string(self.ledger.instance());
        born.map_or(0, |name| name.timestamp_ms() / 1000)
    }
}
