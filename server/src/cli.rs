//! The command line: `creditpackd init` and `creditpackd serve`.

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigError, Environment};
use crate::init::{self, InitError};
use crate::serve::{self, ServeError};

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
    /// The key is printed once and kept as a hash only; `CREDITPACK_SECRET_KEY` sets another.
    Init(Places),
    /// Serves until it is told to stop (SIGINT or SIGTERM); prints one line when it is ready.
    Serve {
        #[command(flatten)]
        places: Places,
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4610")]
        listen: SocketAddr,
    },
}

/// Where the config and the data are.
#[derive(Args, Debug)]
struct Places {
    /// The config file (TOML).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The directory of the database.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

impl CommandError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(EXIT_MISUSE),
            Self::Init(_) | Self::Serve(_) => ExitCode::FAILURE,
        }
    }
}

/// Runs this process's command line.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    log();
    let done = match cli.command {
        Command::Init(Places { config, data }) => init::run(&config, &data).map_err(Into::into),
        Command::Serve { places, listen } => serve(&places, listen),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("creditpackd: {error}");
            error.exit_code()
        }
    }
}

fn serve(places: &Places, listen: SocketAddr) -> Result<(), CommandError> {
    let config = Config::read(&places.config, &Environment::of_process())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().map_err(ServeError::Io)?;
    Ok(runtime.block_on(serve::run(config, &places.data, listen))?)
}

/// Logs to standard error, as much as `CREDITPACK_LOG` says. Standard output is for results.
fn log() {
    let filter = EnvFilter::try_from_env("CREDITPACK_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,tower_http=warn"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .init();
}
