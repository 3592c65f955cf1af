//! The demo, tried as its reader would: start it, visit it, stop it, start it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::command::{program, quietly};
use crate::running::{self, Running};
use crate::steps::Done;
use crate::{port, tree};

const VISIT: &str = include_str!("rehearsal_visit.mjs");

/// How long the demo may take to end: it gives each of its two programs its time.
const STOP_WAIT_MAX: Duration = running::STOP_WAIT_MAX.saturating_mul(3);

/// How the line with the demo's address begins; nothing before it does.
const ADDRESS: &str = "    http://";

/// Runs the demo twice on data of its own, with `backend` as its creditpackd. Wants everything
/// else built: it builds what is stale, but waits for no more than seconds.
///
/// # Errors
///
/// If the demo does not start, does not end well on Ctrl-C, leaves a program running, or has
/// forgotten its visitor's credits the second time.
pub(crate) fn run(backend: &Path) -> Result<Done> {
    let folder = tree::target("xtask/rehearsal");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let stage = Stage { port: port::free()?, folder, backend };
    let (visitor, credits) = stage.perform("")?;
    let again = stage.perform(&visitor)?;
    ensure!(
        again == (visitor, credits),
        "the visitor had {credits} credits before the restart and {} after it",
        again.1
    );
    Ok(Done::Worked)
}

struct Stage<'a> {
    port: u16,
    folder: PathBuf,
    backend: &'a Path,
}

impl Stage<'_> {
    /// From start to Ctrl-C; the cookie and the credits of the visitor in between.
    fn perform(&self, visitor: &str) -> Result<(String, u32)> {
        let port = self.port;
        let mut demo = program(tree::target("debug/xtask"), ["demo", "--port"]);
        demo.arg(port.to_string()).arg("--data").arg(&self.folder).env("CREDITPACKD", self.backend);
        let log = self.folder.join("demo.log");
        let (mut demo, host) = Running::start("the demo", &mut demo, log, ADDRESS, || false)?;
        let visited = self.visit(&format!("http://{host}"), visitor)?;

        let programs = children(demo.pid())?;
        let status = demo.stop_within(STOP_WAIT_MAX)?;
        ensure!(status.success(), "on Ctrl-C the demo ended with {status}");
        let left: Vec<_> = programs.into_iter().filter(|pid| kill(*pid, None).is_ok()).collect();
        ensure!(left.is_empty(), "the demo left programs running: {left:?}");
        port::check_free(port).context("the demo has ended")?;
        Ok(visited)
    }

    fn visit(&self, url: &str, visitor: &str) -> Result<(String, u32)> {
        let secret_key = fs::read_to_string(self.folder.join("secret_key"))?;
        let mut node = program("node", ["--input-type=module", "--eval", VISIT, "--"]);
        node.args([url, visitor]).env("CREDITPACK_SECRET_KEY", secret_key.trim());
        let told = quietly(&mut node)?;
        let (visitor, credits) = told.trim().rsplit_once(' ').context("the visit told nothing")?;
        Ok((visitor.to_owned(), credits.parse()?))
    }
}

/// The programs that `parent` started, where the system shows them as files.
fn children(parent: u32) -> Result<Vec<Pid>> {
    let Ok(processes) = fs::read_dir("/proc") else { return Ok(Vec::new()) };
    let stats = processes.flatten().filter_map(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let pid = process.file_name().to_str()?.parse().ok()?;
        (parent_in(&stat)? == parent).then(|| Pid::from_raw(pid))
    });
    let found: Vec<_> = stats.collect();
    ensure!(found.len() == 2, "the demo runs a backend and an app server, not {found:?}");
    Ok(found)
}

/// The parent in a line of `/proc/<pid>/stat`: `7 (a name, perhaps with parentheses) S 1 …`.
fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_read_after_the_name() {
        assert_eq!(parent_in("7 (node) S 3 7 7 0"), Some(3));
        assert_eq!(parent_in("7 (a) (b) 9) R 12 7"), Some(12));
        assert_eq!(parent_in(""), None);
    }
}
