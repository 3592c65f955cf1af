//! `creditpackd serve`: from a config to an address that answers, and back down in good order.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::Clock;
use crate::config::{Config, PaymentsMode};
use crate::connections::{self, Rules};
use crate::control;
use crate::http::{self, App, Limits, Parts, Stopping};
use crate::keys::{KeyError, Keys};
use crate::ledger::{Failure, Ledger, Mode, OpenError, Settings};
use crate::metrics::{Metrics, PaymentsMeter};
use crate::payments::Payments;
use crate::receipts::{MailerError, Receipts};
use crate::storefront::Storefront;

/// How long open requests may take to finish once the backend goes down.
const GRACE: Duration = Duration::from_secs(10);

/// How long a connection's other end may take nothing of what it is sent. Whoever reads, however
/// slowly, takes something; heartbeats alone want to be read more often.
const DEAF_MAX: Duration = Duration::from_secs(60);

/// Files besides connections: the database, its log, what libraries have open.
const FILES: u64 = 256;

/// Why the backend does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}; choose another with --listen")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Receipts cannot be mailed as the config says.
    #[error(transparent)]
    Mailer(#[from] MailerError),
    /// The ledger does not answer.
    #[error("the ledger does not answer: {0}")]
    Failure(#[from] Failure),
    /// The ledger's writer is gone though nobody stopped it.
    #[error("the ledger's writer is gone; what it said last is in the log. Start again")]
    WriterGone,
    /// The listener failed.
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// Serves on `listen` until the process is told to stop.
///
/// # Errors
///
/// [`ServeError`]; nothing is served then.
pub async fn run(config: Config, data: &Path, listen: SocketAddr) -> Result<(), ServeError> {
    let ledger = Ledger::open(settings(&config, data, Clock::system()))?;
    allow_files(config.limits.connections_max);
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| ServeError::Listen { address: listen, error })?;
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let told_to_stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    serve(config, ledger, listener, announce, told_to_stop).await
}

/// Lets this process have as many files open as its connections may need, or as many as it may.
fn allow_files(connections_max: usize) {
    let wanted = u64::try_from(connections_max).unwrap_or(u64::MAX).saturating_add(FILES);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => tracing::warn!(
            allowed,
            wanted,
            "fewer files may be open than connections_max needs: raise the limit or lower it"
        ),
        Err(error) => tracing::warn!(%error, "how many files may be open cannot be changed"),
    }
}

/// How a ledger is opened under `config`.
pub fn settings(config: &Config, data: &Path, clock: Clock) -> Settings {
    Settings {
        data_dir: data.to_owned(),
        catalog: Arc::clone(&config.catalog),
        dedupe_window_ms: config.dedupe_window_ms,
        clawback: config.clawback,
        clock,
        mode: config.payments.map(Mode::from),
    }
}

impl From<PaymentsMode> for Mode {
    fn from(mode: PaymentsMode) -> Self {
        match mode {
            PaymentsMode::Test => Self::Test,
            PaymentsMode::Sandbox => Self::Sandbox,
            PaymentsMode::Live => Self::Live,
        }
    }
}

/// Serves `ledger` on `listener` until `shutdown`; calls `ready` once it answers.
///
/// Going down, streams are told `bye`, open requests finish, what is left to write is written, and
/// the ledger is closed.
///
/// # Errors
///
/// [`ServeError`] if the keys or the listener cannot be used, or the ledger's writer is gone.
pub async fn serve(
    config: Config,
    ledger: Ledger,
    listener: TcpListener,
    ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    let payments = config.payments.map_or("none", |mode| Mode::from(mode).as_str());
    let (tell, stopping) = Stopping::new();
    let app = app(config, &ledger, address, stopping.clone()).await?;
    http::resume_test_deliveries(&app).await?;
    let (receipts, mailer) = (app.receipts.clone(), app.receipts.mailer()?);
    let stop_mailing = stopping.clone();
    let mailing = tokio::spawn(async move { receipts.deliver(&mailer, stop_mailing.wait()).await });
    let (keys, storefront) = (Arc::clone(&app.keys), app.storefront.clone());
    let mut chores = chores(&app);
    let control = control::listen(ledger.data_dir(), ledger.clone(), Arc::clone(&keys));
    tokio::spawn(async move {
        shutdown.await;
        tracing::info!("going down");
        // Nobody listening any more means it is down already.
        let _ = tell.send(true);
    });
    let told = stopping.clone();
    let rules = rules(&app);
    let serving = connections::serve(listener, http::router(app), rules, async move {
        told.wait().await;
    });
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, payments, "serving");
    ready(address);
    tokio::select! {
        () = serving => {}
        () = overdue(&stopping) => tracing::warn!("some requests did not finish in time"),
        // Whoever watches over this process starts it again; refusing everything helps nobody.
        () = ledger.ended() => return Err(ServeError::WriterGone),
    }
    finish_mailing(mailing).await;
    chores.shutdown().await;
    drop(control);
    storefront.flush().await;
    if let Err(error) = keys.note_uses(&ledger).await {
        tracing::warn!(%error, "the last use of secret keys is not written down");
    }
    ledger.shutdown().await;
    tracing::info!("down");
    Ok(())
}

/// What goes on by itself as long as the backend serves.
fn chores(app: &App) -> JoinSet<()> {
    let mut chores = JoinSet::new();
    let payments = app.payments.clone();
    chores.spawn(async move { payments.sweep().await });
    let limits = Arc::clone(&app.limits);
    chores.spawn(async move { limits.keep_forgetting().await });
    let (keys, ledger) = (Arc::clone(&app.keys), app.ledger.clone());
    chores.spawn(async move { keys.keep_noting_uses(&ledger).await });
    chores
}

fn rules(app: &App) -> Rules {
    let configured = &app.config.limits;
    let (limits, requests) = (Arc::clone(&app.limits), app.metrics.requests.clone());
    Rules {
        all_max: configured.connections_max,
        each_max: configured.connections_per_address_max,
        head_timeout: configured.head_timeout,
        deaf_max: DEAF_MAX,
        is_limited: Box::new(move |peer| limits.limits_connections_of(peer)),
        count: Box::new(move || requests.connection()),
    }
}

async fn app(
    config: Config,
    ledger: &Ledger,
    address: SocketAddr,
    stopping: Stopping,
) -> Result<App, ServeError> {
    let config = Arc::new(config);
    let public_url = match &config.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        // Listening everywhere is no address to go to.
        None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
        None => format!("http://{address}"),
    };
    let keys = Arc::new(Keys::load(ledger).await?);
    let payments = Payments::new(Arc::clone(&config), ledger.clone(), &public_url);
    let receipts = Receipts::new(Arc::clone(&config), ledger.clone(), &public_url);
    let storefront = Storefront::open(ledger.clone());
    let limits = Arc::new(Limits::new(&config.limits));
    let metrics = Metrics::new(ledger.meter().clone());
    let payments_meter = PaymentsMeter::new(payments.counted());
    metrics.add(|registry| payments_meter.register(registry));
    metrics.add(|registry| receipts.meter().register(registry));
    let ledger = ledger.clone();
    Ok(App::new(Parts {
        config,
        ledger,
        keys,
        limits,
        metrics,
        payments,
        receipts,
        storefront,
        stopping,
    }))
}

/// Lets the mail that is being sent be sent. One that is cut off is sent again at the next start.
async fn finish_mailing(mut mailing: JoinHandle<()>) {
    if tokio::time::timeout(GRACE, &mut mailing).await.is_err() {
        mailing.abort();
    }
}

async fn overdue(stopping: &Stopping) {
    stopping.wait().await;
    tokio::time::sleep(GRACE).await;
}

/// The one line on standard output that says where this process answers.
fn announce(address: SocketAddr) {
    let mut out = io::stdout().lock();
    // Whoever started us may not read it, which is their choice.
    let _ = writeln!(out, "creditpackd listening on http://{address}").and_then(|()| out.flush());
}
