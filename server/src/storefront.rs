//! The catalog that each account is served, and the ledger's record that it was.
//!
//! While experiments run, an account keeps the variant that it was first served. Writing that down
//! waits for nobody: it goes through a bounded queue to a task that has the ledger keep many at
//! once. What is lost on the way is tried again when the account is served next; until then its
//! place (see [`creditpack::experiment::variant`]) gives it the same variant anyway.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creditpack::{AccountId, Catalog};
use tokio::sync::{mpsc, oneshot};

use crate::ledger::{Exposure, Failure, Ledger, Offered};

/// So many accounts wait at most to be written down.
const QUEUE_MAX: usize = 1024;

/// So many are written down at once.
const BATCH_MAX: usize = 256;

/// So many accounts are kept in memory.
const ACCOUNTS_MAX: usize = 20_000;

/// Serves catalogs. Clones are the same storefront.
#[derive(Clone, Debug)]
pub struct Storefront {
    ledger: Ledger,
    served: Served,
    queue: mpsc::Sender<Message>,
}

/// What accounts were served. It cannot go out of date: neither does the config change while this
/// runs, nor an account's variant.
#[derive(Clone, Debug, Default)]
struct Served(Arc<Mutex<HashMap<AccountId, Serving>>>);

#[derive(Debug)]
struct Serving {
    offered: Offered,
    /// Whether the ledger has it, or is being told.
    is_noted: bool,
}

#[derive(Debug)]
enum Message {
    Exposed(Exposure),
    /// Everything before this is to be written down first.
    Flush(oneshot::Sender<()>),
}

impl Storefront {
    /// Opens, with a task of its own that writes down who was served; it ends with the last clone.
    pub fn open(ledger: Ledger) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let served = Served::default();
        tokio::spawn(write_down(ledger.clone(), served.clone(), waiting));
        Self { ledger, served, queue }
    }

    /// What `show` makes of the catalog for an account. Whoever could be shown it has been served.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the ledger does not answer; within, what `show` fails with.
    pub async fn serve<T, E>(
        &self,
        account: AccountId,
        show: impl FnOnce(&Catalog) -> Result<T, E>,
    ) -> Result<Result<T, E>, Failure> {
        let shown = show(&*self.catalog(&account).await?);
        if shown.is_ok() {
            self.note(&account);
        }
        Ok(shown)
    }

    async fn catalog(&self, account: &AccountId) -> Result<Arc<Catalog>, Failure> {
        if let Some(serving) = self.served.lock().get(account) {
            return Ok(Arc::clone(&serving.offered.catalog));
        }
        let offered = self.ledger.offered(account.clone()).await?;
        let catalog = Arc::clone(&offered.catalog);
        self.served.keep(account.clone(), Serving { is_noted: offered.is_kept, offered });
        Ok(catalog)
    }

    /// Waits until everybody who was served so far is written down.
    pub async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            // A task that is gone has nothing left to write.
            let _ = is_done.await;
        }
    }

    /// Has it written down that the account was served, if it is not yet.
    fn note(&self, account: &AccountId) {
        let mut served = self.served.lock();
        let Some(serving) = served.get_mut(account).filter(|serving| !serving.is_noted) else {
            return;
        };
        let exposure = Exposure {
            account: account.clone(),
            assignments: Arc::clone(&serving.offered.assignments),
            served_at_ms: self.ledger.clock().now_ms(),
        };
        // Where the queue is full, the next time has to do.
        serving.is_noted = self.queue.try_send(Message::Exposed(exposure)).is_ok();
    }
}

impl Served {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Serving>> {
        // Nothing here can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, account: AccountId, serving: Serving) {
        let mut served = self.lock();
        if served.len() >= ACCOUNTS_MAX {
            served.clear();
        }
        served.insert(account, serving);
    }

    /// The ledger could not be told of these: the next time they are served it is tried again.
    fn forget(&self, exposures: &[Exposure]) {
        let mut served = self.lock();
        for exposure in exposures {
            served.remove(&exposure.account);
        }
    }
}

async fn write_down(ledger: Ledger, served: Served, mut waiting: mpsc::Receiver<Message>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (mut exposures, mut flushes) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Exposed(exposure) => exposures.push(exposure),
                Message::Flush(done) => flushes.push(done),
            }
        }
        if !exposures.is_empty()
            && let Err(failure) = ledger.expose(exposures.clone()).await
        {
            tracing::warn!(%failure, "who was served could not be written down yet");
            served.forget(&exposures);
        }
        for done in flushes {
            // Whoever waited may have gone.
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use creditpack::Error;
    use creditpack::experiment::Assignment;
    use creditpack::money::Currency;
    use creditpack::wire::PublicCatalog;

    use super::*;
    use crate::clock::Clock;
    use crate::config::{Config, DEFAULT, Environment};
    use crate::ledger::{Scopes, SecretKey};
    use crate::serve::settings;

    const EXPERIMENT: &str = r#"
        [[catalog.experiments]]
        id = "price"
        variants = [{ id = "a", weight = 1 }, { id = "b", weight = 1 }]
    "#;

    fn ledger(data: &std::path::Path) -> Ledger {
        let text = format!("{DEFAULT}{EXPERIMENT}");
        let config = Config::parse("test.toml", &text, &Environment::default()).unwrap();
        let key = SecretKey {
            id: "key_1".into(),
            name: "first".into(),
            sha256: [7; 32],
            scopes: Scopes::FULL,
        };
        Ledger::create(data, &key, &Clock::system()).unwrap();
        Ledger::open(settings(&config, data, Clock::system())).unwrap()
    }

    fn account(number: usize) -> AccountId {
        AccountId::new(&format!("u_{number}")).unwrap()
    }

    fn shown(catalog: &Catalog) -> Result<PublicCatalog, Error> {
        catalog.public(catalog.currency, String::new())
    }

    /// Nothing is sold in yen.
    fn refused(catalog: &Catalog) -> Result<PublicCatalog, Error> {
        catalog.public(Currency::new("jpy")?, String::new())
    }

    /// How many of the first accounts have a variant that is kept.
    async fn kept(ledger: &Ledger, first: usize) -> usize {
        let mut kept = 0;
        for number in 0..first {
            kept += usize::from(ledger.offered(account(number)).await.unwrap().is_kept);
        }
        kept
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whom_a_full_queue_drops_the_next_time_has() {
        let data = tempfile::tempdir().unwrap();
        let ledger = ledger(data.path());
        let (queue, mut waiting) = mpsc::channel(2);
        let served = Served::default();
        let storefront = Storefront { ledger: ledger.clone(), served: served.clone(), queue };
        assert!(storefront.serve(account(9), refused).await.unwrap().is_err());
        for number in [0, 0, 1, 2, 3] {
            storefront.serve(account(number), shown).await.unwrap().unwrap();
        }
        let mut queued = Vec::new();
        while let Ok(Message::Exposed(exposure)) = waiting.try_recv() {
            queued.push(exposure.account);
        }
        assert_eq!(queued, [account(0), account(1)], "each once, and no more than fit");
        storefront.serve(account(3), shown).await.unwrap().unwrap();
        assert!(matches!(waiting.try_recv(), Ok(Message::Exposed(it)) if it.account == account(3)));
        // What could not be written down is tried again as well.
        let assignments: Arc<[Assignment]> = Arc::new([]);
        served.forget(&[Exposure { account: account(0), assignments, served_at_ms: 0 }]);
        storefront.serve(account(0), shown).await.unwrap().unwrap();
        assert!(matches!(waiting.try_recv(), Ok(Message::Exposed(it)) if it.account == account(0)));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flush_waits_until_everybody_is_written_down() {
        let data = tempfile::tempdir().unwrap();
        let ledger = ledger(data.path());
        let storefront = Storefront::open(ledger.clone());
        for number in 0..500 {
            storefront.serve(account(number), shown).await.unwrap().unwrap();
        }
        storefront.flush().await;
        assert_eq!(kept(&ledger, 500).await, 500);
        ledger.shutdown().await;
        storefront.flush().await;
    }
}
