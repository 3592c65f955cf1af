//! The simulator of the optimistic client: `cargo xtask sim`, and its part in `cargo xtask test`.

use std::process::Command;

use anyhow::Result;

use crate::command::{cargo, in_view, quietly};
use crate::npm::MEND;
use crate::steps::{Done, Steps};
use crate::test::Extent;
use crate::tree;

/// How many steps a seed takes.
pub(crate) const STEPS: u64 = 200;

/// How long the test command looks for a seed that fails.
const BOX_S: u64 = 60;

/// How many seeds `--all` runs, however long it takes.
const ALL_SEEDS: u64 = 20_000;

const PROFILE: &str = "--profile=sim";
const NEXT: &str = "mend it, then: cargo xtask sim with the seed that is named above";

/// Runs so many seeds from `start` on.
///
/// # Errors
///
/// If the simulator cannot be built, or a seed fails; its story is printed by then.
pub(crate) fn run(seeds: u64, start: u64, steps: u64) -> Result<()> {
    let mut ran = Steps::new();
    build(&mut ran)?;
    ran.step_in_view("simulator", NEXT, || {
        let mut run = simulator(&[("--seeds", seeds), ("--start", start), ("--steps", steps)]);
        in_view(&mut run)
    })
}

/// The simulator's part of the test command: seeds in a box of time, its own tests, and the proof
/// that it notices every design that must not be chosen.
///
/// # Errors
///
/// As [`Steps::step`].
pub(crate) fn prove(extent: &Extent, steps: &mut Steps) -> Result<()> {
    steps.step("clippy for mutations", "mend what clippy names", || {
        let package = ["clippy", "--package=creditpack-sim", "--features=mutations", "--locked"];
        quietly(cargo(package).args(["--all-targets", "--", "--deny=warnings"]))
            .map(|_| Done::Worked)
    })?;
    steps.step_in_view("simulator's tests", "mend it, then: cargo xtask test", || {
        let package = ["test", "--package=creditpack-sim", "--features=mutations", "--locked"];
        in_view(cargo(package).args([PROFILE, "--", "--nocapture"]))
    })?;
    build(steps)?;
    steps.step_in_view("simulator", NEXT, || {
        let extent = if extent.all { ("--seeds", ALL_SEEDS) } else { ("--seconds", BOX_S) };
        in_view(&mut simulator(&[extent, ("--steps", STEPS)]))
    })
}

fn build(steps: &mut Steps) -> Result<()> {
    steps.step("build simulator", MEND, || {
        let package = ["build", "--package=creditpack-sim", "--locked", PROFILE];
        quietly(&mut cargo(package)).map(|_| Done::Worked)
    })
}

fn simulator(options: &[(&str, u64)]) -> Command {
    let mut simulator = Command::new(tree::target("sim/creditpack-sim"));
    for (name, value) in options {
        simulator.arg(name).arg(value.to_string());
    }
    simulator
}
