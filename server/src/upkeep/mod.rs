//! What an operator does to a ledger besides serving it: audit, export, import, backup, restore.

mod audit;
mod backup;
mod export;
mod filled;
mod import;
mod opening;
mod progress;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Subcommand};
use creditpack::AccountId;

pub use self::export::Format;
use crate::config::ConfigError;
use crate::ledger::{Failure, OpenError, RestoreError};
use crate::places::Places;

/// The exit code where there is nothing to work on: a mistake in the config or on the command line,
/// or a ledger that cannot be read.
const EXIT_UNUSABLE: u8 = 2;

/// Looks after what is stored.
#[derive(Debug, Subcommand)]
pub enum Upkeep {
    /// Computes every balance and every chain anew from the entries and compares them with what is
    /// stored: accounts, ops, purchases.
    ///
    /// It only reads, all of it as of one moment, and can run beside `serve`; the log of the database
    /// grows meanwhile. Progress is shown on standard error where that is a terminal. The first
    /// divergence is printed with its account, version, what differs, what it should be and what it
    /// is.
    ///
    /// Exit code: 0 if everything agrees, 1 if something diverges, 2 if there is nothing that can be
    /// audited (the config, the command line or the ledger cannot be read).
    Audit(Places),
    /// Writes entries to standard output, each with its account and its link of the chain.
    ///
    /// It only reads, all of it as of one moment, and can run beside `serve`; docs/ledger.md says how
    /// links are verified. However large the ledger, memory stays small.
    ///
    /// Exit code: 0 if all of it was written, 1 if standard output failed, 2 if there is no such
    /// account or the ledger cannot be read.
    #[command(group = ArgGroup::new("which").required(true))]
    Export {
        /// The directory of the database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Only the entries of this account.
        #[arg(long, value_name = "ID", group = "which", value_parser = account)]
        account: Option<AccountId>,
        /// The entries of every account.
        #[arg(long, group = "which")]
        all: bool,
        /// How entries are written.
        #[arg(long, value_name = "FORMAT")]
        format: Format,
    },
    /// Grants opening balances from a file, each once; `serve` must be stopped meanwhile.
    ///
    /// The file is CSV (its name ends with .csv, its first line names the columns) or one JSON object
    /// a line: account, credits, and optionally reason and id. Without an id an account gets one
    /// opening balance for ever. Every line is checked before any is imported, and bad ones are named
    /// with their numbers on standard error. An import that was stopped is run again: what is there is
    /// known by its id. A line whose id is there with another account, amount or reason is refused.
    ///
    /// Exit code: 0 if every line is in the ledger, 1 if lines are bad or refused, 2 if the config,
    /// the file or the ledger cannot be used.
    Import {
        /// The file of opening balances.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Where the ledger is.
        #[command(flatten)]
        places: Places,
        /// Only check the lines.
        #[arg(long)]
        dry_run: bool,
    },
    /// Copies the ledger as of one moment into one file, also while it is served.
    ///
    /// The file appears, or takes the place of an earlier one, once all of it is on disk; a backup
    /// that is killed leaves FILE as it was. It holds everything, keys and e-mail addresses too: keep
    /// it as safe as the ledger.
    ///
    /// Exit code: 0 if the file is complete, 2 if the ledger cannot be read or the file not written.
    Backup {
        /// The directory of the database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The file, in another directory.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Puts a backup in the place of a ledger, as the beginning of a new epoch; `serve` must be
    /// stopped.
    ///
    /// The backup is checked first, page by page and as `audit` does, and brought to the present
    /// schema; FILE itself does not change. Browsers notice the new epoch and start over from it. A
    /// restore that is killed leaves the old ledger or the new one, and is run again.
    ///
    /// Exit code: 0 if it is restored, 1 if the backup diverges or is damaged, 2 if it cannot be read
    /// or the directory cannot be used.
    Restore {
        /// The backup.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The directory of the database; made if it is not there.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Put a ledger that is there aside, in the same directory under another name.
        #[arg(long)]
        replace: bool,
    },
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// Nobody has that account.
    #[error("there is no account {0}")]
    UnknownAccount(String),
    /// The file of opening balances cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The ledger stopped on the way.
    #[error("the ledger does not answer: {0}; what was imported is kept, run it again")]
    Stopped(#[from] Failure),
    /// The backup was not restored.
    #[error("{0}; nothing was changed")]
    Restore(#[from] RestoreError),
    /// The result cannot be told.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl UpkeepError {
    /// The exit code of a command that failed with it.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Output(_) | Self::Stopped(_) | Self::Restore(RestoreError::Damaged { .. }) => {
                ExitCode::FAILURE
            }
            Self::Config(_)
            | Self::Ledger(_)
            | Self::UnknownAccount(_)
            | Self::File { .. }
            | Self::Restore(_) => ExitCode::from(EXIT_UNUSABLE),
        }
    }
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::new(text).map_err(|error| error.to_string())
}

/// Does what was asked, and says with which exit code it ended.
///
/// # Errors
///
/// [`UpkeepError`] if it could not be done.
pub fn run(command: Upkeep) -> Result<ExitCode, UpkeepError> {
    match command {
        Upkeep::Audit(Places { config, data }) => audit::run(&config, &data),
        Upkeep::Export { data, account, format, .. } => {
            export::run(&data, account.as_ref(), format)
        }
        Upkeep::Import { file, places, dry_run } => import::run(&file, &places, dry_run),
        Upkeep::Backup { data, to } => backup::take(&data, &to),
        Upkeep::Restore { from, data, replace } => backup::put_back(&from, &data, replace),
    }
}
