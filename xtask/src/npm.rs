//! The npm side: its packages, and the scripts each workspace promises.

use std::process::Command;

use anyhow::Result;

use crate::command::{program, quietly};
use crate::stamp::Stamp;
use crate::steps::{Done, Steps};
use crate::tree;

/// What to do about a script that failed.
pub(crate) const MEND: &str = "mend what the output above names, then run this again";

/// `npm` at the root, without its notices.
pub(crate) fn npm<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = program("npm", args);
    command.env("npm_config_fund", "false").env("npm_config_update_notifier", "false");
    command
}

/// A program that an installed npm package brings.
pub(crate) fn binary(name: &str) -> Command {
    program(tree::at("node_modules/.bin").join(name), [])
}

/// A script of one workspace.
pub(crate) fn script(name: &str, workspace: &str) -> Command {
    npm(["run", name, "-w", workspace])
}

/// Builds the npm package into `pkg/dist` unless nothing changed.
///
/// # Errors
///
/// If its build fails.
pub(crate) fn build_package(steps: &mut Steps) -> Result<()> {
    build(steps, "npm package", "pkg", &["pkg", "tsconfig.base.json", "package-lock.json"])
}

/// Builds the demo product into `www/dist` unless nothing changed.
///
/// # Errors
///
/// If its build fails.
pub(crate) fn build_demo(steps: &mut Steps) -> Result<()> {
    let inputs = ["www", "pkg/package.json", "pkg/dist", "tsconfig.base.json", "package-lock.json"];
    build(steps, "demo product", "www", &inputs)
}

fn build(
    steps: &mut Steps,
    step: &'static str,
    workspace: &'static str,
    inputs: &[&str],
) -> Result<()> {
    steps.step(step, MEND, || {
        let stamp = Stamp::new(workspace, inputs, &[&format!("{workspace}/dist")]);
        if stamp.fresh()?.is_some() {
            return Ok(Done::Fresh(String::new()));
        }
        quietly(&mut script("build", workspace))?;
        stamp.set("")?;
        Ok(Done::Worked)
    })
}
