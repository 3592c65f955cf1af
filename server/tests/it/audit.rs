//! The audit finds whatever was changed behind the ledger's back, and says where.

use creditpack::Credits;
use creditpack::ledger::Reason;
use creditpackd::ledger::{
    AuditError, Audited, Divergence, OpRefund, Outcome, PurchaseEvent, audit,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::ledger_book::{Book, account, created, op, purchase_request};

/// A ledger with entries of every common kind: versions 1 to 9 of one account.
async fn book() -> Book {
    let book = Book::with_credits(10).await;
    for number in 1..4 {
        book.hold(op(number)).await;
    }
    book.capture(op(1)).await;
    book.release(op(2), Reason::Failed).await;
    let refund = OpRefund {
        id: "r".into(),
        account: account(),
        op: op(1),
        credits: Some(Credits::ONE),
        reason: "sorry".into(),
    };
    book.ledger.refund(refund).await.unwrap().unwrap();
    book.give("less", -2).await;
    let bought = created(book.ledger.create_purchase(purchase_request(1)).await.unwrap());
    let paid = PurchaseEvent { event: None, session: "cs_1".into(), outcome: Outcome::Paid };
    book.ledger.settle_purchase(bought.order.purchase, paid).await.unwrap();
    created(book.ledger.create_purchase(purchase_request(2)).await.unwrap());
    book
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_served_is_audited_as_it_is() {
    let book = book().await;
    let mut heard = Vec::new();
    let audited = audit(book.dir.path(), |done, total| heard.push((done, total))).unwrap();
    assert_eq!(audited, Audited { accounts: 1, entries: 9, ops: 3, purchases: 2 });
    assert_eq!(heard, (1..=9).map(|done| (done, 9)).collect::<Vec<_>>());
}

/// A copy of the ledger's files in which `change` was made without its guards.
fn tampered(of: &TempDir, change: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(of.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let database = Connection::open(copy.path().join("ledger.sqlite3")).unwrap();
    database
        .execute_batch(&format!(
            "pragma foreign_keys = off; drop trigger entries_are_never_updated; \
            drop trigger entries_are_never_deleted; drop trigger entries_are_linked; \
            pragma ignore_check_constraints = on; {change}"
        ))
        .unwrap();
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_divergence_is_told_with_its_place() {
    let book = book().await;
    book.ledger.shutdown().await;
    let op_1 = op(1);
    let at = |version: u64, what: &str, expected: &str, found: &str| {
        (Some(version), what.to_owned(), expected.to_owned(), found.to_owned())
    };
    let besides = |what: &str, expected: &str, found: &str| {
        (None, what.to_owned(), expected.to_owned(), found.to_owned())
    };
    let of_op = |what: &str| format!("{what} of op {op_1}");
    for (change, (version, what, expected, found)) in [
        ("update entries set settled = 11 where version = 1", at(1, "settled", "10", "11")),
        ("update entries set credits = 9 where version = 1", at(1, "settled", "9", "10")),
        ("update entries set held = 3 where version = 3", at(3, "held", "2", "3")),
        (
            "update entries set kind = 'gift' where version = 1",
            at(1, "the entry", "readable", "a stored entry is of no known kind"),
        ),
        ("delete from entries where version = 4", at(4, "the version of the next entry", "4", "5")),
        ("delete from entries where version > 8", besides("the account's version", "8", "9")),
        ("update accounts set settled = 1", besides("the account's settled", "23", "1")),
        ("update accounts set held = 0", besides("the account's held", "1", "0")),
        (
            "update ops set state = 'held', expires_at_ms = 1 where state = 'released'",
            at(6, &format!("the state of op {}", op(2)), "release", "not ended"),
        ),
        (
            "update ops set refunded = 0 where state = 'refunded'",
            besides(&of_op("what was given back"), "1, last at version 7", "0, last at version 7"),
        ),
        (
            "update ops set captured = 2 where state = 'refunded'",
            at(5, &of_op("the end"), "capture of 1 at version 5", "capture of 2 at version 5"),
        ),
        (
            "update ops set credits = 2 where state = 'held'",
            at(4, &format!("the credits of op {}", op(3)), "1", "2"),
        ),
        (
            "delete from ops where state = 'held'",
            at(4, &format!("what is kept of op {}", op(3)), "applied", "nothing"),
        ),
        (
            "insert into ops (account, op, operation, quantity, state, version, touched, credits, \
                at_ms) values (1, zeroblob(16), 'image', 1, 'debited', 4, 4, 1, 0)",
            besides("the number of ops that began", "3", "4"),
        ),
        (
            "update purchases set credits = 150 where status = 'paid'",
            at(9, "the grant of purchase pur_001", "150", "15"),
        ),
        (
            "update purchases set status = 'open'",
            at(9, "the status of purchase pur_001", "paid", "open"),
        ),
        (
            "update purchases set status = 'paid'",
            besides("the grant of purchase pur_002", "an entry", "missing"),
        ),
        (
            "update purchases set status = 'refunded' where purchase = 'pur_002'",
            besides("the grant of purchase pur_002", "an entry", "missing"),
        ),
        (
            "update payments set taken = 3",
            besides("what is kept as taken back of purchase pur_001", "0", "3"),
        ),
        (
            "update grants set version = 2 where id = 'less'",
            besides("the entry of grant, adjustment or refund less", "of that kind", "of another"),
        ),
    ] {
        let copy = tampered(&book.dir, change);
        let expected = Divergence { account: Some("u_1".into()), version, what, expected, found };
        match audit(copy.path(), |_, _| {}) {
            Err(AuditError::Diverges(divergence)) => assert_eq!(divergence, expected, "{change}"),
            other => panic!("{change}: {other:?}"),
        }
    }
}

/// What balances cannot show, the chain does: here, why a correction was made, and by whom.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_word_breaks_the_chain() {
    let book = book().await;
    book.ledger.shutdown().await;
    for (version, change) in [
        (1, "update entries set reason = 'bribe' where version = 1"),
        (8, "update entries set actor = 'nobody' where version = 8"),
        (2, "update entries set expires_at_ms = expires_at_ms + 1 where version = 2"),
        (3, "update entries set at_ms = at_ms - 1 where version = 3"),
        (9, "update entries set chain = zeroblob(32) where version = 9"),
        (5, "update entries set chain = null where version = 5"),
        (1, "update accounts set account = 'u_2'"),
    ] {
        let copy = tampered(&book.dir, change);
        match audit(copy.path(), |_, _| {}) {
            Err(AuditError::Diverges(divergence)) => {
                assert_eq!((divergence.version, &*divergence.what), (Some(version), "chain"));
            }
            other => panic!("{change}: {other:?}"),
        }
    }
}

#[test]
fn without_a_ledger_there_is_nothing_to_audit() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(audit(empty.path(), |_, _| {}), Err(AuditError::Ledger(_))));
    std::fs::write(empty.path().join("ledger.sqlite3"), "nonsense").unwrap();
    assert!(matches!(audit(empty.path(), |_, _| {}), Err(AuditError::Ledger(_))));
}
