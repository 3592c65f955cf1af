//! The sources, for tests that compare them with what is said of them.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file in `folder` and below, and its text.
pub(crate) fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| {
        if path.is_dir() {
            return sources(&path);
        }
        let text = fs::read_to_string(&path).unwrap();
        vec![(path, text)]
    });
    files.collect()
}
