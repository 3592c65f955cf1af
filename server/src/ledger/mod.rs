//! The ledger of every account: one writer, many readers, nothing acknowledged that is not durable.
//!
//! A command waits in a bounded queue for the one writer, which decides it with the rules of the
//! `creditpack` crate, commits it together with whatever else waited, and only then answers and
//! publishes to the [`Feed`]. Reads have connections of their own.
//!
//! `commands` and `answers` are what a [`Ledger`] can be told and asked; `writer` is the loop
//! behind them, `spending`, `granting`, `checkout`, `purchase`,
//! `reversal` and `sweep` run the rules, `sqlite` stores.

mod administration;
mod answers;
mod audit;
mod backup;
mod chain;
mod checkout;
mod command;
mod commands;
mod constraint;
mod copying;
mod export;
mod failure;
mod files;
mod granting;
mod inspection;
mod keys;
mod offers;
mod op_refund;
mod outbox;
mod outcomes;
mod place;
mod purchase;
mod purchase_receipt;
mod redemptions;
mod restore;
mod reversal;
mod spending;
mod sqlite;
mod store;
mod sweep;
mod test_session;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use creditpack::ledger::ClawbackPolicy;
use creditpack::{Catalog, Epoch};
use tokio::sync::{oneshot, watch};

pub use self::administration::{Erased, Rotation};
pub use self::audit::{AuditError, Audited, Divergence, audit};
pub use self::backup::backup;
pub use self::checkout::{CreatedPurchase, PurchaseRequest};
use self::command::Command;
pub use self::export::{ExportError, ExportLine, export};
pub use self::failure::{Failure, OpenError};
use self::files::DataDir;
pub use self::granting::{Granted, NewGrant};
pub use self::inspection::{Inspection, inspect};
pub use self::keys::{KeyLine, Scope, Scopes, SecretKey, TokenKey};
use self::offers::Offers;
pub use self::offers::{Exposure, Offered};
pub use self::op_refund::OpRefund;
pub use self::outbox::{
    Attempt, AttemptEnd, Mail, MailState, Outbox, Resend, resend_receipt, unsent_mails,
};
pub use self::outcomes::{Outcomes, Takings, experiment_outcomes};
pub use self::place::Place;
pub use self::purchase::{NewPurchase, Outcome, Purchase, PurchaseEvent, Settled};
pub use self::purchase_receipt::{Charged, PurchaseReceipt, ReceiptSecret, is_receipted};
pub use self::restore::{Replace, RestoreError, Restored, restore};
pub use self::reversal::{KeptReversal, Paid, Reversed, ToldReversal};
use self::sqlite::schema;
use self::store::{Readers, Rulebook, Store, StoreError, Transaction, View};
pub use self::test_session::{PaymentStatus, SessionStatus, TestSession};
use self::writer::{Message, Writer};
use crate::clock::Clock;
use crate::feed::Feed;
use crate::metrics::LedgerMeter;

/// So many commands wait at most; whoever comes then is told that the backend is full.
const QUEUE_MAX: usize = 1024;

/// Which payments a ledger takes. The first start that takes any records which; the others are
/// refused ever after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Pretended ones, on our own page.
    Test,
    /// Pretended ones, at the provider.
    Sandbox,
    /// Real ones.
    Live,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Test, Self::Sandbox, Self::Live];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Sandbox => "sandbox",
            Self::Live => "live",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a ledger needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the database is.
    pub data_dir: PathBuf,
    /// What one credit buys.
    pub catalog: Arc<Catalog>,
    /// How long a refused op is remembered.
    pub dedupe_window_ms: u64,
    /// What becomes of credits that were spent before their payment was taken back.
    pub clawback: ClawbackPolicy,
    /// What tells the time.
    pub clock: Clock,
    /// Which payments it takes; none where nobody can pay, which any ledger can be opened for.
    pub mode: Option<Mode>,
}

/// A handle on the ledger. Clones are the same ledger; the database closes with the last of them.
#[derive(Clone)]
pub struct Ledger(Arc<Shared>);

struct Shared {
    /// Where commands wait; taken when the ledger goes, which stops the writer.
    queue: Option<SyncSender<Message>>,
    writer: Option<JoinHandle<()>>,
    /// Closed when the writer is gone, however it went.
    ended: watch::Receiver<()>,
    readers: Readers,
    feed: Feed,
    clock: Clock,
    offers: Arc<Offers>,
    epoch: Epoch,
    instance: String,
    meter: LedgerMeter,
    data_dir: PathBuf,
}

impl Ledger {
    /// Makes a new ledger in `data_dir`, with one secret key. It needs no clean-up if it fails.
    ///
    /// # Errors
    ///
    /// [`OpenError::AlreadyThere`], [`OpenError::InUse`], or what the system refuses.
    pub fn create(data_dir: &Path, key: &SecretKey, clock: &Clock) -> Result<(), OpenError> {
        Self::create_if(data_dir, key, clock, || Ok(()))
    }

    /// The same, if `agreed` says so just before the ledger is there for good.
    ///
    /// # Errors
    ///
    /// As [`Ledger::create`], and whatever `agreed` fails with. There is no ledger then.
    pub fn create_if<E: From<OpenError>>(
        data_dir: &Path,
        key: &SecretKey,
        clock: &Clock,
        agreed: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let data_dir = DataDir::make(data_dir)?;
        schema::create(&data_dir.new_database()?, key, clock.now_ms(), agreed)
    }

    /// Opens the ledger and starts its writer.
    ///
    /// # Errors
    ///
    /// Every [`OpenError`] but [`OpenError::AlreadyThere`].
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let data_dir = DataDir::take(&settings.data_dir)?;
        let database = data_dir.existing_database()?;
        let store = Store::open(&database)?;
        if let Some(mode) = settings.mode {
            schema::require_mode(store.connection(), mode)?;
        }
        let identity = schema::identity(store.connection(), &database)?;
        let (queue, waiting) = sync_channel(QUEUE_MAX);
        let readers = Readers::new(&database);
        let feed = Feed::default();
        let offers = Arc::new(Offers::new(Arc::clone(&settings.catalog)));
        let meter = LedgerMeter::default();
        let writer = Writer {
            meter: meter.clone(),
            queue: waiting,
            readers: readers.clone(),
            feed: feed.clone(),
            rulebook: Rulebook {
                catalog: settings.catalog,
                offers: Arc::clone(&offers),
                dedupe_window_ms: settings.dedupe_window_ms,
                clawback: settings.clawback,
            },
            clock: settings.clock.clone(),
            data_dir,
        };
        let (alive, ended) = watch::channel(());
        let writer = std::thread::Builder::new()
            .name("ledger writer".to_owned())
            .spawn(move || {
                let _alive = alive;
                writer.run(store);
            })
            .map_err(|error| OpenError::Files { path: settings.data_dir.clone(), error })?;
        Ok(Self(Arc::new(Shared {
            queue: Some(queue),
            writer: Some(writer),
            ended,
            readers,
            feed,
            clock: settings.clock,
            offers,
            epoch: identity.epoch,
            instance: identity.instance,
            meter,
            data_dir: settings.data_dir,
        })))
    }

    /// Finishes what was accepted, then closes the database. Later commands are unavailable.
    pub async fn shutdown(&self) {
        let Some(queue) = self.0.queue.clone() else { return };
        let (stop, stopped) = oneshot::channel();
        // It waits for a place in the queue, which must not keep others from running.
        let sent = tokio::task::spawn_blocking(move || queue.send(Message::Stop(stop)));
        if matches!(sent.await, Ok(Ok(()))) {
            // A writer that is gone has stopped too.
            let _ = stopped.await;
        }
    }

    /// Returns once the writer is gone: it was told to stop, or a decision panicked. Nothing is
    /// decided any more then.
    pub async fn ended(&self) {
        let mut ended = self.0.ended.clone();
        // Nothing is ever sent: an error says that the writer's end was dropped.
        while ended.changed().await.is_ok() {}
    }

    /// Which life of the database this is.
    pub fn epoch(&self) -> Epoch {
        self.0.epoch
    }

    /// What names this installation in the metadata of payments, whichever epoch it is in.
    pub fn instance(&self) -> &str {
        &self.0.instance
    }

    /// Whether reads are answered now, and commands unless it [`Ledger::is_read_only`]: not while
    /// the store recovers.
    pub fn is_serving(&self) -> bool {
        self.0.readers.is_serving()
    }

    /// Whether reads are answered and every command is [`Failure::Unavailable`], as the database
    /// can only be read.
    pub fn is_read_only(&self) -> bool {
        self.0.readers.is_alone()
    }

    /// Where changes are published once they are durable.
    pub fn feed(&self) -> &Feed {
        &self.0.feed
    }

    /// Where the database is.
    pub fn data_dir(&self) -> &Path {
        &self.0.data_dir
    }

    /// What measures the writer.
    pub fn meter(&self) -> &LedgerMeter {
        &self.0.meter
    }

    /// Has a reader and the writer show that they work, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure`], as of every command.
    pub async fn check(&self) -> Result<(), Failure> {
        self.read(View::check).await?;
        self.write(|_| Ok(())).await
    }

    /// What tells the time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Expires overdue holds and checkouts and forgets old rejections now, instead of with the
    /// writer's next tick.
    ///
    /// # Errors
    ///
    /// [`Failure`], as of every command.
    pub async fn sweep(&self) -> Result<(), Failure> {
        while self.write(sweep::sweep).await? {}
        Ok(())
    }

    /// Has the writer decide something, and waits until that is durable.
    async fn write<T: Send + 'static>(
        &self,
        decide: impl Fn(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Failure> {
        let queue = self.0.queue.as_ref().ok_or(Failure::Unavailable)?;
        if !self.is_serving() {
            return Err(Failure::Unavailable);
        }
        let (command, answer) = Command::new(decide);
        // Counted first: the writer may be faster than this line's next.
        self.0.meter.queued();
        let sent = queue.try_send(Message::Job(Box::new(command)));
        if sent.is_err() {
            self.0.meter.taken();
        }
        match sent {
            Ok(()) => answer.await.unwrap_or(Err(Failure::Unavailable)),
            Err(TrySendError::Full(_)) => Err(Failure::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(Failure::Unavailable),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Failure> {
        self.0.readers.read(read).await
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has said so already.
            let _ = writer.join();
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("epoch", &self.0.epoch).finish_non_exhaustive()
    }
}
