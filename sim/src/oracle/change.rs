//! I7: every change of the number has its reasons.

use creditpack::EntryKind;

use super::{Before, Gone, Violation, Watch, broken};
use crate::backend::Backend;

impl Watch {
    /// Within one life the number changes by what the entries that entered the base did to
    /// available credits, but for own ops, which were subtracted when they were made; and by own
    /// spends and refusals. So a run of own successes changes it once for each and never raises it.
    pub(super) fn change_has_its_reasons(
        &self,
        before: Before,
        base: Option<(usize, u64)>,
        spent: i64,
        gone: &Gone,
        backend: &Backend,
    ) -> Result<(), Violation> {
        let (Some((was_in, from)), Some((life, to))) = (before.base, base) else { return Ok(()) };
        if was_in != life {
            return Ok(());
        }
        let ledger = &backend.lives[life];
        let available = |version| ledger.balances_at(version).map_or(0, |(.., free)| free);
        let mut reasons = available(to) - available(from) - spent;
        for entry in (from + 1..=to).filter_map(|version| ledger.entry(version)) {
            if !matches!(entry.kind, EntryKind::Hold | EntryKind::Debit) {
                continue;
            }
            let own = self.own.iter().find(|own| Some(own.op) == entry.op && !own.is_new);
            let charged = gone.charged.iter().find(|(op, _)| Some(*op) == entry.op);
            reasons += own.map_or(0, |own| own.credits) + charged.map_or(0, |(_, cost)| *cost);
        }
        let change = self.displayed - before.displayed;
        if change != reasons {
            let detail = format!("the number changed by {change}, for which {reasons} has reasons");
            return broken("I7", detail);
        }
        Ok(())
    }
}
