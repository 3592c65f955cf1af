//! What must be on the machine, and bringing what is missing.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, program, quietly};
use crate::npm::npm;
use crate::stamp::Stamp;
use crate::steps::{Done, Steps};
use crate::wasm;

const NODE_MAJOR_MIN: u32 = 20;

/// Makes sure of the Wasm target, a good Node and the npm packages.
///
/// # Errors
///
/// If something is missing and cannot be brought.
pub(crate) fn prepare(steps: &mut Steps) -> Result<()> {
    steps.step("wasm target", &by_hand(&["target", "add", wasm::TARGET]), wasm_target)?;
    steps.step("node", "install Node 20 or later from https://nodejs.org, then again", node)?;
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
    let major = node_major(version).with_context(|| format!("not a Node version: {version}"))?;
    ensure!(major >= NODE_MAJOR_MIN, "Node {version} is too old; {NODE_MAJOR_MIN} is the least");
    Ok(Done::Noted(version.to_owned()))
}

/// The major version in `v20.20.2`.
fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
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
    quietly(&mut npm(["ci", "--no-audit"]))?;
    stamp.set("")?;
    Ok(Done::Worked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_major("v20.20.2"), Some(20));
        assert_eq!(node_major("v9.0.0-rc.1"), Some(9));
        assert_eq!(node_major("20.1.0"), None);
        assert_eq!(node_major("vNext"), None);
        assert_eq!(node_major(""), None);
    }
}
