//! Spends made while a page has no connection: how much may be promised, and that they are sent
//! in the order in which they were made.

use creditpack::client::{Declined, EndState, Kind as SpendKind, Outcome, StoredOp};
use creditpack::{Credits, OpId};

use crate::coverage::Kind;
use crate::world::{World, short};

/// An op that was made offline.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    op: OpId,
    /// The page that made it.
    maker: u32,
    /// Whether its hold has ever reached the backend.
    reached: bool,
    /// Whether a page has called it off.
    called_off: bool,
}

impl World {
    /// A page has taken a spend.
    pub(crate) fn promised(&mut self, slot: usize, stored: &StoredOp) {
        let bound = self.offline_credits;
        let Some(tab) = self.tabs[slot].as_ref().filter(|tab| tab.offline) else { return };
        if let Err(violation) = tab.watch.may_promise(stored.credits, bound, &self.backend) {
            self.violation.get_or_insert(violation);
        }
        self.coverage.count(Kind::MadeOffline);
        let queued = Queued { op: stored.op, maker: tab.page, reached: false, called_off: false };
        self.queued.push(queued);
    }

    /// A page has refused a spend of its buyer.
    pub(crate) fn declined(&mut self, slot: usize, declined: &Declined, cost: Option<Credits>) {
        let bound = self.offline_credits;
        let (Declined::Offline, Some(tab)) = (declined, &self.tabs[slot]) else { return };
        if !tab.offline {
            return self.blame("offline", "refused as offline by a page that is not".into());
        }
        let Some(cost) = cost.filter(|_| bound > Credits::ZERO) else { return };
        self.coverage.count(Kind::OverOfflineCap);
        if let Err(violation) = tab.watch.must_promise(cost, bound) {
            self.violation.get_or_insert(violation);
        }
    }

    /// What a spend costs, by what the page itself shows. Offline nothing is announced.
    pub(crate) fn cost(
        &self,
        slot: usize,
        kind: SpendKind,
        operation: &str,
        quantity: u64,
    ) -> Option<Credits> {
        let view = self.view(slot).filter(|_| kind == SpendKind::Own)?;
        let shown = view.operations.iter().find(|shown| shown.id == operation)?;
        Credits::new(shown.credits.get() * quantity).ok()
    }

    /// A page sends a hold: for the first time only while it has a connection.
    pub(crate) fn sends_hold(&mut self, slot: usize, op: OpId, attempt: u32) {
        let offline = self.tabs[slot].as_ref().is_some_and(|tab| tab.offline);
        if offline && attempt == 0 {
            self.blame("offline", format!("{} is sent without a connection", short(op)));
        }
    }

    /// A page has called an op off.
    pub(crate) fn called_off(&mut self, op: OpId) {
        if let Some(queued) = self.queued.iter_mut().find(|queued| queued.op == op) {
            queued.called_off = true;
        }
    }

    /// A hold reaches the backend. Of what one page made offline it comes after all that was made
    /// before it and is still to be sent, be it by that page or by one that took it over.
    pub(crate) fn hold_arrives(&mut self, slot: usize, page: u32, op: OpId) {
        let Some(at) = self.queued.iter().position(|queued| queued.op == op) else { return };
        if std::mem::replace(&mut self.queued[at].reached, true) {
            return;
        }
        let sender = self.tabs[slot].as_ref().filter(|tab| tab.page == page);
        let Some(sender) = sender.filter(|tab| tab.watch.sees_to(op)) else { return };
        let maker = self.queued[at].maker;
        let before = self.queued[..at].iter().filter(|queued| queued.maker == maker);
        let before = before.filter(|queued| sender.watch.sees_to(queued.op));
        let follows = before.clone().count() > 0;
        let mut waiting = before.filter(|queued| {
            !queued.reached && !queued.called_off && !self.backend.has_heard_of(queued.op)
        });
        if let Some(Queued { op: skipped, .. }) = waiting.next() {
            let detail = format!("{} arrives before {}", short(op), short(*skipped));
            self.blame("offline", detail);
        } else if follows {
            self.coverage.count(Kind::SentFromQueue);
        }
    }

    /// A page tells its buyer how an op ended.
    pub(crate) fn reports(&mut self, outcome: &Outcome) {
        let queued = self.queued.iter().any(|queued| queued.op == outcome.op);
        if queued && outcome.state == EndState::Rejected {
            self.coverage.count(Kind::RefusedFromQueue);
        }
    }
}
