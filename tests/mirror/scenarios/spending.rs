//! From the click to the end of the work.

use creditpack::AccountId;
use creditpack::client::{Client, Declined, EndState, Input, Kind};
use creditpack::display::{HappenedKey, Level, Phase, Stage};
use creditpack::error::Code;
use creditpack::ledger::Claimant;

use crate::backend::{ACCOUNT, Backend, run};
use crate::world::World;

#[test]
fn a_page_loads_and_settles() {
    let mut world = World::new(Backend::with_credits(5), Vec::new());
    assert_eq!((world.view().phase, world.shown()), (Phase::Loading, 0));
    assert_eq!(world.spend(Kind::Own, 1), Err(Declined::NotReady));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
}

#[test]
fn a_spend_shows_at_once_and_changes_the_number_once() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    assert_eq!((world.view().phase, world.shown()), (Phase::Pending, 4));
    assert_eq!(world.view().spends[0].stage, Stage::Queued);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
    assert_eq!((world.view().held.get(), world.view().spends[0].stage), (1, Stage::Running));
    world.backend.claim(op, 1);
    world.backend.capture(op, None);
    world.deliver_all();
    assert_eq!((world.shown(), world.view().settled, world.view().held.get()), (4, 4, 0));
    assert_eq!(world.outcomes[0].state, EndState::Captured);
    assert_eq!(world.view().happened.unwrap().key, HappenedKey::Spent);
    assert_eq!(world.stored, [], "an op that is over is not stored any longer");
}

#[test]
fn failed_work_returns_its_credit_and_says_why() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver_all();
    world.backend.claim(op, 1);
    world.backend.fail(op);
    world.deliver_all();
    let happened = world.view().happened.unwrap();
    assert_eq!((happened.key, happened.reason.as_deref()), (HappenedKey::Returned, Some("failed")));
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Released));
    assert!(world.outcomes[0].spent.is_zero());
}

#[test]
fn with_nothing_left_a_spend_is_refused_at_once() {
    let mut world = World::settled(1);
    world.spend_one();
    let declined = world.spend(Kind::Own, 1).unwrap_err();
    assert!(matches!(declined, Declined::InsufficientCredits { available: 0, .. }));
    assert_eq!(world.view().level, Level::Empty);
}

#[test]
fn a_spend_that_another_device_forestalled_is_declined() {
    let mut world = World::settled(1);
    world.backend.take(1);
    world.spend_one();
    for _ in 0..3 {
        world.deliver(0);
    }
    assert_eq!(world.outcomes[0].state, EndState::Rejected);
    assert_eq!(world.outcomes[0].code, Some(Code::InsufficientCredits));
    assert_eq!(world.view().happened.unwrap().key, HappenedKey::Declined);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 0));
}

#[test]
fn credits_taken_elsewhere_while_a_spend_is_pending_read_as_overcommitted() {
    let mut world = World::settled(1);
    world.spend_one();
    world.backend.take(1);
    while world.read_stream() {}
    assert_eq!((world.view().phase, world.shown()), (Phase::Overcommitted, 0));
    assert_eq!(world.spend(Kind::Own, 1), Err(Declined::Overcommitted));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 0));
}

#[test]
fn an_announced_spend_is_shown_until_the_server_makes_its_hold() {
    let mut world = World::settled(5);
    let op = world.spend(Kind::Announced, 1).unwrap();
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Pending, 4));
    let stored = world.stored[0].clone();
    world.backend.hold(&stored, Claimant::Server(run()), world.now_ms);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
    world.backend.capture(op, None);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (4, EndState::Captured));
}

#[test]
fn memory_only_by_choice_is_no_failure_and_by_mishap_is_one() {
    let account = AccountId::new(ACCOUNT).unwrap();
    let chosen = Client::in_memory(account.clone());
    let fallen = Client::new(account);
    for (client, phase) in [(chosen, Phase::Pending), (fallen, Phase::Unsaved)] {
        let mut world = World::new(Backend::with_credits(5), Vec::new());
        world.client = client;
        world.feed(Input::Restored(Vec::new()));
        world.deliver_all();
        let op = world.spend_one();
        world.parcels.clear();
        world.feed(Input::SaveFailed(op));
        assert_eq!((world.view().phase, world.view().memory_only), (phase, true));
    }
}
