//! The small core, exhaustively: two ops in every order that a bad network allows.
//!
//! The real client and the real ledger rules; the network is a bag from which anything may arrive
//! next, a bounded number of things may be lost or come twice, and the stream may lose an entry or
//! break. What must hold is asked in every state that can be reached.

mod core;
mod truth;

use core::{Core, Op, Who};
use stateright::{Checker, Model};

/// Explores everything that can be reached, and says how much that was.
fn explore(name: &str, core: Core) {
    let checker = core.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} states, all true", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn two_tabs_that_want_the_same_credit() {
    let ops = vec![Op { page: 0, who: Who::Browser }, Op { page: 1, who: Who::Browser }];
    explore("two tabs, one credit", Core { credits: 1, losses: 1, echoes: 1, cancels: 0, ops });
}

#[test]
fn one_tab_and_the_products_server() {
    let ops = vec![Op { page: 0, who: Who::Browser }, Op { page: 0, who: Who::Server }];
    explore("a tab and a server", Core { credits: 2, losses: 1, echoes: 1, cancels: 0, ops });
}

#[test]
fn one_tab_that_calls_a_spend_off() {
    let ops = vec![Op { page: 0, who: Who::Browser }, Op { page: 0, who: Who::Server }];
    explore("a tab that calls off", Core { credits: 2, losses: 1, echoes: 0, cancels: 1, ops });
}
