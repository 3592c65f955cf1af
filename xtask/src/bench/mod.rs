//! `cargo xtask bench`: how fast it is, beside a yardstick measured in the same run.

mod client;
mod rules;

use anyhow::Result;

use crate::command::{cargo, in_view};
use crate::steps::Steps;
use crate::{artefacts, tree};

/// Runs the benchmark of that name: `rules`, `client`, or one of server/benches against the release binary.
///
/// # Errors
///
/// If the build or the benchmark fails.
pub(crate) fn run(name: &str, args: &[String]) -> Result<()> {
    let mut steps = Steps::new();
    match name {
        "rules" => return rules::run(&mut steps),
        "client" => return client::run(&mut steps),
        _ => {}
    }
    artefacts::build_backend(&mut steps)?;
    steps.step_in_view("benchmark", "see server/benches for the benchmarks there are", || {
        let mut bench = cargo(["bench", "--package=creditpackd", "--locked", "--bench", name]);
        bench.env("CREDITPACKD", tree::target("release/creditpackd")).arg("--").args(args);
        in_view(&mut bench)
    })
}
