//! A seed is a promise, and what fails is told briefly.

use creditpack_sim::coverage::{Coverage, Kind};
use creditpack_sim::{Design, Schedule, Step, run, shrink, trace};

const STEPS: usize = 200;

#[test]
fn some_seeds_run_true() {
    for seed in 0..150 {
        let ran = run(&Schedule::of_seed(seed, STEPS), Design::Kept);
        assert_eq!(ran.err(), None, "seed {seed}: cargo xtask sim --start {seed} --seeds 1");
    }
}

/// Were this to change, a seed that somebody wrote down would tell another story.
#[test]
fn a_seed_is_the_same_for_ever() {
    let Schedule { setup, steps } = Schedule::of_seed(7, 6);
    let begins = "Setup { devices: 3, tabs: 1, credits: 3, receipts_max: 1000, \
        skew_min: 0, forgetful: false, locks: true, offline_credits: 2, held_back: true, \
        slow_storage: false }";
    assert_eq!(format!("{setup:?}"), begins);
    let goes_on = "[Spend(7, 6), Spend(5, 2), Swap(4), Wait(3), Capture(6), Spend(5, 2)]";
    assert_eq!(format!("{steps:?}"), goes_on);
    let twice = [(); 2].map(|()| trace(&Schedule::of_seed(7, STEPS), Design::Kept));
    assert_eq!(twice[0], twice[1]);
}

/// A generator that stops making one kind of thing would silently stop proving anything about it.
#[test]
fn everything_happens_soon() {
    let mut covered = Coverage::default();
    for seed in 0..300 {
        let ran = run(&Schedule::of_seed(seed, STEPS), Design::Kept).expect("it runs true");
        covered.add(&ran);
    }
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| covered.of(**kind) == 0).collect();
    assert!(missing.is_empty(), "in 300 seeds never happened: {missing:?}");
}

/// A simulator in which little happens proves little.
#[test]
fn most_steps_do_something() {
    let (mut steps, mut idle) = (0, 0);
    for seed in 0..50 {
        let lines = trace(&Schedule::of_seed(seed, STEPS), Design::Kept);
        let storm = lines.iter().take_while(|line| !line.starts_with("---"));
        let is_step = |line: &&String| !line.starts_with("      ");
        let storm: Vec<_> = storm.skip_while(|line| !is_step(line)).collect();
        let pairs = storm.windows(2).filter(|pair| is_step(&pair[0]) && is_step(&pair[1]));
        steps += storm.iter().filter(|line| is_step(line)).count();
        idle += pairs
            .filter(|pair| ["Read", "Deliver"].iter().any(|word| pair[0].contains(word)))
            .count();
    }
    assert!(idle * 4 < steps, "{idle} of {steps} deliver nothing");
}

#[test]
fn a_failing_seed_shrinks_to_a_story() {
    let design = Design::RejectionNotSticky;
    let failing = (0..).map(|seed| Schedule::of_seed(seed, STEPS));
    let (long, violation) = failing
        .filter_map(|schedule| Some((run(&schedule, design).err()?, schedule)))
        .map(|(violation, schedule)| (schedule, violation))
        .next()
        .expect("the design is forbidden");
    let short = shrink(&long, design, violation.invariant);
    let told = run(&short, design).expect_err("it still fails");
    assert_eq!(told.invariant, violation.invariant);
    assert!(short.steps.len() <= 20, "{} steps: {:?}", short.steps.len(), short.steps);
    let without_any_one = (0..short.steps.len()).map(|at| {
        let mut steps: Vec<Step> = short.steps.clone();
        steps.remove(at);
        Schedule { steps, ..short.clone() }
    });
    for shorter in without_any_one {
        let still = run(&shorter, design).is_err_and(|v| v.invariant == violation.invariant);
        assert!(!still, "{:?} fails as well", shorter.steps);
    }
    assert!(trace(&short, design).iter().any(|line| line.contains("backend for tab")));
}
