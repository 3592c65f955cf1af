//! Panics without their stories.
//!
//! In a browser a panic prints nothing and ends as a trap. What would put its message together is
//! dead weight, and a good part of the module's.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Result, ensure};
use walrus::ir::{Call, Instr, InstrLocId, Unreachable, Visitor, dfs_in_order};
use walrus::{FunctionId, LocalFunction, Module};

use crate::{places, stories};

/// Where the compiler's own code begins to panic: functions, and modules in which every function
/// does.
const BEGINNINGS: &[&str] = &[
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::handle_error",
    "core::cell::lazy::panic_poisoned",
    "core::cell::panic_already_borrowed",
    "core::cell::panic_already_mutably_borrowed",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
];

/// Where serde-wasm-bindgen words its errors. What we write to JavaScript are texts and integers
/// below 2^53, which always convert: an error is a fault of ours, and a trap tells of it.
const ERRORS: &[&str] = &["serde_wasm_bindgen::error::Error::new"];

/// What texts are formatted with. Without the stories of panics nobody may want it any more, but the
/// module's table of functions would keep it.
const FORMATTING: &[&str] = &[
    " as core::fmt::Debug>::fmt",
    " as core::fmt::Display>::fmt",
    " as core::fmt::Write>::",
    "core::fmt::write",
];

/// Makes every panic of the module in this file a bare trap, in place.
///
/// # Errors
///
/// If the file is no module, or has no function that panics under a known name: then the names
/// have changed, and nothing would be cut.
pub(crate) fn cut(file: &Path) -> Result<()> {
    let mut module = Module::from_file(file)?;
    let beginnings = named(&module, is_beginning);
    ensure!(!beginnings.is_empty(), "the module has no panics by these names any more");
    empty(&mut module, &beginnings);
    let errors = named(&module, is_error);
    empty(&mut module, &errors);
    let formatting = named(&module, is_formatting);
    let formats = is_wanted(&module, &formatting);
    if !formats {
        empty(&mut module, &formatting);
    }
    places::blank(&mut module);
    stories::blank(&mut module, formats);
    walrus::passes::gc::run(&mut module);
    module.emit_wasm_file(file)
}

fn named(module: &Module, is_so: fn(&str, &LocalFunction) -> bool) -> HashSet<FunctionId> {
    let has_name = |id: &FunctionId, local: &LocalFunction| {
        let name = module.funcs.get(*id).name.as_deref();
        name.is_some_and(|name| is_so(&path(name), local))
    };
    module.funcs.iter_local().filter(|(id, local)| has_name(id, local)).map(|(id, _)| id).collect()
}

/// Leaves nothing of the functions but a trap.
fn empty(module: &mut Module, functions: &HashSet<FunctionId>) {
    for function in functions {
        let local = module.funcs.get_mut(*function).kind.unwrap_local_mut();
        let instrs = &mut local.block_mut(local.entry_block()).instrs;
        instrs.clear();
        instrs.push((Instr::Unreachable(Unreachable {}), InstrLocId::default()));
    }
}

/// Whether anything that is used calls one of these functions but they themselves.
fn is_wanted(module: &Module, functions: &HashSet<FunctionId>) -> bool {
    let mut called = Called::default();
    for (id, local) in module.funcs.iter_local() {
        if !functions.contains(&id) {
            dfs_in_order(&mut called, local, local.entry_block());
        }
    }
    !called.0.is_disjoint(functions)
}

/// The functions that are called by name.
#[derive(Default)]
struct Called(HashSet<FunctionId>);

impl Visitor<'_> for Called {
    fn visit_call(&mut self, call: &Call) {
        self.0.insert(call.func);
    }
}

fn is_beginning(path: &str, function: &LocalFunction) -> bool {
    let is_named = |beginning: &str| {
        path == beginning || beginning.ends_with("::") && path.starts_with(beginning)
    };
    BEGINNINGS.iter().copied().any(is_named) && never_returns(function)
}

fn is_error(path: &str, _: &LocalFunction) -> bool {
    ERRORS.iter().any(|name| path.starts_with(name))
}

fn is_formatting(path: &str, _: &LocalFunction) -> bool {
    FORMATTING.iter().any(|name| path.contains(name))
}

/// A demangled name without the hashes of crates and functions: `core[1f..]::panicking::panic_fmt`
/// is `core::panicking::panic_fmt`.
fn path(name: &str) -> String {
    let mut path = String::new();
    let mut depth = 0_u32;
    for letter in name.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => path.push(letter),
            _ => {}
        }
    }
    path
}

/// Whether the compiler knew that the function does not come back.
fn never_returns(function: &LocalFunction) -> bool {
    let body = &function.block(function.entry_block()).instrs;
    matches!(body.last(), Some((Instr::Unreachable(_), _)))
}

#[cfg(test)]
mod tests {
    use walrus::FunctionBuilder;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Ends {
        Returns,
        Traps,
    }

    fn function(module: &mut Module, name: &str, calls: &[FunctionId], ends: Ends) -> FunctionId {
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
        builder.name(name.into());
        let mut body = builder.func_body();
        for call in calls {
            body.call(*call);
        }
        if ends == Ends::Traps {
            body.unreachable();
        }
        builder.finish(Vec::new(), &mut module.funcs)
    }

    /// What is left of a module whose `page` may panic with a story, and whose panic ends like
    /// that; `formats` says whether the page puts texts together itself.
    fn left_of(ends: Ends, formats: bool) -> Result<Vec<String>> {
        let mut module = Module::default();
        let story = function(&mut module, "story", &[], Ends::Returns);
        let panic = function(&mut module, "core[1f]::panicking::panic_fmt", &[story], ends);
        let text = function(&mut module, "text", &[], Ends::Returns);
        let write = function(&mut module, "<u8 as core[1f]::fmt::Display>::fmt", &[text], ends);
        let calls = if formats { vec![panic, write] } else { vec![panic] };
        let page = function(&mut module, "page", &calls, Ends::Returns);
        module.exports.add("page", page);
        // Stands for the table that keeps it.
        module.exports.add("write", write);
        let folder = crate::tree::target("xtask-tests");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("panics-{ends:?}-{formats}.wasm"));
        module.emit_wasm_file(&file)?;
        let done = cut(&file).and_then(|()| Module::from_file(&file));
        std::fs::remove_file(&file)?;
        let mut names: Vec<_> = done?.funcs.iter().filter_map(|left| left.name.clone()).collect();
        names.sort();
        Ok(names)
    }

    #[test]
    fn the_story_of_a_panic_is_cut_and_what_only_it_was_told_with() {
        let left = left_of(Ends::Traps, false).expect("cut");
        let trap = "core[1f]::panicking::panic_fmt";
        assert_eq!(left, ["<u8 as core[1f]::fmt::Display>::fmt", trap, "page"]);
    }

    #[test]
    fn a_page_that_formats_keeps_what_it_formats_with() {
        let left = left_of(Ends::Traps, true).expect("cut");
        assert!(left.contains(&"text".into()), "{left:?}");
        assert!(!left.contains(&"story".into()), "{left:?}");
    }

    #[test]
    fn what_comes_back_is_no_panic_whatever_its_name() {
        let told = left_of(Ends::Returns, false).expect_err("nothing to cut").to_string();
        assert_eq!(told, "the module has no panics by these names any more");
    }
}
