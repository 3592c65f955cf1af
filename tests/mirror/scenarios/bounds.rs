//! What happens where there is more than a client keeps.

use std::collections::VecDeque;

use creditpack::client::{Declined, Digest, Effect, Input, Kind, PENDING_MAX, Role, StoredOp};
use creditpack::error::Code;
use creditpack::ids::Version;
use creditpack::{Credits, OpId};

use crate::backend::Backend;
use crate::browser::Browser;
use crate::world::{Parcel, World, op_made};

/// Own ops of an earlier page, made before anything happened to the account.
fn left_behind(backend: &Backend, count: u64) -> Vec<StoredOp> {
    let made = |number| StoredOp {
        op: op_made(number, 1_000),
        kind: Kind::Own,
        operation: "image".into(),
        quantity: 1,
        credits: Credits::ONE,
        created_at_ms: 1_000,
        made_at: (backend.epoch, Version::ZERO),
        called_off: false,
    };
    (1..=count).map(made).collect()
}

#[test]
fn one_more_spend_than_may_be_pending_is_refused() {
    let backend = Backend::with_credits(20_000);
    let pending = left_behind(&backend, PENDING_MAX as u64);
    let mut browser = Browser::new(backend);
    browser.stored = pending;
    browser.open(Role::Following);
    let told = Digest {
        from: Version::ZERO,
        snapshot: browser.backend.snapshot(None),
        ops: vec![StoredOp { op: op_made(100_000, 1_000), ..browser.stored[0].clone() }],
        over: Vec::new(),
    };
    browser.feed(0, Input::Told(told));
    while !browser.tabs[0].parcels.is_empty() {
        browser.deliver(0, 0);
    }
    let view = browser.view(0);
    assert_eq!((view.spends.len(), view.shown.get()), (PENDING_MAX, 20_000 - 16_384));
    assert_eq!(browser.spend(0, Kind::Own), Err(Declined::Refused(Code::RateLimited)));
}

#[test]
fn the_furthest_of_too_many_entries_behind_a_gap_are_left_to_the_snapshot() {
    let mut world = World::settled(500);
    for number in 0..100 {
        world.backend.hold_of_another_device(op_made(number, 1_000));
    }
    world.publish();
    let missing = world.stream.as_mut().and_then(VecDeque::pop_front).unwrap();
    while world.read_stream() {}
    assert_eq!(world.view().version, 1);
    world.feed(Input::Stream(missing));
    assert_eq!((world.view().version, world.shown()), (65, 436), "as many as are kept");
    world.deliver_all();
    assert_eq!((world.view().version, world.shown()), (101, 400));
}

#[test]
fn of_too_many_ops_the_oldest_are_forgotten_and_no_more_is_claimed_to_be_known() {
    let mut browser = Browser::with_two_tabs(5_000);
    let ops: Vec<OpId> = (1..=4_200).map(|number| op_made(number, 1_000)).collect();
    for op in &ops {
        browser.backend.hold_of_another_device(*op);
    }
    while browser.read_stream(0) {}
    let known = browser.heard(0);
    assert_eq!(known.snapshot.receipts.len(), 4_096);
    assert_eq!(known.from, browser.backend.applied_at(ops[104]).unwrap());
    let is_told = |op: &OpId| known.snapshot.receipts.iter().any(|receipt| receipt.op == *op);
    assert!(ops[104..].iter().all(is_told), "all from there on");
}

#[test]
fn verdicts_of_many_ops_are_asked_for_a_hundred_at_a_time() {
    let mut backend = Backend::with_credits(500);
    let stored = left_behind(&backend, 250);
    let backup = backend.clone();
    backend.restore(&backup);
    let mut world = World::new(backend, stored);
    let mut asked = Vec::new();
    while !world.parcels.is_empty() || world.read_stream() {
        if let Some(Parcel::Request(Effect::Verdicts { ops, .. })) = world.parcels.front() {
            asked.push(ops.len());
        }
        world.deliver(0);
    }
    assert_eq!(asked, [100, 100, 50]);
    assert_eq!((world.outcomes.len(), world.shown()), (250, 500));
    assert!(world.stored.is_empty());
}
