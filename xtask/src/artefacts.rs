//! `cargo xtask build`: what a release ships.

use std::fs;

use anyhow::Result;

use crate::command::{cargo, quietly};
use crate::npm::{self, MEND, npm};
use crate::steps::{Done, Steps, say};
use crate::{setup, tree, wasm};

/// Makes the artefacts and prints where they are and their sizes.
///
/// # Errors
///
/// If a step fails.
pub(crate) fn run() -> Result<()> {
    let folder = tree::target("artefacts");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;

    let mut steps = Steps::new();
    setup::prepare(&mut steps)?;
    wasm::build(&mut steps)?;
    npm::build_package(&mut steps)?;
    steps.step("npm tarball", MEND, || {
        let mut pack = npm(["pack", "-w", "pkg", "--pack-destination"]);
        quietly(pack.arg(&folder)).map(|_| Done::Worked)
    })?;
    build_backend(&mut steps)?;
    fs::copy(wasm::module(), folder.join("creditpack.wasm"))?;
    fs::copy(tree::target("release/creditpackd"), folder.join("creditpackd"))?;

    say("\n");
    let mut files = fs::read_dir(&folder)?.collect::<std::io::Result<Vec<_>>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        let bytes = file.metadata()?.len();
        say(&format!("{bytes:>12} bytes  {}\n", tree::shown(&file.path())));
    }
    Ok(())
}

/// Builds the backend as it is shipped and measured.
///
/// # Errors
///
/// If cargo fails.
pub(crate) fn build_backend(steps: &mut Steps) -> Result<()> {
    steps.step("creditpackd, release", MEND, || {
        let release = ["build", "--release", "--package=creditpackd", "--locked"];
        quietly(&mut cargo(release)).map(|_| Done::Worked)
    })
}
