//! The client's picture, as [`crate::display`] wants it.

use alloc::vec::Vec;

use super::Client;
use super::evidence::Proof;
use super::pending::{Pending, Progress};
use crate::credits::Credits;
use crate::display::{Level, OperationView, Phase, SpendView, Stage, Trust, View};
use crate::ids::OpId;
use crate::wire::PurchaseStatus;

impl Client {
    /// What the balance should say now.
    pub fn view(&self, now_ms: u64) -> View {
        let displayed = self.displayed();
        let shown = credits(displayed);
        let spends = self.spends();
        View {
            phase: self.phase(displayed, &spends, now_ms),
            level: self.level(shown),
            shown,
            settled: self.base.map_or(0, |base| base.settled),
            held: self.base.map_or(Credits::ZERO, |base| base.held),
            available: self.base.map_or(0, |base| base.available),
            pending: credits(self.overlaid()),
            incoming: self.incoming_credits(),
            purchases: self.incoming.clone(),
            version: self.base_version().get(),
            epoch: self.base.map(|base| base.epoch.as_str().into()).unwrap_or_default(),
            memory_only: self.memory_only,
            spends,
            operations: self.operations(displayed),
            happened: self.happened.clone(),
        }
    }

    fn phase(&self, displayed: i64, spends: &[SpendView], now_ms: u64) -> Phase {
        Phase::of(Trust {
            known: self.base.is_some(),
            online: self.link.online,
            stale: self.link.is_stale(now_ms),
            overcommitted: displayed < 0,
            unknown: spends.iter().any(|spend| spend.stage == Stage::Unknown),
            pending: self.overlaid() > 0,
            unsaved: self.storing_failed,
        })
    }

    fn level(&self, shown: Credits) -> Level {
        let Some(costs) = &self.catalog.costs else { return Level::Ok };
        let cheapest = costs.operations.iter().map(|(_, cost)| *cost).min();
        if self.base.is_none() { Level::Ok } else { Level::of(shown, costs.low_at, cheapest) }
    }

    pub(super) fn incoming_credits(&self) -> Credits {
        self.incoming
            .iter()
            .filter(|purchase| purchase.status != PurchaseStatus::Failed)
            .fold(Credits::ZERO, |sum, purchase| sum.plus(purchase.credits).unwrap_or(sum))
    }

    fn spends(&self) -> Vec<SpendView> {
        self.pending
            .iter()
            .map(|(op, pending)| SpendView {
                op,
                operation: pending.stored.operation.clone(),
                credits: pending.stored.credits,
                stage: self.stage(op, pending),
            })
            .collect()
    }

    fn stage(&self, op: OpId, pending: &Pending) -> Stage {
        // Like the number it stays in the base's epoch while a newer one is weighed.
        match (self.evidence.proof(op), pending.progress) {
            (Some(Proof::Applied { .. }), _) => Stage::Running,
            (_, Progress::Saving | Progress::Queued) => Stage::Queued,
            (_, Progress::Unknown) => Stage::Unknown,
            (_, Progress::Sent | Progress::Announced { .. }) => Stage::Sent,
        }
    }

    fn operations(&self, displayed: i64) -> Vec<OperationView> {
        let costs = self.catalog.costs.iter().flat_map(|costs| &costs.operations);
        costs
            .map(|(id, credits)| OperationView {
                id: id.clone(),
                credits: *credits,
                affordable: self.base.is_some() && credits.signed() <= displayed,
            })
            .collect()
    }
}

/// A displayed number, clamped at zero.
fn credits(displayed: i64) -> Credits {
    u64::try_from(displayed).ok().and_then(|amount| Credits::new(amount).ok()).unwrap_or_default()
}
