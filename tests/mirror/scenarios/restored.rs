//! Several tabs and a backend that is restored: stories that the simulator found.

use creditpack::client::{EndState, Input, Kind, Role};

use crate::browser::Browser;

/// What is restored was copied before anything was spent; the tab of that number hears of it.
fn restore_in(browser: &mut Browser, at: usize) {
    browser.cut_stream(at);
    let epoch = browser.view(at).epoch;
    while browser.view(at).epoch == epoch {
        let parcels = browser.tabs[at].parcels.len();
        browser.deliver(at, 0);
        assert!(parcels > 0 || browser.read_stream(at), "nothing tells of the new epoch");
    }
}

#[test]
fn what_a_dead_tab_may_have_had_applied_is_not_made_again_in_the_next_epoch() {
    let mut browser = Browser::with_two_tabs(5);
    let backup = browser.backend.clone();
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    browser.deliver(0, 0);
    browser.deliver(0, 0);
    assert!(browser.backend.applied_at(op).is_some(), "as only the tab that dies could know");
    browser.kill(0);
    browser.backend.restore(&backup);
    browser.feed(0, Input::Role(Role::Leading));
    browser.deliver_all();
    assert_eq!(browser.shown(), [4], "shown until it is known what became of it");
    browser.tick(10_001);
    browser.deliver_all();
    assert_eq!(browser.backend.applied_at(op), None);
    assert_eq!(browser.tabs[0].outcomes[0].state, EndState::Dropped);
    assert_eq!((browser.shown(), browser.stored.len()), (vec![5], 0));
}

#[test]
fn an_op_that_is_told_in_a_later_epoch_may_be_in_the_base_of_an_earlier_one() {
    let mut browser = Browser::with_two_tabs(5);
    let backup = browser.backend.clone();
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.deliver(0, 0);
    browser.deliver(0, 0);
    assert!(browser.backend.applied_at(op).is_some());
    let answer = browser.tabs[0].parcels.pop_front();
    browser.stored.clear();
    browser.open(Role::Alone);
    browser.deliver_all_but(&[0, 1]);
    assert_eq!(browser.view(2).shown.get(), 4, "it is in the base of a tab that never heard of it");
    // One of its own keeps it in its epoch until its verdict has come.
    browser.spend(2, Kind::Own).unwrap();
    browser.backend.restore(&backup);
    restore_in(&mut browser, 0);
    let late = browser.heard(0);
    assert_eq!((late.ops[0].op, late.ops[0].made_at.0), (op, browser.backend.epoch));
    browser.feed(2, Input::Told(late));
    assert_eq!(browser.view(2).shown.get(), 3, "only its own is not in the base");
    browser.tabs[0].parcels.extend(answer);
    browser.deliver_all();
    assert_eq!(browser.shown(), [3, 3, 3]);
}
