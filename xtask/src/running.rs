//! A program that runs beside us: started, waited for, watched and stopped.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::tree;

const READY_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a program may take to end that was asked to.
pub(crate) const STOP_WAIT_MAX: Duration = Duration::from_secs(5);
/// How long the last words of a dead program may take to reach its log.
const LOG_WAIT_MAX: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(50);

/// How much of a log to show when its program died.
const TAIL_LINES: usize = 40;

/// A running program. Dropping it stops it.
pub(crate) struct Running {
    name: &'static str,
    child: Child,
    log: PathBuf,
    /// What followed the ready line's start; closed once its output ended and is in the log.
    heard: Receiver<String>,
}

impl Running {
    /// Starts `command`, both its streams going to `log`, and waits for its ready line.
    ///
    /// Returns what follows `ready` on that line. `stop` is asked while waiting.
    ///
    /// # Errors
    ///
    /// If it cannot be started, dies, says nothing in 30 s, or `stop` says so.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        log: PathBuf,
        ready: &str,
        stop: impl Fn() -> bool,
    ) -> Result<(Self, String)> {
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        // A group of its own: Ctrl-C reaches us only, and we stop the programs in order.
        command.process_group(0).stdout(Stdio::piped()).stderr(file.try_clone()?);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take();
        let heard = listen(stdout.context("no stdout")?, file, ready.to_owned());
        let mut running = Self { name, child, log, heard };
        let rest = running.wait_ready(stop)?;
        Ok((running, rest))
    }

    fn wait_ready(&mut self, stop: impl Fn() -> bool) -> Result<String> {
        let started = Instant::now();
        loop {
            match self.heard.recv_timeout(POLL) {
                Ok(rest) => return Ok(rest),
                Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.check_alive()?;
            if stop() {
                bail!("stopped before {} was ready", self.name);
            }
            if started.elapsed() > READY_WAIT_MAX {
                bail!("{} was not ready in 30 s{}", self.name, self.log_tail());
            }
        }
    }

    /// Checks that it still runs.
    ///
    /// # Errors
    ///
    /// If it does not; tells its exit status and the end of its log.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            while self.heard.recv_timeout(LOG_WAIT_MAX).is_ok() {}
            bail!("{} stopped by itself ({status}){}", self.name, self.log_tail());
        }
        Ok(())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and ends it if it does not in 5 s. Nothing if it already ended.
    ///
    /// # Errors
    ///
    /// If the system refuses to signal it or to wait for it.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus> {
        self.stop_within(STOP_WAIT_MAX)
    }

    /// The same where it may take as long as `wait_max`.
    ///
    /// # Errors
    ///
    /// As [`Running::stop`].
    pub(crate) fn stop_within(&mut self, wait_max: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        kill(Pid::from_raw(self.child.id().try_into()?), Signal::SIGINT)?;
        let asked = Instant::now();
        while asked.elapsed() < wait_max {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        format!("; the end of {}:\n\n{tail}\n", tree::shown(&self.log))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("could not stop {}: {error:#}", self.name);
        }
    }
}

/// Copies `stdout` to `log` until it ends, and sends what follows `ready` where a line starts so.
fn listen(stdout: ChildStdout, mut log: File, ready: String) -> Receiver<String> {
    let (send, heard) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // A full disk must not block the program on its own output.
            let _ = writeln!(log, "{line}");
            if let Some(rest) = line.strip_prefix(&ready) {
                let _ = send.send(rest.to_owned());
            }
        }
    });
    heard
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::program;

    fn start(log: &str, script: &str) -> Result<(Running, String)> {
        let folder = tree::target("xtask-tests");
        fs::create_dir_all(&folder).expect("a folder");
        let mut shell = program("sh", ["-c", script]);
        Running::start("shell", &mut shell, folder.join(log), "ready at ", || false)
    }

    #[test]
    fn the_ready_line_is_heard_and_sigint_ends_it() {
        let script =
            "trap 'exit 7' INT; echo hello; echo ready at home; while :; do sleep 0.05; done";
        let (mut running, rest) = start("ready.log", script).expect("ready");
        assert_eq!(rest, "home");
        running.check_alive().expect("runs");
        assert_eq!(running.stop().expect("stopped").code(), Some(7));
    }

    #[test]
    fn a_death_is_told_with_its_output() {
        let told = start("death.log", "echo out; echo err >&2; exit 3").err().expect("died");
        let told = told.to_string();
        assert!(told.contains("shell stopped by itself (exit status: 3)"), "{told}");
        assert!(told.contains("out") && told.contains("err"), "{told}");
    }
}
