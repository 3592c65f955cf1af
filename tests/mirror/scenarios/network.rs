//! Answers, streams and pages that come late, twice, out of order or not at all.

use creditpack::client::{Answer, Declined, EndState, Input, Kind};
use creditpack::display::{HappenedKey, Phase, Stage};
use creditpack::error::Code;
use creditpack::ledger::Claimant;

use crate::backend::run;
use crate::world::{Parcel, World};

#[test]
fn nothing_is_sent_before_it_is_stored() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    assert!(matches!(world.parcels[0], Parcel::Answer(Input::Saved(saved)) if saved == op));
    world.deliver(0);
    assert!(matches!(world.parcels[0], Parcel::Request(_)));
}

#[test]
fn an_answer_never_touches_the_base() {
    let mut world = World::settled(5);
    world.spend_one();
    world.deliver(0);
    world.deliver(0);
    world.deliver(0);
    let view = world.view();
    assert_eq!((view.version, view.available, view.pending.get(), view.shown.get()), (1, 5, 1, 4));
    world.deliver_all();
    let view = world.view();
    assert_eq!((view.version, view.available, view.pending.get(), view.shown.get()), (2, 4, 0, 4));
}

#[test]
fn an_entry_may_overtake_the_answer() {
    let mut world = World::settled(5);
    world.spend_one();
    world.deliver(0);
    world.deliver(0);
    while world.read_stream() {}
    assert_eq!((world.view().version, world.shown()), (2, 4));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
}

#[test]
fn a_lost_answer_is_neither_given_back_nor_charged_twice() {
    let mut world = World::settled(5);
    world.spend_one();
    world.deliver(0);
    world.deliver(0);
    world.lose(0);
    world.deliver(0);
    assert_eq!((world.view().phase, world.shown()), (Phase::Unknown, 4));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
    assert_eq!(world.backend.account.balance.available(), 4);
}

#[test]
fn a_busy_backend_is_asked_again() {
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver(0);
    world.parcels.clear();
    let epoch = Some(world.backend.epoch);
    world.feed(Input::Held(op, epoch, Answer::Refused(Code::RateLimited)));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 4));
}

#[test]
fn ops_survive_a_reload_and_are_sent_once_more() {
    let mut before = World::settled(5);
    before.spend_one();
    before.deliver(0);
    let mut unsent = World::new(before.backend.clone(), before.stored.clone());
    unsent.deliver_all();
    assert_eq!((unsent.view().phase, unsent.shown()), (Phase::Settled, 4));

    before.deliver(0);
    let mut sent = World::new(before.backend.clone(), before.stored.clone());
    sent.deliver_all();
    assert_eq!((sent.view().phase, sent.shown()), (Phase::Settled, 4));
    assert_eq!(sent.backend.account.balance.available(), 4);
}

#[test]
fn an_op_that_ended_while_the_page_was_closed_is_reported() {
    let mut before = World::settled(5);
    let op = before.spend_one();
    before.deliver_all();
    before.backend.claim(op, 1);
    before.backend.capture(op, None);
    let mut after = World::new(before.backend.clone(), before.stored.clone());
    after.deliver_all();
    assert_eq!((after.shown(), after.outcomes[0].state), (4, EndState::Captured));
    assert_eq!(after.view().happened.unwrap().key, HappenedKey::Spent);
}

#[test]
fn a_cut_stream_misses_nothing() {
    let mut world = World::settled(5);
    world.cut_stream();
    world.backend.grant(15);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 20));
}

#[test]
fn a_page_that_was_hidden_takes_one_snapshot_and_goes_on() {
    let mut world = World::settled(5);
    world.feed(Input::Visible(false));
    assert!(world.stream.is_none());
    world.backend.grant(15);
    world.now_ms += 3_600_000;
    assert_eq!(world.view().phase, Phase::Stale, "an hour later nothing reads as settled");
    world.feed(Input::Visible(true));
    assert_eq!(world.parcels.len(), 1);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 20));
}

#[test]
fn offline_spends_are_refused() {
    let mut world = World::settled(5);
    world.feed(Input::Online(false));
    assert_eq!(world.view().phase, Phase::Offline);
    assert_eq!(world.spend(Kind::Own, 1), Err(Declined::Offline));
    world.feed(Input::Online(true));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
}

#[test]
fn a_silent_stream_is_replaced() {
    let mut world = World::settled(5);
    world.now_ms += 46_000;
    assert_eq!(world.view().phase, Phase::Stale);
    world.feed(Input::Tick);
    world.deliver_all();
    assert_eq!(world.view().phase, Phase::Settled);
}

#[test]
fn a_stream_that_can_never_go_on_is_opened_ever_more_rarely() {
    let mut world = World::settled(5);
    let older = world.backend.clone();
    world.backend.grant(15);
    world.deliver_all();
    world.backend = older;
    world.cut_stream();
    for _ in 0..40 {
        world.deliver(0);
        world.read_stream();
    }
    let opened = &world.opened_after[1..];
    assert!(opened.len() > 3 && opened.is_sorted_by(|one, next| one < next), "{opened:?}");
    assert_eq!(world.shown(), 20, "and the base never goes back");
}

#[test]
fn an_announced_op_that_is_claimed_unseen_is_asked_about_once() {
    let mut world = World::settled(5);
    world.spend(Kind::Announced, 1).unwrap();
    world.deliver_all();
    let stored = world.stored[0].clone();
    world.stream = None;
    world.backend.hold(&stored, Claimant::Server(run()), world.now_ms);
    world.now_ms += 61_000;
    for _ in 0..2 {
        world.feed(Input::Tick);
        while !world.parcels.is_empty() {
            world.deliver(0);
        }
    }
    world.parcels.clear();
    world.feed(Input::Tick);
    assert_eq!(world.parcels.len(), 0, "its claim is known now");
    assert_eq!(world.view().spends[0].stage, Stage::Running);
}

#[test]
fn an_old_price_makes_the_client_look_at_the_catalog_again() {
    for code in [Code::PriceChanged, Code::UnknownOperation] {
        let mut world = World::settled(5);
        let op = world.spend_one();
        world.deliver(0);
        world.parcels.clear();
        let epoch = Some(world.backend.epoch);
        world.feed(Input::Held(op, epoch, Answer::Refused(code)));
        let asked = |parcel: &Parcel| matches!(parcel, Parcel::Answer(Input::Catalog(_)));
        assert!(world.parcels.iter().any(asked), "{code:?}");
    }
}

#[test]
fn a_part_that_was_spent_while_nobody_looked_is_told_as_that_part() {
    let mut world = World::settled(9);
    let op = world.spend(Kind::Own, 3).unwrap();
    world.deliver_all();
    world.backend.capture(op, Some(1));
    world.reload();
    world.deliver_all();
    assert_eq!((world.shown(), world.outcomes[0].spent.get()), (8, 1));
}
