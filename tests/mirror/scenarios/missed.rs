//! What tabs miss, hear late, or hear again and again: stories that the simulator found.

use creditpack::AccountId;
use creditpack::client::{Client, Effect, Input, Kind, Role};
use creditpack::display::HappenedKey;
use creditpack::wire::{Incoming, PurchaseStatus};

use crate::backend::ACCOUNT;
use crate::browser::Browser;
use crate::world::Parcel;

#[test]
fn an_op_that_nobody_may_have_stored_is_stored_before_it_is_sent() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    browser.kill(0);
    browser.stored.clear();
    browser.lead(0, None);
    assert!(browser.stored.iter().any(|stored| stored.op == op));
    let is_hold = |parcel: &Parcel| matches!(parcel, Parcel::Request(Effect::Hold { .. }));
    assert!(!browser.tabs[0].parcels.iter().any(is_hold), "not before it is known to be stored");
    browser.deliver_all();
    assert!(browser.backend.applied_at(op).is_some());
}

#[test]
fn work_that_has_begun_is_called_off_once_by_every_tab() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.deliver_all();
    browser.backend.claim(op, 1);
    browser.cancel(1, op);
    for _ in 0..3 {
        for tab in [1, 0] {
            browser.hear(tab);
            while !browser.tabs[tab].parcels.is_empty() {
                browser.deliver(tab, 0);
            }
        }
    }
    assert_eq!(browser.shown(), [4, 4], "too late");
    let said = browser.tabs[0].inbox.len() + browser.tabs[1].inbox.len();
    assert_eq!(said, 0, "and no tab tells the other for ever");
}

#[test]
fn nothing_is_asked_before_storage_was_read() {
    let mut client = Client::new(AccountId::new(ACCOUNT).unwrap());
    client.handle(Input::Role(Role::Following), 0);
    for early in [Input::Tick, Input::Online(true), Input::Visible(true), Input::Refresh] {
        let effects = client.handle(early, 60_000);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Snapshot { .. })));
    }
}

#[test]
fn who_follows_once_more_asks_what_it_missed() {
    let mut browser = Browser::with_two_tabs(5);
    browser.backend.grant(1);
    browser.read_stream(0);
    browser.tabs[1].inbox.clear();
    assert_eq!(browser.shown(), [6, 5]);
    browser.feed(1, Input::Role(Role::Following));
    browser.deliver_all();
    assert_eq!(browser.shown(), [6, 6]);
}

#[test]
fn a_newcomer_is_told_what_waited_here_for_verdicts() {
    let mut browser = Browser::with_two_tabs(5);
    browser.spend(1, Kind::Own).unwrap();
    (0..3).for_each(|_| browser.deliver(1, 0));
    browser.read_stream(0);
    browser.read_stream(0);
    browser.tabs[1].inbox.clear();
    browser.backend.grant(1);
    browser.read_stream(0);
    browser.hear(1);
    browser.stored.clear();
    browser.open(Role::Following);
    browser.kill(0);
    let asked = browser.tabs[1].inbox.len();
    browser.tabs[1].inbox.clear();
    browser.feed(0, Input::AskedByTab);
    assert_eq!((asked, browser.tabs[1].inbox.len()), (0, 1));
    browser.deliver_all();
    assert_eq!(browser.shown(), [5, 5]);
    assert_eq!(browser.tabs[1].snapshots, 0, "it did not have to ask");
}

#[test]
fn an_op_that_ended_long_ago_does_not_run_again_in_a_late_digest() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.deliver_all();
    let late = browser.heard(0);
    browser.backend.capture(op, None);
    browser.deliver_all();
    browser.open(Role::Alone);
    browser.deliver_all();
    browser.feed(2, Input::Told(late));
    assert_eq!((browser.view(2).spends, browser.view(2).shown.get()), (Vec::new(), 4));
}

#[test]
fn an_op_that_is_heard_of_after_its_end_is_told_of_once() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.tabs[1].inbox.clear();
    let late = browser.heard(0);
    browser.deliver_all();
    browser.backend.capture(op, None);
    browser.deliver_all();
    let told = browser.view(1).happened;
    assert_eq!(told.as_ref().map(|told| (told.key, told.serial)), Some((HappenedKey::Spent, 1)));
    browser.feed(1, Input::Told(late));
    assert_eq!((browser.view(1).happened, browser.shown()), (told, vec![4, 4]));
}

#[test]
fn purchases_that_were_told_are_not_told_on() {
    let mut browser = Browser::with_two_tabs(5);
    let told = |purchase: &str, browser: &mut Browser| {
        let mut digest = browser.heard(0);
        digest.snapshot.incoming = vec![Incoming {
            purchase: purchase.into(),
            pack: "standard".into(),
            credits: creditpack::Credits::ONE,
            status: PurchaseStatus::Processing,
        }];
        digest
    };
    for purchase in ["pur_2", "pur_3"] {
        let digest = told(purchase, &mut browser);
        browser.tabs[0].inbox.clear();
        browser.feed(1, Input::Told(digest));
        assert_eq!(browser.view(1).purchases[0].purchase, purchase);
        assert!(browser.tabs[0].inbox.is_empty(), "all tabs heard it");
    }
}
