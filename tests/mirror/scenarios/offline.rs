//! Spends made while there is no connection.

use creditpack::client::{Declined, Effect, EndState, Input, Kind, Role};
use creditpack::display::{Phase, Stage};
use creditpack::error::Code;
use creditpack::ledger::DEDUPE_WINDOW_MS;

use crate::backend::Backend;
use crate::browser::{Browser, client_with_offline_credits};
use crate::world::Parcel;

/// A page that takes up to two credits offline, and is offline.
fn offline(credits: u64) -> Browser {
    let mut browser = Browser::new(Backend::with_credits(credits));
    browser.open_as(client_with_offline_credits(2), Role::Alone);
    browser.deliver_all();
    browser.feed(0, Input::Online(false));
    browser
}

/// The holds that are on their way.
fn holds(browser: &Browser) -> Vec<creditpack::OpId> {
    let hold = |parcel: &Parcel| match parcel {
        Parcel::Request(Effect::Hold { op, .. }) => Some(op.op),
        _ => None,
    };
    browser.tabs[0].parcels.iter().filter_map(hold).collect()
}

#[test]
fn without_a_cap_nothing_is_spent_offline() {
    let mut browser = Browser::with_two_tabs(5);
    browser.feed(0, Input::Online(false));
    assert_eq!(browser.spend(0, Kind::Own), Err(Declined::Offline));
}

#[test]
fn offline_spends_are_taken_up_to_the_cap_and_shown_at_once() {
    let mut browser = offline(5);
    browser.spend(0, Kind::Own).unwrap();
    browser.spend(0, Kind::Own).unwrap();
    assert_eq!(browser.spend(0, Kind::Own), Err(Declined::Offline), "the cap is two");
    browser.deliver_all();
    let view = browser.view(0);
    assert_eq!((view.shown.get(), view.phase), (3, Phase::Offline));
    assert!(view.spends.iter().all(|spend| spend.stage == Stage::Queued));
    assert_eq!((browser.stored.len(), browser.backend.entries.len()), (2, 1), "stored, not sent");
}

#[test]
fn what_the_products_server_would_hold_cannot_wait() {
    let mut browser = offline(5);
    assert_eq!(browser.spend(0, Kind::Announced), Err(Declined::Offline));
}

#[test]
fn no_more_is_spent_offline_than_is_shown() {
    let mut browser = offline(1);
    browser.spend(0, Kind::Own).unwrap();
    assert!(matches!(browser.spend(0, Kind::Own), Err(Declined::InsufficientCredits { .. })));
}

#[test]
fn the_queue_is_sent_in_order_each_after_the_answer_on_the_one_before() {
    let mut browser = offline(5);
    let first = browser.spend(0, Kind::Own).unwrap();
    let second = browser.spend(0, Kind::Own).unwrap();
    browser.deliver_all();
    browser.feed(0, Input::Online(true));
    assert_eq!(holds(&browser), [first]);
    let third = browser.spend(0, Kind::Own).unwrap();
    while holds(&browser) != [second] {
        assert!(holds(&browser).len() <= 1, "one at a time");
        browser.deliver(0, 0);
    }
    browser.deliver_all();
    let order: Vec<_> = browser.backend.entries.iter().filter_map(|entry| entry.op).collect();
    assert_eq!(order, [first, second, third]);
}

#[test]
fn what_is_stored_only_when_the_connection_is_back_goes_in_order_too() {
    let mut browser = offline(5);
    let first = browser.spend(0, Kind::Own).unwrap();
    let second = browser.spend(0, Kind::Own).unwrap();
    browser.feed(0, Input::Online(true));
    browser.feed(0, Input::Saved(second));
    assert!(holds(&browser).is_empty(), "not before the one that was made before it");
    browser.feed(0, Input::Saved(first));
    assert_eq!(holds(&browser), [first]);
    browser.deliver_all();
    let order: Vec<_> = browser.backend.entries.iter().filter_map(|entry| entry.op).collect();
    assert_eq!(order, [first, second]);
}

#[test]
fn a_refusal_is_reported_for_each_op() {
    let mut browser = offline(2);
    browser.spend(0, Kind::Own).unwrap();
    let second = browser.spend(0, Kind::Own).unwrap();
    browser.deliver_all();
    browser.backend.take(1);
    browser.feed(0, Input::Online(true));
    browser.deliver_all();
    let [outcome] = &browser.tabs[0].outcomes[..] else { panic!("one is over") };
    assert_eq!((outcome.op, outcome.state), (second, EndState::Rejected));
    assert_eq!(outcome.code, Some(Code::InsufficientCredits));
    assert_eq!(browser.shown(), [0]);
}

#[test]
fn an_offline_spend_survives_the_page() {
    let mut browser = offline(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.kill(0);
    browser.open(Role::Alone);
    browser.deliver_all();
    assert_eq!(browser.shown(), [4]);
    assert!(browser.backend.applied_at(op).is_some());
}

#[test]
fn one_that_is_older_than_verdicts_are_kept_is_dropped_and_reported() {
    let mut browser = offline(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.kill(0);
    browser.now_ms += DEDUPE_WINDOW_MS;
    browser.open(Role::Alone);
    // The backend's clock stands still in this world, so that the client's would follow it.
    browser.tabs[0].parcels.retain(|parcel| matches!(parcel, Parcel::Answer(_)));
    let mut snapshot = browser.backend.snapshot(browser.stored.first().map(|op| op.made_at));
    snapshot.server_time_ms = browser.now_ms;
    browser.feed(0, Input::Snapshot(creditpack::client::Reply::Body(snapshot)));
    assert!(holds(&browser).is_empty(), "never sent again");
    browser.deliver_all();
    let [outcome] = &browser.tabs[0].outcomes[..] else { panic!("it is over") };
    assert_eq!((outcome.op, outcome.state), (op, EndState::Dropped));
    assert_eq!(outcome.code, Some(Code::OpTooOld));
    assert!(browser.stored.is_empty());
}
