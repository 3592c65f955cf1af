//! Running other programs: silently until they fail, or in full view.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::tree;

/// A program with its arguments, to be run at the repository's root.
pub(crate) fn program<'a>(
    name: impl AsRef<Path>,
    args: impl IntoIterator<Item = &'a str>,
) -> Command {
    let mut command = Command::new(name.as_ref());
    command.args(args).current_dir(tree::root()).stdin(Stdio::null());
    if !io::stdout().is_terminal() {
        // Some npm tools colour their output even into a log.
        command.env("NO_COLOR", "1");
    }
    command
}

/// The cargo that runs us, or the one on the PATH.
pub(crate) fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).as_ref() as &Path, args)
}

/// Runs `command` and returns what it printed, both streams in order.
///
/// # Errors
///
/// If it cannot be started or fails; the error holds all that it printed.
pub(crate) fn quietly(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let (mut reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let child = command.spawn();
    // Our own copies of the pipe's write end must go, or reading would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.with_context(|| format!("cannot start `{line}`"))?;
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed)?;
    let status = child.wait()?;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    if !status.success() {
        bail!("`{line}` failed ({status})\n\n{}\n", printed.trim_end());
    }
    Ok(printed)
}

/// Runs `command` with its output shown as it comes.
///
/// # Errors
///
/// If it cannot be started or fails.
pub(crate) fn in_view(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}); its output is above");
    }
    Ok(())
}

/// The command as one would type it, without environment and folders.
fn shown(command: &Command) -> String {
    let file = Path::new(command.get_program());
    let mut line = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for arg in command.get_args() {
        let _ = write!(line, " {}", arg.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_all_that_was_printed() {
        let error = quietly(&mut program("sh", ["-c", "echo one; echo two >&2; exit 3"]));
        let told = error.expect_err("exit code 3 is a failure").to_string();
        assert!(told.contains("one\ntwo"), "{told}");
        assert!(told.contains("exit status: 3"), "{told}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = quietly(&mut program("no-such-program", ["--version"]));
        let told = error.expect_err("there is no such program").to_string();
        assert!(told.contains("no-such-program --version"), "{told}");
    }
}
