//! The release binary, started as an operator starts it, on a free port.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use creditpack::AccountId;
use serde::Deserialize;

use super::Failure;
use super::http::{Connection, post};
use super::spend::{self, Accounts};

/// The config that `creditpackd init` writes.
pub(crate) const CONFIG: &str = creditpackd::config::DEFAULT;

/// The one setting that is different here: a few accounts ask for far more than people do.
const LIMIT: [&str; 2] = ["account_requests_per_s = 50", "account_requests_per_s = 0"];

const SECRET_KEY: &str = "sk_bench_0123456789abcdef01234567";

/// One running backend, killed when dropped.
pub(crate) struct Backend {
    process: Child,
    data: PathBuf,
    pub(crate) address: String,
}

/// Somebody with a client token.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) token: String,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
}

impl Backend {
    /// Makes a database and serves it.
    pub(crate) async fn start(dir: &Path) -> Result<Self, Failure> {
        Self::init(dir)?;
        let backend = Self::serve(dir)?;
        Connection::open(&backend.address).await?;
        Ok(backend)
    }

    /// Makes a config and a database.
    pub(crate) fn init(dir: &Path) -> Result<(), Failure> {
        fs::create_dir_all(dir)?;
        if !command(dir, "init").stdout(Stdio::null()).status()?.success() {
            return Err("creditpackd init failed".into());
        }
        let [limited, unlimited] = LIMIT;
        let config = CONFIG.replacen(limited, unlimited, 1);
        if config == CONFIG {
            return Err("the config has no such limit any more".into());
        }
        Ok(fs::write(dir.join("creditpackd.toml"), config)?)
    }

    /// Serves what [`Backend::init`] made. Returns once it answers.
    pub(crate) fn serve(dir: &Path) -> Result<Self, Failure> {
        let mut serve = command(dir, "serve");
        let mut process = serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Self { process, data: dir.join("data"), address })
    }

    /// Gives so many accounts more than any run spends.
    pub(crate) async fn fill(&self, accounts: usize) -> Result<(), Failure> {
        let mut connection = Connection::open(&self.address).await?;
        for number in 0..accounts {
            let account = spend::account(number)?;
            connection.expect(201, &self.grant(&account, account.as_str(), spend::CREDITS)).await?;
        }
        Ok(())
    }

    /// So many callers, who take turns over `accounts`.
    pub(crate) async fn callers(
        &self,
        accounts: Accounts,
        count: usize,
    ) -> Result<Vec<Caller>, Failure> {
        let mut connection = Connection::open(&self.address).await?;
        let mut callers = Vec::new();
        for number in 0..count {
            let account = accounts.of(number)?;
            let asked = serde_json::json!({ "account": account, "ttl_s": 900 });
            let answer = connection.expect(201, &self.secretly("/v1/tokens", &asked)).await?;
            let Minted { token } = serde_json::from_slice(answer)?;
            callers.push(Caller { account, token });
        }
        Ok(callers)
    }

    /// The bytes of a grant.
    pub(crate) fn grant(&self, account: &AccountId, id: &str, credits: i64) -> Vec<u8> {
        let grant = serde_json::json!({
            "id": id, "account": account, "credits": credits, "reason": "bench",
        });
        self.secretly("/v1/grants", &grant)
    }

    /// The bytes of a request with the secret key.
    pub(crate) fn secretly(&self, path: &str, body: &serde_json::Value) -> Vec<u8> {
        post(&self.address, path, SECRET_KEY, &body.to_string())
    }

    /// How much memory it has now, in KiB.
    pub(crate) fn memory_kib(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("the system does not say how much memory a process has")?.trim().parse()?)
    }

    /// How large the database is, with its log written back as far as it was.
    pub(crate) fn database_bytes(&self) -> Result<u64, Failure> {
        let mut bytes = 0;
        for file in fs::read_dir(&self.data)? {
            let file = file?;
            if file.path().extension().is_some_and(|extension| extension == "sqlite3") {
                bytes += file.metadata()?.len();
            }
        }
        Ok(bytes)
    }
}

fn command(dir: &Path, task: &str) -> Command {
    let program = std::env::var("CREDITPACKD");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_creditpackd").to_owned());
    let mut command = Command::new(program);
    command.arg(task).arg("--config").arg(dir.join("creditpackd.toml"));
    command.arg("--data").arg(dir.join("data"));
    command.env("CREDITPACK_SECRET_KEY", SECRET_KEY).env("CREDITPACK_LOG", "warn");
    command
}

impl Drop for Backend {
    fn drop(&mut self) {
        // At once: what it acknowledged is on disk. It cannot have ended before.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}
