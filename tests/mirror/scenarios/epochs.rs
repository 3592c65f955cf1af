//! A restored backend: another life of the database.

use creditpack::client::{Effect, EndState, Kind};
use creditpack::display::{Phase, Stage};
use creditpack::ledger::Claimant;

use crate::backend::run;
use crate::world::{Parcel, World};

#[test]
fn a_restored_backend_is_believed_and_its_lost_ops_are_reported() {
    let mut world = World::settled(5);
    let backup = world.backend.clone();
    let op = world.spend_one();
    world.deliver_all();
    world.backend.claim(op, 1);
    world.backend.restore(&backup);
    world.cut_stream();
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
    assert_eq!(world.outcomes[0].state, EndState::Dropped);
}

#[test]
fn an_op_the_lost_epoch_never_saw_is_sent_to_the_new_one() {
    let mut world = World::settled(5);
    let backup = world.backend.clone();
    world.spend_one();
    world.deliver(0);
    world.lose(0);
    world.backend.restore(&backup);
    world.cut_stream();
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
}

#[test]
fn after_a_reload_an_op_of_an_earlier_epoch_is_asked_about() {
    let mut world = World::settled(5);
    let announced = world.spend(Kind::Announced, 1).unwrap();
    world.deliver_all();
    let (stored, backup) = (world.stored[0].clone(), world.backend.clone());
    world.backend.restore(&backup);
    world.backend.hold(&stored, Claimant::Server(run()), world.now_ms);
    world.backend.grant(5);
    world.cut_stream();
    world.deliver_all();
    world.spend_one();
    world.reload();
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 8));
    assert_eq!(world.view().spends[0].op, announced);
    assert_eq!(world.view().spends[0].stage, Stage::Running);
}

#[test]
fn an_answer_from_before_any_epoch_was_known_proves_nothing() {
    let mut world = World::settled(5);
    let backup = world.backend.clone();
    let op = world.spend_one();
    world.deliver_all();
    world.cancel(op);
    world.parcels.clear();
    world.reload();
    let release = |parcel: &Parcel| matches!(parcel, Parcel::Request(Effect::Release { .. }));
    let at = world.parcels.iter().position(release).unwrap();
    world.deliver(at);
    world.backend.restore(&backup);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
    assert_eq!(world.view().spends, []);
}

#[test]
fn while_a_new_epoch_is_weighed_the_old_number_stays_whole() {
    let mut world = World::settled(5);
    world.spend_one();
    world.deliver_all();
    let backup = world.backend.clone();
    world.backend.restore(&backup);
    world.cut_stream();
    while world.view().epoch != world.backend.epoch.to_string() {
        assert_eq!((world.shown(), world.view().pending.get()), (4, 0));
        if world.parcels.is_empty() {
            world.read_stream();
        } else {
            world.deliver(0);
        }
    }
    assert_eq!((world.shown(), world.view().pending.get()), (4, 0));
}

#[test]
fn after_a_restore_and_a_reload_an_unknown_op_is_dropped_and_not_charged_again() {
    let mut world = World::settled(5);
    let backup = world.backend.clone();
    let op = world.spend_one();
    world.deliver_all();
    world.backend.claim(op, 1);
    world.backend.restore(&backup);
    world.reload();
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Dropped));
    assert_eq!(world.backend.entries.len(), 1, "it was not held again");
}
