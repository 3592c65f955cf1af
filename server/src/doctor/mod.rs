//! `creditpackd doctor`: what is wrong with an installation, or could be, and what to do about it.
//!
//! It reads the config as `serve` does, with the environment, and changes nothing. It may run beside
//! a backend that serves.

mod clock;
mod database;
mod provider;
mod settings;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::places::Places;

/// What it is told.
#[derive(Args, Debug)]
pub struct Asked {
    /// Where the config and the data are.
    #[command(flatten)]
    pub places: Places,
    /// Asks nobody over the network.
    #[arg(long)]
    pub offline: bool,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Fine,
    /// It works, but not as it should.
    Warning,
    /// It does not work, or not for long.
    Error,
}

/// Something that was looked at.
#[derive(Debug)]
struct Finding {
    severity: Severity,
    subject: &'static str,
    words: String,
    remedy: Option<String>,
}

impl Finding {
    fn fine(subject: &'static str, words: impl Into<String>) -> Self {
        Self { severity: Severity::Fine, subject, words: words.into(), remedy: None }
    }

    fn warning(subject: &'static str, words: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { severity: Severity::Warning, subject, words: words.into(), remedy }
    }

    fn error(subject: &'static str, words: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { severity: Severity::Error, subject, words: words.into(), remedy }
    }
}

/// Looks at everything and tells it on standard output. The exit code is 1 where there are errors.
///
/// # Errors
///
/// If standard output cannot be written, or the system gives no threads.
pub fn run(asked: &Asked, environment: &Environment) -> io::Result<ExitCode> {
    let found = examine(asked, environment)?;
    let mut out = io::stdout().lock();
    for Finding { severity, subject, words, remedy } in &found {
        let severity = match severity {
            Severity::Fine => "ok",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        writeln!(out, "{severity:<8} {subject}: {words}")?;
        if let Some(remedy) = remedy {
            writeln!(out, "         remedy: {remedy}")?;
        }
    }
    let count = |severity| found.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    writeln!(out, "errors: {errors}, warnings: {warnings}")?;
    Ok(if errors > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn examine(asked: &Asked, environment: &Environment) -> io::Result<Vec<Finding>> {
    let Places { config, data } = &asked.places;
    let now_ms = Clock::system().now_ms();
    let (config, mut found) = match Config::read(config, environment) {
        Ok(config) => {
            let mut found = settings::examine(&config);
            let without_effect = environment.without_effect(&config);
            found.extend(without_effect.into_iter().map(settings::without_effect));
            (Some(config), found)
        }
        Err(error) => (None, error.problems.into_iter().map(settings::problem).collect()),
    };
    let inspected = database::inspect(data);
    found.extend(database::examine(data, &inspected, config.as_ref()));
    found.extend(clock::examine(inspected.as_ref().ok(), now_ms));
    let Some(config) = config else { return Ok(found) };
    found.extend(provider::examine(&config, environment));
    if !asked.offline {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        found.extend(runtime.block_on(provider::call(&config)));
    }
    Ok(found)
}
