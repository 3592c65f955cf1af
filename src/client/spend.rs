//! The buyer's side: spend, announce, call off.

use alloc::string::String;
use alloc::vec::Vec;

use super::pending::{ANNOUNCED_MS, Pending, Progress, Release, Request};
use super::{Client, Declined, Effect, EndState, Kind, StoredOp};
use crate::catalog;
use crate::credits::Credits;
use crate::error::Code;
use crate::ids::{Epoch, OpId, Version};
use crate::mutation::{Mutation, is_on};

/// How many own ops may be pending at once; one more is refused.
pub const PENDING_MAX: usize = 16_384;

/// A spend the buyer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSpend {
    /// Its id, never used before.
    pub op: OpId,
    /// Who will ask for the hold.
    pub kind: Kind,
    /// What it is for.
    pub operation: String,
    /// How many times, 1 to 10,000.
    pub quantity: u64,
}

impl Client {
    /// What spending on `operation` costs, if it can be spent now.
    ///
    /// # Errors
    ///
    /// Why not; nothing has happened then.
    pub fn cost(&self, operation: &str, quantity: u64) -> Result<Credits, Declined> {
        let costs = self.catalog.costs.as_ref().ok_or(Declined::NotReady)?;
        self.base.ok_or(Declined::NotReady)?;
        let (_, each) = costs
            .operations
            .iter()
            .find(|(id, _)| id == operation)
            .ok_or(Declined::Refused(Code::UnknownOperation))?;
        let quantity = catalog::quantity(quantity).map_err(Declined::Invalid)?;
        let required = each.times(quantity).map_err(Declined::Invalid)?;
        let available = self.displayed(self.overlaid());
        if self.pending.len() >= PENDING_MAX {
            return Err(Declined::Refused(Code::RateLimited));
        }
        if !self.may_promise(required) {
            return Err(Declined::Offline);
        }
        if available < 0 {
            return Err(Declined::Overcommitted);
        }
        if required.signed() > available && !is_on(Mutation::SpendBeyondShown) {
            return Err(Declined::InsufficientCredits { required, available });
        }
        Ok(required)
    }

    /// Shows a spend at once; it is stored first and sent then.
    ///
    /// # Errors
    ///
    /// Why it cannot be made; nothing has happened then.
    pub fn spend(&mut self, new: NewSpend, now_ms: u64) -> Result<Vec<Effect>, Declined> {
        let credits = self.cost(&new.operation, new.quantity)?;
        // Only this browser can send it later.
        if new.kind == Kind::Announced && !self.link.online {
            return Err(Declined::Offline);
        }
        let base = self.base.ok_or(Declined::NotReady)?;
        let stored = StoredOp {
            op: new.op,
            kind: new.kind,
            operation: new.operation,
            quantity: catalog::quantity(new.quantity).map_err(Declined::Invalid)?,
            credits,
            created_at_ms: self.backend_time_ms(now_ms),
            made_at: (base.epoch, base.version),
            called_off: false,
        };
        let progress = match new.kind {
            Kind::Own => Progress::Saving,
            Kind::Announced => Progress::Announced { until_ms: now_ms + ANNOUNCED_MS },
        };
        let made_offline = !self.link.online;
        let pending = Pending { made_offline, ..Pending::new(stored.clone(), progress) };
        self.pending.insert(new.op, pending);
        let mut effects = alloc::vec![Effect::Save(stored.clone())];
        if is_on(Mutation::SentBeforeStored) {
            effects.push(Effect::Hold { op: stored, epoch: self.epoch(), attempt: 0 });
        }
        self.tabs.tell_of(new.op);
        self.share(&mut effects);
        Ok(effects)
    }

    /// Calls an own op off: released, which the backend refuses once its work has started.
    ///
    /// An op that was not sent yet is released all the same. Its id is out by now: the product's
    /// server may ask for its hold any moment, and a release is what makes that too late. One of
    /// another tab is this one's from here on.
    pub fn cancel(&mut self, op: OpId) -> Vec<Effect> {
        let mut effects = Vec::new();
        if is_on(Mutation::UnsentNeverReleased) && !self.was_sent(op) {
            self.end(op, EndState::Cancelled, None, &mut effects);
        }
        if self.pending.get(op).is_some_and(|pending| pending.release == Release::No) {
            self.call_off(op, Release::Wanted, &mut effects);
            self.send_releases(&mut effects);
            self.count_requests(&effects);
        }
        self.share(&mut effects);
        effects
    }

    /// What [`Mutation::UnsentNeverReleased`] goes by.
    fn was_sent(&self, op: OpId) -> bool {
        self.pending.get(op).is_some_and(|pending| pending.in_flight)
    }

    /// Begins to call an op off, and tells the other tabs.
    pub(super) fn call_off(&mut self, op: OpId, release: Release, effects: &mut Vec<Effect>) {
        if let Some(pending) = self.pending.get_mut(op) {
            pending.foreign_since_ms = None;
            pending.call_off(release, effects);
            self.tabs.tell_of(op);
        }
    }

    /// Takes up the ops that an earlier page left behind. Where there are other tabs, they may be
    /// theirs.
    pub(super) fn restore(
        &mut self,
        stored: Vec<StoredOp>,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        for stored in stored {
            let op = stored.op;
            if self.pending.contains(op) {
                continue;
            }
            let theirs = Pending::of_another_tab(stored, now_ms);
            self.pending.insert(op, Pending { restored: true, ..theirs });
        }
        self.begin(now_ms, effects);
    }

    /// Calls off announced ops whose hold never came.
    pub(super) fn release_overdue(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        let wanted: Vec<_> = self.pending.keys().filter(|op| self.wants_hold(*op)).collect();
        for op in wanted {
            let Some(pending) = self.pending.get_mut(op) else { continue };
            let Progress::Announced { until_ms } = &mut pending.progress else { continue };
            // A clock that was set back must not make anybody wait longer.
            *until_ms = (*until_ms).min(now_ms.saturating_add(ANNOUNCED_MS));
            if *until_ms <= now_ms {
                self.call_off(op, Release::Wanted, effects);
            }
        }
    }

    /// The backend's clock, as far as it is known.
    pub(super) const fn backend_time_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add_signed(self.clock_ahead_ms)
    }

    /// The lowest version at which an op without evidence was made, in the newest epoch known.
    pub(super) fn unresolved_since(&self) -> Option<(Epoch, Version)> {
        let unresolved = || {
            self.pending
                .iter()
                .filter(|(op, _)| self.proof(*op).is_none())
                .map(|(_, pending)| pending.stored.made_at)
        };
        let newest = unresolved().map(|(epoch, _)| epoch).max()?;
        unresolved().filter(|(epoch, _)| *epoch == newest).min()
    }
}

impl Pending {
    /// Sends the hold for the first time.
    pub(super) fn send(&mut self, epoch: Option<Epoch>, effects: &mut Vec<Effect>) {
        self.progress = Progress::Sent;
        self.attempt = 0;
        self.in_flight = true;
        effects.push(Effect::Hold { op: self.stored.clone(), epoch, attempt: 0 });
    }

    /// Begins to call the op off.
    pub(super) fn call_off(&mut self, release: Release, effects: &mut Vec<Effect>) {
        self.release = release;
        self.attempt = 0;
        // A page that is opened again must not ask for what this one called off.
        self.stored.called_off = true;
        effects.push(Effect::Save(self.stored.clone()));
        self.releasing = Request::Due;
    }

    /// Asks for the release, once more or for the first time.
    pub(super) fn send_release(&mut self, epoch: Option<Epoch>, effects: &mut Vec<Effect>) {
        self.releasing = Request::UnderWay;
        effects.push(Effect::Release { op: self.stored.op, epoch, attempt: self.attempt });
    }
}
