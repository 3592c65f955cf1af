//! Where the config and the data are, as commands are told.

use std::path::PathBuf;

use clap::Args;

/// Where the config and the data are.
#[derive(Args, Clone, Debug)]
pub struct Places {
    /// The config file (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// The directory of the database.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}
