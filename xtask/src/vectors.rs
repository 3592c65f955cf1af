//! `cargo xtask vectors`: which golden cases were read where.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::command::{cargo, quietly};
use crate::npm::{self, script};
use crate::steps::{Done, Steps};
use crate::{setup, tree, wasm};

/// Where golden cases are read: natively, by the backend's tests, through the Wasm modules in Node,
/// and by TypeScript through what the package exports.
const PLACES: [&str; 4] = ["native", "backend", "wasm", "typescript"];

/// How many cases each place has to read.
const CASES_MIN: u64 = 300;

const NEXT: &str = "mend the case or the code, then: cargo xtask vectors";

/// Runs the tests that read `tests/vectors` and prints a table: files down, places across.
///
/// # Errors
///
/// If a case fails, or a place reads fewer than [`CASES_MIN`].
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new();
    setup::prepare(&mut steps)?;
    let mut printed = String::new();
    for (place, tests) in [
        ("native", ["--package=creditpack", "--test=vectors", "--", ""]),
        ("backend", ["--package=creditpackd", "--test=it", "--", "vectors"]),
    ] {
        steps.step(place, NEXT, || {
            let mut cargo = cargo(["test", "--locked"]);
            printed += &quietly(cargo.args(tests).arg("--nocapture"))?;
            Ok(Done::Worked)
        })?;
    }
    wasm::build(&mut steps)?;
    npm::build_package(&mut steps)?;
    steps.step("wasm and typescript", NEXT, || {
        let mut tests = script("test", "pkg");
        tests.args(["--", "vectors"]).env("CREDITPACKD", tree::target("debug/creditpackd"));
        printed += &quietly(&mut tests)?;
        Ok(Done::Worked)
    })?;
    let counts = Counts::of(&printed);
    print!("{}", counts.table());
    counts.gate()
}

/// How many cases of each file were read at each place.
struct Counts(BTreeMap<String, BTreeMap<String, u64>>);

impl Counts {
    /// From lines like `vectors native quotes 75`; whatever else was printed is left out.
    fn of(printed: &str) -> Self {
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for line in printed.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            if let ["vectors", place, file, count] = words[..]
                && let Ok(count) = count.parse()
            {
                counts.entry(file.into()).or_default().insert(place.into(), count);
            }
        }
        Self(counts)
    }

    fn at(&self, place: &str) -> u64 {
        self.0.values().filter_map(|places| places.get(place)).sum()
    }

    fn table(&self) -> String {
        let cell = |count: u64| if count == 0 { "-".to_owned() } else { count.to_string() };
        let row = |name: &str, counts: [u64; 4]| {
            let cells = counts.map(|count| format!("{:>12}", cell(count))).concat();
            format!("{name:14}{cells}")
        };
        let mut lines = vec![format!("{:14}{}", "", PLACES.map(|it| format!("{it:>12}")).concat())];
        for (file, places) in &self.0 {
            lines.push(row(file, PLACES.map(|place| places.get(place).copied().unwrap_or(0))));
        }
        lines.push(row("all", PLACES.map(|place| self.at(place))));
        format!("\n{}\n", lines.join("\n"))
    }

    fn gate(&self) -> Result<()> {
        for place in PLACES {
            let read = self.at(place);
            ensure!(read >= CASES_MIN, "{place} read {read} golden cases of at least {CASES_MIN}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_counted_by_file_and_place() {
        let counts = Counts::of(
            "noise\nvectors native quotes 75\n  vectors wasm quotes 75\nvectors native covers 3\n",
        );
        assert_eq!([counts.at("native"), counts.at("wasm"), counts.at("backend")], [78, 75, 0]);
        let table = counts.table();
        assert!(table.contains("covers                   3           -           -           -"));
        assert!(counts.gate().is_err());
    }
}
