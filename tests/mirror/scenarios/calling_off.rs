//! Spends that are called off, by the buyer or because the backend refused them.

use creditpack::client::{Answer, EndState, Input, Kind};
use creditpack::display::Stage;
use creditpack::error::Code;
use creditpack::ledger::Claimant;

use crate::backend::run;
use crate::world::World;

#[test]
fn called_off_before_it_was_sent_a_spend_can_never_be_charged() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    let handed_out = world.stored[0].clone();
    world.cancel(op);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
    let late = world.backend.hold(&handed_out, Claimant::Server(run()), world.now_ms);
    assert!(
        matches!(&late, Answer::Receipt(r) if r.code == Some(Code::Cancelled)),
        "the product's server had the op already: {late:?}"
    );
}

#[test]
fn an_op_that_is_called_off_too_late_is_charged_and_says_so() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    let handed_out = world.stored[0].clone();
    world.backend.hold(&handed_out, Claimant::Server(run()), world.now_ms);
    world.cancel(op);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes.len()), (4, 0));
    world.backend.capture(op, None);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (4, EndState::Captured));
}

#[test]
fn called_off_after_it_was_sent_a_spend_is_released() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver_all();
    world.cancel(op);
    assert_eq!(world.shown(), 4, "not given back before the backend says so");
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Released));
}

#[test]
fn a_release_may_overtake_its_hold() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver(0);
    world.cancel(op);
    world.deliver(2);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
    assert_eq!(world.backend.entries.len(), 1, "the late hold was refused");
}

#[test]
fn work_that_has_started_cannot_be_called_off() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver_all();
    world.backend.claim(op, 1);
    world.cancel(op);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes.len()), (4, 0));
    world.backend.capture(op, None);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (4, EndState::Captured));
}

#[test]
fn a_refusal_that_is_no_verdict_is_released_before_it_is_dropped() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver(0);
    world.parcels.clear();
    let epoch = Some(world.backend.epoch);
    world.feed(Input::Held(op, epoch, Answer::Refused(Code::PriceChanged)));
    assert_eq!(world.shown(), 4);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].code), (5, Some(Code::PriceChanged)));
}

#[test]
fn an_announced_hold_that_never_comes_is_called_off() {
    let mut world = World::settled(5);
    world.spend(Kind::Announced, 1).unwrap();
    world.deliver_all();
    let stored = world.stored[0].clone();
    world.now_ms += 61_000;
    world.feed(Input::Tick);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
    let late = world.backend.hold(&stored, Claimant::Server(run()), world.now_ms);
    assert!(matches!(&late, Answer::Receipt(r) if r.code == Some(Code::Cancelled)), "{late:?}");
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_longer_for_an_announced_hold() {
    let mut world = World::settled(5);
    world.now_ms = 3_600_000;
    world.spend(Kind::Announced, 1).unwrap();
    world.deliver_all();
    world.now_ms = 1_000;
    world.feed(Input::Tick);
    world.now_ms += 60_000;
    world.feed(Input::Tick);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
}

#[test]
fn a_release_is_asked_for_until_it_is_answered() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver_all();
    assert_eq!(world.view().spends[0].stage, Stage::Running);
    world.cancel(op);
    world.deliver(0);
    world.lose(0);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Released));
}

#[test]
fn a_hold_that_waits_its_turn_is_not_sent_once_it_is_called_off() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver(0);
    world.lose(0);
    world.deliver(0);
    world.cancel(op);
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
    assert_eq!(world.backend.entries.len(), 1, "no hold was made");
}

#[test]
fn a_spend_that_was_called_off_stays_so_after_a_reload() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.cancel(op);
    world.parcels.clear();
    world.reload();
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].state), (5, EndState::Cancelled));
    assert_eq!(world.backend.entries.len(), 1, "no hold was made");
}
