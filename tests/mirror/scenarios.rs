//! One story a test, with the number a buyer sees after every step.

use creditpack::client::{Answer, Declined, Effect, EndState, Input, Kind};
use creditpack::display::{HappenedKey, Level, Phase, Stage};
use creditpack::error::Code;
use creditpack::ledger::Claimant;

use crate::backend::{Backend, run};
use crate::world::{Parcel, World};

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
    let mut world = World::settled(5);
    let op = world.spend_one();
    world.deliver(0);
    world.parcels.clear();
    let epoch = Some(world.backend.epoch);
    world.feed(Input::Held(op, epoch, Answer::Refused(Code::PriceChanged)));
    let asked = |parcel: &Parcel| matches!(parcel, Parcel::Answer(Input::Catalog(_)));
    assert!(world.parcels.iter().any(asked));
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
