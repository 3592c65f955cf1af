//! Names between a module and its glue, short.
//!
//! wasm-bindgen names an import after what it is and a hash of where it comes from. Nobody but the
//! glue reads that, and hashes do not compress.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use walrus::Module;

/// How the names begin that wasm-bindgen makes up; all others are the package's own.
const INTERNAL: [&str; 2] = ["__", "wasm_bindgen__"];

/// Renames what the module in this file and the glue around it call each other, in place. What no
/// glue asks for is no longer exported.
///
/// # Errors
///
/// If a file cannot be read or written, or imports nothing.
pub(crate) fn shorten(file: &Path, glue: &[&Path]) -> Result<()> {
    let mut module = Module::from_file(file)?;
    let texts = glue.iter().map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    drop_unasked(&mut module, &texts);
    let short = rename(&mut module);
    ensure!(!short.is_empty(), "the module and its glue have no names for each other any more");
    walrus::passes::gc::run(&mut module);
    module.emit_wasm_file(file)?;
    for (file, text) in glue.iter().zip(texts) {
        fs::write(file, translated(&text, &short))?;
    }
    Ok(())
}

fn drop_unasked(module: &mut Module, glue: &[String]) {
    let is_unasked =
        |name: &str| is_internal(name) && !glue.iter().any(|text| words(text).any(|w| w == name));
    let exports = module.exports.iter();
    let unasked: Vec<_> = exports.filter(|e| is_unasked(&e.name)).map(|e| e.id()).collect();
    for export in unasked {
        module.exports.delete(export);
    }
}

/// Gives the module its short names; what each stands for.
fn rename(module: &mut Module) -> HashMap<String, String> {
    let mut short = HashMap::new();
    let imports = module.imports.iter_mut().map(|import| &mut import.name);
    let exports = module.exports.iter_mut().map(|export| &mut export.name);
    for name in imports.chain(exports.filter(|name| is_internal(name))) {
        let next = format!("_{}", short.len());
        *name = short.entry(name.clone()).or_insert(next).clone();
    }
    short
}

fn is_internal(name: &str) -> bool {
    INTERNAL.iter().any(|start| name.starts_with(start))
}

/// The text with every word that has a short form in that form.
fn translated(text: &str, short: &HashMap<String, String>) -> String {
    text.split_inclusive(is_no_letter)
        .map(|piece| {
            let word = piece.trim_end_matches(is_no_letter);
            let end = &piece[word.len()..];
            [short.get(word).map_or(word, String::as_str), end].concat()
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_no_letter)
}

fn is_no_letter(letter: char) -> bool {
    !letter.is_ascii_alphanumeric() && letter != '_'
}
