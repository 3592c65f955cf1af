//! One life of the database: one account, decided by the real ledger rules.

use std::collections::{BTreeMap, BTreeSet};

use creditpack::catalog::{Operation, Settlement};
use creditpack::client::{Answer, StoredOp};
use creditpack::ids::{ClaimId, Epoch, Version};
use creditpack::ledger::{
    self, CLOCK_SKEW_MS_MAX, Claimant, DEDUPE_WINDOW_MS, Decision, Fingerprint, HoldRequest,
    Lifetimes, Novelty, Reason, State, Verdict,
};
use creditpack::wire::{Incoming, Problem, PurchaseStatus, Receipt};
use creditpack::{Account, Credits, Entry, EntryKind, OpId, OpRecord};

use crate::oracle::Violation;
use crate::world::Design;

/// Everything that ever happened to the account in one life of the database.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its name.
    pub epoch: Epoch,
    /// The account as the last entry left it.
    pub account: Account,
    /// Every entry; the first made version 1.
    pub entries: Vec<Entry>,
    /// What is kept of each op.
    pub ops: BTreeMap<OpId, OpRecord>,
    /// Purchases that have not granted yet.
    pub incoming: Vec<Incoming>,
    /// How often [`Life::incoming`] changed.
    pub incoming_changes: usize,
    /// Every refusal, in the order they were decided: what streams tell as verdicts.
    pub refusals: Vec<Receipt>,
    /// Up to where rejections were forgotten.
    pub pruned: Option<Version>,
    /// Ops that a client has reported as over and never charged.
    pub never: BTreeSet<OpId>,
    /// What was decided against the rules, if anything was.
    pub broken: Option<Violation>,
    purchases: u64,
}

impl Life {
    /// An account never seen.
    pub fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            account: Account::default(),
            entries: Vec::new(),
            ops: BTreeMap::new(),
            incoming: Vec::new(),
            incoming_changes: 0,
            refusals: Vec::new(),
            pruned: None,
            never: BTreeSet::new(),
            broken: None,
            purchases: 0,
        }
    }

    /// The same database under a new name: a copy of it was restored. What buyers were told of a
    /// life that is gone binds nobody in the next.
    #[must_use]
    pub fn reborn(&self, epoch: Epoch) -> Self {
        Self { epoch, never: BTreeSet::new(), ..self.clone() }
    }

    /// The entry that made that version.
    pub fn entry(&self, version: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(version.checked_sub(1)?).ok()?)
    }

    /// Settled, held and available at that version.
    pub fn balances_at(&self, version: u64) -> Option<(i64, Credits, i64)> {
        match version {
            0 => Some((0, Credits::ZERO, 0)),
            _ => self.entry(version).map(|entry| (entry.settled, entry.held, entry.available)),
        }
    }

    /// The version at which an op took effect.
    pub fn applied_at(&self, op: OpId) -> Option<u64> {
        match self.ops.get(&op)?.verdict {
            Verdict::Applied { version, .. } => Some(version.get()),
            Verdict::Rejected { .. } => None,
        }
    }

    /// The receipt of an op, known or not.
    pub fn receipt(&self, op: OpId) -> Receipt {
        let receipt = self.ops.get(&op).map_or_else(|| Receipt::unknown(op), OpRecord::receipt);
        Receipt { epoch: Some(self.epoch), ..receipt }
    }

    /// Whether a run of the work owns an op's hold.
    pub fn is_claimed(&self, op: OpId) -> bool {
        let verdict = self.ops.get(&op).map(|record| &record.verdict);
        let claimed = |state: &State| matches!(state, State::Held { claim: Some(_), .. });
        matches!(verdict, Some(Verdict::Applied { state, .. }) if claimed(state))
    }

    /// Every live hold.
    pub fn held(&self) -> Vec<OpId> {
        let held = |record: &&OpRecord| record.expires_at_ms().is_some();
        self.ops.values().filter(held).map(|record| record.op).collect()
    }

    /// Decides a hold, asked for by a browser or by the product's server.
    pub fn hold(
        &mut self,
        stored: &StoredOp,
        operation: Option<&Operation>,
        claimant: Claimant,
        (design, now_ms): (Design, u64),
    ) -> Answer {
        let request = HoldRequest {
            op: stored.op,
            fingerprint: print(stored),
            expected_credits: Some(stored.credits),
            created_at_ms: stored.created_at_ms,
            claimant,
        };
        if !self.account.balance.covers(stored.credits) {
            self.expire(now_ms);
        }
        let known = self.ops.get(&stored.op).filter(|record| match record.verdict {
            Verdict::Applied { .. } => design != Design::NotIdempotent,
            Verdict::Rejected { .. } => design != Design::RejectionNotSticky,
        });
        let decision =
            ledger::hold(self.account, known, operation, &request, DEDUPE_WINDOW_MS, now_ms);
        self.record(stored.op, decision)
    }

    /// Decides a browser's release.
    pub fn release_by_browser(&mut self, op: OpId, now_ms: u64) -> Answer {
        let known = self.ops.get(&op);
        let decision =
            ledger::release_by_browser(self.account, known, op, Reason::Cancelled, now_ms);
        self.record(op, decision)
    }

    /// The product's server begins the work of a held op.
    pub fn claim(&mut self, op: OpId, run: &ClaimId, now_ms: u64) -> Answer {
        let print = self.ops.get(&op).and_then(|record| record.fingerprint.clone());
        let Some(print) = print else { return Answer::Nothing };
        let decision = ledger::claim(self.ops.get(&op), &print, run, Lifetimes::DEFAULT, now_ms);
        self.record(op, decision)
    }

    /// The product's server finishes the work; all of the hold is spent where no credits are named.
    pub fn capture(&mut self, op: OpId, credits: Option<Credits>, now_ms: u64) -> Answer {
        let decision = ledger::capture(self.account, self.ops.get(&op), credits, now_ms);
        self.record(op, decision)
    }

    /// The product's server gives the hold back.
    pub fn release(&mut self, op: OpId, reason: Reason, now_ms: u64) -> Answer {
        let decision = ledger::release(self.account, self.ops.get(&op), op, reason, now_ms);
        self.record(op, decision)
    }

    /// The sweep: holds run out, and old rejections are forgotten.
    pub fn sweep(&mut self, now_ms: u64) {
        self.expire(now_ms);
        let before_ms = now_ms.saturating_sub(DEDUPE_WINDOW_MS + CLOCK_SKEW_MS_MAX);
        let mut pruned = self.pruned;
        self.ops.retain(|_, record| match record.verdict {
            Verdict::Rejected { at_ms, version, .. } if at_ms < before_ms => {
                pruned = pruned.max(Some(version));
                false
            }
            _ => true,
        });
        self.pruned = pruned;
    }

    fn expire(&mut self, now_ms: u64) {
        for op in self.held() {
            let Some(record) = self.ops.get(&op) else { continue };
            if let Some(decision) = ledger::expire(self.account, record, now_ms) {
                self.record(op, decision);
            }
        }
    }

    /// A purchase is being paid for.
    pub fn buy(&mut self, credits: Credits) {
        self.purchases += 1;
        self.incoming.push(Incoming {
            purchase: format!("pur_{}", self.purchases),
            pack: "standard".into(),
            credits,
            status: PurchaseStatus::Processing,
        });
        self.incoming_changes += 1;
    }

    /// The oldest purchase is paid; a gift where there is none.
    pub fn grant(&mut self, credits: Credits, now_ms: u64) {
        let entry = if self.incoming.is_empty() {
            ledger::grant_by_hand(self.account, credits, "gift".into(), None, now_ms)
        } else {
            let bought = self.incoming.remove(0);
            self.incoming_changes += 1;
            ledger::grant_purchase(self.account, bought.purchase, bought.credits, now_ms)
        };
        self.append_if(entry.ok());
    }

    /// Credits are taken by hand, if they are there.
    pub fn adjust(&mut self, credits: Credits, now_ms: u64) {
        let entry = ledger::adjust(self.account, credits, "correction".into(), None, now_ms);
        self.append_if(entry.ok());
    }

    /// A payment is taken back, and its credits with it, spent or not.
    pub fn claw_back(&mut self, credits: Credits, now_ms: u64) {
        self.correct(EntryKind::Clawback, credits, -credits.signed(), now_ms);
    }

    /// A clawback is undone.
    pub fn reinstate(&mut self, credits: Credits, now_ms: u64) {
        self.correct(EntryKind::Reinstate, credits, credits.signed(), now_ms);
    }

    /// What an op spent is given back.
    pub fn refund(&mut self, op: OpId, now_ms: u64) {
        let Some(record) = self.ops.get(&op) else { return };
        let Verdict::Applied { version, credits, state, .. } = &record.verdict else { return };
        let spent = match state {
            State::Captured { credits, .. } => *credits,
            State::Debited => *credits,
            State::Held { .. } | State::Released { .. } | State::Refunded { .. } => return,
        };
        let known = |entry: &Entry| entry.kind == EntryKind::Refund && entry.op == Some(op);
        if self.entries.iter().any(known) {
            return;
        }
        let applied = *version;
        if let Some(mut entry) = self.corrected(EntryKind::Refund, spent, spent.signed(), now_ms) {
            entry.op = Some(op);
            entry.applied_version = Some(applied);
            self.append(entry);
        }
    }

    fn correct(&mut self, kind: EntryKind, credits: Credits, settled: i64, now_ms: u64) {
        let entry = self.corrected(kind, credits, settled, now_ms);
        self.append_if(entry);
    }

    /// An entry of a kind that is not decided by an op: made from an adjustment's, whose shape it
    /// shares.
    fn corrected(
        &self,
        kind: EntryKind,
        credits: Credits,
        settled: i64,
        now_ms: u64,
    ) -> Option<Entry> {
        let gift =
            ledger::grant_by_hand(Account::default(), credits, String::new(), None, now_ms).ok()?;
        let after = self.account.balance.change(settled, 0).ok()?;
        Some(Entry {
            kind,
            version: self.account.version.next(),
            settled: after.settled(),
            held: after.held(),
            available: after.available(),
            source: None,
            reason: None,
            ..gift
        })
    }

    fn append_if(&mut self, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.append(entry);
        }
    }

    /// Appends an entry, which must keep L1, L2 and I8.
    fn append(&mut self, entry: Entry) {
        let Ok(after) = self.account.after(&entry) else {
            return self.blame("L1", format!("{entry:?} does not follow {:?}", self.account));
        };
        if after.balance.available() != entry.available {
            self.blame("L1", format!("{entry:?} does not add up"));
        }
        if let (EntryKind::Hold | EntryKind::Debit, Some(op)) = (entry.kind, entry.op) {
            self.check_first(op);
        }
        self.account = after;
        self.entries.push(entry);
    }

    /// I8: an op debits at most once, and one that was refused never.
    fn check_first(&mut self, op: OpId) {
        let debits = |entry: &Entry| {
            entry.op == Some(op) && matches!(entry.kind, EntryKind::Hold | EntryKind::Debit)
        };
        if self.entries.iter().any(debits) {
            self.blame("I8", format!("{op} is debited a second time"));
        }
        if self.refusals.iter().any(|receipt| receipt.op == op) {
            self.blame("I8", format!("{op} is applied though it was refused"));
        }
        if self.never.contains(&op) {
            self.blame("I8", format!("{op} is applied though its buyer was told it is not"));
        }
    }

    fn blame(&mut self, invariant: &'static str, detail: String) {
        self.broken.get_or_insert(Violation { invariant, detail });
    }

    fn record(&mut self, op: OpId, decision: Decision) -> Answer {
        if let Some(entry) = decision.entry {
            self.append(entry);
        }
        let epoch = Some(self.epoch);
        let receipt = decision.record.as_ref().map(|record| Receipt { epoch, ..record.receipt() });
        if let (Some(record), true) = (decision.record, decision.novelty != Novelty::Unchanged) {
            if let (Verdict::Rejected { .. }, Some(receipt)) = (&record.verdict, &receipt) {
                self.refusals.push(receipt.clone());
            }
            self.ops.insert(op, record);
        }
        match (decision.answer, receipt) {
            (Ok(()), Some(receipt)) => Answer::Receipt(receipt),
            (Ok(()), None) => Answer::Nothing,
            (Err(error), receipt) => {
                let code = error.code();
                let version = receipt.and_then(|receipt| receipt.version);
                let code = code.as_str().into();
                let problem = Problem { code, version, epoch, ..Problem::default() };
                Answer::of_problem(op, &problem)
            }
        }
    }
}

fn print(stored: &StoredOp) -> Fingerprint {
    Fingerprint { operation: stored.operation.clone(), quantity: stored.quantity }
}

/// Whether the operation spends at once, so that only the product's server may ask for it.
pub fn is_spent_at_once(operation: &Operation) -> bool {
    operation.settle == Settlement::AtOnce
}
