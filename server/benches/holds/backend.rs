//! The release binary, started as an operator starts it, on a free port.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::Failure;
use super::http::Connection;
use super::spend::{ACCOUNTS, CREDITS, account};

/// The config that `creditpackd init` writes.
pub(crate) const CONFIG: &str = creditpackd::config::DEFAULT;

const SECRET_KEY: &str = "sk_bench_0123456789abcdef01234567";

pub(crate) struct Backend {
    process: Child,
    pub(crate) address: String,
}

impl Backend {
    /// Starts one whose accounts are full.
    pub(crate) async fn start(dir: &Path) -> Result<Self, Failure> {
        let program = std::env::var("CREDITPACKD");
        let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_creditpackd").to_owned());
        let (config, data) = (dir.join("creditpackd.toml"), dir.join("data"));
        let command = |task: &str| {
            let mut command = Command::new(&program);
            command.arg(task).arg("--config").arg(&config).arg("--data").arg(&data);
            command.env("CREDITPACK_SECRET_KEY", SECRET_KEY).env("CREDITPACK_LOG", "warn");
            command
        };
        if !command("init").stdout(Stdio::null()).status()?.success() {
            return Err("creditpackd init failed".into());
        }
        let mut serve = command("serve");
        let mut process = serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default().to_owned();
        let backend = Self { process, address };
        backend.fill().await?;
        Ok(backend)
    }

    async fn fill(&self) -> Result<(), Failure> {
        let mut connection = Connection::open(self).await?;
        for number in 0..ACCOUNTS {
            let account = account(number)?;
            let id = account.to_string();
            let grant = serde_json::json!({
                "id": id, "account": id, "credits": CREDITS, "reason": "bench",
            });
            connection.expect(201, &self.post("/v1/grants", &grant.to_string())).await?;
        }
        Ok(())
    }

    /// The bytes of a request with the secret key.
    pub(crate) fn post(&self, path: &str, body: &str) -> Vec<u8> {
        format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {SECRET_KEY}\r\n\
            content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        )
        .into_bytes()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // At once: what it acknowledged is on disk. It cannot have ended before.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}
