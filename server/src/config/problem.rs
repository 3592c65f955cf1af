//! What is wrong with a config: where, which rule, and what to do.

use std::fmt;
use std::io;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the name of an environment variable.
    pub place: String,
    /// The line in the file, from 1.
    pub line: Option<usize>,
    /// The rule it breaks.
    pub rule: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    pub(super) fn at(file: &str, line: usize, rule: String, remedy: &str) -> Self {
        Self { place: file.to_owned(), line: Some(line), rule, remedy: remedy.to_owned() }
    }

    pub(super) fn of(variable: &str, rule: String, remedy: &str) -> Self {
        Self { place: variable.to_owned(), line: None, rule, remedy: remedy.to_owned() }
    }

    pub(super) fn unreadable(file: &str, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => {
                format!("make one with `creditpackd init --config {file} --data DIR`")
            }
            io::ErrorKind::PermissionDenied => {
                "let the user that creditpackd runs as read it".to_owned()
            }
            _ => "name a file like the one that `creditpackd init` writes".to_owned(),
        };
        Self::of(file, format!("cannot be read: {error}"), &remedy)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
        write!(f, ": {}; {}", self.rule, self.remedy)
    }
}

/// Everything that is wrong with a config, in the order of the file, then of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        Self { problems }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the config cannot be used")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}
