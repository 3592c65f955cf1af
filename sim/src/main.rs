//! Runs seeds on every core: `cargo xtask sim --help` tells how.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use creditpack_sim::coverage::Coverage;
use creditpack_sim::oracle::Violation;
use creditpack_sim::{Design, Schedule, run, shrink, trace};

/// What to run.
#[derive(Clone, Copy)]
struct Order {
    /// The first seed.
    start: u64,
    /// How many seeds, if it is a number of them,
    seeds: Option<u64>,
    /// or for how long.
    time: Option<Duration>,
    /// How many steps each.
    steps: usize,
}

fn main() -> ExitCode {
    let order = match order() {
        Ok(order) => order,
        Err(error) => {
            eprintln!("{error}; wanted: [--start S] [--steps N] and --seeds N or --seconds N");
            return ExitCode::FAILURE;
        }
    };
    // A panic is told with its schedule, not from the middle of a run.
    std::panic::set_hook(Box::new(|_| {}));
    let begun = Instant::now();
    let (done, covered, failed) = run_all(order);
    let took = begun.elapsed();
    if let Some((seed, violation)) = failed {
        tell(seed, order.steps, &violation);
        return ExitCode::FAILURE;
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let steps = done * u64::try_from(order.steps).unwrap_or(u64::MAX);
    let per_second = u128::from(steps) * 1_000 / took.as_millis().max(1);
    println!(
        "{done} seeds of {} steps, all true: {steps} steps in {:.1} s, {per_second} steps a second \
         on {cores} cores",
        order.steps,
        took.as_secs_f64(),
    );
    println!("what happened: {covered}");
    ExitCode::SUCCESS
}

fn order() -> Result<Order, lexopt::Error> {
    use lexopt::prelude::*;
    let mut order = Order { start: 0, seeds: None, time: None, steps: 200 };
    let mut words = lexopt::Parser::from_env();
    while let Some(word) = words.next()? {
        match word {
            Long("start") => order.start = words.value()?.parse()?,
            Long("seeds") => order.seeds = Some(words.value()?.parse()?),
            Long("seconds") => {
                order.time = Some(Duration::from_secs(words.value()?.parse()?));
            }
            Long("steps") => order.steps = words.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    if order.seeds.is_none() && order.time.is_none() {
        return Err("how many seeds?".into());
    }
    Ok(order)
}

/// Runs the seeds in order on every core; the lowest that failed is told.
fn run_all(order: Order) -> (u64, Coverage, Option<(u64, Violation)>) {
    let begun = Instant::now();
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let stop = AtomicBool::new(false);
    let failed: Mutex<Option<(u64, Violation)>> = Mutex::new(None);
    let covered = Mutex::new(Coverage::default());
    let work = || {
        let mut here = Coverage::default();
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let late = order.time.is_some_and(|time| begun.elapsed() >= time);
            if late || order.seeds.is_some_and(|seeds| at >= seeds) {
                break;
            }
            let seed = order.start + at;
            let schedule = Schedule::of_seed(seed, order.steps);
            match run(&schedule, Design::Kept) {
                Ok(more) => here.add(&more),
                Err(violation) => {
                    stop.store(true, Ordering::Relaxed);
                    let mut failed = failed.lock().expect("no thread panics in here");
                    if failed.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                        *failed = Some((seed, violation));
                    }
                }
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
        covered.lock().expect("no thread panics in here").add(&here);
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().expect("no thread panics in here");
    let covered = covered.into_inner().expect("no thread panics in here");
    (done.into_inner(), covered, failed)
}

/// Tells a failure: what broke, and the shortest story in which it does.
fn tell(seed: u64, steps: usize, violation: &Violation) {
    let schedule = Schedule::of_seed(seed, steps);
    let short = shrink(&schedule, Design::Kept, violation.invariant);
    for line in trace(&short, Design::Kept) {
        println!("{line}");
    }
    let told = run(&short, Design::Kept).err().unwrap_or_else(|| violation.clone());
    println!(
        "\nseed {seed} breaks {} ({} steps of {steps} are enough, {:?}):\n{}",
        told.invariant,
        short.steps.len(),
        short.setup,
        told.detail
    );
    println!("again: cargo xtask sim --start {seed} --seeds 1 --steps {steps}");
}
