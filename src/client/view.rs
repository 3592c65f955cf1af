//! The client's picture, as [`crate::display`] wants it.

use alloc::vec::Vec;

use super::evidence::Proof;
use super::pending::{Pending, Progress};
use super::{Client, StoredOp};
use crate::credits::Credits;
use crate::display::{Level, OperationView, Phase, SpendView, Stage, Trust, View};
use crate::ids::OpId;
use crate::wire::PurchaseStatus;

/// What a page was told of each spend that it knows, oldest first. Nothing else of one changes.
#[derive(Clone, Debug, Default)]
pub struct Told(Vec<(OpId, Stage)>);

impl Told {
    fn any_unknown(&self) -> bool {
        self.0.iter().any(|(_, stage)| *stage == Stage::Unknown)
    }
}

impl Client {
    /// What the balance should say now.
    pub fn view(&self, now_ms: u64) -> View {
        self.view_since(&mut Told::default(), now_ms)
    }

    /// The view, with only those spends that are not as they were `told`, and those that are over
    /// since. A page may have thousands of them, and a step changes few.
    pub fn view_since(&self, told: &mut Told, now_ms: u64) -> View {
        let overlaid = self.overlaid();
        let displayed = self.displayed(overlaid);
        let shown = credits(displayed);
        let (spends, over) = self.news(told);
        View {
            phase: self.phase(displayed, overlaid, told.any_unknown(), now_ms),
            level: self.level(shown),
            shown,
            settled: self.base.map_or(0, |base| base.settled),
            held: self.base.map_or(Credits::ZERO, |base| base.held),
            available: self.base.map_or(0, |base| base.available),
            pending: credits(overlaid),
            incoming: self.incoming_credits(),
            purchases: self.incoming.clone(),
            version: self.base_version().get(),
            epoch: self.base.map(|base| base.epoch.as_str().into()).unwrap_or_default(),
            memory_only: self.memory_only,
            spends,
            over,
            operations: self.operations(displayed),
            happened: self.happened.clone(),
        }
    }

    fn phase(&self, displayed: i64, overlaid: i64, unknown: bool, now_ms: u64) -> Phase {
        Phase::of(Trust {
            known: self.base.is_some(),
            online: self.link.online,
            stale: self.link.is_stale(now_ms),
            overcommitted: displayed < 0,
            unknown,
            pending: overlaid > 0,
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

    /// The spends that changed since they were `told`, oldest first, and those that are over.
    fn news(&self, told: &mut Told) -> (Vec<SpendView>, Vec<OpId>) {
        let mut changed = Vec::new();
        let mut over = Vec::new();
        for (at, (op, pending)) in self.pending.iter().enumerate() {
            while told.0.get(at).is_some_and(|(known, _)| *known < op) {
                over.push(told.0.remove(at).0);
            }
            let news = (op, self.stage(op, pending));
            match told.0.get_mut(at) {
                Some(known) if *known == news => continue,
                Some(known) if known.0 == op => *known = news,
                _ => told.0.insert(at, news),
            }
            let StoredOp { operation, credits, .. } = pending.stored.clone();
            changed.push(SpendView { op, operation, credits, stage: news.1 });
        }
        while told.0.len() > self.pending.len() {
            over.extend(told.0.pop().map(|(op, _)| op));
        }
        (changed, over)
    }

    fn stage(&self, op: OpId, pending: &Pending) -> Stage {
        // Like the number it stays in the base's epoch while a newer one is weighed.
        match (self.evidence.proof(op), pending.progress) {
            (Some(Proof::Applied { .. }), _) => Stage::Running,
            (_, Progress::Saving | Progress::Queued | Progress::Ready) => Stage::Queued,
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
