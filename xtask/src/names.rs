//! Names between a module and its glue, short.
//!
//! wasm-bindgen names an import after what it is and a hash of where it comes from. Nobody but the
//! glue reads that, and hashes do not compress.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use walrus::Module;

/// How the names begin that wasm-bindgen makes up; all others are the package's own.
const INTERNAL: [&str; 2] = ["__", "wasm_bindgen__"];

/// Renames what the module in this file and the glue around it call each other, in place. What the
/// glue never asks for is no longer exported.
///
/// # Errors
///
/// If a file cannot be read or written, or if nothing had such a name: then wasm-bindgen's names
/// have changed.
pub(crate) fn shorten(file: &Path, glue: &[PathBuf]) -> Result<()> {
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
    let asked: HashSet<_> = glue.iter().flat_map(|text| text.split(is_no_letter)).collect();
    let exports = module.exports.iter();
    let unasked =
        exports.filter(|export| is_internal(&export.name) && !asked.contains(&*export.name));
    for export in unasked.map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
}

/// Gives the module its short names; returns which stands for which. They begin with an underscore,
/// so that none is a word of the glue's own.
fn rename(module: &mut Module) -> HashMap<String, String> {
    let mut short = HashMap::new();
    let imports = module.imports.iter_mut().map(|import| &mut import.name);
    let exports = module.exports.iter_mut().map(|export| &mut export.name);
    for name in imports.chain(exports.filter(|name| is_internal(name))) {
        let next = format!("_{}", short.len());
        name.clone_from(short.entry(name.clone()).or_insert(next));
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

fn is_no_letter(letter: char) -> bool {
    !letter.is_ascii_alphanumeric() && letter != '_'
}

#[cfg(test)]
mod tests {
    use walrus::FunctionBuilder;

    use super::*;

    const GLUE: &str = "imports = { __wbg_now_1f: () => wasm.__wbindgen_free(__wbg_now_1fx) };
wasm.spend();";

    /// What is imported and exported after a module and its glue were shortened, and the glue.
    fn shortened(name: &str, import: &str) -> Result<(Vec<String>, String)> {
        let mut module = Module::default();
        let takes_nothing = module.types.add(&[], &[]);
        if !import.is_empty() {
            let (imported, _) = module.add_import_func("./glue.js", import, takes_nothing);
            module.exports.add("spend", imported);
            for internal in ["__wbindgen_free", "__unasked"] {
                let builder = FunctionBuilder::new(&mut module.types, &[], &[]);
                let function = builder.finish(Vec::new(), &mut module.funcs);
                module.exports.add(internal, function);
            }
        }
        let folder = crate::tree::target("xtask-tests").join(name);
        fs::create_dir_all(&folder)?;
        let (file, glue) = (folder.join("names.wasm"), folder.join("names.js"));
        module.emit_wasm_file(&file)?;
        fs::write(&glue, GLUE)?;
        let done = shorten(&file, std::slice::from_ref(&glue));
        let left = Module::from_file(&file)?;
        let text = fs::read_to_string(&glue)?;
        fs::remove_dir_all(&folder)?;
        done?;
        let imports = left.imports.iter().map(|import| import.name.clone());
        let exports = left.exports.iter().map(|export| export.name.clone());
        Ok((imports.chain(exports).collect(), text))
    }

    #[test]
    fn module_and_glue_agree_on_short_names() {
        let (names, glue) = shortened("names-short", "__wbg_now_1f").expect("shortened");
        assert_eq!(names, ["_0", "spend", "_1"]);
        let expected = "imports = { _0: () => wasm._1(__wbg_now_1fx) };\nwasm.spend();";
        assert_eq!(glue, expected);
    }

    #[test]
    fn a_module_without_such_names_is_told_of() {
        let told = shortened("names-none", "").expect_err("nothing to shorten").to_string();
        assert_eq!(told, "the module and its glue have no names for each other any more");
    }
}
