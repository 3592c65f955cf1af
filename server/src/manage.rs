//! `creditpackd keys` and `creditpackd account`: what an operator changes, beside a running
//! backend or without one.

use std::io::{self, Write as _};

use clap::Subcommand;
use creditpack::AccountId;
use jiff::Timestamp;

use crate::config::{Config, ConfigError, Environment};
use crate::control::{ControlError, Outcome, Task};
use crate::keys::{SecretKeyError, new_secret_key, scoped_secret_key};
use crate::ledger::{KeyLine, Scope, Scopes};
use crate::places::Places;

/// The longest name of a key, in characters.
const NAME_CHARS_MAX: usize = 100;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a secret key and prints it, once: nothing but its hash is kept.
    Create {
        /// Where the config and the data are.
        #[command(flatten)]
        places: Places,
        /// What people call it, such as "shop backend".
        #[arg(long)]
        name: String,
        /// What it may be used for; may be given more than once. `spend` is for a server that
        /// sells and does work, `grant` for one that gives credits or takes refunds, `read` for
        /// reports, `metrics` for Prometheus.
        #[arg(long = "scope", value_name = "SCOPE", default_value = "full", value_parser = scope())]
        scopes: Vec<Scope>,
    },
    /// Lists every secret key with its scopes and its last use.
    List(Places),
    /// Has a secret key accepted no longer. Takes effect at once, and ends its open streams.
    Revoke {
        /// Where the config and the data are.
        #[command(flatten)]
        places: Places,
        /// The key's id, as `keys list` tells it.
        id: String,
    },
    /// Has a new key sign client tokens. Those of the old one stay valid until they expire, 15
    /// minutes at most.
    RotateTokenKey {
        /// Where the config and the data are.
        #[command(flatten)]
        places: Places,
        /// Has every client token that was made so far refused from now on: for a key that others
        /// may have. Pages renew theirs by themselves.
        #[arg(long)]
        at_once: bool,
    },
}

/// What can be done with an account.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Forgets the e-mail addresses, languages and return addresses of an account's purchases, and
    /// mails about them.
    ///
    /// Its entries, and so its balance, stay as they are: they name nobody but the account. What
    /// older backups know they know until they are deleted. May be repeated.
    Erase {
        /// Where the config and the data are.
        #[command(flatten)]
        places: Places,
        /// Whose.
        #[arg(long)]
        account: String,
    },
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The config cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nobody could do it.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// What was given does not do.
    #[error("{0}")]
    Misuse(String),
    /// The ledger refused.
    #[error("nothing was changed: {0}")]
    Refused(&'static str),
    /// It failed on the way.
    #[error("{0}. Some of it may be done: do it again")]
    Failed(String),
    /// What was done cannot be told.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Does what the command says. The config is read without the environment.
///
/// # Errors
///
/// [`ManageError`]; nothing is changed then, unless it is [`ManageError::Failed`] or
/// [`ManageError::Output`].
pub fn keys(command: KeysCommand) -> Result<(), ManageError> {
    match command {
        KeysCommand::Create { places, name, scopes } => create(&places, &name, &scopes),
        KeysCommand::List(places) => match have_done(&places, Task::ListSecretKeys)? {
            Outcome::Keys(keys) => list(&keys),
            other => Err(unexpected(other)),
        },
        KeysCommand::Revoke { places, id } => {
            let revoked = have_done(&places, Task::RevokeSecretKey(id.clone()))?;
            say(revoked, &format!("revoked: {id}"))
        }
        KeysCommand::RotateTokenKey { places, at_once } => {
            let rotated = have_done(&places, Task::RotateTokenKey { at_once })?;
            let old = if at_once { "are refused" } else { "stay valid until they expire" };
            say(rotated, &format!("rotated: a new key signs client tokens; those before {old}"))
        }
    }
}

/// The same, with one account.
///
/// # Errors
///
/// As [`keys`].
pub fn account(command: AccountCommand) -> Result<(), ManageError> {
    let AccountCommand::Erase { places, account } = command;
    let id = AccountId::new(&account).map_err(|error| ManageError::Misuse(error.to_string()))?;
    match have_done(&places, Task::EraseAccount(id))? {
        Outcome::Erased(purchases) => {
            let mut out = io::stdout().lock();
            writeln!(out, "erased: what {purchases} purchases of {account} told of their buyer")?;
            Ok(())
        }
        other => Err(unexpected(other)),
    }
}

fn create(places: &Places, name: &str, scopes: &[Scope]) -> Result<(), ManageError> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(ManageError::Misuse("--name must be 1 to 100 characters".to_owned()));
    }
    let (secret, scopes) = (new_secret_key(), Scopes::new(scopes));
    let refused = |error: SecretKeyError| ManageError::Misuse(error.to_string());
    let stored = scoped_secret_key(&secret, name, scopes).map_err(refused)?;
    let id = stored.id.clone();
    let made = have_done(places, Task::AddSecretKey(stored))?;
    let secret = secret.expose();
    say(
        made,
        &format!("id:         {id}\nscopes:     {scopes}\nsecret key: {secret}  (shown this once)"),
    )
}

fn list(keys: &[KeyLine]) -> Result<(), ManageError> {
    let mut out = io::stdout().lock();
    for key in keys {
        let state = match (key.revoked_at_ms, key.last_used_at_ms) {
            (Some(at_ms), _) => format!("revoked {}", moment(at_ms)),
            (None, Some(at_ms)) => format!("last used {}", moment(at_ms)),
            (None, None) => "never used".to_owned(),
        };
        let (id, scopes, made) = (&key.id, &key.scopes, moment(key.created_at_ms));
        writeln!(out, "{id}  {scopes:<12}  made {made}  {state:<30}  {}", key.name)?;
    }
    Ok(())
}

fn moment(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(|| "at no time".to_owned(), |at| format!("{at:.0}"))
}

fn say(outcome: Outcome, words: &str) -> Result<(), ManageError> {
    if outcome != Outcome::Done {
        return Err(unexpected(outcome));
    }
    Ok(writeln!(io::stdout().lock(), "{words}")?)
}

fn unexpected(outcome: Outcome) -> ManageError {
    ManageError::Refused(match outcome {
        Outcome::Failed(reason) => return ManageError::Failed(reason),
        Outcome::UnknownKey => "there is no such key that is accepted; see `keys list`",
        Outcome::TooSoon => {
            "two keys are alive already, the old one for 15 minutes at most; wait for its end, or \
             use --at-once"
        }
        _ => "the creditpackd that serves is of another version",
    })
}

fn have_done(places: &Places, task: Task) -> Result<Outcome, ManageError> {
    let config = Config::read(&places.config, &Environment::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(task.have_done(&config, &places.data))?)
}

fn scope() -> impl clap::builder::TypedValueParser<Value = Scope> {
    use clap::builder::TypedValueParser as _;
    let words = Scope::ALL.map(Scope::as_str);
    clap::builder::PossibleValuesParser::new(words)
        .try_map(|word| Scope::parse(&word).ok_or("is no scope"))
}
