//! What must be on the machine, and bringing what is missing.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, program, quietly};
use crate::npm::npm;
use crate::stamp::Stamp;
use crate::steps::{Done, Steps};
use crate::wasm;

/// What Vite and Rolldown run on.
const NODES: &str = "Node 20.19 or later of 20, or 22.12 or later";

/// Makes sure of the Wasm target, a good Node and the npm packages.
///
/// # Errors
///
/// If something is missing and cannot be brought.
pub(crate) fn prepare(steps: &mut Steps) -> Result<()> {
    steps.step("wasm target", &by_hand(&["target", "add", wasm::TARGET]), wasm_target)?;
    steps.step("node", &format!("install {NODES}, from https://nodejs.org, then again"), node)?;
    steps.step("npm packages", "mend the network or package-lock.json, then again", packages)
}

/// Makes sure of rustfmt and clippy, which a minimal Rust lacks.
///
/// # Errors
///
/// If one is missing and rustup cannot add it.
pub(crate) fn prepare_lints(steps: &mut Steps) -> Result<()> {
    let next = by_hand(&["component", "add", "rustfmt", "clippy"]);
    steps.step("rustfmt and clippy", &next, || {
        if ["fmt", "clippy"].iter().all(|tool| quietly(&mut cargo([*tool, "--version"])).is_ok()) {
            return Ok(Done::Fresh(String::new()));
        }
        quietly(&mut program("rustup", ["component", "add", "rustfmt", "clippy"]))?;
        Ok(Done::Worked)
    })
}

fn by_hand(rustup: &[&str]) -> String {
    format!("install Rust by https://rustup.rs, then: rustup {}", rustup.join(" "))
}

/// Asks rustc rather than rustup: a Rust from elsewhere may have the target as well.
fn wasm_target() -> Result<Done> {
    let installed = ["--print=target-libdir", "--target", wasm::TARGET];
    let folder = quietly(&mut program("rustc", installed)).context("cannot ask rustc")?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(Done::Fresh(String::new()));
    }
    quietly(&mut program("rustup", ["target", "add", wasm::TARGET]))?;
    Ok(Done::Worked)
}

fn node() -> Result<Done> {
    let version = quietly(&mut program("node", ["--version"]))?;
    let version = version.trim();
    let read = node_version(version).with_context(|| format!("not a Node version: {version}"))?;
    ensure!(is_good_node(read), "Node {version} does not do; it takes {NODES}");
    Ok(Done::Noted(version.to_owned()))
}

/// Major and minor version in `v20.20.2`.
fn node_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// Whether it is one of [`NODES`].
fn is_good_node((major, minor): (u32, u32)) -> bool {
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        _ => major > 22,
    }
}

/// Installs what package-lock.json names, unless npm's own record says that it is there.
fn packages() -> Result<Done> {
    let stamp = Stamp::new(
        "npm",
        &["package.json", "package-lock.json"],
        &["node_modules/.package-lock.json"],
    );
    if stamp.fresh()?.is_some() {
        return Ok(Done::Fresh(String::new()));
    }
    // What builds and tests is there for development: NODE_ENV=production must not leave it out.
    quietly(&mut npm(["ci", "--no-audit", "--include=dev"]))?;
    stamp.set("")?;
    Ok(Done::Worked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: &str, good: Option<bool>) {
        assert_eq!(node_version(version).map(is_good_node), good, "{version}");
    }

    #[test]
    fn nodes_that_the_build_tools_run_on_are_good() {
        check("v20.19.0", Some(true));
        check("v22.12.0", Some(true));
        check("v24.0.0-rc.1", Some(true));
    }

    #[test]
    fn older_nodes_and_the_odd_one_between_are_not() {
        check("v20.18.3", Some(false));
        check("v21.7.3", Some(false));
        check("v22.11.0", Some(false));
        check("v9.99.0", Some(false));
    }

    #[test]
    fn what_is_no_version_is_not_read() {
        check("20.19.0", None);
        check("v20", None);
        check("vNext", None);
        check("", None);
    }
}
