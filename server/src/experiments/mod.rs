//! `creditpackd experiments report`: what each variant of an experiment sold.

mod csv;
mod findings;
mod interval;
mod report;
mod text;

use std::io::{self, Write as _};
use std::path::Path;

use clap::ValueEnum;

use crate::config::{Config, ConfigError, Environment};
use crate::ledger::{OpenError, experiment_outcomes};
use report::ExperimentReport;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables, at most 100 columns wide, and what to think of them.
    Text,
    /// One array of objects.
    Json,
    /// A line of names, then for each variant one of counts and one for each currency.
    Csv,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// Nobody knows that experiment.
    #[error("there is no experiment {asked:?}, neither in the config nor in the ledger; {known}")]
    Unknown {
        /// The id that was asked for.
        asked: String,
        /// Which there are, in words.
        known: String,
    },
    /// The report cannot be told.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Tells on standard output what became of every experiment, or of that one.
///
/// It only reads, and a running backend goes on meanwhile. `config` is read without the environment.
///
/// # Errors
///
/// [`ReportError`]; nothing is told then.
pub fn report(
    config: &Path,
    data: &Path,
    experiment: Option<&str>,
    format: Format,
) -> Result<(), ReportError> {
    let config = Config::read(config, &Environment::default())?;
    let mut reports = report::every(&config.catalog, &experiment_outcomes(data)?);
    if let Some(asked) = experiment {
        let known = known(&reports);
        reports.retain(|report| report.experiment == asked);
        if reports.is_empty() {
            return Err(ReportError::Unknown { asked: asked.to_owned(), known });
        }
    }
    let written = match format {
        Format::Text => text::written(&reports),
        Format::Json => serde_json::to_string_pretty(&reports).map_err(io::Error::other)? + "\n",
        Format::Csv => csv::written(&reports),
    };
    Ok(io::stdout().lock().write_all(written.as_bytes())?)
}

fn known(reports: &[ExperimentReport]) -> String {
    let ids: Vec<_> = reports.iter().map(|report| report.experiment.as_str()).collect();
    if ids.is_empty() {
        "there is none".to_owned()
    } else {
        format!("choose of {}", ids.join(", "))
    }
}
