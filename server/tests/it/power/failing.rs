//! The script, once for each call to the disk that fails: whoever asks again until there is an
//! answer gets the one there would have been, and nothing that was told is gone after a power cut.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::cuts;
use super::disk::{Fault, How};
use super::image::Left;
use super::noted::{Noted, noted};
use super::run::{REST, Run};
use super::survivors::Depth;
use crate::crashes::kills;

/// So many runs go on at once.
const RUNS_AT_ONCE: usize = 4;

/// What becomes of what a failed sync was for.
const HOWS: [How; 3] = [How::SyncLoses, How::SyncForgets, How::SyncKeeps];

/// Of so many faults one is tried, or each where processes are killed more often too.
fn every(faults: usize) -> usize {
    if kills() > 10 { 1 } else { faults }
}

/// Runs the script while calls fail, then cuts the power at some syncs and at the end.
async fn run_with(noted: &Noted, fault: Fault) -> Result<(), String> {
    let (folder, disk) = noted.disk.cut_power(noted.start, Left::Everything);
    let first = fault.calls.start;
    let mut random = StdRng::seed_from_u64(first.try_into().unwrap());
    let mut run = Run::on(folder, disk, 0).await;
    run.rests = noted.rest.contains(&first).then_some(REST);
    run.disk.fail(fault);
    noted.reference.finish(&mut run, 0).await?;
    let position = run.disk.position();
    let on = (&run.disk, &run.heard);
    let syncs = run.disk.sync_positions(..);
    for _ in 0..kills() / 10 {
        let (position, left) =
            *cuts(*syncs.choose(&mut random).unwrap()).choose(&mut random).unwrap();
        let checked = noted.reference.check_cut(on, position, left, Depth::OneStep).await;
        checked.map_err(|wrong| format!("then {left:?} at {position}: {wrong}"))?;
    }
    let depth = if first.is_multiple_of(4) { Depth::WholeScript } else { Depth::OneStep };
    noted.reference.check_cut(on, position, Left::Nothing, depth).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_a_sync_that_fails() {
    let one = |number| HOWS.map(|how| Fault { calls: number..number + 1, how });
    run_with_each((0..noted().await.syncs).flat_map(one)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_syncs_that_fail_for_a_while() {
    let some = |number| HOWS.map(|how| Fault { calls: number..number + 2 + number % 5, how });
    run_with_each((0..noted().await.syncs).step_by(every(6)).flat_map(some)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_lives_on_after_a_write_that_fails() {
    let one = |number| Fault { calls: number..number + 1, how: How::Write };
    run_with_each((0..noted().await.writes).step_by(every(23)).map(one)).await;
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
