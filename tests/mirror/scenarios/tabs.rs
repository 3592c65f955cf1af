//! Several tabs of one browser.

use creditpack::client::{Client, Digest, Effect, EndState, Input, Kind, Role};
use creditpack::display::{Phase, Stage};
use creditpack::{AccountId, OpId};
use proptest::prelude::*;

use crate::backend::{ACCOUNT, Backend};
use crate::browser::{Browser, Message};

#[test]
fn a_second_tab_learns_all_from_the_first() {
    let browser = Browser::with_two_tabs(5);
    assert_eq!(browser.shown(), [5, 5]);
    assert!(browser.tabs[1].stream.is_none(), "one stream for both");
    assert_eq!(browser.tabs[1].snapshots, 0, "and nothing asked of the backend");
}

#[test]
fn a_spend_is_shown_in_every_tab_at_once_and_sent_by_one() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(1, Kind::Own).unwrap();
    browser.hear(0);
    assert_eq!(browser.shown(), [4, 4], "before anything was stored or sent");
    assert_eq!(browser.view(0).spends[0].stage, Stage::Sent);
    browser.deliver_all();
    browser.backend.claim(op, 1);
    browser.backend.capture(op, None);
    browser.deliver_all();
    assert_eq!(browser.shown(), [4, 4]);
    let outcomes = |at: usize| browser.tabs[at].outcomes.len();
    assert_eq!((outcomes(0), outcomes(1)), (0, 1), "told to who made it");
    assert_eq!(browser.backend.entries.len(), 3);
}

#[test]
fn entries_reach_the_tab_that_has_no_stream() {
    let mut browser = Browser::with_two_tabs(5);
    browser.grant_then_deliver(3);
    assert_eq!(browser.shown(), [8, 8]);
    assert_eq!(browser.tabs[1].snapshots, 0);
}

/// What the buyer was told last in that tab: key, credits, operation, reason, and how many it were.
fn told_last(browser: &Browser, at: usize) -> String {
    let told = browser.view(at).happened;
    told.map_or_else(String::new, |told| {
        let word = |word: Option<String>| word.unwrap_or_else(|| "-".into());
        let (key, credits, serial) = (told.key, told.credits.get(), told.serial);
        format!("{serial}: {key:?} {credits} {} {}", word(told.operation), word(told.reason))
    })
}

#[test]
fn what_happens_is_told_in_every_tab_once() {
    let mut browser = Browser::with_two_tabs(5);
    browser.open(Role::Following);
    browser.deliver_all();
    assert_eq!(told_last(&browser, 1), "", "what was before a tab came is no news to it");
    let all = |browser: &Browser| [0, 1, 2].map(|at| told_last(browser, at));
    let everywhere = |words: &str| [0, 1, 2].map(|_| words.to_owned());
    browser.grant_then_deliver(3);
    assert_eq!(all(&browser), everywhere("1: Granted 3 - -"));
    browser.backend.take(2);
    browser.deliver_all();
    assert_eq!(all(&browser)[1..], everywhere("2: Taken 2 - -")[1..]);

    let op = browser.spend(1, Kind::Own).unwrap();
    browser.deliver_all();
    assert_eq!(all(&browser)[1..], everywhere("2: Taken 2 - -")[1..], "a hold is no news");
    browser.backend.claim(op, 1);
    browser.backend.capture(op, None);
    browser.deliver_all();
    assert_eq!(all(&browser), everywhere("3: Spent 1 image -"));

    let op = browser.spend(2, Kind::Own).unwrap();
    browser.deliver_all();
    browser.backend.claim(op, 1);
    browser.backend.fail(op);
    browser.deliver_all();
    assert_eq!(all(&browser), everywhere("4: Returned 1 image failed"));
}

#[test]
fn what_another_device_does_is_told_in_every_tab() {
    let mut browser = Browser::with_two_tabs(5);
    let hold = |browser: &mut Browser, op| {
        browser.backend.hold_of_another_device(op);
        browser.backend.claim(op, 1);
        browser.deliver_all();
    };
    let [first, second] = [1, 2].map(|number| OpId::v7(1_000, [number; 10]));
    hold(&mut browser, first);
    browser.backend.capture(first, None);
    browser.deliver_all();
    assert_eq!(told_last(&browser, 1), "1: Spent 1 - -");
    hold(&mut browser, second);
    browser.backend.fail(second);
    browser.deliver_all();
    assert_eq!(told_last(&browser, 1), "2: Returned 1 - failed");
    assert_eq!((browser.shown(), browser.tabs[1].outcomes.len()), (vec![4, 4], 0));
}

#[test]
fn a_tab_that_missed_some_of_it_tells_nothing_of_the_rest() {
    let mut browser = Browser::with_two_tabs(5);
    browser.backend.grant(1);
    browser.read_stream(0);
    browser.tabs[1].inbox.clear();
    browser.grant_then_deliver(2);
    assert_eq!((browser.view(1).shown.get(), told_last(&browser, 1)), (8, String::new()));
    let known = browser.heard(0);
    browser.grant_then_deliver(4);
    assert_eq!(told_last(&browser, 1), "1: Granted 4 - -");
    browser.feed(1, Input::Told(known));
    assert_eq!(told_last(&browser, 1), "1: Granted 4 - -", "nor of what it knows");
}

#[test]
fn one_tab_cannot_spend_what_another_has_promised() {
    let mut browser = Browser::with_two_tabs(1);
    browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    assert!(browser.spend(1, Kind::Own).is_err());
}

#[test]
fn a_follower_that_hears_nothing_is_stale_and_asks_for_itself() {
    let mut browser = Browser::with_two_tabs(5);
    browser.feed(1, Input::LeaderHeard);
    assert_eq!(browser.view(1).phase, Phase::Settled);
    browser.now_ms += 5_001;
    assert_eq!(browser.view(1).phase, Phase::Stale);
    browser.backend.grant(1);
    browser.feed(1, Input::Tick);
    browser.deliver_all_but(&[0]);
    assert_eq!((browser.view(1).shown.get(), browser.view(1).phase), (6, Phase::Settled));
    assert_eq!(browser.tabs[1].snapshots, 1);
}

#[test]
fn whoever_leads_next_goes_on_where_the_last_one_was() {
    let mut browser = Browser::with_two_tabs(5);
    browser.kill(0);
    browser.lead(0, None);
    browser.deliver_all();
    browser.grant_then_deliver(2);
    assert_eq!(browser.shown(), [7]);
}

#[test]
fn an_op_that_a_dead_tab_never_sent_is_sent_by_the_one_that_is_left() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    browser.kill(0);
    browser.lead(0, None);
    browser.deliver_all();
    assert!(browser.backend.applied_at(op).is_some());
    browser.backend.fail(op);
    browser.deliver_all();
    assert_eq!(browser.tabs[0].outcomes[0].state, EndState::Released);
    assert_eq!((browser.shown(), browser.stored.len()), (vec![5], 0));
}

#[test]
fn an_op_of_a_frozen_tab_is_taken_over_and_its_waking_does_no_harm() {
    let mut browser = Browser::with_two_tabs(5);
    browser.open(Role::Following);
    browser.deliver_all();
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    browser.lead(1, Some(0));
    browser.deliver_all_but(&[0]);
    browser.now_ms += 10_001;
    browser.feed(1, Input::Tick);
    browser.deliver_all_but(&[0]);
    let applied = browser.backend.applied_at(op);
    assert!(applied.is_some(), "sent by the new leader");
    browser.deliver_all();
    assert_eq!(browser.backend.applied_at(op), applied, "and no second time");
    assert_eq!((browser.shown(), browser.backend.entries.len()), (vec![4, 4, 4], 2));
}

#[test]
fn a_clock_that_is_set_back_makes_no_op_of_a_frozen_tab_wait_longer() {
    let mut browser = Browser::with_two_tabs(5);
    browser.now_ms += 25_000;
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.hear(1);
    browser.lead(1, Some(0));
    browser.deliver_all_but(&[0]);
    browser.now_ms -= 20_000;
    browser.feed(1, Input::Tick);
    browser.now_ms += 10_000;
    browser.feed(1, Input::Tick);
    browser.deliver_all_but(&[0]);
    assert!(browser.backend.applied_at(op).is_some(), "sent by the new leader");
}

#[test]
fn a_leader_that_wakes_takes_nothing_back() {
    let mut browser = Browser::with_two_tabs(5);
    let frozen = browser.heard(0);
    browser.lead(1, Some(0));
    browser.deliver_all_but(&[0]);
    browser.backend.grant(3);
    browser.deliver_all_but(&[0]);
    let before = browser.view(1);
    browser.feed(1, Input::Told(frozen));
    assert_eq!(browser.view(1), before);
}

#[test]
fn an_op_is_called_off_from_any_tab() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(0, Kind::Own).unwrap();
    browser.deliver_all();
    browser.cancel(1, op);
    browser.deliver_all();
    assert_eq!(browser.shown(), [5, 5]);
    assert_eq!(browser.tabs[0].outcomes[0].state, EndState::Released);
}

#[test]
fn what_another_account_tells_is_not_heard() {
    let mut browser = Browser::with_two_tabs(5);
    let mut digest = browser.heard(0);
    digest.snapshot.account = AccountId::new("u_2").unwrap();
    digest.snapshot.available = 900;
    digest.snapshot.version = digest.snapshot.version.next();
    browser.feed(1, Input::Told(digest));
    assert_eq!(browser.shown(), [5, 5]);
}

#[test]
fn a_base_that_arrives_over_a_gap_waits_for_verdicts() {
    let mut browser = Browser::with_two_tabs(5);
    let op = browser.spend(1, Kind::Own).unwrap();
    browser.deliver(1, 0);
    browser.deliver(1, 0);
    assert!(browser.backend.applied_at(op).is_some());
    browser.tabs[1].parcels.clear();
    browser.read_stream(0);
    browser.read_stream(0);
    browser.tabs[1].inbox.clear();
    browser.backend.grant(1);
    browser.read_stream(0);
    browser.hear(1);
    assert_eq!(browser.view(1).shown.get(), 4, "not without knowing what became of its own op");
    browser.deliver_all();
    assert_eq!(browser.shown(), [5, 5]);
}

/// Everything that was ever told in a browser with some history.
fn told(steps: &[(usize, usize)]) -> (Vec<Digest>, Backend) {
    let mut browser = Browser::with_two_tabs(6);
    let mut said = vec![browser.heard(0)];
    for (what, at) in steps {
        let held = browser.backend.held();
        let op = held.get(at % held.len().max(1)).copied();
        match (what, op) {
            (0, _) => drop(browser.spend(at % 2, Kind::Own)),
            (1, Some(op)) => drop(browser.backend.capture(op, None)),
            (2, Some(op)) => drop(browser.backend.fail(op)),
            (3, _) => browser.backend.grant(1),
            (4, _) => said.extend([browser.heard(0), browser.heard(1)]),
            _ => browser.deliver(at % 2, 0),
        }
        for at in 0..2 {
            while browser.read_stream(at) {}
            let inbox = browser.tabs[at].inbox.clone();
            said.extend(inbox.into_iter().filter_map(|message| match message {
                Message::Told(digest) => Some(*digest),
                Message::Hello => None,
            }));
            while browser.hear(at) {}
        }
    }
    (said, browser.backend)
}

/// The base of a tab that heard these, once the verdicts it asked for have come.
fn merged(digests: &[&Digest], backend: &Backend) -> (u64, i64) {
    let mut client = Client::new(AccountId::new(ACCOUNT).unwrap());
    client.handle(Input::Role(Role::Following), 0);
    client.handle(Input::Restored(Vec::new()), 0);
    for digest in digests {
        let mut effects = client.handle(Input::Told((*digest).clone()), 0);
        while let Some(effect) = effects.pop() {
            if let Effect::Verdicts { ops, epoch, .. } = effect {
                let answer = Input::Verdicts(epoch, Some(backend.verdicts(&ops)));
                effects.extend(client.handle(answer, 0));
            }
        }
    }
    let view = client.view(0);
    (view.version, view.available)
}

proptest! {
    /// I10, for digests in any order, any number of times, and with some missing.
    #[test]
    fn merging_is_commutative_associative_and_idempotent(
        steps in proptest::collection::vec((0usize..8, 0usize..8), 1..40),
        order in proptest::collection::vec(0usize..64, 1..24),
    ) {
        let (said, backend) = told(&steps);
        let chosen: Vec<_> = order.iter().map(|at| &said[at % said.len()]).collect();
        let mut places: Vec<_> = order.iter().map(|at| at % said.len()).collect();
        places.sort_unstable();
        let sorted: Vec<_> = places.iter().map(|at| &said[*at]).collect();
        let backwards: Vec<_> = chosen.iter().rev().copied().collect();
        let twice = [&chosen[..], &chosen[..]].concat();
        let view = merged(&chosen, &backend);
        prop_assert_eq!(&view, &merged(&sorted, &backend), "in another order");
        prop_assert_eq!(&view, &merged(&backwards, &backend), "backwards");
        prop_assert_eq!(&view, &merged(&twice, &backend), "twice");
    }
}
