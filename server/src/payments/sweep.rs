//! Asks the provider about every purchase that is not settled, for webhooks that never came.

use std::time::Duration;

use super::{Payments, Refusal};

/// How often it asks.
const EVERY: Duration = Duration::from_secs(30);

impl Payments {
    /// Asks now and then every 30 seconds, for as long as it is polled.
    pub async fn sweep(&self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            if let Err(refusal) = self.sweep_once().await {
                tracing::warn!(error = %refusal.error, "purchases could not be swept");
            }
        }
    }

    async fn sweep_once(&self) -> Result<(), Refusal> {
        for purchase in self.ledger.purchases_to_sweep().await? {
            let id = purchase.order.purchase.clone();
            // One that cannot be asked about must not keep the others from being asked about.
            if let Err(refusal) = self.asked(purchase).await {
                tracing::warn!(purchase = id, error = %refusal.error, "purchase not settled");
            }
        }
        Ok(())
    }
}
