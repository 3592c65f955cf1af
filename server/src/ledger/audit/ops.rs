//! Ops: what is kept of each, held against the entries that began, ended and refunded it.

use creditpack::ledger::{Capture, State, Verdict};
use creditpack::{Account, Credits, Entry, EntryKind, OpId, OpRecord, Version};

use super::Stopped;
use super::account::Walk;

/// What is kept of an applied op.
struct Applied {
    operation: Option<String>,
    version: Version,
    credits: Credits,
    state: State,
}

impl Walk<'_> {
    pub(super) fn op(&mut self, entry: &Entry) -> Result<(), Stopped> {
        let spends = matches!(
            entry.kind,
            EntryKind::Hold
                | EntryKind::Debit
                | EntryKind::Capture
                | EntryKind::Release
                | EntryKind::Refund
        );
        let Some(op) = entry.op else {
            return if spends { Err(self.at(entry.version, "op", "some", "none")) } else { Ok(()) };
        };
        let kept = self.applied(op, entry)?;
        let word = |what: &str| format!("{what} of op {op}");
        let begins = matches!(entry.kind, EntryKind::Hold | EntryKind::Debit);
        let began = if begins { Some(entry.version) } else { entry.applied_version };
        if began != Some(kept.version) {
            let began = began.map_or_else(|| "none".to_owned(), |began| began.to_string());
            return Err(self.at(
                entry.version,
                word("the version that began"),
                began,
                kept.version,
            ));
        }
        if entry.operation != kept.operation {
            let [entrys, kept] = [&entry.operation, &kept.operation].map(|it| format!("{it:?}"));
            return Err(self.at(entry.version, word("the operation"), entrys, kept));
        }
        match entry.kind {
            EntryKind::Hold | EntryKind::Debit => self.begins(entry, op, &kept),
            EntryKind::Capture | EntryKind::Release => self.ends(entry, op, &kept),
            _ => self.refunds(entry, op, &kept),
        }
    }

    fn applied(&self, op: OpId, entry: &Entry) -> Result<Applied, Stopped> {
        let missing = |found: &str| {
            self.at(entry.version, format!("what is kept of op {op}"), "applied", found)
        };
        let Some(OpRecord { fingerprint, verdict, .. }) = self.books.op(self.row.key, op)? else {
            return Err(missing("nothing"));
        };
        let Verdict::Applied { version, credits, state, .. } = verdict else {
            return Err(missing("rejected"));
        };
        let operation = fingerprint.map(|print| print.operation);
        Ok(Applied { operation, version, credits, state })
    }

    fn begins(&mut self, entry: &Entry, op: OpId, kept: &Applied) -> Result<(), Stopped> {
        let at_once = matches!(kept.state, State::Debited | State::Refunded { capture: None, .. });
        if at_once != (entry.kind == EntryKind::Debit) {
            let what = format!("how op {op} began");
            let found = if at_once { "debit" } else { "hold" };
            return Err(self.at(entry.version, what, entry.kind.as_str(), found));
        }
        if kept.credits != entry.credits {
            let what = format!("the credits of op {op}");
            return Err(self.at(entry.version, what, entry.credits, kept.credits));
        }
        self.begun += 1;
        Ok(())
    }

    fn ends(&mut self, entry: &Entry, op: OpId, kept: &Applied) -> Result<(), Stopped> {
        let (kind, spent, version) = match kept.state {
            State::Captured { credits, version }
            | State::Refunded { capture: Some(Capture { credits, version }), .. } => {
                (EntryKind::Capture, credits, version)
            }
            State::Released { version, .. } => (EntryKind::Release, kept.credits, version),
            State::Held { .. } | State::Debited | State::Refunded { capture: None, .. } => {
                let what = format!("the state of op {op}");
                return Err(self.at(entry.version, what, entry.kind.as_str(), "not ended"));
            }
        };
        let reason = match kept.state {
            State::Released { reason, .. } => Some(reason.as_str()),
            _ => None,
        };
        let expected = (entry.kind, entry.version, entry.credits, entry.reason.as_deref());
        let found = (kind, version, spent, reason);
        if expected != found {
            let told =
                |(kind, version, credits, reason): (EntryKind, Version, Credits, Option<&str>)| {
                    let reason = reason.map_or_else(String::new, |reason| format!(", {reason}"));
                    format!("{} of {credits} at version {version}{reason}", kind.as_str())
                };
            let what = format!("the end of op {op}");
            return Err(self.at(entry.version, what, told(expected), told(found)));
        }
        let all = entry.credits.plus(entry.returned.unwrap_or_default());
        if all != Some(kept.credits) {
            let all = all.map_or_else(|| "out of range".to_owned(), |all| all.to_string());
            let what = format!("what came of the hold of op {op}");
            return Err(self.at(entry.version, what, kept.credits, all));
        }
        self.ended += 1;
        Ok(())
    }

    fn refunds(&mut self, entry: &Entry, op: OpId, kept: &Applied) -> Result<(), Stopped> {
        let State::Refunded { capture, .. } = kept.state else {
            let what = format!("the state of op {op}");
            return Err(self.at(entry.version, what, "refunded", "another"));
        };
        let spent = capture.map_or(kept.credits, |capture| capture.credits);
        let (refunded, last) = self.refunds.entry(op).or_insert((0, Version::ZERO));
        *refunded += entry.credits.get();
        *last = entry.version;
        let refunded = *refunded;
        if refunded > spent.get() {
            let what = format!("what was given back of op {op}");
            return Err(self.at(entry.version, what, format!("at most {spent}"), refunded));
        }
        Ok(())
    }

    /// Holds the ops of an account against what its entries said of them; `own` is what those leave.
    pub(super) fn close_ops(&self, own: Account) -> Result<(), Stopped> {
        for (op, (refunded, last)) in &self.refunds {
            let record = self.books.op(self.row.key, *op)?;
            let kept = record.map(|record| (record.touched(), record.verdict));
            if let Some((
                touched,
                Verdict::Applied { state: State::Refunded { refunded: kept, .. }, .. },
            )) = kept
                && (kept.get(), touched) != (*refunded, *last)
            {
                let what = format!("what was given back of op {op}");
                let told =
                    |credits: u64, last: &Version| format!("{credits}, last at version {last}");
                let found = told(kept.get(), &touched);
                return Err(self.besides(what, told(*refunded, last), found).into());
            }
        }
        let kept = self.books.op_counts(self.row.key)?;
        let refunded = u64::try_from(self.refunds.len()).unwrap_or(u64::MAX);
        for (what, expected, found) in [
            ("the number of ops that began", self.begun, kept.begun),
            ("the number of ops that ended", self.ended, kept.ended),
            ("the number of ops with refunds", refunded, kept.refunded),
            ("the credits of ops that are held", own.balance.held().get(), kept.held_credits),
        ] {
            if expected != found {
                return Err(self.besides(what, expected, found).into());
            }
        }
        let (version, touched) = (own.version.get(), kept.touched);
        if touched > version {
            let what = "the last version at which an op changed";
            return Err(self.besides(what, format!("at most {version}"), touched).into());
        }
        Ok(())
    }
}
