//! Power cuts and failing syncs, at every sync of a scripted run of the ledger as it is served.
//!
//! The database's files lie on a [`disk::Disk`] that knows what was synced. One run of the script
//! is noted; then the power is cut before and after each of its syncs, and what is left has to
//! hold everything that was told. Then the script runs once for each sync that fails.

mod disk;
mod failing;
mod image;
mod noted;
mod read_only;
mod run;
mod script;
mod survivors;
mod vfs;

use creditpackd::ledger::{Ledger, Mode, OpenError};

use self::image::Left;
use self::noted::noted;
use self::run::Run;
use self::script::{SCRIPT, clock_after};
use self::survivors::{Depth, taken};
use crate::ledger_book;

/// A cut before each sync of which nothing is kept, or some, and one after it.
fn cuts(at: usize) -> [(usize, Left); 4] {
    let seed = u64::try_from(at).unwrap();
    let some = |number| Left::Some(2 * seed + number);
    [(at, Left::Nothing), (at, some(0)), (at, some(1)), (at + 1, Left::Nothing)]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_told_survives_a_power_cut_at_every_sync() {
    let noted = noted().await;
    let on = (&noted.disk, &noted.heard);
    for (number, at) in noted.disk.sync_positions(noted.start..).into_iter().enumerate() {
        for (cut, (position, left)) in cuts(at).into_iter().enumerate() {
            let whole = (number + cut).is_multiple_of(7);
            let depth = if whole { Depth::WholeScript } else { Depth::OneStep };
            let checked = noted.reference.check_cut(on, position, left, depth).await;
            checked.unwrap_or_else(|wrong| panic!("at sync {number}, {left:?}: {wrong}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_only_says_that_it_synced_is_caught() {
    let noted = noted().await;
    let lying = noted.disk.lying(noted.start);
    let mut caught = 0;
    for at in noted.disk.sync_positions(noted.start..) {
        let on = (&lying, &noted.heard);
        let checked = noted.reference.check_cut(on, at + 1, Left::Nothing, Depth::OneStep).await;
        caught += usize::from(checked.is_err());
    }
    assert!(caught > SCRIPT.len() / 2, "{caught}");
}

/// A process that is killed before a sync leaves what was never synced to the next one, which must
/// not tell of it before it is durable.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_durable_before_it_is_told() {
    let noted = noted().await;
    for (number, at) in noted.disk.sync_positions(noted.start..).into_iter().enumerate() {
        let (folder, disk) = noted.disk.kill(at);
        let before = taken(&noted.heard.by(at));
        let mut run = Run::on(folder, disk, before).await;
        if before < SCRIPT.len() {
            run.take(before).await;
        }
        let position = run.disk.position();
        let on = (&run.disk, &run.heard);
        let checked = noted.reference.check_after(on, before, position).await;
        run.close();
        checked.unwrap_or_else(|wrong| panic!("killed at sync {number}: {wrong}"));
    }
}

/// A ledger that was being made is there or is not, and can be made then.
#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_while_a_ledger_is_made_leaves_it_or_nothing() {
    let noted = noted().await;
    for at in noted.disk.sync_positions(..noted.start) {
        for (position, left) in cuts(at) {
            let (folder, _disk) = noted.disk.cut_power(position, left);
            let clock = clock_after(0);
            let open = || ledger_book::open(folder.path(), &clock, Mode::Test);
            match open() {
                Ok(_) => {}
                Err(OpenError::Missing(_)) => {
                    Ledger::create(folder.path(), &ledger_book::key(), &clock).unwrap();
                    open().unwrap();
                }
                Err(other) => panic!("{left:?} at {position}: {other}"),
            }
        }
    }
}
