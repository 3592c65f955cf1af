//! What a page shows, compared with the ledger.

use creditpack::client::Role;
use creditpack::display::{Phase, Stage, View};

use super::{Violation, Watch, broken, signed};
use crate::backend::Backend;

/// A page that has heard nothing for so long must not call anything settled.
const SILENCE_MS_MAX: u64 = 45_000;

/// Nor one to which the page that leads has not said for so long that things are fresh: 3 s until it
/// heard that, and 5 s for which it counts.
const VOUCHED_MS_MAX: u64 = 8_000;

impl Watch {
    /// I1, I3: the base is a state that the ledger really had, and never an earlier one than before.
    pub(super) fn base_is_true(
        &mut self,
        view: &View,
        backend: &Backend,
    ) -> Result<Option<(usize, u64)>, Violation> {
        if view.epoch.is_empty() {
            return match self.base {
                None => Ok(None),
                Some(base) => broken("I3", format!("the base {base:?} is gone")),
            };
        }
        let Some(life) = backend.life_named(&view.epoch) else {
            return broken("I1", format!("there is no epoch {}", view.epoch));
        };
        let shown = (view.settled, view.held, view.available);
        match backend.lives[life].balances_at(view.version) {
            Some(truth) if truth == shown => {}
            truth => {
                let at = view.version;
                return broken("I1", format!("base {shown:?} at v{at}, but it was {truth:?}"));
            }
        }
        let base = Some((life, view.version));
        if base < self.base {
            return broken("I3", format!("the base went from {:?} to {base:?}", self.base));
        }
        self.notice_what_was_taken(life, view.version, backend);
        Ok(base)
    }

    /// I5: only what others did may take more than was shown.
    fn notice_what_was_taken(&mut self, life: usize, version: u64, backend: &Backend) {
        let Some((before_life, before)) = self.base else {
            let first = backend.lives[life].balances_at(version);
            self.taken_elsewhere |= first.is_some_and(|(.., available)| available < 0);
            return;
        };
        if before_life != life {
            self.taken_elsewhere = true;
            return;
        }
        let life = &backend.lives[life];
        for at in before + 1..=version {
            let (Some(entry), Some((.., was))) = (life.entry(at), life.balances_at(at - 1)) else {
                continue;
            };
            let own = entry.op.is_some_and(|op| self.own.iter().any(|own| own.op == op));
            self.taken_elsewhere |= entry.available < was && !own;
        }
    }

    /// I1, I2, I4, I5: overlaid are exactly those own ops that the base lacks and that the page does
    /// not know to be refused; the number is what that leaves.
    pub(super) fn overlay_is_true(
        &mut self,
        view: &View,
        base: Option<(usize, u64)>,
        backend: &Backend,
    ) -> Result<(), Violation> {
        let listed = view.spends.iter().filter(|spend| self.own.iter().any(|o| o.op == spend.op));
        if listed.count() != self.own.len() || view.spends.len() != self.own.len() {
            let own: Vec<_> = self.own.iter().map(|own| own.op).collect();
            return broken("I1", format!("own ops are {own:?}, shown are {:?}", view.spends));
        }
        let (surely, perhaps) = self.overlay(base, backend);
        let pending = signed(view.pending);
        if pending < surely || pending > surely + perhaps {
            let detail = format!("{pending} overlaid, but {surely} and {perhaps} perhaps are due");
            return broken("I1", detail);
        }
        self.displayed = view.available - pending;
        if signed(view.shown) != self.displayed.max(0) {
            return broken("I4", format!("{} is shown for {}", view.shown, self.displayed));
        }
        if base.is_some() && self.displayed < 0 && !self.taken_elsewhere {
            return broken("I5", format!("{} though nobody else took any", self.displayed));
        }
        if self.displayed < 0 && view.operations.iter().any(|operation| operation.affordable) {
            return broken("I5", "something is affordable though overcommitted".into());
        }
        Ok(())
    }

    /// Credits that must be overlaid, and those that may be.
    fn overlay(&self, base: Option<(usize, u64)>, backend: &Backend) -> (i64, i64) {
        let (mut surely, mut perhaps) = (0, 0);
        for own in &self.own {
            let Some((life, version)) = base else {
                surely += own.credits;
                continue;
            };
            let applied_at = backend.lives[life].applied_at(own.op);
            if applied_at.is_some_and(|applied| applied <= version) {
                continue;
            }
            match own.refused_in(life) {
                None => surely += own.credits,
                Some(false) => perhaps += own.credits,
                Some(true) => {}
            }
        }
        (surely, perhaps)
    }

    /// The phase says no better than it is.
    pub(super) fn phase_is_true(&self, view: &View, now_ms: u64) -> Result<(), Violation> {
        let doubts = [Phase::Loading, Phase::Offline, Phase::Stale];
        if doubts.contains(&view.phase) {
            return Ok(());
        }
        let since_ms = |at_ms: Option<u64>| at_ms.map_or(u64::MAX, |at| now_ms.saturating_sub(at));
        let silent_ms = since_ms(self.heard_at_ms);
        // A page that leads now waits for its own stream or poll as long as after a snapshot.
        let follows = self.role == Role::Following;
        let vouched_ms_max = if follows { VOUCHED_MS_MAX } else { SILENCE_MS_MAX };
        if silent_ms > SILENCE_MS_MAX && since_ms(self.vouched_at_ms) > vouched_ms_max {
            return broken("phase", format!("{:?} after {silent_ms} ms of silence", view.phase));
        }
        let unknown = view.spends.iter().any(|spend| spend.stage == Stage::Unknown);
        let worst = match () {
            () if self.displayed < 0 => Phase::Overcommitted,
            () if unknown => Phase::Unknown,
            () if signed(view.pending) > 0 && view.memory_only => Phase::Unsaved,
            () if signed(view.pending) > 0 => Phase::Pending,
            () => Phase::Settled,
        };
        if view.phase != worst {
            return broken("phase", format!("{:?} where {worst:?} is true", view.phase));
        }
        Ok(())
    }
}
