//! A backend in memory: one account of the real ledger, with numbers that a page made up.

use creditpack::catalog::Operation;
use creditpack::client::{Answer, Costs, StoredOp, StreamEvent};
use creditpack::ledger::{
    self, Claimant, DEDUPE_WINDOW_MS, Decision, Fingerprint, HoldRequest, Novelty, Reason,
};
use creditpack::wire::{
    Heartbeat, Incoming, Problem, PublicCatalog, PurchaseStatus, Receipt, Snapshot,
};
use creditpack::{Account, AccountId, Credits, Entry, Epoch, OpId, OpRecord, Version};

/// Everything the client may ask about.
pub(super) struct Backend {
    account: Account,
    name: AccountId,
    epoch: Epoch,
    entries: Vec<Entry>,
    ops: Vec<OpRecord>,
    operations: Vec<Operation>,
    low_at: Credits,
    incoming: Vec<Incoming>,
}

impl Backend {
    pub(super) fn new(
        name: AccountId,
        epoch: Epoch,
        account: Account,
        catalog: &PublicCatalog,
        incoming: Credits,
    ) -> Self {
        let pack = catalog.packs.first().map_or_else(String::new, |pack| pack.id.clone());
        let status = PurchaseStatus::Processing;
        let incoming = (!incoming.is_zero()).then(|| Incoming {
            purchase: "preview".into(),
            pack,
            credits: incoming,
            status,
        });
        let mut backend = Self {
            account,
            name,
            epoch,
            entries: Vec::new(),
            ops: Vec::new(),
            operations: Vec::new(),
            low_at: Credits::ZERO,
            incoming: incoming.into_iter().collect(),
        };
        backend.sell(catalog);
        backend
    }

    /// From now on, this is what is done for credits.
    pub(super) fn sell(&mut self, catalog: &PublicCatalog) {
        let operations = catalog.operations.iter();
        self.operations = operations
            .map(|line| Operation::new(&line.id, line.label.plain(), line.credits))
            .collect();
        self.low_at = catalog.low_at;
    }

    pub(super) fn costs(&self) -> Costs {
        let operations = self.operations.iter();
        Costs {
            operations: operations.map(|known| (known.id.clone(), known.credits)).collect(),
            low_at: self.low_at,
        }
    }

    pub(super) fn hold(&mut self, stored: &StoredOp, now_ms: u64) -> Answer {
        let request = HoldRequest {
            op: stored.op,
            fingerprint: Fingerprint {
                operation: stored.operation.clone(),
                quantity: stored.quantity,
            },
            expected_credits: Some(stored.credits),
            created_at_ms: stored.created_at_ms,
            claimant: Claimant::Browser,
        };
        let operation = self.operations.iter().find(|known| known.id == stored.operation);
        let known = self.record(stored.op);
        let decision =
            ledger::hold(self.account, known, operation, &request, DEDUPE_WINDOW_MS, now_ms);
        self.keep(stored.op, decision)
    }

    pub(super) fn call_off(&mut self, op: OpId, now_ms: u64) -> Answer {
        let known = self.record(op);
        let reason = Reason::Cancelled;
        let decision = ledger::release_by_browser(self.account, known, op, reason, now_ms);
        self.keep(op, decision)
    }

    pub(super) fn capture(&mut self, op: OpId, now_ms: u64) {
        let decision = ledger::capture(self.account, self.record(op), None, now_ms);
        self.keep(op, decision);
    }

    pub(super) fn fail(&mut self, op: OpId, now_ms: u64) {
        let known = self.record(op);
        let decision = ledger::release(self.account, known, op, Reason::Failed, now_ms);
        self.keep(op, decision);
    }

    /// Takes everything that is available, as a purchase that was paid back would.
    pub(super) fn take_all(&mut self, now_ms: u64) {
        let available = u64::try_from(self.account.balance.available()).unwrap_or_default();
        let all = Credits::new(available).unwrap_or_default();
        if let Ok(entry) = ledger::adjust(self.account, all, "taken".into(), None, now_ms) {
            self.append(entry);
        }
    }

    pub(super) fn snapshot(&self, since: Option<(Epoch, Version)>, now_ms: u64) -> Snapshot {
        let balance = self.account.balance;
        Snapshot {
            account: self.name.clone(),
            epoch: self.epoch,
            version: self.account.version,
            settled: balance.settled(),
            held: balance.held(),
            available: balance.available(),
            holds: Vec::new(),
            incoming: self.incoming.clone(),
            receipts: self.ops.iter().map(OpRecord::receipt).collect(),
            receipts_complete: since.is_some(),
            server_time_ms: now_ms,
        }
    }

    pub(super) fn verdicts(&self, ops: &[OpId]) -> Vec<Receipt> {
        let receipt =
            |op: &OpId| self.record(*op).map_or_else(|| Receipt::unknown(*op), OpRecord::receipt);
        ops.iter().map(receipt).collect()
    }

    pub(super) fn heartbeat(&self, now_ms: u64) -> StreamEvent {
        StreamEvent::Heartbeat(Heartbeat {
            version: self.account.version,
            epoch: self.epoch,
            server_time_ms: now_ms,
        })
    }

    /// The entries after `version`, as the stream tells them.
    pub(super) fn entries_after(&self, version: u64) -> Vec<StreamEvent> {
        let later = self.entries.iter().filter(|entry| entry.version.get() > version);
        later.map(|entry| StreamEvent::Entry(self.epoch, entry.clone())).collect()
    }

    pub(super) fn incoming(&self) -> Vec<Incoming> {
        self.incoming.clone()
    }

    /// Every entry, newest first.
    pub(super) fn history(&self) -> Vec<Entry> {
        self.entries.iter().rev().cloned().collect()
    }

    fn record(&self, op: OpId) -> Option<&OpRecord> {
        self.ops.iter().find(|record| record.op == op)
    }

    fn append(&mut self, entry: Entry) {
        // The ledger made it for this very account, so it is the next one.
        if let Ok(after) = self.account.after(&entry) {
            self.account = after;
            self.entries.push(entry);
        }
    }

    fn keep(&mut self, op: OpId, decision: Decision) -> Answer {
        if let Some(entry) = decision.entry {
            self.append(entry);
        }
        let receipt = decision.record.as_ref().map(OpRecord::receipt);
        if let (Some(record), true) = (decision.record, decision.novelty != Novelty::Unchanged) {
            self.ops.retain(|known| known.op != op);
            self.ops.push(record);
        }
        match (decision.answer, receipt) {
            (Ok(()), Some(receipt)) => Answer::Receipt(receipt),
            (Ok(()), None) => Answer::Nothing,
            (Err(error), receipt) => {
                let version = receipt.and_then(|receipt| receipt.version);
                let code = error.code().as_str().into();
                Answer::of_problem(op, &Problem { code, version, ..Problem::default() })
            }
        }
    }
}
