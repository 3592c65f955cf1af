//! The house's walls, checked as text: who may import what, and how files look.

use std::fs;
use std::path::Path;

/// A wall: no file under `place` (but for `doors`) may contain any of `forbidden`.
struct Wall {
    place: &'static str,
    doors: &'static [&'static str],
    forbidden: &'static [&'static str],
    why: &'static str,
}

const WALLS: &[Wall] = &[
    Wall {
        place: "src/",
        doors: &[],
        forbidden: &["std::", "extern crate std", "SystemTime", "Instant", "rand::", "web_sys"],
        why: "the rules do no I/O, read no clock and draw no random number",
    },
    Wall {
        place: "src/",
        doors: &[],
        forbidden: &["f32", "f64"],
        why: "credits and money are integers",
    },
    Wall {
        place: "src/",
        doors: &[],
        forbidden: &[".unwrap()", ".expect(", "panic!("],
        why: "the rules never panic on input",
    },
    Wall {
        place: "wasm/src/",
        doors: &["wasm/src/convert/"],
        forbidden: &["Reflect::get", "as_f64("],
        why: "JavaScript's values pass one gate, wasm/src/convert",
    },
    Wall {
        place: "workbench/src/",
        doors: &["workbench/src/convert.rs"],
        forbidden: &["Reflect::get", "as_f64(", "serde_json::"],
        why: "JavaScript's values pass one gate, workbench/src/convert.rs",
    },
    Wall {
        place: "workbench/src/",
        doors: &[],
        forbidden: &["SystemTime", "Instant", "Date::now", "Math::random", "web_sys", "gloo"],
        why: "the workbench has no network and no clock: the page says what time it is",
    },
    Wall {
        place: "server/src/",
        doors: &["server/src/clock.rs"],
        forbidden: &["SystemTime", "Utc::now", "unixepoch("],
        why: "nothing but clock.rs reads the time",
    },
    Wall {
        place: "server/src/ledger/",
        doors: &[],
        forbidden: &["axum", "crate::http", "crate::payments", "jsonwebtoken"],
        why: "the ledger knows no HTTP and no payment provider",
    },
    Wall {
        place: "server/src/payments/",
        doors: &[],
        forbidden: &["axum", "crate::http", "rusqlite"],
        why: "payments know no HTTP handlers and no database driver",
    },
    Wall {
        place: "server/src/receipts/",
        doors: &[],
        forbidden: &["axum", "crate::http", "crate::payments", "rusqlite"],
        why: "receipts know no HTTP handlers, no payment provider and no database driver",
    },
    Wall {
        place: "server/src/http/",
        doors: &[],
        forbidden: &["rusqlite", "ledger::hold(", "ledger::capture(", "ledger::release("],
        why: "handlers parse, call and render; they hold no rule",
    },
    Wall {
        place: "pkg/src/",
        doors: &["pkg/src/wasm.ts"],
        forbidden: &["generated/creditpack"],
        why: "wasm.ts is the only importer of the module of buyers",
    },
    Wall {
        place: "pkg/src/",
        doors: &["pkg/src/workbench-wasm.ts"],
        forbidden: &["generated/workbench"],
        why: "workbench-wasm.ts is the only importer of the module for sellers",
    },
    Wall {
        place: "pkg/src/",
        doors: &["pkg/src/workbench"],
        forbidden: &["/workbench"],
        why: "a buyer's page never loads the module for sellers",
    },
    Wall {
        place: "pkg/src/elements/",
        doors: &[],
        forbidden: &["/wasm.js", "/workbench", "/server/", "/react/"],
        why: "elements use the public client only",
    },
    Wall {
        place: "pkg/src/server/",
        doors: &[],
        forbidden: &["/wasm.js", "/elements/", "/client.js"],
        why: "the server helper runs without Wasm and without a page",
    },
    Wall {
        place: "www/",
        doors: &[],
        forbidden: &["pkg/", "creditpack/dist", "creditpack/src"],
        why: "the demo imports only what the package exports",
    },
    Wall {
        place: "sim/src/oracle/",
        doors: &[],
        forbidden: &["client::Client", "creditpack::ledger::hold", "handle("],
        why: "the oracle looks at what happened; it never asks the client or decides for itself",
    },
    Wall {
        place: "",
        doors: &["tests/tidy.rs"],
        forbidden: &["todo!(", "unimplemented!(", "dbg!(", "#[ignore", "FIXME"],
        why: "nothing is left for later in the code",
    },
];

/// The packages that a Cargo.toml may depend on, where the wall is one of packages.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    ("Cargo.toml", &["serde", "thiserror"]),
    (
        "wasm/Cargo.toml",
        &[
            "creditpack",
            "gloo-net",
            "gloo-timers",
            "js-sys",
            "serde",
            "serde-wasm-bindgen",
            "talc",
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "web-sys",
        ],
    ),
    (
        "workbench/Cargo.toml",
        &[
            "creditpack",
            "js-sys",
            "serde",
            "serde-wasm-bindgen",
            "serde_json",
            "serde_path_to_error",
            "wasm-bindgen",
        ],
    ),
    ("sim/Cargo.toml", &["creditpack", "lexopt", "rand_chacha"]),
];

/// The files that are read end like this.
const ENDINGS: &[&str] = &["rs", "ts", "tsx", "mjs", "js", "css", "html", "sql"];
const LINES_MAX: usize = 500;
/// The formatters break lines at 100 columns; only texts that cannot be broken may go on.
const COLUMNS_MAX: usize = 120;
const VAGUE: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "misc"];

/// A source file of ours: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

#[test]
fn walls_stand() {
    report(&sources().iter().flat_map(crossings).collect::<Vec<_>>());
}

#[test]
fn files_are_small_and_named_for_their_subject() {
    report(&sources().iter().flat_map(untidiness).collect::<Vec<_>>());
}

#[test]
fn packages_depend_on_what_they_may() {
    let mut found = Vec::new();
    for (path, allowed) in DEPENDENCIES {
        let text = fs::read_to_string(root().join(path)).unwrap();
        for name in dependencies(&text) {
            if !allowed.contains(&name.as_str()) {
                found.push(format!("{path} depends on {name}"));
            }
        }
    }
    report(&found);
}

#[test]
fn every_wall_notices_who_crosses_it() {
    for wall in WALLS {
        for forbidden in wall.forbidden {
            let path = format!("{}trespasser.rs", wall.place);
            let text = format!("use {forbidden}x;");
            assert!(!crossings(&File { path, text }).is_empty(), "{forbidden}: {}", wall.why);
        }
    }
    let vague = File { path: "src/utils.rs".into(), text: String::new() };
    let wide = File { path: "src/a.rs".into(), text: "x".repeat(COLUMNS_MAX + 1) };
    let long = File { path: "src/a.rs".into(), text: "x\n".repeat(LINES_MAX + 1) };
    for untidy in [vague, wide, long] {
        assert!(!untidiness(&untidy).is_empty(), "{}", untidy.path);
    }
}

#[test]
fn dependencies_are_seen_however_they_are_written() {
    let manifest = r#"
        [dependencies] # of ours
        a = 1
        b.workspace = true
        # none = "1"
        "c" = { features = [
            "none",
        ] }
        [package]
        name = "none"
        [dependencies.d]
        version = "1"
        [target.'cfg(target_arch = "wasm32")'.dependencies]
        e = "1"
        [target.wasm32-unknown-unknown.dependencies.f]
        path = "f"
        [dev-dependencies]
        none = "1"
        [dev-dependencies.none]
        version = "1"
        [workspace.dependencies]
        none = "1"
    "#;
    assert_eq!(dependencies(manifest), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn every_kind_of_source_is_read() {
    let files = sources();
    for ending in ENDINGS.iter().filter(|ending| **ending != "tsx") {
        assert!(files.iter().any(|file| is_source(&file.path, &[ending])), "no .{ending} is read");
    }
    assert!(is_source("pkg/src/react/index.tsx", ENDINGS));
    assert!(!is_source("www/icon.svg", ENDINGS));
}

fn report(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn crossings(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for wall in WALLS {
        let inside = file.path.starts_with(wall.place);
        if !inside || wall.doors.iter().any(|door| file.path.starts_with(door)) {
            continue;
        }
        // A file's own tests stand at its end.
        let lines = file.text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (number, line) in lines.enumerate() {
            let code = !line.trim_start().starts_with("//");
            if let Some(word) = wall.forbidden.iter().find(|word| code && names(line, word)) {
                let (path, number) = (&file.path, number + 1);
                found.push(format!("{path}:{number}: {word} is forbidden: {}", wall.why));
            }
        }
    }
    found
}

/// Whether the line has the word, not as the end of a longer one.
fn names(line: &str, word: &str) -> bool {
    let begins_a_name = word.starts_with(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !begins_a_name || !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

fn untidiness(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let path = &file.path;
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("{path} has {lines} lines: is it one subject?"));
    }
    for (number, line) in file.text.lines().enumerate() {
        if line.chars().count() > COLUMNS_MAX {
            found.push(format!("{path}:{}: over {COLUMNS_MAX} columns", number + 1));
        }
    }
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if VAGUE.contains(&stem) {
        found.push(format!("{path}: {stem} names no subject"));
    }
    found
}

/// The packages that a manifest's own `dependencies` name, for whatever target.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some((table, _)) = line.strip_prefix('[').and_then(|line| line.rsplit_once(']')) {
            inside = lists_dependencies(table);
            if let Some((table, name)) = table.rsplit_once('.')
                && lists_dependencies(table)
            {
                names.push(name.trim_matches('"').to_owned());
            }
        } else if let (true, Some((key, _))) = (inside, line.split_once('=')) {
            names.extend(package(key));
        }
    }
    names
}

/// The package in `serde`, `serde.workspace` or `"serde"`; none in a comment or an array.
fn package(key: &str) -> Option<String> {
    let name = key.split('.').next()?.trim().trim_matches('"');
    let is_name = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

fn lists_dependencies(table: &str) -> bool {
    table == "dependencies" || table.starts_with("target.") && table.ends_with(".dependencies")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<File> {
    let mut files = Vec::new();
    for folder in
        ["src", "bench", "wasm", "workbench", "server", "pkg", "sim", "www", "tests", "xtask"]
    {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 40, "the tree was not found");
    files
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let made = ["node_modules", "generated", "dist", "output", "target"];
        if path.is_dir() {
            if !made.contains(&name) {
                collect(&path, files);
            }
        } else if is_source(name, ENDINGS) {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.push(File { path, text });
        }
    }
}

fn is_source(name: &str, endings: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}
