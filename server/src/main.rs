//! The `creditpackd` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    creditpackd::cli::run()
}
