//! Power cuts and failing syncs, at every sync of a scripted run of the ledger as it is served.
//!
//! The database's files lie on a [`disk::Disk`] that knows what was synced. One run of the script
//! is noted; then the power is cut before and after each of its syncs, and what is left has to
//! hold everything that was told. Then the script runs once for each sync that fails.

mod disk;
mod read_only;
mod run;
mod script;
mod survivors;
mod vfs;

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use self::disk::{Disk, Fault, How, Left};
use self::run::{Heard, Run};
use self::script::{SCRIPT, Step};
use self::survivors::{Depth, Reference};
use crate::crashes::kills;

/// What one run of the script without any fault did to its disk.
struct Noted {
    reference: Reference,
    heard: Heard,
    disk: Disk,
    /// Where the script began.
    start: usize,
}

/// Long enough that whoever answers before a sync is caught at it.
const SYNC_TIME: Duration = Duration::from_millis(2);

/// So many runs go on at once; most of the time each waits.
const RUNS_AT_ONCE: usize = 6;

async fn noted() -> &'static Noted {
    static NOTED: OnceCell<Noted> = OnceCell::const_new();
    NOTED.get_or_init(note).await
}

async fn note() -> Noted {
    let mut run = Run::new().await;
    run.disk.set_sync_time(SYNC_TIME);
    let start = run.disk.position();
    let mut reference = Reference { answers: Vec::new(), rows: vec![run.rows()] };
    for step in 0..SCRIPT.len() {
        let syncs = run.disk.syncs();
        reference.answers.push(run.take(step).await);
        if matches!(SCRIPT[step], Step::Rest) {
            while run.disk.syncs() == syncs {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        reference.rows.push(run.rows());
    }
    let (heard, disk) = (run.heard.clone(), run.disk.clone());
    run.close();
    Noted { reference, heard, disk, start }
}

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
    for (number, at) in noted.disk.sync_positions(noted.start).into_iter().enumerate() {
        for (cut, (position, left)) in cuts(at).into_iter().enumerate() {
            let whole = (number + cut) % 7 == 0;
            let depth = if whole { Depth::WholeScript } else { Depth::OneStep };
            let checked = noted.reference.check_cut(on, position, left, depth).await;
            checked.unwrap_or_else(|wrong| panic!("at sync {number}, {left:?}: {wrong}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_only_says_that_it_synced_is_caught() {
    let noted = noted().await;
    let lying = noted.disk.lying();
    let mut caught = 0;
    for at in noted.disk.sync_positions(noted.start) {
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
    for (number, at) in noted.disk.sync_positions(noted.start).into_iter().enumerate() {
        let (folder, disk) = noted.disk.kill(at);
        let before = noted.reference.step_at(&noted.heard, at);
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

/// Runs the script while calls fail, then cuts the power at some syncs and at the end.
async fn run_with(noted: &Noted, fault: Fault) -> Result<(), String> {
    let (folder, disk) = noted.disk.cut_power(noted.start, Left::Everything);
    let mut random = StdRng::seed_from_u64(fault.calls.start.try_into().unwrap());
    let mut run = Run::on(folder, disk, 0).await;
    run.disk.fail(fault);
    noted.reference.finish(&mut run, 0).await?;
    let position = run.disk.position();
    let on = (&run.disk, &run.heard);
    let syncs = run.disk.sync_positions(0);
    for _ in 0..kills() / 5 {
        let (position, left) =
            *cuts(*syncs.choose(&mut random).unwrap()).choose(&mut random).unwrap();
        let checked = noted.reference.check_cut(on, position, left, Depth::OneStep).await;
        checked.map_err(|wrong| format!("then {left:?} at {position}: {wrong}"))?;
    }
    noted.reference.check_cut(on, position, Left::Nothing, Depth::WholeScript).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_a_sync_that_fails() {
    let noted = noted().await;
    let syncs = noted.disk.sync_positions(noted.start).len();
    let hows = [How::SyncLoses, How::SyncForgets, How::SyncKeeps];
    let one = |number| hows.map(|how| Fault { calls: number..number + 1, how });
    run_with_each((0..syncs).flat_map(one)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_syncs_that_fail_for_a_while() {
    let noted = noted().await;
    let syncs = noted.disk.sync_positions(noted.start).len();
    let hows = [How::SyncLoses, How::SyncForgets, How::SyncKeeps];
    let some = |number| hows.map(|how| Fault { calls: number..number + 2 + number % 5, how });
    run_with_each((0..syncs).step_by(3).flat_map(some)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_a_write_that_fails() {
    let writes = noted().await.disk.writes();
    let one = |number| Fault { calls: number..number + 1, how: How::Write };
    run_with_each((0..writes).step_by(7).map(one)).await;
}

/// Runs the script once with each fault, some of them at a time.
async fn run_with_each(faults: impl Iterator<Item = Fault>) {
    let noted = noted().await;
    let places = Arc::new(Semaphore::new(RUNS_AT_ONCE));
    let mut runs = JoinSet::new();
    for fault in faults {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        runs.spawn(async move {
            let ran = run_with(noted, fault.clone()).await;
            drop(place);
            ran.unwrap_or_else(|wrong| panic!("{fault:?}: {wrong}"));
        });
    }
    runs.join_all().await;
}
