//! One run: a schedule from its beginning to its calm end, or to what went wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::coverage::Coverage;
use crate::oracle::Violation;
use crate::step::Schedule;
use crate::trace::Trace;
use crate::world::{Design, World};

/// Runs a schedule, and counts what happened in it.
///
/// # Errors
///
/// What went wrong first. A panic anywhere counts, as the invariant `panic`.
pub fn run(schedule: &Schedule, design: Design) -> Result<Coverage, Violation> {
    caught(|| {
        let mut world = World::new(schedule.setup, design, Trace::default());
        play(&mut world, schedule);
        world.violation.take().map_or_else(|| Ok(world.covered()), Err)
    })
}

/// Runs a schedule once more, for people: every line of what happened.
pub fn trace(schedule: &Schedule, design: Design) -> Vec<String> {
    let mut world = World::new(schedule.setup, design, Trace::kept());
    // After a panic the lines up to it are what is wanted.
    let _ = catch_unwind(AssertUnwindSafe(|| play(&mut world, schedule)));
    world.trace.lines().to_vec()
}

fn play(world: &mut World, schedule: &Schedule) {
    for step in &schedule.steps {
        world.take(*step);
        if world.violation.is_some() {
            return;
        }
    }
    world.calm_down();
}

fn caught(work: impl FnOnce() -> Result<Coverage, Violation>) -> Result<Coverage, Violation> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(ran) => ran,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
            Err(Violation { invariant: "panic", detail: text.to_owned() })
        }
    }
}
