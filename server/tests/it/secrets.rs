//! No secret is told to whoever should not know it: not in logs at their loudest, not in errors,
//! metrics or pages, not by `Debug`.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use creditpackd::config::{Config, DEFAULT, Environment};
use creditpackd::keys::{Keys, stored_secret_key};
use creditpackd::ledger::Ledger;
use creditpackd::secret::Secret;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::backend::{NOW_MS, SECRET_KEY, hold, op};
use crate::checkouts::checkout;

const WEBHOOK_SECRET: &str = "whsec_0123456789abcdefghijklmnop";
const EMAIL: &str = "jane.doe@mail.example";
const WRONG_KEY: &str = "sk_wrong_000000000000000000000000";
const PROMOTION: &str = "HUSHHUSH";

fn creditpackd(folder: &Path, command: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().env("CREDITPACK_LOG", "trace").env("CREDITPACK_LOG_FORMAT", "json");
    program.env("CREDITPACK_SECRET_KEY", SECRET_KEY);
    program.env("CREDITPACK_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET).args(command);
    program.arg("--config").arg(folder.join("shop.toml")).arg("--data").arg(folder.join("data"));
    program
}

/// A backend that logs all it can; killed if the test fails.
struct Loud {
    process: Child,
    url: String,
    folder: TempDir,
    /// Everything that was answered.
    told: String,
}

impl Drop for Loud {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Loud {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        assert!(creditpackd(folder.path(), &["init"]).output().unwrap().status.success());
        let config = fs::read_to_string(folder.path().join("shop.toml")).unwrap();
        let promotion =
            format!("[[catalog.promotions]]\ncode = \"{PROMOTION}\"\nbonus_credits = 1\n");
        fs::write(folder.path().join("shop.toml"), config + &promotion).unwrap();
        let mut serve = creditpackd(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
        let log = File::create(folder.path().join("log")).unwrap();
        let mut process = serve.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        Self { process, url, folder, told: String::new() }
    }

    async fn ask(&mut self, method: Method, path: &str, credential: &str, body: Value) -> Value {
        let request = Client::new().request(method, format!("{}{path}", self.url));
        let request = request.bearer_auth(credential).header("x-request-id", "r-1");
        let request = request.header("stripe-signature", format!("t=1,v1={}", "ab".repeat(32)));
        let request = if body.is_null() { request } else { request.json(&body) };
        let text = request.send().await.unwrap().text().await.unwrap();
        self.told += &text;
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Runs a command beside it; what it says on standard error is a log, too.
    fn run(&self, command: &[&str]) -> String {
        let output = creditpackd(self.folder.path(), command).output().unwrap();
        let (out, error) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
        assert!(output.status.success(), "{error:?}");
        fs::write(self.folder.path().join(format!("log-{}", command[1])), error.unwrap()).unwrap();
        out.unwrap()
    }

    fn terminate(&mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }

    /// Everything that was logged by anybody.
    fn log(&self) -> String {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        let logs = files.filter(|path| path.to_str().unwrap().contains("/log"));
        logs.map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_or_told() {
    let mut loud = Loud::start();
    let (get, post) = (Method::GET, Method::POST);
    let token = loud.ask(post.clone(), "/v1/tokens", SECRET_KEY, json!({ "account": "u_1" })).await;
    let token = token["token"].as_str().unwrap().to_owned();
    loud.told.clear();
    let made = loud.run(&["keys", "create", "--name", "second", "--scope", "read"]);
    let second = made.split_whitespace().find(|word| word.starts_with("sk_")).unwrap().to_owned();
    let grant = json!({ "id": "g", "account": "u_1", "credits": 5, "reason": "x" });
    loud.ask(post.clone(), "/v1/grants", SECRET_KEY, grant).await;
    let mut bought = checkout("u_1", "c_1");
    bought["email"] = json!(EMAIL);
    bought["success_url"] = json!("http://localhost:3000/thanks");
    bought["cancel_url"] = json!("http://localhost:3000/");
    bought["promotion"] = json!(PROMOTION);
    let bought = loud.ask(post.clone(), "/v1/checkouts", &token, bought).await;
    let url = bought["url"].as_str().unwrap().to_owned();
    let session = url.rsplit('/').next().unwrap().to_owned();
    let bad = json!({ "account": "u_1", "email": EMAIL, "id": [SECRET_KEY] });
    for credential in [SECRET_KEY, &second, &token, WRONG_KEY, "nonsense"] {
        for path in ["/v1/account?account=u_1", "/v1/catalog", "/metrics", "/docs", "/openapi.json"]
        {
            loud.ask(get.clone(), path, credential, json!(null)).await;
        }
        let body = hold("u_1", &op(NOW_MS));
        for (path, body) in [("/v1/holds", &body), ("/v1/checkouts", &bad), ("/v1/nowhere", &bad)] {
            loud.ask(post.clone(), path, credential, body.clone()).await;
        }
    }
    loud.ask(post, "/v1/webhooks/stripe", "", json!({ "id": "evt_1" })).await;
    let told = loud.told.replace(&url, "");
    // The buyer's own page names the promotion, and is nobody else's.
    loud.ask(get, &format!("/test/checkout/{session}"), "", json!(null)).await;
    loud.run(&["keys", "list"]);
    loud.run(&["keys", "rotate-token-key"]);
    loud.run(&["account", "erase", "--account", "u_1"]);
    loud.terminate();

    let log = loud.log();
    assert!(log.contains("\"route\":\"/v1/checkouts\"") && log.contains("\"id\":\"r-1\""), "{log}");
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "JSON lines");
    let signature = token.rsplit('.').next().unwrap();
    let hash =
        format!("{:?}", stored_secret_key(&Secret::new(second.as_str()), "x").unwrap().sha256);
    for (name, secret) in [
        ("the secret key", SECRET_KEY),
        ("another secret key", &second),
        ("a secret key's hash", hash.trim_matches(['[', ']'])),
        ("a wrong secret key", WRONG_KEY),
        ("a client token", &token),
        ("a client token's signature", signature),
        ("the webhook secret", WEBHOOK_SECRET),
        ("a payment session", &session),
        ("an e-mail address", EMAIL),
        ("a promotion", PROMOTION),
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{name} is logged");
        assert!(!told.contains(secret), "{name} is told in {told}");
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let environment = Environment {
        stripe_secret_key: Some(Secret::new("sk_live_debug_0123456789")),
        stripe_webhook_secret: Some(Secret::new(WEBHOOK_SECRET)),
        ..Environment::default()
    };
    let config = Config::parse("test.toml", DEFAULT, &environment).unwrap();
    let data = crate::backend::new_data();
    let clock = creditpackd::clock::Clock::standing_at(NOW_MS);
    let ledger = Ledger::open(creditpackd::serve::settings(&config, data.path(), clock)).unwrap();
    let keys = Keys::load(&ledger).await.unwrap();
    let signing = ledger.token_keys().await.unwrap();
    let shown = format!("{environment:?} {config:?} {keys:?} {signing:?} {ledger:?}");
    let pkcs8 = format!("{:?}", signing[0].pkcs8);
    for secret in ["sk_live_debug", WEBHOOK_SECRET, pkcs8.trim_matches(['[', ']'])] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("[secret]") && shown.contains(&signing[0].kid));
}
