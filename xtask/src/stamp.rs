//! Knowing that a built thing still matches what it was built from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use crate::tree;

/// Folders that hold no source: installed or built.
const NOT_SOURCE: [&str; 2] = ["node_modules", "dist"];

/// The record that `outputs` were made from `inputs`, both files or whole folders.
///
/// Contents are compared, never times: a checkout or a cache restored by CI changes times only.
pub(crate) struct Stamp {
    file: PathBuf,
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

impl Stamp {
    /// A stamp kept as `name` in the target folder.
    pub(crate) fn new(name: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        let at_root = |paths: &[&str]| paths.iter().map(|path| tree::at(path)).collect();
        Self {
            file: tree::target("xtask/stamps").join(name),
            inputs: at_root(inputs),
            outputs: at_root(outputs),
        }
    }

    /// The note of the last build if neither inputs nor outputs changed since.
    ///
    /// # Errors
    ///
    /// If a file that is there cannot be read.
    pub(crate) fn fresh(&self) -> Result<Option<String>> {
        let Ok(kept) = fs::read_to_string(&self.file) else { return Ok(None) };
        let (digest, note) = kept.split_once('\n').unwrap_or((&kept, ""));
        Ok((digest == self.digest()?).then(|| note.to_owned()))
    }

    /// Records that the outputs now match the inputs.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or the stamp not written.
    pub(crate) fn set(&self, note: &str) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, format!("{}\n{note}", self.digest()?))
            .with_context(|| format!("cannot write {}", tree::shown(&self.file)))
    }

    fn digest(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for path in &self.inputs {
            add(&mut hash, path, &NOT_SOURCE)?;
        }
        hash.update(b"outputs");
        for path in &self.outputs {
            add(&mut hash, path, &[])?;
        }
        Ok(BASE64.encode(hash.finalize()))
    }
}

/// Adds names and contents of everything at `path`; a missing file counts as missing.
fn add(hash: &mut Sha256, path: &Path, skipped: &[&str]) -> Result<()> {
    let told = || format!("cannot read {}", tree::shown(path));
    hash.update(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let mut inside = fs::read_dir(path)
            .with_context(told)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<Vec<_>>>()
            .with_context(told)?;
        inside.retain(|path| !skipped.iter().any(|name| path.ends_with(name)));
        inside.sort();
        return inside.iter().try_for_each(|path| add(hash, path, skipped));
    }
    if !path.exists() {
        hash.update([0]);
        return Ok(());
    }
    let bytes = fs::read(path).with_context(told)?;
    hash.update([1]);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(&bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with one source, one output and a stamp that calls them fresh.
    fn stamped(name: &str) -> (PathBuf, Stamp) {
        let folder = tree::target("xtask-tests").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src/node_modules")).expect("a folder");
        fs::write(folder.join("src/a.rs"), "a").expect("a source");
        fs::write(folder.join("out"), "A").expect("an output");
        let stamp = Stamp {
            file: folder.join("stamp"),
            inputs: vec![folder.join("src")],
            outputs: vec![folder.join("out")],
        };
        assert_eq!(stamp.fresh().expect("readable"), None, "never built is not fresh");
        stamp.set("1 KB").expect("stamped");
        (folder, stamp)
    }

    fn check(name: &str, change: impl FnOnce(&Path), fresh: bool) {
        let (folder, stamp) = stamped(name);
        change(&folder);
        let note = stamp.fresh().expect("readable");
        assert_eq!(note.as_deref(), fresh.then_some("1 KB"), "{name}");
    }

    fn write(folder: &Path, path: &str, text: &str) {
        fs::write(folder.join(path), text).expect("a file");
    }

    #[test]
    fn fresh_while_contents_stay() {
        check("untouched", |_| {}, true);
        check("rewritten with the same text", |folder| write(folder, "src/a.rs", "a"), true);
        check("packages installed", |folder| write(folder, "src/node_modules/p.js", "p"), true);
    }

    #[test]
    fn stale_after_any_change() {
        check("source changed", |folder| write(folder, "src/a.rs", "b"), false);
        check("source added", |folder| write(folder, "src/b.rs", ""), false);
        check("source emptied", |folder| write(folder, "src/a.rs", ""), false);
        check("output changed", |folder| write(folder, "out", "B"), false);
        let renamed = |folder: &Path| {
            fs::rename(folder.join("src/a.rs"), folder.join("src/c.rs")).expect("renamed");
        };
        check("source renamed", renamed, false);
        let removed = |folder: &Path| fs::remove_file(folder.join("out")).expect("removed");
        check("output gone", removed, false);
    }
}
