//! Networks that let no stream through, machines that sleep, clocks that are set.

use std::collections::VecDeque;

use creditpack::Credits;
use creditpack::client::{Effect, EndState, Input, Kind, Reply, StreamEvent};
use creditpack::display::Phase;
use creditpack::wire::{Heartbeat, Incoming, PurchaseStatus};

use crate::backend::Backend;
use crate::world::{Parcel, World};

const HOUR_MS: u64 = 3_600_000;

/// A page whose snapshot is there and whose first stream is being opened.
fn opening(credits: u64) -> World {
    let mut world = World::new(Backend::with_credits(credits), Vec::new());
    while !world.parcels.is_empty() {
        world.deliver(0);
    }
    world
}

/// The same, in a network that holds streams back.
fn polling(credits: u64) -> World {
    let mut world = opening(credits);
    world.hold_stream_back();
    assert!(world.poll.is_some() && world.stream.is_none());
    world
}

fn snapshots(world: &World) -> usize {
    let asked = |parcel: &&Parcel| matches!(parcel, Parcel::Request(Effect::Snapshot { .. }));
    world.parcels.iter().filter(asked).count()
}

#[test]
fn three_streams_cut_short_in_a_row_are_followed_by_polls() {
    let mut world = opening(5);
    for _ in 0..3 {
        assert_eq!(world.poll, None);
        world.cut_stream_short();
    }
    assert!(world.poll.is_some());
    world.deliver_all();
    world.backend.grant(15);
    world.answer_poll();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 20));
    assert!(world.poll.is_some(), "and polls on");
}

#[test]
fn a_stream_that_lasted_starts_the_count_anew_and_one_never_opened_does_not_count() {
    let mut world = opening(5);
    world.cut_stream_short();
    world.cut_stream_short();
    world.feed(Input::StreamClosed);
    world.feed(Input::StreamOpened);
    world.now_ms += 1_000;
    world.feed(Input::StreamClosed);
    world.cut_stream_short();
    world.cut_stream_short();
    assert_eq!(world.poll, None);
}

#[test]
fn a_spend_settles_by_polls_alone() {
    let mut world = polling(5);
    let op = world.spend_one();
    while !world.parcels.is_empty() {
        world.deliver(0);
    }
    assert_eq!((world.view().version, world.shown()), (1, 4));
    world.backend.claim(op, 1);
    world.answer_poll();
    world.backend.capture(op, None);
    world.answer_poll();
    assert_eq!((world.view().phase, world.shown(), world.outcomes.len()), (Phase::Settled, 4, 1));
}

#[test]
fn polls_ask_from_the_base_though_an_older_op_is_unresolved() {
    let mut world = polling(5);
    world.spend_one();
    world.deliver(0);
    world.parcels.clear();
    world.backend.grant(15);
    world.answer_poll();
    let (_, since) = world.poll.unwrap();
    assert_eq!(since.get(), 2, "below it every poll would be answered at once");
}

#[test]
fn polls_that_are_not_kept_waiting_become_rarer_and_news_are_followed_soon() {
    let mut world = polling(5);
    for _ in 0..3 {
        world.answer_poll();
    }
    world.backend.grant(1);
    world.answer_poll();
    world.now_ms += 25_000;
    world.answer_poll();
    assert_eq!(world.opened_after, [0, 0, 1, 2, 3, 1, 0]);
}

#[test]
fn a_stream_is_tried_again_after_five_minutes_of_polls() {
    let mut world = polling(5);
    for _ in 0..11 {
        world.now_ms += 25_000;
        world.answer_poll();
    }
    assert!(world.poll.is_some());
    world.now_ms += 25_000;
    world.answer_poll();
    assert!(world.poll.is_none() && world.stream.is_some());
    world.backend.grant(15);
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 20));
}

#[test]
fn a_poll_that_fails_was_no_better_than_a_stream() {
    let mut world = polling(5);
    world.poll = None;
    world.feed(Input::Polled(Reply::Nothing));
    assert_eq!(snapshots(&world), 1);
    world.deliver_all();
    assert_eq!((world.view().phase, world.poll), (Phase::Settled, None));
}

#[test]
fn a_poll_that_nobody_answers_is_given_up() {
    let mut world = polling(5);
    world.now_ms += 29_000;
    world.feed(Input::Tick);
    world.now_ms += 17_000;
    assert_eq!(world.view().phase, Phase::Stale);
    world.feed(Input::Tick);
    assert_eq!((world.poll, snapshots(&world)), (None, 1));
    world.deliver_all();
    assert!(world.poll.is_some());
    assert_eq!(world.view().phase, Phase::Settled);
}

#[test]
fn a_look_during_a_poll_is_answered_first() {
    let mut world = polling(5);
    world.backend.grant(15);
    world.feed(Input::Refresh);
    world.answer_poll();
    assert_eq!((world.shown(), world.poll), (5, None));
    world.deliver_all();
    assert_eq!(world.shown(), 20);
    assert!(world.poll.is_some());
}

#[test]
fn a_page_that_comes_back_tries_a_stream_again() {
    let mut world = polling(5);
    world.feed(Input::Visible(false));
    world.feed(Input::Visible(true));
    world.deliver_all();
    assert!(world.poll.is_none() && world.stream.is_some());
}

#[test]
fn a_machine_that_slept_takes_one_look_whatever_the_page_tells_of_it() {
    for first in [Input::Tick, Input::Visible(true), Input::Online(true), Input::Refresh] {
        let mut world = World::settled(5);
        world.now_ms += 40_000;
        world.feed(first);
        assert_eq!((world.view().phase, &world.stream), (Phase::Stale, &None));
        world.feed(Input::Visible(true));
        world.feed(Input::Online(false));
        world.feed(Input::Online(true));
        world.feed(Input::Tick);
        assert_eq!(snapshots(&world), 1);
        world.deliver(0);
        world.deliver_all();
        assert_eq!(world.view().phase, Phase::Settled);
    }
}

#[test]
fn what_a_stream_tells_after_a_sleep_is_not_trusted() {
    let mut world = World::settled(5);
    world.backend.grant(15);
    world.now_ms += HOUR_MS;
    world.read_stream();
    assert_eq!((world.view().phase, world.shown()), (Phase::Stale, 5));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 20));
}

#[test]
fn a_page_that_goes_offline_lets_go_of_its_stream_and_says_so() {
    let mut world = World::settled(5);
    world.feed(Input::Online(false));
    assert_eq!((world.view().phase, &world.stream), (Phase::Offline, &None));
}

#[test]
fn a_stream_that_lived_to_its_second_heartbeat_is_opened_again_soon() {
    let mut world = World::settled(5);
    for _ in 0..3 {
        world.cut_stream();
        world.deliver_all();
    }
    let beat = world.backend.heartbeat();
    world.feed(Input::Stream(beat));
    world.cut_stream();
    assert_eq!(world.opened_after, [0, 1, 2, 3, 1]);
}

#[test]
fn a_purchase_that_failed_is_listed_and_not_on_its_way() {
    let mut world = World::settled(5);
    let purchase = |purchase: &str, credits, status| Incoming {
        purchase: purchase.into(),
        pack: "standard".into(),
        credits: Credits::new(credits).unwrap(),
        status,
    };
    world.feed(Input::Stream(StreamEvent::Incoming(vec![
        purchase("pur_1", 15, PurchaseStatus::Failed),
        purchase("pur_2", 7, PurchaseStatus::Processing),
    ])));
    let view = world.view();
    assert_eq!((view.incoming.get(), view.purchases.len(), view.shown.get()), (7, 2, 5));
}

#[test]
fn a_page_that_only_hears_of_heartbeats_is_awake() {
    let mut world = World::settled(5);
    for _ in 0..8 {
        world.now_ms += 15_000;
        world.feed(Input::Stream(world.backend.heartbeat()));
    }
    assert!(world.stream.is_some());
    assert_eq!(snapshots(&world), 0);
}

#[test]
fn a_clock_that_is_set_makes_no_spend_from_the_future() {
    for jump_ms in [3 * HOUR_MS.cast_signed(), -3 * HOUR_MS.cast_signed()] {
        let mut world = World::settled(5);
        world.now_ms = 10 * HOUR_MS;
        world.feed(Input::Tick);
        world.deliver_all();
        let (version, epoch) = (world.backend.account.version, world.backend.epoch);
        let server_time_ms = 50 * HOUR_MS;
        let heartbeat = Heartbeat { version, epoch, server_time_ms };
        world.feed(Input::Stream(StreamEvent::Heartbeat(heartbeat)));
        world.now_ms = world.now_ms.saturating_add_signed(jump_ms);
        world.feed(Input::Tick);
        assert_eq!(world.view().phase, Phase::Stale, "whatever the clock says now");
        world.spend(Kind::Own, 1).unwrap();
        assert_eq!(world.stored[0].created_at_ms, server_time_ms);
    }
}

#[test]
fn a_backend_that_was_restarted_is_looked_at_once() {
    let mut world = World::settled(5);
    for _ in 0..4 {
        world.cut_stream();
        world.stream = None;
        world.feed(Input::StreamClosed);
        world.feed(Input::Snapshot(Reply::Nothing));
        world.parcels.truncate(1);
    }
    assert_eq!(snapshots(&world), 1);
    world.deliver(0);
    world.deliver(0);
    assert_eq!(snapshots(&world), 0, "and not once more for every stream that failed meanwhile");
    world.deliver_all();
    assert_eq!(world.view().phase, Phase::Settled);
}

#[test]
fn an_entry_of_a_stream_that_was_given_up_still_proves_its_op() {
    let mut world = World::settled(5);
    let backup = world.backend.clone();
    world.spend_one();
    world.deliver(0);
    world.deliver(0);
    world.lose(0);
    world.publish();
    world.now_ms += HOUR_MS;
    let entry = world.stream.as_mut().and_then(VecDeque::pop_back).unwrap();
    world.feed(Input::Stream(entry));
    world.backend.restore(&backup);
    world.cut_stream();
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
    assert_eq!(world.outcomes[0].state, EndState::Dropped, "and not charged once more");
}

#[test]
fn a_clock_that_is_set_back_does_not_make_silence_look_shorter() {
    let mut world = World::settled(5);
    world.now_ms += 29_000;
    let beat = world.backend.heartbeat();
    world.feed(Input::Stream(beat));
    world.now_ms -= 25_000;
    world.feed(Input::Tick);
    for _ in 0..2 {
        assert_eq!(world.view().phase, Phase::Settled);
        world.now_ms += 23_000;
        world.feed(Input::Tick);
    }
    assert_eq!((world.view().phase, snapshots(&world)), (Phase::Stale, 1));
}

#[test]
fn a_heartbeat_that_is_ahead_of_its_entries_is_no_reason_to_look() {
    let mut world = World::settled(5);
    world.backend.grant(1);
    let beat = world.backend.heartbeat();
    world.feed(Input::Stream(beat.clone()));
    assert_eq!(snapshots(&world), 0, "they follow it");
    world.feed(Input::Stream(beat));
    assert_eq!(snapshots(&world), 1, "they are lost");
}

#[test]
fn what_is_told_of_another_account_is_no_answer() {
    let mut world = World::new(Backend::with_credits(5), Vec::new());
    let mut told = world.backend.snapshot(None);
    told.account = creditpack::AccountId::new("u_2").unwrap();
    told.available = 900;
    world.feed(Input::Snapshot(Reply::Body(told)));
    assert_eq!((world.view().phase, world.shown()), (Phase::Loading, 0));
    world.deliver_all();
    assert_eq!((world.view().phase, world.shown()), (Phase::Settled, 5));
}
