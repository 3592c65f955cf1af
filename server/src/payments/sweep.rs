//! Asks the provider about every purchase that is not settled, for webhooks that never came.

use std::time::Duration;

use super::{Payments, Refusal};
use crate::ledger::Place;

/// How often it asks.
const EVERY: Duration = Duration::from_secs(30);

impl Payments {
    /// Asks now and then every 30 seconds, for as long as it is polled: each time about the next
    /// purchases, so that none is kept waiting by those before it.
    pub async fn sweep(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        let mut place = Place::start();
        loop {
            ticks.tick().await;
            match self.sweep_after(place.clone()).await {
                Ok(next) => place = next,
                Err(refusal) => {
                    tracing::warn!(error = %refusal.error, "purchases could not be swept");
                }
            }
        }
    }

    /// Asks about at most 100 purchases: those after `place`, or the first where none are after it.
    /// Returns where to go on.
    ///
    /// # Errors
    ///
    /// What the ledger fails with when it is asked for them.
    pub async fn sweep_after(&self, place: Place) -> Result<Place, Refusal> {
        let mut purchases = self.ledger.purchases_to_sweep(place).await?;
        if purchases.is_empty() {
            purchases = self.ledger.purchases_to_sweep(Place::start()).await?;
        }
        let next = purchases.last().map_or_else(Place::start, Place::from);
        for purchase in purchases {
            let id = purchase.order.purchase.clone();
            // One that cannot be asked about must not keep the others from being asked about.
            if let Err(refusal) = self.asked(purchase).await {
                tracing::warn!(purchase = id, error = %refusal.error, "purchase not settled");
            }
        }
        Ok(next)
    }
}
