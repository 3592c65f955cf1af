//! What the operator decides: one file over the embedded defaults, the environment over both.
//!
//! Everything is checked once, at the start, and every mistake is told at once.

mod environment;
mod file;
mod limits;
mod lines;
mod origin;
mod problem;
mod receipts;
mod stripe;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use creditpack::Catalog;
use creditpack::ledger::ClawbackPolicy;
use serde::Deserialize;
use url::Url;

pub use environment::{Environment, setting, variable};
pub use limits::Limits;
pub use lines::Lines;
pub use origin::{Origin, OriginError};
pub use problem::{ConfigError, Problem};
pub use receipts::{ReceiptsConfig, Transport};
pub use stripe::StripeConfig;

use crate::secret::Secret;
use file::{At, Written};

/// The file that `init` writes, which is also where settings that are left out come from.
pub const DEFAULT: &str = include_str!("../../default.toml");

/// How long an asynchronous test payment takes to arrive.
const PAY_LATER: Duration = Duration::from_secs(5);

/// Where payments are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentsMode {
    /// On a page of our own, where no real money moves.
    Test,
    /// At a provider that pretends: its key is one for tests.
    #[serde(skip)]
    Sandbox,
    /// At a provider. No file says so: the provider's key in the environment does.
    #[serde(skip)]
    Live,
}

/// Everything the operator decided, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// What is sold and what it buys.
    pub catalog: Arc<Catalog>,
    /// Where each piece of the catalog stands in its file.
    pub catalog_lines: Lines,
    /// The sites whose pages may call us and that buyers may be sent back to.
    pub allowed_origins: Vec<Origin>,
    /// Where buyers reach us; the address we listen on where it is left out.
    pub public_url: Option<Url>,
    /// Where payments are made; nowhere where it is left out.
    pub payments: Option<PaymentsMode>,
    /// How Stripe is reached; not at all where payments are tests of our own, or nowhere.
    pub stripe: Option<StripeConfig>,
    /// What becomes of credits that were spent before their payment was taken back.
    pub clawback: ClawbackPolicy,
    /// Whether the provider works out taxes.
    pub automatic_tax: bool,
    /// What webhooks are signed with, any of them. Where it is empty and payments are tests, each
    /// start makes up its own.
    pub webhook_secrets: Vec<Secret>,
    /// How receipts are written and sent.
    pub receipts: ReceiptsConfig,
    /// How long a refused op is remembered.
    pub dedupe_window_ms: u64,
    /// How long a request may take before its answer begins.
    pub request_timeout: Duration,
    /// How often an open stream shows that it is alive.
    pub heartbeat: Duration,
    /// How much is let in.
    pub limits: Limits,
    /// How long an asynchronous test payment takes to arrive.
    pub pay_later: Duration,
}

impl Config {
    /// Reads the file at `path` under `environment`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every mistake, each with its line, its rule and its remedy.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Self::parse(&path.display().to_string(), &Self::text(path)?, environment)
    }

    /// What the file at `path` says, unread.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if there is none, or it is not text.
    pub fn text(path: &Path) -> Result<String, ConfigError> {
        std::fs::read_to_string(path).map_err(|error| {
            let name = path.display().to_string();
            ConfigError::new(vec![Problem::unreadable(&name, &error)])
        })
    }

    /// Reads a file's `text`; `name` is what mistakes call it.
    ///
    /// # Errors
    ///
    /// As [`Config::read`].
    pub fn parse(name: &str, text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let defaults = file::read("default.toml", DEFAULT, &mut problems);
        let written = file::read(name, text, &mut problems);
        let config = Draft { name, problems: &mut problems }.config(defaults, written, environment);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::new(problems)),
        }
    }
}

/// A config in the making, and what is wrong with it.
struct Draft<'a> {
    name: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Draft<'_> {
    fn config(
        &mut self,
        defaults: Written,
        written: Written,
        environment: &Environment,
    ) -> Option<Config> {
        let dedupe_window_s = written.dedupe_window_s.or(defaults.dedupe_window_s)?;
        let request_timeout_s = written.request_timeout_s.or(defaults.request_timeout_s)?;
        let heartbeat_ms = written.heartbeat_ms.or(defaults.heartbeat_ms)?;
        self.in_range("dedupe_window_s", &dedupe_window_s, 60, 90 * 86_400);
        self.in_range("request_timeout_s", &request_timeout_s, 26, 300);
        self.in_range("heartbeat_ms", &heartbeat_ms, 50, 15_000);
        let payments = written.payments_mode.map(|mode| mode.value).or(environment.payments());
        let stripe = match payments {
            None | Some(PaymentsMode::Test) => None,
            Some(_) => stripe::read(environment, self.problems),
        };
        let allowed_origins = self.origins(written.allowed_origins, environment);
        let public_url = self.public_url(written.public_url, environment);
        let receipts = self.receipts(written.receipts, environment);
        let limits = self.limits(written.limits, defaults.limits, environment);
        Some(Config {
            catalog: Arc::new(written.catalog?),
            catalog_lines: written.lines,
            allowed_origins,
            public_url,
            payments,
            stripe,
            clawback: written.clawback.or(defaults.clawback)?.value,
            automatic_tax: written.automatic_tax.or(defaults.automatic_tax)?.value,
            webhook_secrets: environment.webhook_secrets(),
            receipts: receipts?,
            dedupe_window_ms: dedupe_window_s.value.saturating_mul(1000),
            request_timeout: Duration::from_secs(request_timeout_s.value),
            heartbeat: Duration::from_millis(heartbeat_ms.value),
            limits: limits?,
            pay_later: PAY_LATER,
        })
    }

    fn in_range(&mut self, setting: &str, written: &At<u64>, least: u64, most: u64) {
        if !(least..=most).contains(&written.value) {
            let rule = format!("{setting} must be {least} to {most}, not {}", written.value);
            let remedy = "write a number between them, or leave the setting out";
            self.problems.push(Problem::at(self.name, written.line, rule, remedy));
        }
    }

    fn origins(
        &mut self,
        written: Option<At<Vec<String>>>,
        environment: &Environment,
    ) -> Vec<Origin> {
        let (place, texts) = match &environment.allowed_origins {
            Some(list) => (Place::Variable("CREDITPACK_ALLOWED_ORIGINS"), split(list)),
            None => match written {
                Some(At { value, line }) => (Place::Line(line), value),
                None => return Vec::new(),
            },
        };
        let mut origins = Vec::new();
        for text in texts {
            match Origin::parse(&text) {
                Ok(origin) => origins.push(origin),
                Err(error) => {
                    let rule = format!("allowed_origins {text:?} {error}");
                    self.add(&place, rule, "write it like \"https://shop.example.com\"");
                }
            }
        }
        origins
    }

    fn public_url(
        &mut self,
        written: Option<At<String>>,
        environment: &Environment,
    ) -> Option<Url> {
        let (place, text) = match &environment.public_url {
            Some(text) => (Place::Variable("CREDITPACK_PUBLIC_URL"), text.clone()),
            None => written.map(|At { value, line }| (Place::Line(line), value))?,
        };
        let url = Url::parse(&text).ok().filter(origin::is_base);
        if url.is_none() {
            let rule = format!(
                "public_url {text:?} must be an http or https address, with nothing after its path"
            );
            self.add(&place, rule, "write it like \"https://credits.example.com\"");
        }
        url
    }

    fn add(&mut self, place: &Place, rule: String, remedy: &str) {
        self.problems.push(match place {
            Place::Line(line) => Problem::at(self.name, *line, rule, remedy),
            Place::Variable(name) => Problem::of(name, rule, remedy),
        });
    }
}

/// Where a setting was made.
enum Place {
    Line(usize),
    Variable(&'static str),
}

/// The items of a comma-separated list.
fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}
