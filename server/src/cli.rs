//! The command line: `creditpackd init`, `serve`, and what looks after both.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::check::{self, CheckError, Deny, Format};
use crate::config::{Config, ConfigError, Environment, setting, variable};
use crate::doctor;
use crate::experiments::{self, ReportError};
use crate::init::{self, InitError};
use crate::manage::{self, AccountCommand, KeysCommand, ManageError};
use crate::places::Places;
use crate::receipts::{self, ListError};
use crate::serve::{self, ServeError};
use crate::upkeep::{self, Upkeep, UpkeepError};

/// The exit code of a mistake in the config or on the command line, as clap has it.
const EXIT_MISUSE: u8 = 2;

/// Sells work by the credit: keeps every balance, takes payments, tells browsers the truth.
#[derive(Debug, Parser)]
#[command(name = "creditpackd", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a starter config, makes the database and a secret key. Overwrites nothing.
    ///
    /// A config that is there already is left as it is; where there is a database, nothing is made.
    /// The key is printed once and kept as a hash only; `CREDITPACK_SECRET_KEY` sets another.
    Init(Places),
    /// Serves until it is told to stop (SIGINT or SIGTERM); prints one line when it is ready.
    Serve {
        #[command(flatten)]
        places: Places,
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4610", value_parser = address)]
        listen: SocketAddr,
    },
    /// Looks at what is sold and what it buys.
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Looks at what price experiments have shown.
    #[command(subcommand)]
    Experiments(ExperimentsCommand),
    /// Says what is wrong with an installation, or could be, and what to do: config, database, disk,
    /// clock, keys, payment provider, addresses.
    ///
    /// It reads the environment as `serve` does, changes nothing, and can run beside `serve`. It
    /// reads the whole database, and asks the provider and the public address unless --offline.
    ///
    /// Exit code: 0 if nothing is worse than a warning, 1 otherwise.
    Doctor(doctor::Asked),
    /// Looks at the receipts that are mailed, and mails one again.
    #[command(subcommand)]
    Receipts(ReceiptsCommand),
    /// Makes, lists, revokes and rotates keys, also while the backend serves.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Looks after one account, also while the backend serves.
    #[command(subcommand)]
    Account(AccountCommand),
    #[command(flatten)]
    Upkeep(Upkeep),
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// Says what keeps a config from being served, or else what in its catalog will confuse or
    /// cheat a buyer.
    ///
    /// Each finding has its line, an id, a severity (error, warning, hint), the reason and a
    /// remedy; docs/catalog.md explains every id. The file is read as `serve` does, but without
    /// the environment.
    ///
    /// Exit code: 0 if there is nothing worse than warnings, 1 if there are errors (or warnings
    /// that are denied), 2 if the file or the command line cannot be read.
    Check {
        /// The config file (TOML).
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What else makes the exit code 1.
        #[arg(long, value_name = "WHAT")]
        deny: Option<Deny>,
        /// How findings are written to standard output.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
}

#[derive(Debug, Subcommand)]
enum ExperimentsCommand {
    /// Says what each variant of each experiment sold: exposed accounts, buyers, paid purchases,
    /// credits and revenue, with 95% confidence intervals.
    ///
    /// An account is exposed once a catalog was served to it, or it made a checkout, while the
    /// experiment ran. Purchases that were refunded (in part or whole) or disputed are counted
    /// apart. Conversion has Clopper and Pearson's interval, revenue per exposed account Student's.
    /// Intervals that overlap show no difference, and of fewer than 100 accounts nothing is said.
    ///
    /// It only reads, and can run beside `serve` on the same data. The config is read without the
    /// environment.
    ///
    /// Exit code: 0 if there is a report, 1 if the ledger cannot be read, 2 if the config or the
    /// command line cannot, or there is no such experiment.
    Report {
        #[command(flatten)]
        places: Places,
        /// Only this one.
        #[arg(long, value_name = "ID")]
        experiment: Option<String>,
        /// How it is written to standard output.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: experiments::Format,
    },
}

#[derive(Debug, Subcommand)]
enum ReceiptsCommand {
    /// Lists the receipts whose mail waits to be sent or failed, those that changed last at the end.
    ///
    /// A mail fails when whoever delivers it refuses it for good, or after a day of attempts. It
    /// only reads, and can run beside `serve` on the same data.
    List {
        /// The directory of the database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Only those that failed.
        #[arg(long)]
        failed: bool,
    },
    /// Mails a receipt again, whether or not it was sent before. It can run beside `serve` on the
    /// same data, which then sends it.
    Resend {
        /// Whose receipt.
        #[arg(value_name = "PURCHASE")]
        purchase: String,
        /// The directory of the database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot look at the installation: {0}")]
    Doctor(#[from] std::io::Error),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Receipts(#[from] ListError),
    #[error(transparent)]
    Manage(#[from] ManageError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
}

impl CommandError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Check(CheckError::File(_))
            | Self::Config(_)
            | Self::Manage(ManageError::Config(_) | ManageError::Misuse(_))
            | Self::Report(ReportError::Config(_) | ReportError::Unknown { .. }) => {
                ExitCode::from(EXIT_MISUSE)
            }
            Self::Check(CheckError::Report(_))
            | Self::Doctor(_)
            | Self::Init(_)
            | Self::Receipts(_)
            | Self::Manage(_)
            | Self::Report(ReportError::Ledger(_) | ReportError::Output(_))
            | Self::Serve(_) => ExitCode::FAILURE,
            Self::Upkeep(error) => error.exit_code(),
        }
    }
}

/// Runs this process's command line.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    log();
    carry_out(cli.command).unwrap_or_else(|error| {
        // Nobody may be reading any more, which is no reason to panic.
        let _ = writeln!(io::stderr(), "creditpackd: {error}");
        error.exit_code()
    })
}

fn carry_out(command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Init(Places { config, data }) => init::run(&config, &data)?,
        Command::Serve { places, listen } => serve(&places, listen)?,
        Command::Catalog(CatalogCommand::Check { file, deny, format }) => {
            return Ok(check::run(&file, deny, format)?);
        }
        Command::Experiments(ExperimentsCommand::Report { places, experiment, format }) => {
            let Places { config, data } = places;
            experiments::report(&config, &data, experiment.as_deref(), format)?;
        }
        Command::Doctor(asked) => {
            return Ok(doctor::run(&asked, &Environment::of_process())?);
        }
        Command::Receipts(ReceiptsCommand::List { data, failed }) => receipts::list(&data, failed)?,
        Command::Receipts(ReceiptsCommand::Resend { purchase, data }) => {
            receipts::resend(&data, &purchase)?;
        }
        Command::Keys(command) => manage::keys(command)?,
        Command::Account(command) => manage::account(command)?,
        Command::Upkeep(command) => return Ok(upkeep::run(command)?),
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(places: &Places, listen: SocketAddr) -> Result<(), CommandError> {
    let environment = Environment::of_process();
    let config = Config::read(&places.config, &environment)?;
    for problem in environment.without_effect(&config) {
        tracing::warn!("{problem}");
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().map_err(ServeError::Io)?;
    Ok(runtime.block_on(serve::run(config, &places.data, listen))?)
}

/// An address to listen on. Names are not looked up: which of their addresses is meant is not clear.
fn address(text: &str) -> Result<SocketAddr, String> {
    let remedy = "write an address and a port, such as 127.0.0.1:4610 or [::]:4610";
    text.parse().map_err(|_| remedy.to_owned())
}

/// Logs to standard error, as much as `CREDITPACK_LOG` says; one JSON object a line where
/// `CREDITPACK_LOG_FORMAT` is `json`. Standard output is for results.
fn log() {
    let (given, refused) = match setting("CREDITPACK_LOG").map(EnvFilter::try_new).transpose() {
        Ok(given) => (given, None),
        Err(error) => (None, Some(error)),
    };
    let filter = given.unwrap_or_else(|| EnvFilter::new("info,tower_http=warn"));
    let colours = io::stderr().is_terminal();
    // A log that cannot be written is lost. To complain of it on standard error, too, would panic.
    let format = tracing_subscriber::fmt().log_internal_errors(false);
    let format = format.with_env_filter(filter).with_writer(io::stderr);
    let asked = variable("CREDITPACK_LOG_FORMAT").unwrap_or_default();
    match asked.as_str() {
        "json" => format.json().flatten_event(true).init(),
        _ => format.with_ansi(colours).init(),
    }
    if let Some(error) = refused {
        tracing::warn!(%error, "CREDITPACK_LOG is not used; write info, or creditpackd=debug");
    }
    if !matches!(asked.as_str(), "" | "json") {
        tracing::warn!("CREDITPACK_LOG_FORMAT is not used; write json, or unset it");
    }
}
