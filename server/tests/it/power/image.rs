//! What a power cut leaves of the files of a folder, worked out from all that was done to them.

use std::collections::HashMap;
use std::path::PathBuf;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

pub(super) type FileId = usize;

/// One thing that was done to the disk.
#[derive(Clone)]
pub(super) struct Done {
    pub(super) what: What,
    /// Of a write or a name: since when it is settled, counted in the log, and whether it is
    /// durable. Nobody knows of what is not settled.
    pub(super) settled: Option<(usize, bool)>,
}

#[derive(Clone)]
pub(super) enum What {
    Made(PathBuf, FileId),
    Removed(PathBuf),
    Written(FileId, usize, Vec<u8>),
    Cut(FileId, usize),
    Synced,
}

/// What a power cut leaves of what was never synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    Nothing,
    /// Some sectors, drawn with this seed.
    Some(u64),
    /// All of it: as if only the process had died.
    Everything,
}

/// The files of a folder.
pub(super) fn image(log: &[Done], position: usize, left: Left) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files_at(log, position, left);
    let names = names_at(log, position, left);
    names.into_iter().map(|(name, id)| (name, files.remove(&id).unwrap_or_default())).collect()
}

/// The names after the first `position` things. Those that are not settled come in order.
pub(super) fn names_at(log: &[Done], position: usize, left: Left) -> HashMap<PathBuf, FileId> {
    let mut chance = Chance::of(left);
    let mut names = HashMap::new();
    let mut broken_off = false;
    for done in log[..position].iter().filter(|done| done.is_name()) {
        let kept = done.is_kept(position).unwrap_or_else(|| !broken_off && chance.keeps());
        broken_off |= !kept;
        match &done.what {
            _ if !kept => {}
            What::Made(name, id) => drop(names.insert(name.clone(), *id)),
            What::Removed(name) => drop(names.remove(name)),
            _ => {}
        }
    }
    names
}

/// The contents of all files after the first `position` things.
pub(super) fn files_at(log: &[Done], position: usize, left: Left) -> HashMap<FileId, Vec<u8>> {
    let mut chance = Chance::of(left);
    let mut files: HashMap<FileId, Vec<u8>> = HashMap::new();
    for done in &log[..position] {
        let kept = done.is_kept(position);
        match &done.what {
            What::Written(id, at, bytes) => {
                let content = files.entry(*id).or_default();
                each_sector(*at, bytes, |at, sector| {
                    if kept.unwrap_or_else(|| chance.keeps()) {
                        let end = at + sector.len();
                        content.resize(content.len().max(end), 0);
                        content[at..end].copy_from_slice(sector);
                    }
                });
            }
            What::Cut(id, len) if kept.unwrap_or_else(|| chance.keeps()) => {
                files.entry(*id).or_default().resize(*len, 0);
            }
            _ => {}
        }
    }
    files
}

/// Hands out the parts of a write that lie in different sectors.
fn each_sector(mut at: usize, mut bytes: &[u8], mut take: impl FnMut(usize, &[u8])) {
    while !bytes.is_empty() {
        let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - at % SECTOR));
        take(at, sector);
        at += sector.len();
        bytes = rest;
    }
}

impl Done {
    pub(super) fn is_name(&self) -> bool {
        matches!(self.what, What::Made(..) | What::Removed(_))
    }

    pub(super) fn is_of(&self, file: FileId) -> bool {
        matches!(&self.what, What::Written(id, ..) | What::Cut(id, _) if *id == file)
    }

    /// Whether a power cut at `position` keeps it; none if that is not said.
    fn is_kept(&self, position: usize) -> Option<bool> {
        self.settled.filter(|(since, _)| *since <= position).map(|(_, durable)| durable)
    }
}

/// What decides about what was not synced.
enum Chance {
    Always(bool),
    Drawn { random: Box<StdRng>, percent: u32 },
}

impl Chance {
    fn of(left: Left) -> Self {
        match left {
            Left::Nothing => Self::Always(false),
            Left::Everything => Self::Always(true),
            Left::Some(seed) => {
                let mut random = StdRng::seed_from_u64(seed);
                let percent = [20, 50, 80, 97][random.random_range(0..4)];
                Self::Drawn { random: Box::new(random), percent }
            }
        }
    }

    fn keeps(&mut self) -> bool {
        match self {
            Self::Always(kept) => *kept,
            Self::Drawn { random, percent } => random.random_ratio(*percent, 100),
        }
    }
}
