//! `cargo xtask demo`: the product, running on this machine.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
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

/// Builds what is stale, starts everything and stays until Ctrl-C.
///
/// # Errors
///
/// If the port is taken, another demo runs, a step fails, or a program dies.
pub(crate) fn run(port: u16) -> Result<()> {
    port::check_free(port)?;
    let _lock = lock()?;
    let mut steps = Steps::new();
    setup::prepare(&mut steps)?;
    wasm::build(&mut steps)?;
    npm::build_package(&mut steps)?;
    npm::build_demo(&mut steps)?;
    steps.step("creditpackd", MEND, || {
        quietly(&mut cargo(["build", "--package=creditpackd"])).map(|_| Done::Worked)
    })?;
    let secret_key = secret_key()?;
    initialise(&mut steps, &secret_key)?;

    // From here on there is something to stop.
    ctrlc::set_handler(|| STOP.store(true, Ordering::SeqCst))?;
    match serve(port, &secret_key) {
        Err(_) if stopping() => Ok(()),
        ended => ended,
    }
}

fn stopping() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// The folder that holds all that a restart must find again.
fn folder() -> PathBuf {
    tree::target("demo")
}

fn kept(name: &str) -> PathBuf {
    folder().join(name)
}

/// Holds the demo's data for this process alone.
fn lock() -> Result<File> {
    fs::create_dir_all(folder())?;
    let file = File::create(kept("lock"))?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => anyhow!(
            "another demo runs on {}; stop it first (Ctrl-C where it runs)",
            tree::shown(&folder())
        ),
        TryLockError::Error(error) => error.into(),
    })?;
    Ok(file)
}

/// The demo's own secret key, made on first use and readable by this user alone.
fn secret_key() -> Result<String> {
    let file = kept("secret_key");
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
fn initialise(steps: &mut Steps, secret_key: &str) -> Result<()> {
    if kept("creditpackd.toml").exists() && kept("data").exists() {
        return Ok(());
    }
    let next = "if target/demo holds nothing you need, delete it, then again";
    steps.step("demo data", next, || {
        let mut init = program(tree::target("debug/creditpackd"), ["init", "--config"]);
        init.arg(kept("creditpackd.toml")).arg("--data").arg(kept("data"));
        quietly(init.env("CREDITPACK_SECRET_KEY", secret_key))?;
        Ok(Done::Noted(format!("secret key in {}", tree::shown(&kept("secret_key")))))
    })
}

/// Runs both programs. The app server is declared last, so that it stops first and the
/// backend's last answers still reach it.
fn serve(port: u16, secret_key: &str) -> Result<()> {
    let (mut backend, endpoint) = start_backend(port)?;
    let (mut studio, url) = start_studio(port, &endpoint, secret_key)?;
    say(&banner(&url));
    while !stopping() {
        backend.check_alive()?;
        studio.check_alive()?;
        thread::sleep(WATCH);
    }
    say("\nstopping; balances are kept for the next start\n");
    Ok(())
}

fn start_backend(port: u16) -> Result<(Running, String)> {
    let origins = format!("http://localhost:{port},http://127.0.0.1:{port}");
    let mut command = program(tree::target("debug/creditpackd"), ["serve"]);
    command.arg("--config").arg(kept("creditpackd.toml")).arg("--data").arg(kept("data"));
    command.args(["--listen", "127.0.0.1:0"]).env("CREDITPACK_ALLOWED_ORIGINS", origins);
    let ready = "creditpackd listening on ";
    Running::start("creditpackd", &mut command, kept("creditpackd.log"), ready, stopping)
}

fn start_studio(port: u16, endpoint: &str, secret_key: &str) -> Result<(Running, String)> {
    let server = tree::at("www/dist/server/main.js");
    if !server.is_file() {
        bail!("the demo product's build left no {}", tree::shown(&server));
    }
    let mut command = program("node", []);
    command.arg(server).env("PORT", port.to_string());
    command.env("CREDITPACK_ENDPOINT", endpoint).env("CREDITPACK_SECRET_KEY", secret_key);
    let ready = "studio listening on ";
    Running::start("the app server", &mut command, kept("studio.log"), ready, stopping)
}

fn banner(url: &str) -> String {
    let rule = "-".repeat(url.len() + 4);
    format!(
        "\n  {rule}\n    {url}\n  {rule}\n\n  Test mode: no money moves. \
         Data and logs are in {}.\n  Ctrl-C stops everything.\n\n",
        tree::shown(&folder())
    )
}
