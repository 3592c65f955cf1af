//! The ledger's rules, one row a case: what is known, what is asked, what comes of it.

use creditpack::catalog::{Operation, Settlement};
use creditpack::error::Code;
use creditpack::ids::ClaimId;
use creditpack::ledger::{
    self, Claimant, DEDUPE_WINDOW_MS, Decision, Fingerprint, HoldRequest, Novelty, Reason, State,
    Verdict,
};
use creditpack::wire::OpState;
use creditpack::{Account, Credits, EntryKind, OpId, OpRecord, Version};

const NOW_MS: u64 = 1_700_000_000_000;

/// An account, the one op the cases are about, and the decisions on it.
struct Case {
    account: Account,
    record: Option<OpRecord>,
    operation: Operation,
}

impl Case {
    fn with_credits(amount: u64) -> Self {
        let account = Account::default();
        let entry = ledger::grant_purchase(account, "pur_1".into(), credits(amount), NOW_MS);
        Self {
            account: account.after(&entry.unwrap()).unwrap(),
            record: None,
            operation: Operation::new("image", "Picture", credits(2)),
        }
    }

    fn held(claimant: Claimant) -> Self {
        let mut case = Self::with_credits(10);
        case.hold(&request(claimant)).answer.unwrap();
        case
    }

    fn decide(&mut self, decision: Decision) -> Decision {
        if let Some(entry) = &decision.entry {
            self.account = self.account.after(entry).unwrap();
        }
        if decision.novelty != Novelty::Unchanged {
            self.record.clone_from(&decision.record);
        }
        decision
    }

    fn hold(&mut self, request: &HoldRequest) -> Decision {
        let (known, operation) = (self.record.as_ref(), Some(&self.operation));
        let window = DEDUPE_WINDOW_MS;
        self.decide(ledger::hold(self.account, known, operation, request, window, NOW_MS))
    }

    fn claim(&mut self, run: &str) -> Decision {
        let lifetimes = self.operation.lifetimes();
        let print = fingerprint(1);
        self.decide(ledger::claim(self.record.as_ref(), &print, &claim(run), lifetimes, NOW_MS))
    }

    fn extend(&mut self, run: &str, now_ms: u64) -> Decision {
        let lifetimes = self.operation.lifetimes();
        self.decide(ledger::extend(self.record.as_ref(), &claim(run), lifetimes, now_ms))
    }

    fn capture(&mut self, amount: Option<u64>) -> Decision {
        let amount = amount.map(credits);
        self.decide(ledger::capture(self.account, self.record.as_ref(), amount, NOW_MS))
    }

    fn release(&mut self, reason: Reason) -> Decision {
        let known = self.record.as_ref();
        self.decide(ledger::release(self.account, known, op(), reason, NOW_MS))
    }

    fn release_by_browser(&mut self, reason: Reason) -> Decision {
        let known = self.record.as_ref();
        self.decide(ledger::release_by_browser(self.account, known, op(), reason, NOW_MS))
    }

    fn refund(&mut self, amount: Option<u64>) -> Decision {
        let (known, amount) = (self.record.as_ref(), amount.map(credits));
        self.decide(ledger::refund(self.account, known, amount, "sorry".into(), NOW_MS))
    }

    fn balance(&self) -> (i64, u64, i64) {
        let balance = self.account.balance;
        (balance.settled(), balance.held().get(), balance.available())
    }
}

fn credits(amount: u64) -> Credits {
    Credits::new(amount).unwrap()
}

fn op() -> OpId {
    OpId::v7(NOW_MS, [7; 10])
}

fn claim(run: &str) -> ClaimId {
    ClaimId::new(run).unwrap()
}

fn fingerprint(quantity: u32) -> Fingerprint {
    Fingerprint { operation: "image".into(), quantity }
}

fn request(claimant: Claimant) -> HoldRequest {
    HoldRequest {
        op: op(),
        fingerprint: fingerprint(1),
        expected_credits: None,
        created_at_ms: NOW_MS,
        claimant,
    }
}

fn refusal(decision: &Decision) -> Option<Code> {
    decision.answer.as_ref().err().map(creditpack::Error::code)
}

#[test]
fn a_hold_is_captured_whole_or_in_part_and_the_rest_returns() {
    for (amount, spent) in [(None, 2), (Some(2), 2), (Some(1), 1)] {
        let mut case = Case::held(Claimant::Browser);
        assert_eq!(case.balance(), (10, 2, 8));
        let entry = case.capture(amount).entry.unwrap();
        assert_eq!(
            (entry.kind, entry.credits, entry.returned),
            (EntryKind::Capture, credits(spent), Some(credits(2 - spent)),)
        );
        assert_eq!(entry.applied_version.unwrap().get(), 2);
        let left = 10 - spent.cast_signed();
        assert_eq!(case.balance(), (left, 0, left));
    }
}

#[test]
fn spending_exactly_what_is_there_succeeds_and_one_more_is_refused_for_good() {
    let mut exact = Case::with_credits(2);
    assert!(exact.hold(&request(Claimant::Browser)).answer.is_ok());
    assert_eq!(exact.balance(), (2, 2, 0));

    let mut short = Case::with_credits(1);
    let decision = short.hold(&request(Claimant::Browser));
    assert_eq!((refusal(&decision), decision.entry), (Some(Code::InsufficientCredits), None));
    let entry = ledger::grant_purchase(short.account, "pur_2".into(), credits(9), NOW_MS).unwrap();
    short.account = short.account.after(&entry).unwrap();
    let again = short.hold(&request(Claimant::Browser));
    assert_eq!(refusal(&again), Some(Code::InsufficientCredits), "this op stays refused");
    assert!(again.is_replay());
}

#[test]
fn holds_are_refused_without_a_verdict() {
    let base = || request(Claimant::Browser);
    let week_ago = NOW_MS - DEDUPE_WINDOW_MS;
    for (request, code) in [
        (HoldRequest { expected_credits: Some(credits(1)), ..base() }, Code::PriceChanged),
        (HoldRequest { created_at_ms: week_ago - 1, ..base() }, Code::OpTooOld),
        (HoldRequest { created_at_ms: NOW_MS + 600_001, ..base() }, Code::InvalidRequest),
    ] {
        let mut case = Case::with_credits(10);
        let decision = case.hold(&request);
        assert_eq!((refusal(&decision), &case.record), (Some(code), &None));
    }
    let mut case = Case::with_credits(10);
    for request in [
        HoldRequest { expected_credits: Some(credits(2)), ..base() },
        HoldRequest { created_at_ms: NOW_MS + 600_000, ..base() },
        HoldRequest { created_at_ms: week_ago, ..base() },
    ] {
        assert!(case.hold(&request).answer.is_ok());
    }
    let unknown = ledger::hold(case.account, None, None, &base(), DEDUPE_WINDOW_MS, NOW_MS);
    assert_eq!(refusal(&unknown), Some(Code::UnknownOperation));
}

#[test]
fn a_replay_gets_the_first_answer_whatever_has_changed_since() {
    let mut case = Case::held(Claimant::Browser);
    case.operation.credits = credits(50);
    let old = HoldRequest { created_at_ms: 0, ..request(Claimant::Browser) };
    let replay = case.hold(&old);
    assert!(replay.is_replay() && replay.answer.is_ok() && replay.entry.is_none());
    assert_eq!(replay.record.unwrap().receipt().credits, Some(credits(2)));
    let other = HoldRequest { fingerprint: fingerprint(2), ..request(Claimant::Browser) };
    assert_eq!(refusal(&case.hold(&other)), Some(Code::OpConflict));
}

#[test]
fn only_one_run_of_the_work_owns_a_hold() {
    let mut case = Case::held(Claimant::Browser);
    assert_eq!(case.claim("run-1").novelty, Novelty::Changed);
    assert!(case.claim("run-1").is_replay(), "the same run may ask again");
    assert_eq!(refusal(&case.claim("run-2")), Some(Code::HoldClaimed));
    let by_hold = case.hold(&request(Claimant::Server(claim("run-2"))));
    assert_eq!(refusal(&by_hold), Some(Code::HoldClaimed));
    assert!(case.hold(&request(Claimant::Server(claim("run-1")))).is_replay());
}

#[test]
fn the_servers_hold_claims_one_that_waits() {
    let mut case = Case::held(Claimant::Browser);
    let decision = case.hold(&request(Claimant::Server(claim("run-1"))));
    assert_eq!((decision.novelty, decision.entry), (Novelty::Changed, None));
    assert_eq!(refusal(&case.release_by_browser(Reason::Cancelled)), Some(Code::HoldClaimed));
}

#[test]
fn a_browser_releases_only_what_waits_and_only_as_cancelled() {
    let mut waiting = Case::held(Claimant::Browser);
    assert_eq!(refusal(&waiting.release_by_browser(Reason::Failed)), Some(Code::Forbidden));
    assert!(waiting.release_by_browser(Reason::Cancelled).answer.is_ok());
    assert_eq!(waiting.balance(), (10, 0, 10));
    for claimant in [Claimant::Server(claim("run-1")), Claimant::UnnamedServer] {
        let mut running = Case::held(claimant);
        assert_eq!(
            refusal(&running.release_by_browser(Reason::Cancelled)),
            Some(Code::HoldClaimed)
        );
        assert_eq!(running.balance(), (10, 2, 8));
    }
}

#[test]
fn each_ending_repeats_itself_and_refuses_the_others() {
    type Ending = fn(&mut Case) -> Decision;
    let capture: Ending = |case| case.capture(None);
    let part: Ending = |case| case.capture(Some(1));
    let fail: Ending = |case| case.release(Reason::Failed);
    let cancel: Ending = |case| case.release(Reason::Cancelled);
    let expire: Ending = |case| {
        let late_ms = NOW_MS + 120_000;
        let decision = ledger::expire(case.account, case.record.as_ref().unwrap(), late_ms);
        case.decide(decision.unwrap())
    };
    let claim: Ending = |case| case.claim("run-1");
    let captured = Some(Code::AlreadyCaptured);
    let released = Some(Code::AlreadyReleased);
    let expired = Some(Code::HoldExpired);
    for (first, then, code) in [
        (capture, capture, None),
        (capture, part, captured),
        (capture, fail, captured),
        (capture, claim, captured),
        (part, part, None),
        (part, capture, captured),
        (fail, fail, None),
        (fail, cancel, released),
        (fail, capture, released),
        (fail, claim, released),
        (expire, capture, expired),
        (expire, fail, expired),
        (expire, claim, expired),
    ] {
        let mut case = Case::held(Claimant::Browser);
        assert!(first(&mut case).answer.is_ok());
        let version = case.account.version;
        assert_eq!(refusal(&then(&mut case)), code);
        assert_eq!(case.account.version, version, "nothing ends twice");
    }
}

#[test]
fn a_hold_expires_only_after_its_time_and_extension_moves_it() {
    let mut case = Case::held(Claimant::Server(claim("run-1")));
    let expires = |case: &Case| case.record.as_ref().unwrap().expires_at_ms().unwrap();
    assert_eq!(expires(&case), NOW_MS + 600_000);
    assert_eq!(refusal(&case.extend("run-2", NOW_MS)), Some(Code::HoldClaimed));
    assert!(case.extend("run-1", NOW_MS + 1_000).answer.is_ok());
    assert_eq!(expires(&case), NOW_MS + 601_000);
    assert!(case.extend("run-1", NOW_MS).answer.is_ok());
    assert_eq!(expires(&case), NOW_MS + 601_000, "a clock that jumps back shortens nothing");
    let record = case.record.clone().unwrap();
    assert_eq!(ledger::expire(case.account, &record, NOW_MS + 600_999), None);
    let decision = ledger::expire(case.account, &record, NOW_MS + 601_000).unwrap();
    assert_eq!(decision.entry.unwrap().reason.as_deref(), Some("expired"));
}

#[test]
fn captures_are_bounded_by_their_hold() {
    for (amount, code) in [(3, Code::ExceedsHold), (0, Code::InvalidRequest)] {
        let mut case = Case::held(Claimant::Browser);
        assert_eq!(refusal(&case.capture(Some(amount))), Some(code));
        assert_eq!(case.balance(), (10, 2, 8));
    }
}

#[test]
fn an_op_released_before_its_hold_is_refused_for_good() {
    let mut case = Case::with_credits(10);
    let tombstone = case.release_by_browser(Reason::Cancelled);
    assert_eq!((tombstone.novelty, refusal(&tombstone)), (Novelty::Decided, None));
    for claimant in [Claimant::Browser, Claimant::Server(claim("run-1"))] {
        let late = case.hold(&request(claimant));
        assert_eq!((refusal(&late), late.is_replay()), (Some(Code::Cancelled), true));
    }
    assert_eq!(refusal(&case.claim("run-1")), Some(Code::Cancelled));
    assert!(case.release(Reason::Failed).answer.is_ok(), "a rejected op is released already");
    assert_eq!(case.balance(), (10, 0, 10));
}

#[test]
fn an_op_never_seen_has_nothing_to_end() {
    let mut case = Case::with_credits(10);
    assert_eq!(refusal(&case.capture(None)), Some(Code::UnknownOp));
    assert_eq!(refusal(&case.claim("run-1")), Some(Code::UnknownOp));
    assert_eq!(refusal(&case.extend("run-1", NOW_MS)), Some(Code::UnknownOp));
}

#[test]
fn an_operation_that_settles_at_once_is_the_servers_alone() {
    let mut case = Case::with_credits(10);
    case.operation.settle = Settlement::AtOnce;
    assert_eq!(refusal(&case.hold(&request(Claimant::Browser))), Some(Code::Forbidden));
    let debit = case.hold(&request(Claimant::UnnamedServer));
    assert_eq!(debit.entry.unwrap().kind, EntryKind::Debit);
    assert_eq!(case.balance(), (8, 0, 8));
    assert_eq!(refusal(&case.capture(None)), Some(Code::AlreadyCaptured));
    assert_eq!(refusal(&case.release(Reason::Failed)), Some(Code::AlreadyCaptured));
    assert!(matches!(case.record.unwrap().verdict, Verdict::Applied { state: State::Debited, .. }));
}

#[test]
fn what_was_spent_is_given_back_once_whole_or_in_parts() {
    let exceeds = Some(Code::ExceedsHold);
    let debit = || {
        let mut case = Case::with_credits(10);
        case.operation.settle = Settlement::AtOnce;
        case.hold(&request(Claimant::UnnamedServer)).answer.unwrap();
        case
    };
    let capture = |spent| {
        let mut case = Case::held(Claimant::Browser);
        case.capture(Some(spent)).answer.unwrap();
        case
    };
    for (mut case, spent, steps) in [
        (debit(), 2, vec![(None, None), (None, exceeds), (Some(1), exceeds)]),
        (capture(2), 2, vec![(Some(2), None), (Some(1), exceeds), (None, exceeds)]),
        (
            capture(2),
            2,
            vec![(Some(3), exceeds), (Some(1), None), (Some(2), exceeds), (None, None)],
        ),
        (capture(1), 1, vec![(Some(2), exceeds), (Some(1), None), (None, exceeds)]),
    ] {
        let settled = case.account.balance.settled();
        for (amount, code) in steps {
            let refund = case.refund(amount);
            assert_eq!(refusal(&refund), code, "{amount:?}");
            assert_eq!(refund.entry.is_some(), code.is_none());
        }
        assert_eq!(case.account.balance.settled(), settled + spent, "all of it came back");
        assert_eq!(case.record.unwrap().receipt().state, Some(OpState::Refunded));
    }
}

#[test]
fn a_refund_names_its_op_and_leaves_the_capture_as_it_was() {
    let mut case = Case::held(Claimant::Browser);
    case.capture(Some(1)).answer.unwrap();
    let entry = case.refund(None).entry.unwrap();
    assert_eq!((entry.kind, entry.credits, entry.op), (EntryKind::Refund, credits(1), Some(op())));
    assert_eq!(entry.applied_version.map(Version::get), Some(2));
    assert_eq!(
        (entry.operation.as_deref(), entry.reason.as_deref()),
        (Some("image"), Some("sorry"))
    );
    let record = case.record.clone().unwrap();
    let receipt = record.receipt();
    assert_eq!(
        (receipt.spent, receipt.ended_version.map(Version::get)),
        (Some(credits(1)), Some(3))
    );
    assert_eq!(record.touched().get(), 4, "whoever asks since then hears of it");
    assert!(case.capture(Some(1)).is_replay(), "the capture keeps its first answer");
    assert_eq!(refusal(&case.capture(None)), Some(Code::AlreadyCaptured));
    assert_eq!(refusal(&case.release(Reason::Failed)), Some(Code::AlreadyCaptured));
    assert_eq!(refusal(&case.claim("run-1")), Some(Code::AlreadyCaptured));
}

#[test]
fn what_was_not_spent_is_not_given_back() {
    let mut unknown = Case::with_credits(10);
    assert_eq!(refusal(&unknown.refund(None)), Some(Code::UnknownOp));
    let mut held = Case::held(Claimant::Browser);
    assert_eq!(refusal(&held.refund(None)), Some(Code::ExceedsHold));
    assert_eq!(refusal(&held.refund(Some(1))), Some(Code::ExceedsHold));
    held.release(Reason::Failed).answer.unwrap();
    assert_eq!(refusal(&held.refund(None)), Some(Code::AlreadyReleased));
    let mut rejected = Case::with_credits(1);
    assert_eq!(
        refusal(&rejected.hold(&request(Claimant::Browser))),
        Some(Code::InsufficientCredits)
    );
    assert_eq!(refusal(&rejected.refund(None)), Some(Code::InsufficientCredits));
    let mut captured = Case::held(Claimant::Browser);
    captured.capture(None).answer.unwrap();
    assert_eq!(refusal(&captured.refund(Some(0))), Some(Code::InvalidRequest));
    assert_eq!(captured.balance(), (8, 0, 8), "nothing happened");
}

#[test]
fn grants_add_and_adjustments_take_no_more_than_there_is() {
    let case = Case::with_credits(10);
    let by_hand = |amount| {
        ledger::adjust(case.account, credits(amount), "mistake".into(), Some("ann".into()), NOW_MS)
    };
    let entry = by_hand(10).unwrap();
    assert_eq!((entry.kind, entry.available), (EntryKind::Adjust, 0));
    assert_eq!(by_hand(11).unwrap_err().code(), Code::InsufficientCredits);
    assert_eq!(by_hand(0).unwrap_err().code(), Code::InvalidRequest);
    let most = credits(creditpack::credits::CREDITS_MAX);
    let over = ledger::grant_by_hand(case.account, most, "gift".into(), None, NOW_MS);
    assert_eq!(over.unwrap_err().code(), Code::InvalidRequest);
}
