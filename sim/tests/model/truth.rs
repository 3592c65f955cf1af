//! What must be true in every state, told by the ledger.

use creditpack::wire::ReceiptVerdict;

use crate::core::{Core, State};

/// I1, I2, I4, I5: the base is a state of the ledger, and exactly those own ops are overlaid that it
/// lacks; one that is refused may or may not be known to be.
pub fn shows(core: &Core, state: &State, page: usize, now_ms: u64) -> bool {
    let life = state.backend.life();
    let view = state.pages[page].client.view(now_ms);
    let base = (view.settled, view.held, view.available);
    if life.balances_at(view.version) != Some(base) {
        return false;
    }
    let (mut surely, mut perhaps) = (0, 0);
    for (made, op) in state.made.iter().zip(&core.ops) {
        let (Some(stored), true) = (made, op.page == page) else { continue };
        let listed = view.spends.iter().any(|spend| spend.op == stored.op);
        let receipt = life.receipt(stored.op);
        let ended = receipt.ended_version.is_some_and(|ended| ended.get() <= view.version);
        let rejected = receipt.verdict == ReceiptVerdict::Rejected;
        if !listed && !ended && !rejected {
            return false;
        }
        match life.applied_at(stored.op) {
            Some(applied) if applied <= view.version => {}
            _ if rejected => perhaps += stored.credits.get(),
            _ => surely += stored.credits.get(),
        }
    }
    let pending = view.pending.get();
    let displayed = view.available - pending.cast_signed();
    (surely..=surely + perhaps).contains(&pending)
        && view.shown.get().cast_signed() == displayed.max(0)
}

/// Whether every op has been decided and its work has ended.
pub fn is_over(state: &State) -> bool {
    let life = state.backend.life();
    state.made.iter().flatten().all(|stored| {
        let receipt = life.receipt(stored.op);
        receipt.verdict == ReceiptVerdict::Rejected || receipt.ended_version.is_some()
    })
}

/// I6, I11: when nothing is on its way and all work has ended, what is shown is what there is.
pub fn is_resolved_if_at_rest(core: &Core, state: &State, now_ms: u64) -> bool {
    let told = state.backend.life().entries.len();
    let at_rest = state.network.is_empty()
        && (0..state.pages.len())
            .all(|page| state.pages[page].stream == Some(told) && !state.lags(page));
    if !at_rest || !is_over(state) {
        return true;
    }
    let truth = state.backend.life().account.balance.available();
    debug_assert_eq!(core.ops.len(), state.made.len());
    state.pages.iter().all(|page| {
        let view = page.client.view(now_ms);
        view.spends.is_empty() && view.shown.get().cast_signed() == truth
    })
}
