//! The reading connections: a few, each in use by one read at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::super::failure::Failure;
use super::super::store::StoreError;
use super::{View, execute, schema};

/// How many reads go on at once.
const READERS: usize = 4;

/// So many reads wait at most; whoever comes then is told that the backend is full.
const WAITING_MAX: usize = 1024;

/// A pool of reading connections. Clones are the same pool.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Pool>);

struct Pool {
    path: PathBuf,
    places: Arc<Semaphore>,
    /// For every read that goes on or waits.
    admitted: Semaphore,
    connections: Mutex<Connections>,
    returned: Condvar,
}

#[derive(Default)]
struct Connections {
    serving: bool,
    /// Nothing can be written meanwhile.
    alone: bool,
    idle: Vec<View>,
    in_use: usize,
}

/// The place of one read in the pool; given back when dropped.
struct Lent<'a> {
    pool: &'a Pool,
    view: Option<View>,
}

impl Readers {
    /// A pool on the database at `path`, serving.
    pub(crate) fn new(path: &Path) -> Self {
        Self(Arc::new(Pool {
            path: path.to_owned(),
            places: Arc::new(Semaphore::new(READERS)),
            admitted: Semaphore::new(READERS + WAITING_MAX),
            connections: Mutex::new(Connections { serving: true, ..Connections::default() }),
            returned: Condvar::new(),
        }))
    }

    /// Whether reads are answered.
    pub(crate) fn is_serving(&self) -> bool {
        self.0.connections().serving
    }

    /// Whether reads are answered while nothing can be written.
    pub(crate) fn is_alone(&self) -> bool {
        let connections = self.0.connections();
        connections.serving && connections.alone
    }

    /// Answers reads again.
    pub(crate) fn reopen(&self) {
        let mut connections = self.0.connections();
        (connections.serving, connections.alone) = (true, false);
    }

    /// Answers reads again, though nothing can be written.
    pub(crate) fn reopen_alone(&self) {
        let mut connections = self.0.connections();
        (connections.serving, connections.alone) = (true, true);
    }

    /// Answers no more reads, and closes every connection once its read is done.
    pub(crate) fn close(&self) {
        let mut connections = self.0.connections();
        connections.serving = false;
        connections.idle.clear();
        while connections.in_use > 0 {
            connections = self.0.returned.wait(connections).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads off the threads that serve others. All of one read sees the same commit.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Failure> {
        let _admitted = self.0.admitted.try_acquire().map_err(|_| Failure::Overloaded)?;
        let places = Arc::clone(&self.0.places);
        let place = places.acquire_owned().await.map_err(|_| Failure::Unavailable)?;
        let pool = Arc::clone(&self.0);
        let read = tokio::task::spawn_blocking(move || pool.read_in(place, read)).await;
        read.map_err(|_| Failure::Unavailable)?.map_err(|error| {
            tracing::error!(%error, "a read failed");
            Failure::Unavailable
        })
    }
}

impl Pool {
    fn connections(&self) -> MutexGuard<'_, Connections> {
        // Every change under this lock is a single step.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads in a place that is given up only with the read, even if nobody waits for it any more.
    fn read_in<T>(
        &self,
        place: OwnedSemaphorePermit,
        read: impl FnOnce(&View) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let answer = self.read(read);
        drop(place);
        answer
    }

    fn read<T>(&self, read: impl FnOnce(&View) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut lent = self.lend()?;
        let view = match lent.view.take() {
            Some(view) => view,
            None => View { connection: schema::open_reader(&self.path)? },
        };
        execute(&view.connection, "begin")?;
        let answer = read(&view)?;
        execute(&view.connection, "commit")?;
        // Whatever failed above closes its connection; the next read opens a fresh one.
        lent.view = Some(view);
        Ok(answer)
    }

    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let mut connections = self.connections();
        if !connections.serving {
            return Err(StoreError::Closed);
        }
        connections.in_use += 1;
        Ok(Lent { pool: self, view: connections.idle.pop() })
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut connections = self.pool.connections();
        if connections.serving {
            connections.idle.extend(self.view.take());
        } else {
            self.view = None;
        }
        connections.in_use -= 1;
        self.pool.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use rusqlite::StatementStatus;

    use super::*;

    /// How long anything here may take before a test gives up.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

    #[tokio::test(flavor = "multi_thread")]
    async fn too_many_reads_are_refused_and_those_before_are_answered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("any.sqlite3");
        std::fs::write(&path, "").unwrap();
        let readers = Readers::new(&path);
        let (go_on, wait) = mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let mut reads = tokio::task::JoinSet::new();
        for _ in 0..READERS + WAITING_MAX {
            let (readers, wait) = (readers.clone(), Arc::clone(&wait));
            reads.spawn(async move {
                let held_up = move |_: &View| Ok(wait.lock().unwrap().recv().is_err());
                readers.read(held_up).await
            });
        }
        let full = async {
            while readers.0.admitted.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, full).await.unwrap();
        let refused = tokio::time::timeout(PATIENCE, readers.read(|_| Ok(()))).await;
        assert_eq!(refused.unwrap(), Err(Failure::Overloaded));
        drop(go_on);
        for read in reads.join_all().await {
            assert_eq!(read, Ok(true));
        }
        assert_eq!(readers.read(|_| Ok(())).await, Ok(()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_prepared_statement_is_compiled_once_for_all_that_it_is_asked_with() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("any.sqlite3");
        let made = rusqlite::Connection::open(&path).unwrap();
        made.execute_batch(&schema::MIGRATIONS.concat()).unwrap();
        let readers = Readers::new(&path);
        let compiled_again = readers.read(|view| {
            let sql = "select op from ops where account = ?1 and state = 'held' \
                order by expires_at_ms";
            for account in 0..9 {
                view.connection.prepare_cached(sql)?.exists([account])?;
            }
            Ok(view.connection.prepare_cached(sql)?.get_status(StatementStatus::RePrepare))
        });
        assert_eq!(compiled_again.await, Ok(0));
    }
}
