//! SQLite's way to the disk: the system's own, but what is done to the files of a watched folder
//! is noted by its [`Disk`], which may refuse it. Locks and shared memory stay the system's, so
//! the ledger runs on it as it is.
#![allow(unsafe_code, reason = "SQLite speaks to file systems in C")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::ffi;

use super::disk::Disk;
use super::image::FileId;

/// So much is written at once, in bytes.
const PART: usize = 64 * 1024;

/// The folders that are watched, each with its disk.
static WATCHED: Mutex<Vec<(PathBuf, Disk)>> = Mutex::new(Vec::new());

/// The file system below this one.
static SYSTEM: OnceLock<System> = OnceLock::new();

struct System(*mut ffi::sqlite3_vfs);

// SAFETY: file systems are registered for the life of the process and not changed.
unsafe impl Send for System {}
// SAFETY: as above.
unsafe impl Sync for System {}

/// An open file of a watched folder. The system's own follows it in the same memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Owned; given up when the file is closed.
    handle: *mut Handle,
}

struct Handle {
    disk: Disk,
    file: FileId,
    /// Whether the next sync is to make the names in the folder durable too.
    names: bool,
}

/// Has every database in `folder` noted by `disk`.
pub(crate) fn watch(folder: &Path, disk: &Disk) {
    SYSTEM.get_or_init(install);
    watched().push((folder.to_owned(), disk.clone()));
}

/// Notes nothing more of the databases in `folder`.
pub(crate) fn unwatch(folder: &Path) {
    watched().retain(|(watched, _)| watched != folder);
}

fn watched() -> std::sync::MutexGuard<'static, Vec<(PathBuf, Disk)>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Becomes what SQLite opens files with, in front of what it was.
fn install() -> System {
    // SAFETY: a null name asks for the default; what is registered lives for ever.
    unsafe {
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        let mut front = *system;
        front.pNext = std::ptr::null_mut();
        front.zName = c"watched".as_ptr();
        front.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
        front.xOpen = Some(open);
        front.xDelete = Some(delete);
        let front = Box::leak(Box::new(front));
        assert_eq!(ffi::sqlite3_vfs_register(front, 1), ffi::SQLITE_OK);
        System(system)
    }
}

fn system() -> *mut ffi::sqlite3_vfs {
    SYSTEM.get().unwrap().0
}

/// The disk of a path, and the path.
///
/// # Safety
///
/// `name` is null or a C string.
unsafe fn disk_of(name: *const c_char) -> Option<(Disk, PathBuf)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    let path = PathBuf::from(unsafe { CStr::from_ptr(name) }.to_str().unwrap());
    let watched = watched();
    let (_, disk) = watched.iter().find(|(folder, _)| path.parent() == Some(folder))?;
    Some((disk.clone(), path))
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    mut flags: c_int,
    opened_as: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a name or none, and as much memory as `install` asked for.
    unsafe {
        let open = (*system()).xOpen.unwrap();
        let Some((disk, path)) = disk_of(name) else {
            return open(system(), name, file, flags, opened_as);
        };
        let ours = file.cast::<File>();
        (*ours).base.pMethods = std::ptr::null();
        if disk.is_read_only() {
            flags &= !(ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE);
            flags |= ffi::SQLITE_OPEN_READONLY;
        }
        let id = disk.open(&path, || open(system(), name, under(file), flags, opened_as));
        let Ok(id) = id else { return id.unwrap_err() };
        let journal = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
        let names = flags & journal != 0 && flags & ffi::SQLITE_OPEN_CREATE != 0;
        (*ours).handle = Box::into_raw(Box::new(Handle { disk, file: id, names }));
        (*ours).base.pMethods = &raw const METHODS;
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_names: c_int,
) -> c_int {
    // SAFETY: SQLite gives a name.
    unsafe {
        let delete = (*system()).xDelete.unwrap();
        match disk_of(name) {
            // Nothing is synced in earnest: what would be durable is the disk's to know.
            Some((disk, path)) => disk.remove(&path, sync_names != 0, || delete(system(), name, 0)),
            None => delete(system(), name, sync_names),
        }
    }
}

/// The system's part of an open file.
unsafe fn under(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite gave memory for both, one after the other.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// Our part of an open file.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: set by `open`, and one connection uses one file at a time.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what `open` opened, once.
    unsafe {
        drop(Box::from_raw((*file.cast::<File>()).handle));
        let under = under(file);
        (*(*under).pMethods).xClose.unwrap()(under)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives that many bytes.
    unsafe {
        let bytes = slice::from_raw_parts(from.cast::<u8>(), usize::try_from(amount).unwrap());
        let Handle { disk, file: id, .. } = handle(file);
        disk.write(*id, usize::try_from(at).unwrap(), bytes, |part| write_under(file, part, at))
    }
}

unsafe fn write_under(file: *mut ffi::sqlite3_file, bytes: &[u8], at: i64) -> c_int {
    // SAFETY: as of `write`.
    unsafe {
        let under = under(file);
        let amount = c_int::try_from(bytes.len()).unwrap();
        (*(*under).pMethods).xWrite.unwrap()(under, bytes.as_ptr().cast(), amount, at)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives what `open` opened.
    unsafe {
        let Handle { disk, file: id, .. } = handle(file);
        disk.cut(*id, usize::try_from(len).unwrap(), || truncate_under(file, len))
    }
}

unsafe fn truncate_under(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    // SAFETY: as of `truncate`.
    unsafe {
        let under = under(file);
        (*(*under).pMethods).xTruncate.unwrap()(under, len)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite gives what `open` opened.
    unsafe {
        let Handle { disk, file: id, names } = handle(file);
        let synced = disk.sync(*id, *names, |durable| {
            truncate_under(file, 0);
            // The system writes no more than 128 KiB at once.
            for (number, part) in durable.chunks(PART).enumerate() {
                write_under(file, part, i64::try_from(number * PART).unwrap());
            }
        });
        *names &= synced != ffi::SQLITE_OK;
        synced
    }
}

/// Methods that are the system's alone.
macro_rules! forward {
    ($($name:ident is $method:ident($($arg:ident: $type:ty),*) $(-> $back:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) $(-> $back)? {
            // SAFETY: SQLite gives what `open` opened, and keeps the system's rules.
            unsafe {
                let under = under(file);
                (*(*under).pMethods).$method.unwrap()(under $(, $arg)*)
            }
        }
    )*};
}

forward! {
    read is xRead(into: *mut c_void, amount: c_int, at: i64) -> c_int;
    file_size is xFileSize(size: *mut i64) -> c_int;
    lock is xLock(level: c_int) -> c_int;
    unlock is xUnlock(level: c_int) -> c_int;
    check_reserved_lock is xCheckReservedLock(found: *mut c_int) -> c_int;
    file_control is xFileControl(op: c_int, argument: *mut c_void) -> c_int;
    sector_size is xSectorSize() -> c_int;
    device_characteristics is xDeviceCharacteristics() -> c_int;
    shm_map is xShmMap(page: c_int, size: c_int, extend: c_int, to: *mut *mut c_void) -> c_int;
    shm_lock is xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier is xShmBarrier();
    shm_unmap is xShmUnmap(delete: c_int) -> c_int;
}

/// Without memory-mapped reads, which production does not use.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
