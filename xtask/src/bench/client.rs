//! `cargo xtask bench client`: the shipped package in Chromium and in Node, against creditpackd.

use anyhow::{Context as _, Result};

use crate::command::{in_view, quietly};
use crate::npm::{self, MEND, script};
use crate::steps::{Done, Steps};
use crate::{artefacts, browser, setup, tree, wasm};

const NEXT: &str = "a busy machine is slow: run it again alone, then look at what is over";

/// Builds what is shipped, measures it, and prints a table for each place.
///
/// # Errors
///
/// If something does not build or run, or a time is over its ceiling.
pub(super) fn run(steps: &mut Steps) -> Result<()> {
    setup::prepare(steps)?;
    wasm::build(steps)?;
    npm::build_package(steps)?;
    artefacts::build_backend(steps)?;
    let chromium = browser::prepare(steps)?.context("there is no browser")?;
    steps.step("client benchmark, built", MEND, || {
        quietly(&mut script("build", "bench/client")).map(|_| Done::Worked)
    })?;
    steps.step_in_view("client benchmark", NEXT, || {
        let mut start = script("start", "bench/client");
        start.env("CHROMIUM", &chromium).env("CREDITPACKD", tree::target("release/creditpackd"));
        in_view(&mut start)
    })
}
