//! What an operator does to a ledger besides serving it: audit, export, import, backup, restore.

mod audit;
mod progress;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::ConfigError;
use crate::ledger::OpenError;

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
    Audit {
        /// The config file (TOML), read without the environment.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The directory of the database.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
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
    /// The result cannot be told.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl UpkeepError {
    /// The exit code of a command that failed with it.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Ledger(_) => ExitCode::from(EXIT_UNUSABLE),
            Self::Output(_) => ExitCode::FAILURE,
        }
    }
}

/// Does what was asked, and says with which exit code it ended.
///
/// # Errors
///
/// [`UpkeepError`] if it could not be done.
pub fn run(command: Upkeep) -> Result<ExitCode, UpkeepError> {
    match command {
        Upkeep::Audit { config, data } => audit::run(&config, &data),
    }
}
