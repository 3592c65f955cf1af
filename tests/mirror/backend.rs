//! A backend in memory: the real ledger rules, and the protocol's reads over what they decided.

use std::collections::BTreeMap;

use creditpack::catalog::Operation;
use creditpack::client::{Answer, Costs, Kind, StoredOp, StreamEvent};
use creditpack::ids::{ClaimId, Epoch, Version};
use creditpack::ledger::{
    self, Claimant, DEDUPE_WINDOW_MS, Decision, Fingerprint, HoldRequest, Novelty, Reason, Verdict,
};
use creditpack::wire::{Heartbeat, Problem, Receipt, Snapshot};
use creditpack::{Account, AccountId, Credits, Entry, OpId, OpRecord};

pub const ACCOUNT: &str = "u_1";

/// One account of the backend, with everything that ever happened to it.
#[derive(Clone)]
pub struct Backend {
    pub epoch: Epoch,
    pub account: Account,
    pub entries: Vec<Entry>,
    pub ops: BTreeMap<OpId, OpRecord>,
    operation: Operation,
}

impl Backend {
    pub fn with_credits(credits: u64) -> Self {
        let mut backend = Self {
            epoch: epoch('1'),
            account: Account::default(),
            entries: Vec::new(),
            ops: BTreeMap::new(),
            operation: Operation::new("image", "Picture", Credits::ONE),
        };
        if credits > 0 {
            backend.grant(credits);
        }
        backend
    }

    pub fn costs(&self) -> Costs {
        Costs {
            operations: vec![(self.operation.id.clone(), self.operation.credits)],
            low_at: Credits::ONE,
        }
    }

    pub fn grant(&mut self, credits: u64) {
        let credits = Credits::new(credits).unwrap();
        let entry = ledger::grant_purchase(self.account, "pur_1".into(), credits, 0).unwrap();
        self.append(entry);
    }

    pub fn take(&mut self, credits: u64) {
        let credits = Credits::new(credits).unwrap();
        if let Ok(entry) = ledger::adjust(self.account, credits, "correction".into(), None, 0) {
            self.append(entry);
        }
    }

    pub fn hold(&mut self, stored: &StoredOp, claimant: Claimant, now_ms: u64) -> Answer {
        let request = HoldRequest {
            op: stored.op,
            fingerprint: print(stored.quantity),
            expected_credits: Some(stored.credits),
            created_at_ms: stored.created_at_ms,
            claimant,
        };
        let known = self.ops.get(&stored.op);
        let operation = Some(&self.operation);
        let decision =
            ledger::hold(self.account, known, operation, &request, DEDUPE_WINDOW_MS, now_ms);
        self.record(stored.op, decision)
    }

    /// Somebody else's browser spends.
    pub fn hold_of_another_device(&mut self, op: OpId) {
        let stored = StoredOp {
            op,
            kind: Kind::Own,
            operation: "image".into(),
            quantity: 1,
            credits: Credits::ONE,
            created_at_ms: 1_000,
            made_at: (self.epoch, Version::ZERO),
            called_off: false,
        };
        self.hold(&stored, Claimant::Browser, 1_000);
    }

    pub fn release_by_browser(&mut self, op: OpId) -> Answer {
        let known = self.ops.get(&op);
        let reason = Reason::Cancelled;
        let decision = ledger::release_by_browser(self.account, known, op, reason, 0);
        self.record(op, decision)
    }

    pub fn claim(&mut self, op: OpId, quantity: u32) -> Answer {
        let lifetimes = self.operation.lifetimes();
        let decision = ledger::claim(self.ops.get(&op), &print(quantity), &run(), lifetimes, 0);
        self.record(op, decision)
    }

    pub fn capture(&mut self, op: OpId, credits: Option<u64>) -> Answer {
        let credits = credits.map(|credits| Credits::new(credits).unwrap());
        let decision = ledger::capture(self.account, self.ops.get(&op), credits, 0);
        self.record(op, decision)
    }

    pub fn fail(&mut self, op: OpId) -> Answer {
        let known = self.ops.get(&op);
        let decision = ledger::release(self.account, known, op, Reason::Failed, 0);
        self.record(op, decision)
    }

    pub fn held(&self) -> Vec<OpId> {
        let held = |record: &&OpRecord| record.expires_at_ms().is_some();
        self.ops.values().filter(held).map(|record| record.op).collect()
    }

    /// The version at which an op was applied.
    pub fn applied_at(&self, op: OpId) -> Option<Version> {
        match self.ops.get(&op)?.verdict {
            Verdict::Applied { version, .. } => Some(version),
            Verdict::Rejected { .. } => None,
        }
    }

    pub fn available_at(&self, version: u64) -> i64 {
        match version {
            0 => 0,
            _ => self.entries[usize::try_from(version).unwrap() - 1].available,
        }
    }

    pub fn snapshot(&self, since: Option<(Epoch, Version)>) -> Snapshot {
        let balance = self.account.balance;
        let from = since
            .filter(|&(epoch, version)| epoch == self.epoch && version <= self.account.version);
        let receipts = match from {
            None => Vec::new(),
            Some((_, since)) => self
                .ops
                .values()
                .filter(|record| record.touched() >= since)
                .map(OpRecord::receipt)
                .collect(),
        };
        Snapshot {
            account: AccountId::new(ACCOUNT).unwrap(),
            epoch: self.epoch,
            version: self.account.version,
            settled: balance.settled(),
            held: balance.held(),
            available: balance.available(),
            holds: Vec::new(),
            incoming: Vec::new(),
            receipts,
            receipts_complete: from.is_some(),
            server_time_ms: 0,
        }
    }

    pub fn verdicts(&self, ops: &[OpId]) -> Vec<Receipt> {
        let receipt =
            |op: &OpId| self.ops.get(op).map_or_else(|| Receipt::unknown(*op), OpRecord::receipt);
        ops.iter().map(receipt).collect()
    }

    pub fn heartbeat(&self) -> StreamEvent {
        let (version, epoch) = (self.account.version, self.epoch);
        StreamEvent::Heartbeat(Heartbeat { version, epoch, server_time_ms: 0 })
    }

    /// What a stream from that version on tells, or a reset if it cannot go on from there.
    pub fn stream_from(&self, epoch: Epoch, since: Version) -> Vec<StreamEvent> {
        if epoch != self.epoch || since > self.account.version {
            return vec![self.heartbeat(), StreamEvent::Reset];
        }
        let skip = usize::try_from(since.get()).unwrap();
        let entries = self.entries[skip..].iter().cloned();
        std::iter::once(self.heartbeat())
            .chain(entries.map(|entry| StreamEvent::Entry(self.epoch, entry)))
            .collect()
    }

    /// Becomes `backup`, in a new life of the database.
    pub fn restore(&mut self, backup: &Self) {
        let next = char::from(self.epoch.as_str().as_bytes()[25] + 1);
        *self = Self { epoch: epoch(next), ..backup.clone() };
    }

    fn append(&mut self, entry: Entry) {
        self.account = self.account.after(&entry).unwrap();
        self.entries.push(entry);
    }

    fn record(&mut self, op: OpId, decision: Decision) -> Answer {
        if let Some(entry) = decision.entry {
            self.append(entry);
        }
        let receipt = decision.record.as_ref().map(OpRecord::receipt);
        if let (Some(record), true) = (decision.record, decision.novelty != Novelty::Unchanged) {
            self.ops.insert(op, record);
        }
        match decision.answer {
            Ok(()) => Answer::Receipt(receipt.unwrap()),
            Err(error) => {
                let code = error.code();
                let version = receipt.and_then(|receipt| receipt.version);
                let problem = Problem { code: code.as_str().into(), version, ..Problem::default() };
                Answer::of_problem(op, &problem)
            }
        }
    }
}

pub fn run() -> ClaimId {
    ClaimId::new("run-1").unwrap()
}

fn print(quantity: u32) -> Fingerprint {
    Fingerprint { operation: "image".into(), quantity }
}

fn epoch(last: char) -> Epoch {
    format!("01J9ZQ3W4X5Y6Z7A8B9C0D1E2{last}").parse().unwrap()
}
