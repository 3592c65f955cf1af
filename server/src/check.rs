//! `creditpackd catalog check`: what keeps a catalog from being served, or what could be better.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use creditpack::advice::{Severity, advise};
use serde::Serialize;

use crate::config::{Config, ConfigError, Environment, Problem};

/// The id of what cannot be served at all; everything else has the id of its advice.
const FORMAT: &str = "format";

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Two lines each, then how many there are.
    Text,
    /// One array of objects.
    Json,
}

/// What counts as a failure besides errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings do.
    Warnings,
}

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// What was found cannot be told.
    #[error("cannot write to standard output: {0}")]
    Report(io::Error),
}

/// Something to be told about a file.
#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    line: Option<usize>,
    id: &'static str,
    severity: Severity,
    /// Where in the catalog; none for what is wrong with the file.
    place: Option<String>,
    reason: String,
    remedy: String,
}

/// Tells on standard output what is to be said about `file`, which is read without the environment.
///
/// The exit code is 1 where there are errors, or warnings that are denied; otherwise 0.
///
/// # Errors
///
/// [`CheckError`] if `file` cannot be read, or standard output cannot be written.
pub fn run(file: &Path, deny: Option<Deny>, format: Format) -> Result<ExitCode, CheckError> {
    let text = Config::text(file)?;
    let found = findings(&file.display().to_string(), &text);
    let mut out = io::stdout().lock();
    match format {
        Format::Text => write_text(&found, &mut out),
        Format::Json => write_json(&found, &mut out),
    }
    .map_err(CheckError::Report)?;
    let denied = |found: &Finding| match found.severity {
        Severity::Error => true,
        Severity::Warning => deny == Some(Deny::Warnings),
        Severity::Hint => false,
    };
    Ok(if found.iter().any(denied) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is wrong with the file, or else the advice on its catalog; both in the order of the file.
fn findings(name: &str, text: &str) -> Vec<Finding> {
    match Config::parse(name, text, &Environment::default()) {
        Ok(config) => advice(name, &config),
        Err(error) => error.problems.into_iter().map(problem).collect(),
    }
}

fn problem(Problem { place, line, rule, remedy }: Problem) -> Finding {
    let severity = Severity::Error;
    Finding { file: place, line, id: FORMAT, severity, place: None, reason: rule, remedy }
}

fn advice(name: &str, config: &Config) -> Vec<Finding> {
    let finding = |advice: creditpack::advice::Advice| Finding {
        file: name.to_owned(),
        line: config.catalog_lines.of(&advice.place),
        id: advice.id.as_str(),
        severity: advice.severity,
        place: Some(advice.place),
        reason: advice.reason,
        remedy: advice.remedy,
    };
    let mut found: Vec<_> = advise(&config.catalog).into_iter().map(finding).collect();
    found.sort_by_key(|found| found.line);
    found
}

fn write_json(found: &[Finding], out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, found)?;
    writeln!(out)
}

fn write_text(found: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for Finding { file, line, id, severity, place, reason, remedy } in found {
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        let place = place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
        writeln!(out, "{file}{line}: {} [{id}] {place}{reason}", severity.as_str())?;
        writeln!(out, "    remedy: {remedy}")?;
    }
    let counts: Vec<_> = Severity::ALL.iter().map(|&severity| count(found, severity)).collect();
    writeln!(out, "{}", counts.join(", "))
}

/// `1 error`, `2 warnings`.
fn count(found: &[Finding], severity: Severity) -> String {
    let count = found.iter().filter(|found| found.severity == severity).count();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {}{plural}", severity.as_str())
}
