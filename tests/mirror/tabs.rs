//! Several tabs, in any order of events: every tab is compared after every step with an oracle that
//! sees the backend.

use creditpack::client::{Input, Kind, Role};
use proptest::prelude::*;

use crate::backend::Backend;
use crate::browser::Browser;

/// One thing that may happen next; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Spend(usize),
    Announce(usize),
    Cancel(usize, usize),
    Deliver(usize, usize),
    Lose(usize, usize),
    ReadStream(usize),
    CutStream(usize),
    Hear(usize),
    /// A message is lost, as for a tab that was in the back/forward cache.
    Miss(usize),
    Claim(usize),
    Capture(usize),
    Fail(usize),
    Grant,
    Take,
    Open,
    Kill(usize),
    Stray,
    Lead(usize),
    /// The tab that led is frozen meanwhile.
    Steal(usize, usize),
    Look(usize),
    Online(usize, bool),
    Backup,
    Restore,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let any = || 0usize..8;
    let two = || (0usize..8, 0usize..8);
    prop_oneof![
        6 => any().prop_map(Step::Spend),
        1 => any().prop_map(Step::Announce),
        1 => two().prop_map(|(tab, at)| Step::Cancel(tab, at)),
        20 => two().prop_map(|(tab, at)| Step::Deliver(tab, at)),
        3 => two().prop_map(|(tab, at)| Step::Lose(tab, at)),
        10 => any().prop_map(Step::ReadStream),
        1 => any().prop_map(Step::CutStream),
        16 => any().prop_map(Step::Hear),
        1 => any().prop_map(Step::Miss),
        2 => any().prop_map(Step::Claim),
        3 => any().prop_map(Step::Capture),
        2 => any().prop_map(Step::Fail),
        2 => Just(Step::Grant),
        1 => Just(Step::Take),
        1 => Just(Step::Open),
        1 => any().prop_map(Step::Kill),
        1 => Just(Step::Stray),
        2 => any().prop_map(Step::Lead),
        1 => two().prop_map(|(tab, at)| Step::Steal(tab, at)),
        1 => any().prop_map(Step::Look),
        1 => two().prop_map(|(tab, at)| Step::Online(tab, at % 2 == 0)),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
        2 => Just(Step::Wait),
    ]
}

fn take(browser: &mut Browser, backup: &mut Option<Backend>, step: &Step) {
    let tabs = browser.tabs.len();
    let held = browser.backend.held();
    let op = |at: &usize| held.get(at % held.len().max(1)).copied();
    match step {
        Step::Spend(tab) => drop(browser.spend(tab % tabs, Kind::Own)),
        Step::Announce(tab) => drop(browser.spend(tab % tabs, Kind::Announced)),
        Step::Cancel(tab, at) => {
            let spends = browser.view(tab % tabs).spends;
            if let Some(spend) = spends.get(at % spends.len().max(1)) {
                browser.cancel(tab % tabs, spend.op);
            }
        }
        Step::Deliver(tab, at) => {
            let parcels = browser.tabs[tab % tabs].parcels.len().max(1);
            browser.deliver(tab % tabs, at % parcels);
        }
        Step::Lose(tab, at) => {
            let parcels = browser.tabs[tab % tabs].parcels.len().max(1);
            browser.lose(tab % tabs, at % parcels);
        }
        Step::ReadStream(tab) => drop(browser.read_stream(tab % tabs)),
        Step::CutStream(tab) => browser.cut_stream(tab % tabs),
        Step::Hear(tab) => drop(browser.hear(tab % tabs)),
        Step::Miss(tab) => drop(browser.tabs[tab % tabs].inbox.pop_front()),
        Step::Claim(at) => drop(op(at).map(|op| browser.backend.claim(op, 1))),
        Step::Capture(at) => drop(op(at).map(|op| browser.backend.capture(op, None))),
        Step::Fail(at) => drop(op(at).map(|op| browser.backend.fail(op))),
        Step::Grant => browser.backend.grant(3),
        Step::Take => browser.backend.take(1),
        Step::Open if tabs < 4 => browser.open(Role::Following),
        Step::Kill(tab) if tabs > 1 => browser.kill(tab % tabs),
        Step::Open | Step::Kill(_) => {}
        Step::Stray => browser.deliver_stray(),
        Step::Lead(tab) => browser.lead(tab % tabs, None),
        Step::Steal(tab, frozen) => browser.lead(tab % tabs, Some(frozen % tabs)),
        Step::Look(tab) => browser.feed(tab % tabs, Input::Refresh),
        Step::Online(tab, online) => browser.feed(tab % tabs, Input::Online(*online)),
        Step::Backup => *backup = Some(browser.backend.clone()),
        Step::Restore => {
            if let Some(backup) = backup {
                browser.backend.restore(backup);
                (0..tabs).for_each(|tab| browser.cut_stream(tab));
            }
        }
        Step::Wait => browser.tick(6_000),
    }
}

/// I1, I2 and I4 of every tab: its base is the backend's own state at its version, and exactly those
/// ops of the browser are overlaid that this state does not contain.
fn check(browser: &Browser) {
    for tab in 0..browser.tabs.len() {
        let view = browser.view(tab);
        if view.epoch != browser.backend.epoch.to_string() {
            continue;
        }
        let available = browser.backend.available_at(view.version);
        assert_eq!(view.available, available, "I1: the base of tab {tab} is true");
        let lacks = |op| browser.backend.applied_at(op).is_none_or(|at| at.get() > view.version);
        let missing = view.spends.iter().filter(|spend| lacks(spend.op));
        let missing: u64 = missing.map(|spend| spend.credits.get()).sum();
        assert_eq!(view.pending.get(), missing, "I1, I2: tab {tab} overlays what the base lacks");
        let displayed = view.available - missing.cast_signed();
        assert_eq!(view.shown.get().cast_signed(), displayed.max(0), "I4 of tab {tab}");
    }
}

/// I3 of the tabs that were there before.
fn bases(browser: &Browser) -> Vec<(String, u64)> {
    let view = |tab| browser.view(tab);
    (0..browser.tabs.len()).map(|tab| (view(tab).epoch, view(tab).version)).collect()
}

/// As many as the environment asks for, or a thousand.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(1_000))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_tab_is_true_after_every_step(
        credits in 0u64..6,
        steps in proptest::collection::vec(step(), 1..160),
    ) {
        let mut browser = Browser::with_two_tabs(credits);
        let mut backup = None;
        for step in &steps {
            let before = bases(&browser);
            take(&mut browser, &mut backup, step);
            check(&browser);
            if !matches!(step, Step::Kill(_)) {
                let after = bases(&browser);
                prop_assert!(before.iter().zip(&after).all(|(old, new)| old <= new), "I3");
            }
        }
        come_to_rest(&mut browser);
        let available = browser.backend.account.balance.available();
        for tab in 0..browser.tabs.len() {
            let view = browser.view(tab);
            prop_assert_eq!(view.available, available, "I6 of tab {}", tab);
            prop_assert_eq!(view.pending.get(), 0, "I6, I11 of tab {}", tab);
        }
        browser.tabs.clear();
        browser.open(Role::Alone);
        come_to_rest(&mut browser);
        prop_assert_eq!(browser.view(0).spends.len(), 0, "every op is over");
        prop_assert_eq!(browser.stored.len(), 0, "and forgotten");
    }
}

/// Delivers everything, ends all work, and lets the leading tab see to what others left behind.
fn come_to_rest(browser: &mut Browser) {
    (0..browser.tabs.len()).for_each(|tab| browser.feed(tab, Input::Online(true)));
    browser.lead(0, None);
    (0..browser.tabs.len()).for_each(|tab| browser.cut_stream(tab));
    browser.deliver_all();
    for _ in 0..2 {
        browser.tick(61_000);
        browser.deliver_all();
        for op in browser.backend.held() {
            browser.backend.fail(op);
        }
        browser.deliver_all();
    }
}
