//! The repository's own commands: `cargo xtask --help`.

mod artefacts;
mod bench;
mod browser;
mod command;
mod demo;
mod names;
mod npm;
mod panics;
mod places;
mod port;
mod rehearsal;
mod running;
mod setup;
mod sim;
mod stamp;
mod steps;
mod stories;
mod test;
mod tree;
mod vectors;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use test::Extent;

/// Builds, tests and runs creditpack. Needs Rust by rustup and Node 20.19 or 22.12; installs the rest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, start the backend and the demo product, print their one URL.
    ///
    /// Balances survive a restart. Ctrl-C stops everything.
    Demo {
        /// Where the demo product listens on this machine.
        #[arg(long, default_value_t = 4600, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
        /// Where balances live; target/demo by default. Delete the folder to start over.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Check everything: formatting, lints, Rust, Wasm and its size, TypeScript, real browser.
    ///
    /// Stops at the first failed step with exit code 1 and prints the time of each.
    Test {
        /// Check also what takes longer: twenty times as many random cases, ten times as many
        /// crashes.
        #[arg(long)]
        all: bool,
        /// Go on after a failed step and list every failure at the end.
        #[arg(long)]
        keep_going: bool,
    },
    /// Prove the optimistic client: run schedules of anything that can happen, check every step.
    ///
    /// A seed that fails is told step by step, as short as it can be made.
    Sim {
        /// How many seeds.
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        start: u64,
        /// How many steps each seed takes.
        #[arg(long, default_value_t = sim::STEPS)]
        steps: u64,
    },
    /// Make the release artefacts in target/artefacts: Wasm, npm tarball, creditpackd.
    Build,
    /// Bring the browser module in pkg/src/generated up to date and print its size.
    Wasm,
    /// Read the golden cases everywhere and print how many ran where.
    Vectors,
    /// Measure speed beside a yardstick of the same run.
    ///
    /// `server`: the release build of creditpackd: holds per second over HTTP beside its storage
    /// alone, reads meanwhile, open streams, memory, a start on a full database. `rules`: price
    /// table, cover and view, natively and in Wasm. `client`: the npm package in Chromium and in
    /// Node, beside `TanStack` Query. A figure over its ceiling is a failure.
    Bench {
        /// `rules`, `client`, or a benchmark in server/benches.
        #[arg(default_value = "server")]
        name: String,
        /// What the benchmark itself is told, after `--`.
        #[arg(last = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Demo { port, data } => demo::run(port, data.as_deref()),
        Task::Test { all, keep_going } => test::run(&Extent { all, keep_going }),
        Task::Sim { seeds, start, steps } => sim::run(seeds, start, steps),
        Task::Build => artefacts::run(),
        Task::Wasm => wasm::run(),
        Task::Vectors => vectors::run(),
        Task::Bench { name, args } => bench::run(&name, &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
