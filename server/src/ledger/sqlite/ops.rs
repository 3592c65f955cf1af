//! Ops: what was decided on each, and what has become of it.

use creditpack::ids::ClaimId;
use creditpack::ledger::{Capture, Fingerprint, OpRecord, Rejection, State, Verdict};
use creditpack::{AccountId, Credits, OpId, Version};
use rusqlite::{Connection, params};

use super::super::store::StoreError;
use super::Transaction;
use super::rows::{self, Columns};
use crate::feed::Event;

/// The columns that [`record`] takes, in its order, after those named first.
macro_rules! select {
    ($rest:literal) => {
        select!("", $rest)
    };
    ($first:literal, $rest:literal) => {
        concat!(
            "select ",
            $first,
            "op, operation, quantity, state, version, touched, credits, available, at_ms, claim, \
            expires_at_ms, captured, reason, refunded, captured_version from ops ",
            $rest
        )
    };
}

/// What changes of an op once it is decided.
#[derive(Default)]
struct Stage<'a> {
    state: &'static str,
    claim: Option<&'a str>,
    expires_at_ms: Option<u64>,
    captured: Option<u64>,
    reason: Option<&'static str>,
    refunded: Option<u64>,
    captured_version: Option<u64>,
}

impl Transaction<'_> {
    /// What is kept of an op.
    pub(crate) fn op(&mut self, id: &AccountId, op: OpId) -> Result<Option<OpRecord>, StoreError> {
        match self.key(id)? {
            Some(account) => find(self.connection, account, op),
            None => Ok(None),
        }
    }

    /// Keeps the first verdict on an op; tells it if it makes no entry.
    pub(crate) fn add_op(&mut self, id: &AccountId, record: &OpRecord) -> Result<(), StoreError> {
        let account = self.key_or_new(id)?;
        insert(self.connection, account, record)?;
        if matches!(record.verdict, Verdict::Rejected { .. }) {
            self.tell(id, Event::Verdict(record.receipt()));
        }
        Ok(())
    }

    /// Keeps how a decided op moved on.
    pub(crate) fn change_op(
        &mut self,
        id: &AccountId,
        record: &OpRecord,
    ) -> Result<(), StoreError> {
        let account = self.key_or_new(id)?;
        let stage = stage(&record.verdict);
        let sql = "update ops set state = ?3, touched = ?4, claim = ?5, expires_at_ms = ?6, \
            captured = ?7, reason = ?8, refunded = ?9, captured_version = ?10 \
            where account = ?1 and op = ?2";
        let changed = self.connection.prepare_cached(sql)?.execute(params![
            account,
            record.op.as_bytes(),
            stage.state,
            record.touched().get(),
            stage.claim,
            stage.expires_at_ms,
            stage.captured,
            stage.reason,
            stage.refunded,
            stage.captured_version,
        ])?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Senseless("a known op is not there")) }
    }

    /// Every hold of an account that ran out, the longest overdue first.
    pub(crate) fn overdue_holds_of(&mut self, id: &AccountId) -> Result<Vec<OpRecord>, StoreError> {
        let Some(account) = self.key(id)? else { return Ok(Vec::new()) };
        let sql = select!(
            "where account = ?1 and state = 'held' and expires_at_ms <= ?2 order by expires_at_ms"
        );
        rows::every(self.connection, sql, params![account, self.now_ms], record)
    }

    /// Holds of all accounts that ran out, the longest overdue first.
    pub(crate) fn overdue_holds(
        &mut self,
        limit: usize,
    ) -> Result<Vec<(AccountId, OpRecord)>, StoreError> {
        let sql = select!(
            "(select accounts.account from accounts where key = ops.account), ",
            "where state = 'held' and expires_at_ms <= ?1 order by expires_at_ms limit ?2"
        );
        rows::every(self.connection, sql, params![self.now_ms, limit], |columns| {
            Ok((columns.account_id()?, record(columns)?))
        })
    }
}

fn insert(connection: &Connection, account: i64, record: &OpRecord) -> Result<(), StoreError> {
    let stage = stage(&record.verdict);
    let (version, credits, available, at_ms) = match &record.verdict {
        Verdict::Applied { version, credits, at_ms, .. } => (version, Some(*credits), None, at_ms),
        Verdict::Rejected { version, rejection: Rejection::Cancelled, at_ms } => {
            (version, None, None, at_ms)
        }
        Verdict::Rejected {
            version,
            rejection: Rejection::InsufficientCredits { required, available },
            at_ms,
        } => (version, Some(*required), Some(*available), at_ms),
    };
    let sql = "insert into ops (account, op, operation, quantity, state, version, touched, \
        credits, available, at_ms, claim, expires_at_ms, captured, reason) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    connection.prepare_cached(sql)?.execute(params![
        account,
        record.op.as_bytes(),
        record.fingerprint.as_ref().map(|print| &print.operation),
        record.fingerprint.as_ref().map(|print| print.quantity),
        stage.state,
        version.get(),
        record.touched().get(),
        credits.map(Credits::get),
        available,
        at_ms,
        stage.claim,
        stage.expires_at_ms,
        stage.captured,
        stage.reason,
    ])?;
    Ok(())
}

fn stage(verdict: &Verdict) -> Stage<'_> {
    let state = match verdict {
        Verdict::Rejected { rejection, .. } => {
            let state = match rejection {
                Rejection::InsufficientCredits { .. } => "insufficient_credits",
                Rejection::Cancelled => "cancelled",
            };
            return Stage { state, ..Stage::default() };
        }
        Verdict::Applied { state, .. } => state,
    };
    match state {
        State::Debited => Stage { state: "debited", ..Stage::default() },
        State::Held { claim, expires_at_ms } => Stage {
            state: "held",
            claim: claim.as_ref().map(ClaimId::as_str),
            expires_at_ms: Some(*expires_at_ms),
            ..Stage::default()
        },
        State::Captured { credits, .. } => {
            Stage { state: "captured", captured: Some(credits.get()), ..Stage::default() }
        }
        State::Released { reason, .. } => {
            Stage { state: "released", reason: Some(reason.as_str()), ..Stage::default() }
        }
        State::Refunded { capture, refunded, .. } => Stage {
            state: "refunded",
            captured: capture.map(|capture| capture.credits.get()),
            captured_version: capture.map(|capture| capture.version.get()),
            refunded: Some(refunded.get()),
            ..Stage::default()
        },
    }
}

/// What is kept of one op.
pub(super) fn find(
    connection: &Connection,
    account: i64,
    op: OpId,
) -> Result<Option<OpRecord>, StoreError> {
    let sql = select!("where account = ?1 and op = ?2");
    rows::first(connection, sql, params![account, op.as_bytes()], record)
}

/// Live holds, the first to run out first.
pub(super) fn held(connection: &Connection, account: i64) -> Result<Vec<OpRecord>, StoreError> {
    let sql = select!("where account = ?1 and state = 'held' order by expires_at_ms, op");
    rows::every(connection, sql, params![account], record)
}

/// Ops touched at `since` or later, the last touched first.
pub(super) fn touched_since(
    connection: &Connection,
    account: i64,
    since: Version,
    limit: u32,
) -> Result<Vec<OpRecord>, StoreError> {
    let sql =
        select!("where account = ?1 and touched >= ?2 order by touched desc, op desc limit ?3");
    rows::every(connection, sql, params![account, since.get(), limit], record)
}

fn record(columns: &mut Columns<'_>) -> Result<OpRecord, StoreError> {
    let op = columns.op()?;
    let fingerprint = match (columns.take()?, columns.take()?) {
        (Some(operation), Some(quantity)) => Some(Fingerprint { operation, quantity }),
        _ => None,
    };
    let state: String = columns.take()?;
    let (version, touched) = (columns.version()?, columns.version()?);
    let credits = columns.some("stored credits are out of their range")?;
    let available = columns.take()?;
    let at_ms = columns.take()?;
    let verdict = match (state.as_str(), credits, available) {
        ("cancelled", ..) => Verdict::Rejected { version, rejection: Rejection::Cancelled, at_ms },
        ("insufficient_credits", Some(required), Some(available)) => {
            let rejection = Rejection::InsufficientCredits { required, available };
            Verdict::Rejected { version, rejection, at_ms }
        }
        (state, Some(credits), _) => {
            let state = self::state(columns, state, touched)?;
            Verdict::Applied { version, credits, at_ms, state }
        }
        _ => return Err(StoreError::Senseless("a stored op has no credits")),
    };
    Ok(OpRecord { op, fingerprint, verdict })
}

fn state(columns: &mut Columns<'_>, state: &str, touched: Version) -> Result<State, StoreError> {
    let claim: Option<String> = columns.take()?;
    let expires_at_ms: Option<u64> = columns.take()?;
    let captured = columns.some("stored credits are out of their range")?;
    let reason = columns.some_word(rows::reason)?;
    if state == "refunded" {
        return refunded(columns, captured, touched);
    }
    match (state, expires_at_ms, captured, reason) {
        ("held", Some(expires_at_ms), ..) => {
            let claim = claim.as_deref().map(ClaimId::new).transpose();
            let claim = claim.map_err(|_| StoreError::Senseless("a stored claim is no id"))?;
            Ok(State::Held { claim, expires_at_ms })
        }
        ("debited", ..) => Ok(State::Debited),
        ("captured", _, Some(credits), _) => Ok(State::Captured { credits, version: touched }),
        ("released", _, _, Some(reason)) => Ok(State::Released { reason, version: touched }),
        _ => Err(StoreError::Senseless("a stored op is in no known state")),
    }
}

fn refunded(
    columns: &mut Columns<'_>,
    captured: Option<Credits>,
    touched: Version,
) -> Result<State, StoreError> {
    let refunded = columns.credits()?;
    let version = columns.some("a stored version is out of its range")?;
    let capture = match (captured, version) {
        (Some(credits), Some(version)) => Some(Capture { credits, version }),
        (None, None) => None,
        _ => return Err(StoreError::Senseless("a stored refund has half a capture")),
    };
    Ok(State::Refunded { capture, refunded, version: touched })
}
