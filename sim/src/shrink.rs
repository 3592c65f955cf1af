//! Makes a failing schedule short enough to read.

use crate::run::run;
use crate::step::{Schedule, Setup, Step};
use crate::world::Design;

/// So many runs at most: a schedule that is nearly shortest reads as well.
const RUNS_MAX: usize = 20_000;

/// The shortest schedule found that breaks the same invariant.
pub fn shrink(failing: &Schedule, design: Design, invariant: &str) -> Schedule {
    let mut best = failing.clone();
    let mut runs = 0;
    let mut try_one = |candidate: Schedule, best: &mut Schedule| {
        runs += 1;
        let fails = runs <= RUNS_MAX
            && run(&candidate, design).is_err_and(|violation| violation.invariant == invariant);
        if fails {
            *best = candidate;
        }
        fails
    };
    loop {
        let before = best.clone();
        drop_parts(&mut best, &mut try_one);
        simplify(&mut best, &mut try_one);
        if best == before {
            return best;
        }
    }
}

type Try<'a> = dyn FnMut(Schedule, &mut Schedule) -> bool + 'a;

/// Leaves out ever smaller parts.
fn drop_parts(best: &mut Schedule, try_one: &mut Try<'_>) {
    let mut part = best.steps.len();
    while part > 0 {
        let mut at = 0;
        while at < best.steps.len() {
            let mut shorter = best.clone();
            let end = (at + part).min(shorter.steps.len());
            shorter.steps.drain(at..end);
            if !try_one(shorter, best) {
                at += part;
            }
        }
        part /= 2;
    }
}

/// Begins with less, and chooses what comes first.
fn simplify(best: &mut Schedule, try_one: &mut Try<'_>) {
    let setup = best.setup;
    for simpler in [
        Setup { devices: 1, ..setup },
        Setup { devices: setup.devices.min(2), ..setup },
        Setup { tabs: 1, ..setup },
        Setup { tabs: setup.tabs.min(2), ..setup },
        Setup { receipts_max: 1_000, ..setup },
        Setup { skew_min: 0, ..setup },
        Setup { forgetful: false, ..setup },
        Setup { locks: false, ..setup },
        Setup { offline_credits: 0, ..setup },
        Setup { held_back: false, ..setup },
        Setup { slow_storage: false, ..setup },
    ] {
        if simpler != best.setup {
            try_one(Schedule { setup: simpler, steps: best.steps.clone() }, best);
        }
    }
    for at in 0..best.steps.len() {
        let simpler = match best.steps[at] {
            Step::Read(1..) => Step::Read(0),
            Step::Spend(_, what @ 1..) => Step::Spend(0, what),
            Step::Deliver(1..) | Step::Stumble(_) | Step::Refuse(..) | Step::Duplicate(_) => {
                Step::Deliver(0)
            }
            _ => continue,
        };
        let mut steps = best.steps.clone();
        steps[at] = simpler;
        try_one(Schedule { steps, ..best.clone() }, best);
    }
}
