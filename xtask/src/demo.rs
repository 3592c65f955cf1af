//! `cargo xtask demo`: the product, running on this machine.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::command::{cargo, program, quietly};
use crate::npm::{self, MEND};
use crate::running::Running;
use crate::steps::{Done, Steps, say};
use crate::{port, setup, tree, wasm};

const WATCH: Duration = Duration::from_millis(100);

static STOP: AtomicBool = AtomicBool::new(false);

/// Builds what is stale, starts everything and stays until Ctrl-C. `data` is the folder that holds
/// all that a restart must find again, `target/demo` by default.
///
/// # Errors
///
/// If the port is taken, another demo runs on the data, a step fails, or a program dies.
pub(crate) fn run(port: u16, data: Option<&Path>) -> Result<()> {
    port::check_free(port)?;
    let folder = data.map_or_else(|| Ok(tree::target("demo")), path::absolute)?;
    let _lock = lock(&folder)?;
    let mut steps = Steps::new();
    setup::prepare(&mut steps)?;
    wasm::build(&mut steps)?;
    npm::build_package(&mut steps)?;
    npm::build_demo(&mut steps)?;
    let backend = backend(&mut steps)?;
    let secret_key = secret_key(&folder)?;
    let demo = Demo { port, folder, backend, secret_key };
    initialise(&mut steps, &demo)?;

    // From here on there is something to stop.
    ctrlc::set_handler(|| STOP.store(true, Ordering::SeqCst))?;
    match serve(&demo) {
        Err(_) if stopping() => Ok(()),
        ended => ended,
    }
}

/// All that both programs are started with.
struct Demo {
    port: u16,
    folder: PathBuf,
    /// The creditpackd to run.
    backend: PathBuf,
    secret_key: String,
}

impl Demo {
    fn kept(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn stopping() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// Holds the demo's data for this process alone.
fn lock(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join("lock"))?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => anyhow!(
            "another demo runs on {}; stop it first (Ctrl-C where it runs)",
            tree::shown(folder)
        ),
        TryLockError::Error(error) => error.into(),
    })?;
    Ok(file)
}

/// The creditpackd that the variable CREDITPACKD names, as the tests do; else one built now.
fn backend(steps: &mut Steps) -> Result<PathBuf> {
    if let Some(built) = env::var_os("CREDITPACKD").filter(|built| !built.is_empty()) {
        return Ok(path::absolute(built)?);
    }
    steps.step("creditpackd", MEND, || {
        quietly(&mut cargo(["build", "--package=creditpackd", "--locked"])).map(|_| Done::Worked)
    })?;
    Ok(tree::target("debug/creditpackd"))
}

/// The demo's own secret key, made on first use and readable by this user alone.
fn secret_key(folder: &Path) -> Result<String> {
    let file = folder.join("secret_key");
    if let Ok(key) = fs::read_to_string(&file) {
        return Ok(key.trim().to_owned());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let key = format!("sk_{:032x}", u128::from_le_bytes(random));
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
    writeln!(new, "{key}").context("cannot keep the demo's secret key")?;
    Ok(key)
}

/// Lets creditpackd make its config and database, once.
fn initialise(steps: &mut Steps, demo: &Demo) -> Result<()> {
    if demo.kept("creditpackd.toml").exists() && demo.kept("data").exists() {
        return Ok(());
    }
    let folder = tree::shown(&demo.folder);
    let next = format!("if {folder} holds nothing you need, delete it, then again");
    steps.step("demo data", &next, || {
        let mut init = program(&demo.backend, ["init", "--config"]);
        init.arg(demo.kept("creditpackd.toml")).arg("--data").arg(demo.kept("data"));
        quietly(init.env("CREDITPACK_SECRET_KEY", &demo.secret_key))?;
        Ok(Done::Noted(format!("secret key in {}", tree::shown(&demo.kept("secret_key")))))
    })
}

/// Runs both programs. The app server is declared last, so that it stops first and the
/// backend's last answers still reach it.
fn serve(demo: &Demo) -> Result<()> {
    let (mut backend, endpoint) = start_backend(demo)?;
    let (mut studio, url) = start_studio(demo, &endpoint)?;
    say(&banner(&url, &demo.folder));
    while !stopping() {
        backend.check_alive()?;
        studio.check_alive()?;
        thread::sleep(WATCH);
    }
    say("\nstopping; balances are kept for the next start\n");
    Ok(())
}

fn start_backend(demo: &Demo) -> Result<(Running, String)> {
    let port = demo.port;
    let origins = format!("http://localhost:{port},http://127.0.0.1:{port}");
    let mut command = program(&demo.backend, ["serve"]);
    command.arg("--config").arg(demo.kept("creditpackd.toml"));
    command.arg("--data").arg(demo.kept("data"));
    command.args(["--listen", "127.0.0.1:0"]).env("CREDITPACK_ALLOWED_ORIGINS", origins);
    let ready = "creditpackd listening on ";
    Running::start("creditpackd", &mut command, demo.kept("creditpackd.log"), ready, stopping)
}

fn start_studio(demo: &Demo, endpoint: &str) -> Result<(Running, String)> {
    let server = tree::at("www/dist/server/main.js");
    if !server.is_file() {
        bail!("the demo product's build left no {}", tree::shown(&server));
    }
    let mut command = program("node", []);
    command.arg(server).env("PORT", demo.port.to_string());
    command.env("CREDITPACK_ENDPOINT", endpoint).env("CREDITPACK_SECRET_KEY", &demo.secret_key);
    let ready = "studio listening on ";
    Running::start("the app server", &mut command, demo.kept("studio.log"), ready, stopping)
}

fn banner(url: &str, folder: &Path) -> String {
    let rule = "-".repeat(url.len() + 4);
    format!(
        "\n  {rule}\n    {url}\n  {rule}\n\n  Test mode: no money moves. \
         Data and logs are in {}.\n  Ctrl-C stops everything.\n\n",
        tree::shown(folder)
    )
}
