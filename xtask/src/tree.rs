//! Where things are in the repository.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context as _, Result};

use crate::command::{cargo, quietly};

static TARGET: LazyLock<PathBuf> =
    LazyLock::new(|| ask_cargo().expect("the cargo that runs us knows its target folder"));

/// The repository's root: the folder above this package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// A path inside the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// A path inside cargo's target folder, which the environment or a config of cargo's may move.
pub(crate) fn target(path: &str) -> PathBuf {
    TARGET.join(path)
}

/// The target folder of the cargo that we run in turn.
fn ask_cargo() -> Result<PathBuf> {
    let told = quietly(&mut cargo(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&told)?;
    Ok(metadata["target_directory"].as_str().context("no target_directory")?.into())
}

/// `path` as a reader at the root would type it.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_is_the_one_we_were_built_into() {
        let test = std::env::current_exe().expect("a running test");
        assert!(test.starts_with(target("")), "{} holds {}", target("").display(), test.display());
    }
}
