//! `cargo xtask bench rules`: the same cases natively and in Wasm, one beside the other.

use std::fs;

use anyhow::{Context as _, Result};

use crate::command::{cargo, in_view, program, quietly};
use crate::steps::{Done, Steps};
use crate::{setup, tree, wasm};

/// Each case, and what it may take natively.
const CASES: [(&str, f64); 3] = [("price-table", 20.0), ("cover", 50.0), ("view", 10.0)];

/// So many times the native time Wasm may take.
const RATIO_MAX: f64 = 3.0;

const SCRIPT: &str = include_str!("rules.mjs");

/// Measures every case natively and in Wasm, then prints both and their ratio.
///
/// # Errors
///
/// If something does not build or run. A slow machine is no error: it is printed.
pub(super) fn run(steps: &mut Steps) -> Result<()> {
    setup::prepare(steps)?;
    wasm::build(steps)?;
    let next = "mend what the compiler names in bench/";
    steps.step_in_view("native", next, || {
        in_view(&mut cargo(["bench", "--package=creditpack-bench", "--locked", "--bench=rules"]))
    })?;
    steps.step("module of the same cases", next, || {
        quietly(&mut cargo([
            "build",
            "--package=creditpack-bench",
            "--lib",
            "--target",
            wasm::TARGET,
            "--profile=wasm",
            "--locked",
            "--config",
            wasm::RUSTFLAGS,
        ]))?;
        let module = tree::target(wasm::TARGET).join("wasm/creditpack_bench.wasm");
        wasm::bind(&module, "creditpack", &tree::target("xtask/bench"))?;
        Ok(Done::Worked)
    })?;
    let mut node = program("node", ["--input-type=module", "--eval", SCRIPT, "--"]);
    node.arg(tree::target("xtask/bench")).arg(tree::at("pkg/src/generated"));
    let printed = quietly(node.args(CASES.map(|(name, _)| name)))?;
    print!("{}", report(&printed)?);
    Ok(())
}

/// One line for each case, then those that a page would call.
fn report(printed: &str) -> Result<String> {
    let mut lines = vec![
        String::new(),
        format!(
            "{:14}{:>12}{:>12}{:>12}{:>9}{:>9}",
            "median", "native", "allowed", "in Wasm", "ratio", "allowed"
        ),
    ];
    for (name, allowed_us) in CASES {
        let (native_us, wasm_us) = (native_us(name)?, measured_us(printed, name)?);
        let times = format!("{native_us:>9.2} us{allowed_us:>9.2} us{wasm_us:>9.2} us");
        lines.push(format!("{name:14}{times}{:>9.2}{RATIO_MAX:>9.2}", wasm_us / native_us));
    }
    lines.push("\nas a page calls the shipped module, objects in and out:".to_owned());
    for name in ["price-table", "cover"] {
        let us = measured_us(printed, &format!("page-{name}"))?;
        lines.push(format!("{name:14}{us:>33.2} us"));
    }
    Ok(lines.join("\n") + "\n")
}

/// What criterion kept of its last run, in microseconds.
fn native_us(name: &str) -> Result<f64> {
    let path = tree::target("criterion").join(name).join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let ns = estimates["median"]["point_estimate"].as_f64();
    Ok(ns.with_context(|| format!("criterion kept no median of {name}"))? / 1_000.0)
}

/// What the script printed of that case, in microseconds.
fn measured_us(printed: &str, name: &str) -> Result<f64> {
    let line = printed.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.and_then(|us| us.parse().ok()).with_context(|| format!("nothing was measured of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_found_by_its_name() {
        let printed = "cover 12.5\ncovered 1\n";
        assert!((measured_us(printed, "cover").expect("it is there") - 12.5).abs() < 1e-9);
        assert!(measured_us(printed, "view").is_err());
    }
}
