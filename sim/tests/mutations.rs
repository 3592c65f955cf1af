//! The simulator can fail: it notices every design that must not be chosen, and soon.

use creditpack::mutation::{self, Mutation};
use creditpack_sim::{Design, Schedule, run};

/// So many seeds must be enough for each.
const SEEDS_MAX: u64 = 10_000;

const STEPS: usize = 200;

/// The seed that notices first, counted from 1, and which invariant it finds broken.
fn noticed(design: Design) -> Option<(u64, &'static str)> {
    (0..SEEDS_MAX).find_map(|seed| {
        let violation = run(&Schedule::of_seed(seed, STEPS), design).err()?;
        Some((seed + 1, violation.invariant))
    })
}

/// One test for all: a mutation is switched on in the whole process.
#[test]
fn every_forbidden_design_is_noticed() {
    std::panic::set_hook(Box::new(|_| {}));
    assert_eq!(noticed(Design::Kept), None, "the design that was chosen");
    let mut missed = Vec::new();
    let mut tell = |name: String, found: Option<(u64, &str)>| match found {
        Some((seeds, invariant)) => {
            println!("{name:<28} noticed by {invariant:<7} in seed {seeds}");
        }
        None => missed.push(name),
    };
    for &mutation in Mutation::ALL {
        mutation::switch_to(Some(mutation));
        tell(format!("{mutation:?}"), noticed(Design::Kept));
    }
    mutation::switch_to(None::<Mutation>);
    for design in Design::FORBIDDEN {
        tell(format!("{design:?}"), noticed(*design));
    }
    let _ = std::panic::take_hook();
    assert!(missed.is_empty(), "not noticed in {SEEDS_MAX} seeds: {missed:?}");
}
