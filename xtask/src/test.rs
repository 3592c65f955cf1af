//! `cargo xtask test`: everything that must hold, cheapest first.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{cargo, in_view, quietly};
use crate::npm::{self, MEND, npm, script};
use crate::steps::{Done, Steps};
use crate::{browser, rehearsal, setup, sim, tree, wasm};

const CLIPPY: &str = "mend what clippy names; each lint's name leads to its explanation";

/// The packages of the Rust tests. The simulator's own run in a profile of their own.
const TESTED: [&str; 2] = ["--workspace", "--exclude=creditpack-sim"];

/// How many cases a property test runs with `--all`; it decides for itself without.
const ALL_CASES: &str = "20000";

/// How often crash tests kill a process with `--all`; ten times without.
const ALL_KILLS: &str = "100";

/// How much is checked.
pub(crate) struct Extent {
    /// Also what takes longer.
    pub(crate) all: bool,
    /// Also what comes after a failed step.
    pub(crate) keep_going: bool,
}

/// Runs every check.
///
/// # Errors
///
/// If a check fails; the table of times is printed by then.
pub(crate) fn run(extent: &Extent) -> Result<()> {
    let mut steps = if extent.keep_going { Steps::keeping_going() } else { Steps::new() };
    let ran = check(extent, &mut steps);
    steps.close()?;
    ran
}

fn check(extent: &Extent, steps: &mut Steps) -> Result<()> {
    setup::prepare_lints(steps)?;
    setup::prepare(steps)?;
    rust(extent, steps)?;
    sim::prove(extent, steps)?;
    let backend = build_backend(steps)?;
    wasm::build(steps)?;
    typescript(steps, backend.as_deref())?;
    in_browser(steps, backend.as_deref())?;
    let Some(backend) = backend else { return Ok(()) };
    // Last, and with what the steps before have built: then it starts in seconds.
    steps.step("demo", "look at target/xtask/rehearsal, mend it, then: cargo xtask test", || {
        rehearsal::run(&backend)
    })
}

fn rust(extent: &Extent, steps: &mut Steps) -> Result<()> {
    steps.step("rust format", "run: cargo fmt --all", || {
        quietly(&mut cargo(["fmt", "--all", "--check", "--", "--color=never"]))
            .map(|_| Done::Worked)
    })?;
    let strict = ["--locked", "--", "--deny=warnings"];
    steps.step("clippy", CLIPPY, || {
        let host = ["clippy", "--workspace", "--all-targets"];
        quietly(cargo(host).args(strict)).map(|_| Done::Worked)
    })?;
    steps.step("clippy for wasm", CLIPPY, || {
        let packages = wasm::PACKAGES.map(|package| format!("--package={package}"));
        let wasm = ["clippy", "--target", wasm::TARGET];
        quietly(cargo(wasm).args(packages).args(strict)).map(|_| Done::Worked)
    })?;
    steps.step_in_view("rust tests", "mend it, then: cargo test --workspace", || {
        let mut tests = cargo(["test", "--locked", "--no-fail-fast"]);
        tests.args(TESTED);
        if extent.all {
            tests.env("PROPTEST_CASES", ALL_CASES);
            tests.env("CREDITPACK_KILLS", ALL_KILLS);
        }
        in_view(&mut tests)
    })
}

/// The binary that later steps drive, or nothing if the steps went on without one: they must
/// not drive yesterday's.
fn build_backend(steps: &mut Steps) -> Result<Option<PathBuf>> {
    let mut backend = None;
    steps.step("creditpackd", MEND, || {
        // Chosen like the Rust tests, so that what they compiled is used, features and all.
        let targets = ["--tests", "--bin=creditpackd", "--example=stripe_fake"];
        quietly(cargo(["build", "--locked"]).args(targets).args(TESTED))?;
        backend = Some(tree::target("debug/creditpackd"));
        Ok(Done::Worked)
    })?;
    Ok(backend)
}

fn typescript(steps: &mut Steps, backend: Option<&Path>) -> Result<()> {
    steps.step("lint", "run: npx biome check --write .", || {
        // Biome colours each letter, even into a log, unless told otherwise.
        quietly(&mut npm(["run", "lint", "--", "--colors=off"])).map(|_| Done::Worked)
    })?;
    checked(steps, "npm package types", "pkg")?;
    npm::build_package(steps)?;
    if let Some(backend) = backend {
        steps.step_in_view("npm package tests", "mend it, then: npm test -w pkg", || {
            in_view(script("test", "pkg").env("CREDITPACKD", backend))
        })?;
    }
    checked(steps, "client benchmark types", "bench/client")?;
    checked(steps, "demo product types", "www")?;
    steps.step_in_view("demo product tests", "mend it, then: npm test -w www", || {
        in_view(&mut script("test", "www"))
    })?;
    npm::build_demo(steps)
}

fn checked(steps: &mut Steps, step: &'static str, workspace: &str) -> Result<()> {
    steps.step(step, MEND, || quietly(&mut script("check", workspace)).map(|_| Done::Worked))
}

fn in_browser(steps: &mut Steps, backend: Option<&Path>) -> Result<()> {
    let chromium = browser::prepare(steps)?;
    checked(steps, "browser test types", "tests/e2e")?;
    let (Some(chromium), Some(backend)) = (chromium, backend) else { return Ok(()) };
    let next = "look at tests/e2e/output, mend it, then: cargo xtask test";
    steps.step_in_view("browser test", next, || {
        let mut playwright = script("test", "tests/e2e");
        in_view(playwright.env("CHROMIUM", chromium).env("CREDITPACKD", backend))
    })
}
