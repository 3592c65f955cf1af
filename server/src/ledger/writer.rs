//! The one writer: takes a command, drains what else waits, decides all, commits once, then
//! tells and answers all.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::command::{Command, Job};
use super::failure::{Failure, OpenError};
use super::files::DataDir;
use super::store::{Events, Readers, Rulebook, Store, Uncommitted, is_durable_for_reading};
use super::sweep;
use crate::clock::{Clock, Stopwatch};
use crate::feed::Feed;
use crate::metrics::LedgerMeter;

/// So many commands share a commit at most.
const BATCH_MAX: usize = 256;

/// So long a batch takes in what arrives: whoever came first waits for it.
const BATCH_TIME_MAX: Duration = Duration::from_millis(4);

/// How often time itself is attended to.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long a database that cannot be opened again is left alone.
const REOPEN_INTERVAL: Duration = Duration::from_millis(250);

/// What waits for the writer.
pub(super) enum Message {
    /// Something to decide.
    Job(Box<dyn Job>),
    /// Everything before this is to be finished, and nothing after it.
    Stop(Stop),
}

/// Where the writer says that it has stopped.
type Stop = oneshot::Sender<()>;

/// The state of a commit is not known: every connection has to be closed.
struct Lost;

/// Why the writer leaves a store.
enum Left {
    Stopped(Option<Stop>),
    Lost,
}

/// Everything the writer works with besides the store.
pub(super) struct Writer {
    pub(super) queue: Receiver<Message>,
    pub(super) readers: Readers,
    pub(super) feed: Feed,
    pub(super) rulebook: Rulebook,
    pub(super) clock: Clock,
    pub(super) meter: LedgerMeter,
    /// Kept until the writer is done: no other process may have it meanwhile.
    pub(super) data_dir: DataDir,
}

impl Writer {
    /// Serves until it is told to stop, or until nobody is left to ask.
    pub(super) fn run(self, mut store: Store) {
        // Also when a decision panics: without its writer a ledger must not answer reads as if.
        let _closing = Closing(self.readers.clone());
        let stop = loop {
            match self.serve(store) {
                Left::Stopped(stop) => break stop,
                Left::Lost => match self.reopen() {
                    Ok(reopened) => store = reopened,
                    Err(stop) => break stop,
                },
            }
        };
        self.readers.close();
        drop(self);
        if let Some(stop) = stop {
            // Whoever asked for it may have gone.
            let _ = stop.send(());
        }
    }

    fn serve(&self, mut store: Store) -> Left {
        let mut swept = Stopwatch::start();
        loop {
            let patience = SWEEP_INTERVAL.saturating_sub(swept.elapsed());
            let served = match self.queue.recv_timeout(patience) {
                Ok(Message::Job(job)) => {
                    self.meter.taken();
                    self.batch(&mut store, job)
                }
                Ok(Message::Stop(stop)) => Err(Left::Stopped(Some(stop))),
                Err(RecvTimeoutError::Timeout) => rest(&mut store),
                Err(RecvTimeoutError::Disconnected) => Err(Left::Stopped(None)),
            };
            let swept_too = served.and_then(|()| self.tick(&mut store, &mut swept));
            match swept_too {
                Ok(()) => {}
                Err(Left::Lost) => return Left::Lost,
                Err(stopped) => {
                    self.close(store);
                    return stopped;
                }
            }
        }
    }

    /// Decides a command and what else waits by then.
    fn batch(&self, store: &mut Store, first: Box<dyn Job>) -> Result<(), Left> {
        let mut jobs = vec![first];
        let mut stop = None;
        let time = Stopwatch::start();
        let mut decided_all = time;
        let outcome = store.transaction(&self.rulebook, self.clock.now_ms(), |transaction| {
            let mut decided = 0;
            while let Some(job) = jobs.get_mut(decided) {
                // Each at its own time: it may have been asked after the batch began.
                job.run(transaction.at(self.clock.now_ms()))?;
                decided += 1;
                if decided >= BATCH_MAX || time.elapsed() >= BATCH_TIME_MAX {
                    break;
                }
                match self.queue.try_recv() {
                    Ok(Message::Job(job)) => {
                        self.meter.taken();
                        jobs.push(job);
                    }
                    Ok(Message::Stop(asked)) => stop = Some(asked),
                    Err(_) => {}
                }
            }
            decided_all = Stopwatch::start();
            Ok(())
        });
        if outcome.is_ok() {
            self.meter.committed(jobs.len(), decided_all.elapsed());
        }
        self.conclude(store, jobs, outcome)?;
        if store.log_is_long() {
            checkpoint(store)?;
        }
        stop.map_or(Ok(()), |stop| Err(Left::Stopped(Some(stop))))
    }

    /// Answers what a transaction decided. Commands that were rolled back because of one of them
    /// run again, each on its own, so that only that one fails.
    fn conclude(
        &self,
        store: &mut Store,
        jobs: Vec<Box<dyn Job>>,
        outcome: Result<Events, Uncommitted>,
    ) -> Result<(), Lost> {
        match outcome {
            Ok(events) => {
                // Told first: whoever subscribes after an answer hears nothing of it.
                for (account, event) in events {
                    self.feed.publish(&account, event);
                }
                for job in jobs {
                    job.answer(Ok(()));
                }
                Ok(())
            }
            Err(Uncommitted::Undone(_)) if jobs.len() > 1 => {
                jobs.into_iter().try_for_each(|job| self.alone(store, job))
            }
            Err(Uncommitted::Undone(error)) => {
                tracing::error!(%error, "a command was undone");
                unavailable(jobs);
                Ok(())
            }
            Err(Uncommitted::Unknown(error)) => {
                let database = self.data_dir.database();
                let database = database.display();
                tracing::error!(%error, %database, "the outcome of a commit is not known");
                unavailable(jobs);
                self.meter.lost();
                Err(Lost)
            }
        }
    }

    fn alone(&self, store: &mut Store, mut job: Box<dyn Job>) -> Result<(), Lost> {
        let now_ms = self.clock.now_ms();
        let outcome = store.transaction(&self.rulebook, now_ms, |tx| job.run(tx));
        self.conclude(store, vec![job], outcome)
    }

    /// Attends to time, if it is time for that.
    fn tick(&self, store: &mut Store, swept: &mut Stopwatch) -> Result<(), Left> {
        if swept.elapsed() < SWEEP_INTERVAL {
            return Ok(());
        }
        let (command, mut answer) = Command::new(sweep::sweep);
        self.alone(store, Box::new(command))?;
        if !matches!(answer.try_recv(), Ok(Ok(true))) {
            *swept = Stopwatch::start();
            self.meter.swept();
        }
        Ok(())
    }

    fn close(&self, store: Store) {
        // Readers first: the last connection to close takes the log with it.
        self.readers.close();
        if let Err(error) = store.close() {
            tracing::error!(%error, "the database did not close in order");
        }
    }

    /// Closes the readers too and opens the database anew, which lets it recover. Nothing is served
    /// meanwhile, but for reads of a database that can only be read.
    fn reopen(&self) -> Result<Store, Option<Stop>> {
        self.readers.close();
        self.feed.interrupt();
        let database = self.data_dir.database();
        let mut told = String::new();
        loop {
            match Store::open(&database) {
                Ok(store) => {
                    tracing::warn!("the database is open again");
                    // They have it open as it was when it could only be read.
                    self.readers.close();
                    self.readers.reopen();
                    return Ok(store);
                }
                Err(error) => self.do_without(&error, &mut told),
            }
            self.refuse_for(REOPEN_INTERVAL)?;
        }
    }

    /// Goes on without a store as far as `error` allows. It is logged once, until there is another.
    fn do_without(&self, error: &OpenError, told: &mut String) {
        let news = error.to_string();
        if news != *told {
            tracing::error!(%error, "the database cannot be opened again: spends are refused");
            *told = news;
        }
        let may_read = matches!(error, OpenError::ReadOnly(path) if is_durable_for_reading(path));
        match (may_read, self.readers.is_alone()) {
            (true, false) => self.readers.reopen_alone(),
            (false, true) => self.readers.close(),
            _ => {}
        }
    }

    fn refuse_for(&self, time: Duration) -> Result<(), Option<Stop>> {
        let waited = Stopwatch::start();
        while let Some(patience) = time.checked_sub(waited.elapsed()) {
            match self.queue.recv_timeout(patience) {
                Ok(Message::Job(job)) => {
                    self.meter.taken();
                    job.answer(Err(Failure::Unavailable));
                }
                Ok(Message::Stop(stop)) => return Err(Some(stop)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(None),
            }
        }
        Ok(())
    }
}

/// Uses a pause to shorten the log.
fn rest(store: &mut Store) -> Result<(), Left> {
    if store.log_is_empty() { Ok(()) } else { checkpoint(store) }
}

fn checkpoint(store: &mut Store) -> Result<(), Left> {
    store.checkpoint().map_err(|error| {
        tracing::error!(%error, "the log could not be written back");
        Left::Lost
    })
}

fn unavailable(jobs: Vec<Box<dyn Job>>) {
    for job in jobs {
        job.answer(Err(Failure::Unavailable));
    }
}

impl From<Lost> for Left {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

struct Closing(Readers);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests;
