//! `cargo xtask bench`: the speed of the release build.

use anyhow::Result;

use crate::command::{cargo, in_view};
use crate::steps::Steps;
use crate::{artefacts, tree};

/// Builds the release binary and runs the benchmark `name` of server/benches against it.
///
/// # Errors
///
/// If the build or the benchmark fails.
pub(crate) fn run(name: &str, args: &[String]) -> Result<()> {
    let mut steps = Steps::new();
    artefacts::build_backend(&mut steps)?;
    steps.step_in_view("benchmark", "see server/benches for the benchmarks there are", || {
        let mut bench = cargo(["bench", "--package=creditpackd", "--locked", "--bench", name]);
        bench.env("CREDITPACKD", tree::target("release/creditpackd")).arg("--").args(args);
        in_view(&mut bench)
    })
}
