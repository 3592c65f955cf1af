//! A task as printed, timed steps.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const TICK: Duration = Duration::from_secs(1);

/// How a step went well.
pub(crate) enum Done {
    /// It did its work.
    Worked,
    /// It did its work and measured something worth reading.
    Noted(String),
    /// There was nothing to do; the note of the last time still holds.
    Fresh(String),
}

/// The steps of one task, in the order they ran.
pub(crate) struct Steps {
    ran: Vec<Ran>,
    keep_going: bool,
    say: fn(&str),
}

struct Ran {
    name: &'static str,
    took: Duration,
    ok: bool,
}

impl Steps {
    /// Steps that stop at the first failure.
    pub(crate) fn new() -> Self {
        Self { ran: Vec::new(), keep_going: false, say }
    }

    /// Steps that go on after a failure; [`Steps::close`] names the failed ones.
    pub(crate) fn keeping_going() -> Self {
        Self { keep_going: true, ..Self::new() }
    }

    /// Runs `work` under `name`, its elapsed time ticking where someone looks on.
    ///
    /// # Errors
    ///
    /// If `work` fails and the steps do not keep going. What it failed with and `next`, the
    /// thing to do about it, are printed by then.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        next: &str,
        work: impl FnOnce() -> Result<Done>,
    ) -> Result<()> {
        let started = Instant::now();
        let done = if io::stdout().is_terminal() {
            ticking(name, started, self.say, work)
        } else {
            (self.say)(&format!("  ..  {name}\n"));
            work()
        };
        self.record(name, next, started.elapsed(), done)
    }

    /// Runs `work`, which prints for itself, between a heading and a closing line.
    ///
    /// # Errors
    ///
    /// As [`Steps::step`].
    pub(crate) fn step_in_view(
        &mut self,
        name: &'static str,
        next: &str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let started = Instant::now();
        (self.say)(&format!("\n  ..  {name}\n\n"));
        let done = work().map(|()| Done::Worked);
        (self.say)("\n");
        self.record(name, next, started.elapsed(), done)
    }

    /// Prints the time of every step and the sum.
    ///
    /// # Errors
    ///
    /// If a step failed; names each.
    pub(crate) fn close(&self) -> Result<()> {
        (self.say)(&table(&self.ran));
        let failed: Vec<_> = self.ran.iter().filter(|ran| !ran.ok).map(|ran| ran.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn record(
        &mut self,
        name: &'static str,
        next: &str,
        took: Duration,
        done: Result<Done>,
    ) -> Result<()> {
        self.ran.push(Ran { name, took, ok: done.is_ok() });
        match done {
            Ok(done) => (self.say)(&closing_line(name, took, &done)),
            Err(error) => {
                (self.say)(&format!(
                    "FAIL  {name}  {}\n\n{error:#}\n\nnext: {next}\n\n",
                    seconds(took)
                ));
                if !self.keep_going {
                    bail!("{name} failed");
                }
            }
        }
        Ok(())
    }
}

/// Runs `work` here while another thread rewrites the line with the time it has taken.
fn ticking<T>(name: &str, started: Instant, say: fn(&str), work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (stop, stopped) = mpsc::channel::<()>();
        scope.spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = {
                say(&format!("\r  ..  {name}  {}", seconds(started.elapsed())));
                stopped.recv_timeout(TICK)
            } {}
            // Back to the line's start, and clear it for the closing line.
            say("\r\x1b[2K");
        });
        let result = work();
        drop(stop);
        result
    })
}

fn closing_line(name: &str, took: Duration, done: &Done) -> String {
    let (word, note) = match done {
        Done::Worked => ("", ""),
        Done::Noted(note) => ("", note.as_str()),
        Done::Fresh(note) => ("  up to date", note.as_str()),
    };
    let gap = if note.is_empty() { "" } else { "  " };
    format!("  ok  {name}  {}{word}{gap}{note}\n", seconds(took))
}

fn table(ran: &[Ran]) -> String {
    let width = ran.iter().map(|ran| ran.name.len()).max().unwrap_or(0);
    let row = |word, name, took| format!("{word:>4}  {name:width$}  {:>8}\n", seconds(took));
    let rows = ran.iter().map(|ran| row(if ran.ok { "ok" } else { "FAIL" }, ran.name, ran.took));
    let sum = row("", "all", ran.iter().map(|ran| ran.took).sum());
    format!("\n{}{sum}", rows.collect::<String>())
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

/// Prints at once: a step's line must be there while the step works.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    // A reader that went away is no reason to stop the work.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    fn silent(steps: Steps) -> Steps {
        Steps { say: |_| {}, ..steps }
    }

    fn failing(steps: &mut Steps) -> Result<()> {
        steps.step("broken", "mend it", || Err(anyhow!("it broke")))
    }

    #[test]
    fn a_failed_step_stops_the_task() {
        let mut steps = silent(Steps::new());
        assert_eq!(failing(&mut steps).expect_err("it broke").to_string(), "broken failed");
    }

    #[test]
    fn steps_that_keep_going_fail_at_the_end() {
        let mut steps = silent(Steps::keeping_going());
        failing(&mut steps).expect("goes on");
        steps.step("fine", "", || Ok(Done::Worked)).expect("works");
        assert_eq!(steps.close().expect_err("one broke").to_string(), "failed: broken");
    }

    #[test]
    fn closing_lines_tell_time_freshness_and_note() {
        let took = Duration::from_millis(1_250);
        let line = |done| closing_line("wasm", took, &done);
        assert_eq!(line(Done::Worked), "  ok  wasm  1.2 s\n");
        assert_eq!(line(Done::Noted("9 KB".into())), "  ok  wasm  1.2 s  9 KB\n");
        assert_eq!(line(Done::Fresh("9 KB".into())), "  ok  wasm  1.2 s  up to date  9 KB\n");
        assert_eq!(line(Done::Fresh(String::new())), "  ok  wasm  1.2 s  up to date\n");
    }

    #[test]
    fn the_table_lines_up_and_sums() {
        let ran = |name, ms, ok| Ran { name, took: Duration::from_millis(ms), ok };
        assert_eq!(
            table(&[ran("lint", 1_500, true), ran("rust tests", 60_000, false)]),
            "\n  ok  lint           1.5 s\nFAIL  rust tests    60.0 s\n      all           61.5 s\n"
        );
    }
}
