//! Any order of events: what is shown is compared after every step with an oracle that sees the
//! backend. Failing cases shrink, and are replayed from `proptest-regressions`.

use creditpack::client::Kind;
use proptest::prelude::*;

use crate::backend::Backend;
use crate::world::World;

/// One thing that may happen next; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Spend(u64),
    Announce,
    ServerTakesUpAnnounced,
    Cancel(usize),
    Deliver(usize),
    Lose(usize),
    ReadStream,
    CutStream,
    CutStreamShort,
    AnswerPoll,
    Claim(usize),
    Capture(usize),
    CaptureOne(usize),
    Fail(usize),
    Grant,
    Take,
    Reload,
    Backup,
    Restore,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let any = || 0usize..8;
    prop_oneof![
        6 => (1u64..3).prop_map(Step::Spend),
        2 => Just(Step::Announce),
        2 => Just(Step::ServerTakesUpAnnounced),
        1 => any().prop_map(Step::Cancel),
        20 => any().prop_map(Step::Deliver),
        4 => any().prop_map(Step::Lose),
        12 => Just(Step::ReadStream),
        2 => Just(Step::CutStream),
        6 => Just(Step::CutStreamShort),
        4 => Just(Step::AnswerPoll),
        3 => any().prop_map(Step::Claim),
        4 => any().prop_map(Step::Capture),
        2 => any().prop_map(Step::CaptureOne),
        2 => any().prop_map(Step::Fail),
        2 => Just(Step::Grant),
        1 => Just(Step::Take),
        1 => Just(Step::Reload),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
        1 => Just(Step::Wait),
    ]
}

fn take(world: &mut World, backup: &mut Option<Backend>, step: &Step) {
    let held = world.backend.held();
    let choose = |at: &usize| held.get(at % held.len().max(1)).copied();
    match step {
        Step::Spend(quantity) => drop(world.spend(Kind::Own, *quantity)),
        Step::Announce => drop(world.spend(Kind::Announced, 1)),
        Step::ServerTakesUpAnnounced => server_takes_up_announced(world),
        Step::Cancel(at) => {
            let spends = world.view().spends;
            if let Some(spend) = spends.get(at % spends.len().max(1)) {
                world.cancel(spend.op);
            }
        }
        Step::Deliver(at) => world.deliver(at % world.parcels.len().max(1)),
        Step::Lose(at) => world.lose(at % world.parcels.len().max(1)),
        Step::ReadStream => drop(world.read_stream()),
        Step::CutStream => world.cut_stream(),
        Step::CutStreamShort if world.stream.is_some() => world.cut_stream_short(),
        Step::AnswerPoll if world.poll.is_some() => world.answer_poll(),
        Step::CutStreamShort | Step::AnswerPoll => {}
        Step::Claim(at) => drop(choose(at).map(|op| world.backend.claim(op, 1))),
        Step::Capture(at) => drop(choose(at).map(|op| world.backend.capture(op, None))),
        Step::CaptureOne(at) => drop(choose(at).map(|op| world.backend.capture(op, Some(1)))),
        Step::Fail(at) => drop(choose(at).map(|op| world.backend.fail(op))),
        Step::Grant => world.backend.grant(3),
        Step::Take => world.backend.take(1),
        Step::Reload => world.reload(),
        Step::Backup => *backup = Some(world.backend.clone()),
        Step::Restore => {
            if let Some(backup) = backup {
                world.backend.restore(backup);
                world.cut_stream();
            }
        }
        Step::Wait => {
            world.now_ms += 30_000;
            world.feed(creditpack::client::Input::Tick);
        }
    }
}

fn server_takes_up_announced(world: &mut World) {
    let announced = world.stored.iter().find(|stored| stored.kind == Kind::Announced).cloned();
    if let Some(stored) = announced {
        let claimant = creditpack::ledger::Claimant::Server(crate::backend::run());
        world.backend.hold(&stored, claimant, world.now_ms);
    }
}

/// Delivers everything, also what polls would tell.
fn settle(world: &mut World) {
    world.deliver_all();
    if world.poll.is_some() {
        world.answer_poll();
        world.deliver_all();
    }
}

/// I1 to I4: the base is the backend's own state at its version, and exactly those own ops are
/// overlaid that this state does not contain.
fn check(world: &World, before: &(String, u64)) {
    let view = world.view();
    let at = (view.epoch.clone(), view.version);
    assert!(*before <= at, "I3: the base went back from {before:?} to {at:?}");
    let expected_phase_known = view.epoch == world.backend.epoch.to_string();
    if !expected_phase_known {
        return;
    }
    assert_eq!(view.available, world.backend.available_at(view.version), "I1: the base is true");
    let missing: u64 = view
        .spends
        .iter()
        .filter(|spend| {
            let applied = world.backend.applied_at(spend.op);
            applied.is_none_or(|version| version.get() > view.version)
        })
        .map(|spend| spend.credits.get())
        .sum();
    assert_eq!(view.pending.get(), missing, "I1, I2: overlaid is what the base lacks");
    let displayed = view.available - missing.cast_signed();
    assert_eq!(view.shown.get().cast_signed(), displayed.max(0), "I4");
}

/// As many as `PROPTEST_CASES` says, or else what takes some seconds.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(1_000))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_mirror_is_true_after_every_step(
        credits in 0u64..6,
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new(Backend::with_credits(credits), Vec::new());
        let mut backup = None;
        let mut before = (String::new(), 0);
        for step in &steps {
            take(&mut world, &mut backup, step);
            if matches!(step, Step::Reload) {
                before = (String::new(), 0);
            }
            check(&world, &before);
            let view = world.view();
            before = (view.epoch, view.version);
        }
        world.cut_stream();
        settle(&mut world);
        world.now_ms += 61_000;
        world.feed(creditpack::client::Input::Tick);
        settle(&mut world);
        for op in world.backend.held() {
            world.backend.fail(op);
        }
        settle(&mut world);
        let view = world.view();
        prop_assert_eq!(view.available, world.backend.account.balance.available(), "I6");
        prop_assert_eq!(view.pending.get(), 0, "I6, I11: nothing stays pending");
        prop_assert_eq!(view.spends.len(), 0, "every own op is over");
        prop_assert_eq!(world.stored.len(), 0, "and forgotten");
    }

    #[test]
    fn successes_never_raise_the_number_and_lower_it_once_each(
        spends in 1u64..5,
        order in proptest::collection::vec((0usize..4, 0usize..8), 0..80),
    ) {
        let mut world = World::settled(5);
        let mut last = world.shown();
        let mut falls = 0;
        let mut left = spends;
        let mut look = |world: &World| {
            let shown = world.shown();
            assert!(shown <= last, "I7: rose from {last} to {shown}");
            falls += u64::from(shown < last);
            last = shown;
        };
        for (what, at) in order {
            match what {
                0 if left > 0 => { left -= 1; world.spend_one(); }
                1 => world.deliver(at % world.parcels.len().max(1)),
                2 => drop(world.read_stream()),
                _ => {
                    let held = world.backend.held();
                    if let Some(op) = held.get(at % held.len().max(1)) {
                        world.backend.claim(*op, 1);
                        world.backend.capture(*op, None);
                    }
                }
            }
            look(&world);
        }
        world.deliver_all();
        look(&world);
        prop_assert_eq!(falls, spends - left);
    }
}
