//! The program itself, as its own process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const SECRET_KEY: &str = "sk_process_000000000000000000000";

/// The program with that command, on the config and the data in `folder`.
pub(crate) fn creditpackd(folder: &Path, command: &str) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().env("CREDITPACK_LOG", "warn").arg(command);
    program.arg("--config").arg(folder.join("shop.toml")).arg("--data").arg(folder.join("data"));
    program
}

/// Makes both.
pub(crate) fn init(folder: &Path) -> Output {
    creditpackd(folder, "init").env("CREDITPACK_SECRET_KEY", SECRET_KEY).output().unwrap()
}

/// A serving process, killed if a test forgets it.
pub(crate) struct Serving {
    process: Child,
    pub(crate) url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, |_| {})
    }

    /// One whose command line and environment are `changed`.
    pub(crate) fn start_with(folder: &Path, changed: impl FnOnce(&mut Command)) -> Self {
        let mut command = creditpackd(folder, "serve");
        changed(&mut command);
        Self::start_as(command)
    }

    /// Starts it by a command of one's own.
    pub(crate) fn start_as(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("creditpackd listening on ");
        let url = url.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { process, url }
    }

    #[cfg(target_os = "linux")]
    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url));
        let response = request.bearer_auth(SECRET_KEY).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn settled(&self) -> Value {
        let request = reqwest::Client::new().get(format!("{}/v1/account?account=u_1", self.url));
        let response = request.bearer_auth(SECRET_KEY).send().await.unwrap();
        response.json::<Value>().await.unwrap()["settled"].clone()
    }

    /// Sends SIGTERM and returns the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn it_serves_until_it_is_told_to_stop_and_keeps_what_it_acknowledged() {
    let folder = TempDir::new().unwrap();
    let made = init(folder.path());
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(!text(&made.stdout).contains(SECRET_KEY), "a given key is not shown again");
    let serving = Serving::start(folder.path());
    let grant = json!({ "id": "g", "account": "u_1", "credits": 5, "reason": "x" });
    assert_eq!(serving.post("/v1/grants", &grant).await.0, 201);
    assert_eq!(serving.terminate(), Some(0));

    let serving = Serving::start(folder.path());
    assert_eq!(serving.settled().await, json!(5));
    assert_eq!(serving.post("/v1/grants", &grant).await.0, 200, "it is a replay");
    // Killed without a word, it has still kept everything.
    let more = json!({ "id": "g2", "account": "u_1", "credits": 2, "reason": "x" });
    assert_eq!(serving.post("/v1/grants", &more).await.0, 201);
    drop(serving);
    let serving = Serving::start(folder.path());
    assert_eq!(serving.settled().await, json!(7));
    // Nobody else may have the data meanwhile.
    let second = creditpackd(folder.path(), "serve").args(["--listen", "127.0.0.1:0"]).output();
    let second = second.unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("in use"), "{}", text(&second.stderr));
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn init_makes_a_key_and_overwrites_nothing() {
    let folder = TempDir::new().unwrap();
    let made = creditpackd(folder.path(), "init").output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let out = text(&made.stdout);
    let key = out.split_whitespace().find(|word| word.starts_with("sk_")).unwrap();
    assert!(key.len() >= 35 && key[3..].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
    let config = std::fs::read(folder.path().join("shop.toml")).unwrap();
    for file in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "only its hash");
    }
    let again = creditpackd(folder.path(), "init").output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("left as it is"), "{}", text(&again.stderr));
    assert_eq!(std::fs::read(folder.path().join("shop.toml")).unwrap(), config);
    // Nor does it overwrite the data when only the config is gone.
    std::fs::remove_file(folder.path().join("shop.toml")).unwrap();
    let again = creditpackd(folder.path(), "init").output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(!folder.path().join("shop.toml").exists());
}

#[test]
fn init_takes_a_config_that_is_there_and_makes_its_database() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.toml");
    let ours = "# ours\n[catalog]\ncurrency = \"usd\"\n";
    std::fs::write(&file, ours).unwrap();
    // One that fails leaves it, too.
    std::fs::write(folder.path().join("data"), "").unwrap();
    assert_eq!(creditpackd(folder.path(), "init").output().unwrap().status.code(), Some(1));
    std::fs::remove_file(folder.path().join("data")).unwrap();

    let made = creditpackd(folder.path(), "init").output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let said = text(&made.stdout);
    assert!(said.contains("left as it is") && said.contains("secret key: sk_"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), ours);
    assert_eq!(Serving::start(folder.path()).terminate(), Some(0));
}

#[test]
fn a_mistake_that_nobody_reads_is_no_panic() {
    let folder = TempDir::new().unwrap();
    let mut serve = creditpackd(folder.path(), "serve");
    let mut process = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(process.stderr.take());
    assert_eq!(process.wait().unwrap().code(), Some(2));
}

/// Asserts that an init that fails leaves neither a config nor a ledger, and can be run again.
#[track_caller]
fn check_nothing_left(folder: &Path, failed: &Output, words: &str) {
    assert_eq!(failed.status.code(), Some(1));
    let error = text(&failed.stderr);
    assert!(error.contains(words), "{error}");
    assert!(!folder.join("shop.toml").exists());
    let again = creditpackd(folder, "init").output().unwrap();
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert!(text(&again.stdout).contains("secret key: sk_"));
    assert_eq!(Serving::start(folder).terminate(), Some(0));
}

#[test]
fn init_makes_nothing_where_the_config_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let mut init = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    init.env_clear().args(["init", "--config"]).arg(folder.path().join("file/shop.toml"));
    let failed = init.arg("--data").arg(folder.path().join("data")).output().unwrap();
    check_nothing_left(folder.path(), &failed, "cannot write");
}

#[test]
fn init_makes_nothing_where_the_ledger_cannot_be_made() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("data"), "").unwrap();
    let failed = creditpackd(folder.path(), "init").output().unwrap();
    std::fs::remove_file(folder.path().join("data")).unwrap();
    check_nothing_left(folder.path(), &failed, "cannot use");
}

#[cfg(target_os = "linux")]
#[test]
fn init_makes_nothing_where_the_key_cannot_be_shown() {
    let folder = TempDir::new().unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut init = creditpackd(folder.path(), "init");
    let failed = init.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
    check_nothing_left(folder.path(), &failed.unwrap(), "standard output");
}

#[test]
fn init_refuses_a_weak_key() {
    for weak in ["", "sk_short", "pk_000000000000000000000000", "sk_ 00000000000000000000000"] {
        let folder = TempDir::new().unwrap();
        let mut command = creditpackd(folder.path(), "init");
        let refused = command.env("CREDITPACK_SECRET_KEY", weak).output().unwrap();
        assert!(!refused.status.success());
        let error = text(&refused.stderr);
        assert!(error.contains("CREDITPACK_SECRET_KEY must be sk_"), "{error}");
        assert!(weak.is_empty() || !error.contains(weak), "a key is never shown");
        assert!(!folder.path().join("shop.toml").exists());
        assert!(!folder.path().join("data").exists());
    }
}

/// Everything that a process logs which is told to stop as soon as it serves.
fn log_of(command: Command) -> String {
    let mut command = command;
    command.stderr(Stdio::piped());
    let mut serving = Serving::start_as(command);
    let mut stderr = serving.process.stderr.take().unwrap();
    assert_eq!(serving.terminate(), Some(0));
    let mut log = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut log).unwrap();
    log
}

#[test]
fn the_log_says_what_serves_and_that_it_is_down() {
    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    let mut serve = creditpackd(folder.path(), "serve");
    serve.env_remove("CREDITPACK_LOG").env("CREDITPACK_LOG_FORMAT", "json");
    let log = log_of(serve);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(said, ["serving", "going down", "down"]);
    assert_eq!((&lines[0]["payments"], &lines[0]["level"]), (&json!("test"), &json!("INFO")));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_serves_though_its_log_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    let mut serve = creditpackd(folder.path(), "serve");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    serve.env("CREDITPACK_LOG", "debug").stderr(full);
    let serving = Serving::start_as(serve);
    for id in ["g1", "g2"] {
        let grant = json!({ "id": id, "account": "u_1", "credits": 5, "reason": "x" });
        assert_eq!(serving.post("/v1/grants", &grant).await.0, 201);
    }
    assert_eq!(serving.settled().await, json!(10));
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn what_is_set_and_does_nothing_is_warned_of() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    let mut serve = creditpackd(folder.path(), "serve");
    serve.env("CREDITPACK_LOG", "creditpackd=loud").env("CREDITPACK_LOG_FORMAT", "xml");
    serve.env("CREDITPACK_ALOWED_ORIGINS", "https://shop.example.com");
    serve.env("CREDITPACK_STRIPE_SECRET_KEY", "rk_live_1");
    let log = log_of(serve);
    let warned = |words: &str| log.lines().any(|it| it.contains(" WARN ") && it.contains(words));
    for words in [
        "CREDITPACK_LOG is not used",
        "CREDITPACK_LOG_FORMAT is not used",
        "CREDITPACK_ALOWED_ORIGINS: is set, and nothing here reads it",
        "mode = \"test\" wins over it",
    ] {
        assert!(warned(words), "{words}: {log}");
    }
    // What is no text is not taken for nothing.
    let mut serve = creditpackd(folder.path(), "serve");
    serve.env("CREDITPACK_PUBLIC_URL", std::ffi::OsStr::from_bytes(b"https://\xff"));
    assert_eq!(serve.output().unwrap().status.code(), Some(2));
}

#[test]
fn an_address_to_listen_on_that_is_none_is_told_with_an_example() {
    let folder = TempDir::new().unwrap();
    for address in ["localhost:4610", "4610", "127.0.0.1", ":4610"] {
        let refused = creditpackd(folder.path(), "serve").args(["--listen", address]).output();
        let refused = refused.unwrap();
        assert_eq!(refused.status.code(), Some(2));
        let error = text(&refused.stderr);
        assert!(error.contains("such as 127.0.0.1:4610"), "{error}");
    }
}

#[test]
fn serve_refuses_a_bad_config_and_says_where() {
    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    let file = folder.path().join("shop.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replacen("credits = 5", "credits = 0", 1)).unwrap();
    let refused = creditpackd(folder.path(), "serve").output().unwrap();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    let line = 1 + good[..good.find("credits = 5").unwrap()].matches('\n').count();
    let error = text(&refused.stderr);
    assert!(error.contains(&format!("shop.toml:{line}: packs.starter.credits must be")), "{error}");
    std::fs::remove_file(&file).unwrap();
    let refused = creditpackd(folder.path(), "serve").output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("creditpackd init"), "{}", text(&refused.stderr));
}

#[test]
fn serve_refuses_the_other_mode_and_a_database_that_is_not_there() {
    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    assert_eq!(Serving::start(folder.path()).terminate(), Some(0));
    let file = folder.path().join("shop.toml");
    let none = std::fs::read_to_string(&file).unwrap().replacen("mode = \"test\"", "", 1);
    std::fs::write(&file, none).unwrap();
    assert_eq!(Serving::start(folder.path()).terminate(), Some(0), "no payments is no mode");
    let mut live = creditpackd(folder.path(), "serve");
    let refused = live.env("CREDITPACK_STRIPE_SECRET_KEY", "sk_live_1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("test payments"), "{}", text(&refused.stderr));
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let refused = creditpackd(folder.path(), "serve").output().unwrap();
    assert!(text(&refused.stderr).contains("creditpackd init"), "{}", text(&refused.stderr));
}

#[test]
fn an_address_that_is_taken_is_a_clear_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    assert!(init(folder.path()).status.success());
    let refused =
        creditpackd(folder.path(), "serve").args(["--listen", &address]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let error = text(&refused.stderr);
    assert!(error.contains(&address) && error.contains("--listen"), "{error}");
}
