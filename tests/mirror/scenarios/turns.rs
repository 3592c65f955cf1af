//! Very many ops at once: only so many requests about them are under way.

use creditpack::OpId;
use creditpack::client::{Effect, REQUESTS_MAX};

use crate::world::{Parcel, World};

const SPENDS: u64 = 12;

/// The ops that something is being asked about, in the order in which it was.
fn asked(world: &World) -> Vec<OpId> {
    let request = |parcel: &Parcel| match parcel {
        Parcel::Request(Effect::Hold { op, .. }) => Some(op.op),
        Parcel::Request(Effect::Release { op, .. }) => Some(*op),
        _ => None,
    };
    world.parcels.iter().filter_map(request).collect()
}

/// A page that had 20 credits, and has made and stored its spends.
fn spent() -> (World, Vec<OpId>) {
    let mut world = World::settled(20);
    let ops: Vec<_> = (0..SPENDS).map(|_| world.spend_one()).collect();
    for _ in &ops {
        world.deliver(0);
    }
    (world, ops)
}

#[test]
fn holds_wait_for_a_free_request_and_go_in_order() {
    let (mut world, ops) = spent();
    assert_eq!(world.shown(), 8, "all of them are shown at once");
    assert_eq!(asked(&world), ops[..REQUESTS_MAX]);
    for sent in REQUESTS_MAX..ops.len() {
        // The oldest request is decided, and its answer arrives.
        world.deliver(0);
        world.deliver(world.parcels.len() - 1);
        let oldest = sent + 1 - REQUESTS_MAX;
        assert_eq!(asked(&world), ops[oldest..=sent]);
    }
    world.deliver_all();
    assert_eq!((world.shown(), world.view().pending.get()), (8, 0));
}

#[test]
fn an_outage_is_asked_about_by_few() {
    let (mut world, ops) = spent();
    for _ in 0..3 * REQUESTS_MAX {
        world.lose(0);
        world.deliver(world.parcels.len() - 1);
        let mut asked = asked(&world);
        asked.sort_unstable();
        assert_eq!(asked, ops[..REQUESTS_MAX], "the same ones ask again");
    }
    world.deliver_all();
    assert_eq!((world.shown(), world.view().pending.get()), (8, 0));
}

#[test]
fn releases_share_the_requests_and_go_before_holds() {
    let (mut world, ops) = spent();
    let last = ops[ops.len() - 1];
    world.cancel(last);
    assert_eq!(asked(&world), ops[..REQUESTS_MAX], "no request is free");
    world.deliver(0);
    world.deliver(world.parcels.len() - 1);
    assert_eq!(asked(&world).last(), Some(&last));
    world.deliver_all();
    assert_eq!(world.shown(), 9, "the last one was never held");
}

#[test]
fn of_many_that_are_called_off_at_once_few_are_asked_about() {
    let mut world = World::settled(20);
    let ops: Vec<_> = (0..SPENDS).map(|_| world.spend_one()).collect();
    world.deliver_all();
    for op in &ops {
        world.cancel(*op);
    }
    while !world.parcels.is_empty() {
        assert!(asked(&world).len() <= REQUESTS_MAX, "{:?}", asked(&world));
        world.deliver(0);
    }
    world.deliver_all();
    assert_eq!(world.shown(), 20);
}
