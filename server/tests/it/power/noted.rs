//! One run of the script without any fault, and all that it did to its disk.

use std::ops::Range;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::disk::Disk;
use super::run::{Heard, PATIENCE, Run};
use super::script::{SCRIPT, Step};
use super::survivors::Reference;

/// Long enough that whoever answers before a sync is caught at it.
const SYNC_TIME: Duration = Duration::from_millis(2);

pub(crate) struct Noted {
    pub(crate) reference: Reference,
    pub(crate) heard: Heard,
    pub(crate) disk: Disk,
    /// Where in what was done to the disk the script began.
    pub(crate) start: usize,
    /// How many syncs the script took.
    pub(crate) syncs: usize,
    /// Which of them wrote the log back while nobody asked for anything.
    pub(crate) rest: Range<usize>,
    /// How many writes the script took.
    pub(crate) writes: usize,
}

/// The run that all tests share.
pub(crate) async fn noted() -> &'static Noted {
    static NOTED: OnceCell<Noted> = OnceCell::const_new();
    NOTED.get_or_init(note).await
}

async fn note() -> Noted {
    let mut run = Run::new().await;
    run.rests = Some(PATIENCE);
    run.disk.set_sync_time(SYNC_TIME);
    let (start, syncs, writes) = (run.disk.position(), run.disk.syncs(), run.disk.writes());
    let mut reference = Reference { answers: Vec::new(), rows: vec![run.rows()] };
    let mut rest = 0..0;
    for (step, what) in SCRIPT.iter().enumerate() {
        let before = run.disk.syncs() - syncs;
        reference.answers.push(run.take(step).await);
        reference.rows.push(run.rows());
        if matches!(what, Step::Rest) {
            rest = before..run.disk.syncs() - syncs;
        }
    }
    assert_eq!(rest.len(), 2, "the log was written back");
    run.close();
    let (syncs, writes) = (run.disk.syncs() - syncs, run.disk.writes() - writes);
    let (heard, disk) = (run.heard.clone(), run.disk.clone());
    Noted { reference, heard, disk, start, syncs, rest, writes }
}
