//! A disk as a power cut shows it: of each file, what was synced, and what was only written.

use std::collections::HashMap;
use std::ffi::c_int;
use std::fs;
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use rusqlite::ffi;
use tempfile::TempDir;

use super::image::{Done, FileId, Left, What, files_at, image, names_at};
use super::vfs;

/// When a log was last written, if it was by SQLite.
const OURS: SystemTime = SystemTime::UNIX_EPOCH;

/// The databases of one folder on a disk that may fail. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    folder: PathBuf,
    log: Vec<Done>,
    names: HashMap<PathBuf, FileId>,
    files: usize,
    syncs: usize,
    writes: usize,
    fault: Option<Fault>,
    read_only: bool,
    sync_time: Duration,
}

/// A folder that is watched until it goes.
pub(crate) struct Folder(TempDir);

/// Something that fails: the calls with these numbers.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) calls: std::ops::Range<usize>,
    pub(crate) how: How,
}

/// What becomes of what was written when a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// A sync fails, and what it was for is gone.
    SyncLoses,
    /// A sync fails; what it was for is read back until the power goes, and never durable.
    SyncForgets,
    /// A sync fails, and what it was for is durable all the same.
    SyncKeeps,
    /// A write fails half-way.
    Write,
}

impl Disk {
    /// A folder that is watched, and its disk.
    pub(crate) fn new() -> (Folder, Self) {
        Self::with(State::default())
    }

    fn with(state: State) -> (Folder, Self) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self::under(folder.path(), state);
        (Folder(folder), disk)
    }

    /// The disk of a folder that is there; all that it holds is durable.
    pub(crate) fn of(folder: &Path) -> Self {
        Self::under(folder, State::default())
    }

    fn under(folder: &Path, mut state: State) -> Self {
        let folder = folder.canonicalize().unwrap();
        state.folder.clone_from(&folder);
        let disk = Self(Arc::new(Mutex::new(state)));
        vfs::watch(&folder, &disk);
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// How much was done so far.
    pub(crate) fn position(&self) -> usize {
        let mut state = self.state();
        state.notice();
        state.log.len()
    }

    pub(crate) fn syncs(&self) -> usize {
        self.state().syncs
    }

    pub(crate) fn writes(&self) -> usize {
        self.state().writes
    }

    /// Has calls fail from now on.
    pub(crate) fn fail(&self, fault: Fault) {
        self.state().fault = Some(fault);
    }

    pub(crate) fn set_read_only(&self, read_only: bool) {
        self.state().read_only = read_only;
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.state().read_only
    }

    /// Has every sync take that long.
    pub(crate) fn set_sync_time(&self, sync_time: Duration) {
        self.state().sync_time = sync_time;
    }

    /// Where syncs are in that part of what was done.
    pub(crate) fn sync_positions(&self, part: impl RangeBounds<usize>) -> Vec<usize> {
        let state = self.state();
        let synced = |at: &usize| part.contains(at) && matches!(state.log[*at].what, What::Synced);
        (0..state.log.len()).filter(synced).collect()
    }

    /// A disk that did the same and from `start` on only said that it synced.
    pub(crate) fn lying(&self, start: usize) -> Self {
        let mut state = State { log: self.state().log.clone(), ..State::default() };
        for done in &mut state.log[start..] {
            if matches!(done.what, What::Written(..) | What::Cut(..)) {
                done.settled = None;
            }
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// A folder as a power cut after the first `position` things leaves it, on a disk of its own
    /// on which it is all durable.
    pub(crate) fn cut_power(&self, position: usize, left: Left) -> (Folder, Self) {
        let (folder, disk) = Self::new();
        for (name, bytes) in image(&self.state().log, position, left) {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        (folder, disk)
    }

    /// A folder as a process that was killed then leaves it: nothing is lost, and what was not
    /// synced still is not.
    pub(crate) fn kill(&self, position: usize) -> (Folder, Self) {
        let mut state = State { log: self.state().log[..position].to_vec(), ..State::default() };
        for done in &mut state.log {
            done.settled = done.settled.filter(|(since, _)| *since <= position);
        }
        state.names = names_at(&state.log, position, Left::Everything);
        state.files = self.state().files;
        let image = image(&state.log, position, Left::Everything);
        let (folder, disk) = Self::with(state);
        for (name, bytes) in image {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let state = disk.state();
        for (_, id) in state.logs() {
            state.mark_ours(id);
        }
        drop(state);
        (folder, disk)
    }

    pub(super) fn open(
        &self,
        path: &Path,
        through: impl FnOnce() -> c_int,
    ) -> Result<FileId, c_int> {
        let mut state = self.state();
        state.notice();
        let existed = path.exists();
        let opened = through();
        if opened != ffi::SQLITE_OK {
            return Err(opened);
        }
        let name = PathBuf::from(path.file_name().unwrap());
        if let (Some(id), true) = (state.names.get(&name), existed) {
            return Ok(*id);
        }
        let id = state.files;
        state.files += 1;
        state.names.insert(name.clone(), id);
        let since = state.log.len() + 1;
        // A file that was there already is not SQLite's: whoever made it made it durable.
        let settled = existed.then_some((since, true));
        state.log.push(Done { what: What::Made(name, id), settled });
        if existed {
            let bytes = fs::read(path).unwrap();
            state.log.push(Done { what: What::Written(id, 0, bytes), settled });
        }
        state.mark_ours(id);
        Ok(id)
    }

    pub(super) fn remove(
        &self,
        path: &Path,
        sync_names: bool,
        through: impl FnOnce() -> c_int,
    ) -> c_int {
        let mut state = self.state();
        if state.read_only {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let removed = through();
        if removed == ffi::SQLITE_OK {
            let name = PathBuf::from(path.file_name().unwrap());
            state.names.remove(&name);
            state.log.push(Done { what: What::Removed(name), settled: None });
            if sync_names {
                state.settle(true, Done::is_name);
            }
        }
        removed
    }

    pub(super) fn write(
        &self,
        file: FileId,
        at: usize,
        bytes: &[u8],
        through: impl FnOnce(&[u8]) -> c_int,
    ) -> c_int {
        let mut state = self.state();
        let number = state.writes;
        state.writes += 1;
        if state.read_only {
            return ffi::SQLITE_IOERR_WRITE;
        }
        state.notice();
        let fails = state.fails(number, &[How::Write]).is_some();
        let bytes = if fails { &bytes[..bytes.len() / 2] } else { bytes };
        assert_eq!(through(bytes), ffi::SQLITE_OK);
        state.log.push(Done { what: What::Written(file, at, bytes.to_owned()), settled: None });
        state.mark_ours(file);
        if fails { ffi::SQLITE_FULL } else { ffi::SQLITE_OK }
    }

    pub(super) fn cut(&self, file: FileId, len: usize, through: impl FnOnce() -> c_int) -> c_int {
        let mut state = self.state();
        if state.read_only {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        state.notice();
        state.log.push(Done { what: What::Cut(file, len), settled: None });
        let cut = through();
        state.mark_ours(file);
        cut
    }

    /// Syncs a file, or fails as it was told to; `revert` makes it what is durable of it.
    pub(super) fn sync(&self, file: FileId, with_names: bool, revert: impl FnOnce(&[u8])) -> c_int {
        let sync_time = self.state().sync_time;
        std::thread::sleep(sync_time);
        let mut state = self.state();
        let number = state.syncs;
        state.syncs += 1;
        state.notice();
        let hows = [How::SyncLoses, How::SyncForgets, How::SyncKeeps];
        let failure = state.fails(number, &hows);
        state.log.push(Done { what: What::Synced, settled: None });
        let durable = matches!(failure, None | Some(How::SyncKeeps));
        state.settle(durable, |done| done.is_of(file));
        if durable && with_names {
            state.settle(true, Done::is_name);
        }
        if failure == Some(How::SyncLoses) {
            revert(&state.content(file));
            state.mark_ours(file);
        }
        failure.map_or(ffi::SQLITE_OK, |_| ffi::SQLITE_IOERR_FSYNC)
    }
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        vfs::unwatch(&self.0.path().canonicalize().unwrap());
    }
}

impl State {
    fn fails(&self, number: usize, hows: &[How]) -> Option<How> {
        let fault = self.fault.as_ref()?;
        (fault.calls.contains(&number) && hows.contains(&fault.how)).then_some(fault.how)
    }

    /// Notes the logs that were written by somebody else than SQLite, who has synced them too.
    fn notice(&mut self) {
        for (name, id) in self.logs() {
            let path = self.folder.join(name);
            if fs::metadata(&path).is_ok_and(|found| found.modified().unwrap() != OURS) {
                let settled = Some((self.log.len() + 1, true));
                let bytes = fs::read(&path).unwrap();
                self.log.push(Done { what: What::Written(id, 0, bytes), settled });
                self.mark_ours(id);
            }
        }
    }

    /// Marks a log as last written by SQLite.
    fn mark_ours(&self, file: FileId) {
        for (name, _) in self.logs().into_iter().filter(|(_, id)| *id == file) {
            let log = fs::File::options().write(true).open(self.folder.join(name));
            log.unwrap().set_modified(OURS).unwrap();
        }
    }

    /// The names of logs.
    fn logs(&self) -> Vec<(PathBuf, FileId)> {
        let is_log = |name: &Path| name.to_str().unwrap().ends_with("-wal");
        let logs = self.names.iter().filter(|(name, _)| is_log(name));
        logs.map(|(name, id)| (name.clone(), *id)).collect()
    }

    /// Settles what was open until now.
    fn settle(&mut self, durable: bool, is_meant: impl Fn(&Done) -> bool) {
        let now = self.log.len();
        for done in self.log.iter_mut().filter(|done| done.settled.is_none() && is_meant(done)) {
            done.settled = Some((now, durable));
        }
    }

    /// What is durable of a file now.
    fn content(&self, file: FileId) -> Vec<u8> {
        files_at(&self.log, self.log.len(), Left::Nothing).remove(&file).unwrap_or_default()
    }
}
