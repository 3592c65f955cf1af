//! Ledgers that an earlier version made, and what becomes of what is in them.

use std::path::Path;

use creditpack::credits::Credits;
use creditpack::wire::PurchaseStatus;
use creditpackd::ledger::{Ledger, Mode, Outcome, PurchaseEvent, Settled, audit};
use rusqlite::Connection;

use crate::ledger_book::{Book, account, created, key, open, purchase_request};

/// The steps of the schema before there were chains, as they were released.
const STEPS: [&str; 3] = [
    include_str!("../../src/ledger/sqlite/schema.sql"),
    include_str!("../../src/ledger/sqlite/promotions.sql"),
    include_str!("../../src/ledger/sqlite/experiments.sql"),
];

/// Work that was done, and work that is under way.
const SPENDS: &str = "
    insert into accounts (key, account, version, settled, held) values (2, 'u_2', 4, 2, 1);
    insert into entries (account, version, kind, credits, op, operation, returned, applied_version,
        expires_at_ms, reason, source, actor, settled, held, at_ms)
        values (2, 1, 'grant', 3, null, null, null, null, null, 'moved, \"all\"', 'adjustment', 'ann',
            3, 0, 1),
        (2, 2, 'hold', 1, x'019b76daa80070008000000000000001', 'image', null, null, 9, null, null,
            null, 3, 1, 2),
        (2, 3, 'capture', 1, x'019b76daa80070008000000000000001', 'image', 0, 2, null, null, null,
            null, 2, 0, 3),
        (2, 4, 'hold', 1, x'019b76daa80070008000000000000002', 'image', null, null, 9, null, null,
            null, 2, 1, 4);
    insert into ops (account, op, operation, quantity, state, version, touched, credits, at_ms,
        claim, expires_at_ms, captured)
        values (2, x'019b76daa80070008000000000000001', 'image', 1, 'captured', 2, 3, 1, 2, null,
            null, 1),
        (2, x'019b76daa80070008000000000000002', 'image', 1, 'held', 4, 4, 1, 4, 'run', 9000000000000,
            null);";

/// One account with five credits, a checkout that is paid, and one that is open.
const PURCHASES: &str = "
    insert into accounts (key, account, version, settled) values (1, 'u_1', 1, 5);
    insert into purchases (purchase, account, checkout, pack, quantity, credits, amount_minor,
        currency, body_sha256, success_url, cancel_url, expires_at_ms, status, session,
        created_at_ms, changed_at_ms)
        values ('pur_paid', 1, 'c_1', 'old', 1, 5, 400, 'usd', x'00', '', '', 0, 'paid', 's', 0, 0),
            ('pur_open', 1, 'c_2', 'old', 2, 10, 800, 'usd', zeroblob(32), '', '', 9e15, 'open',
            'cs_1', 0, 0);
    update purchases set body_sha256 = zeroblob(32);
    insert into entries (account, version, kind, credits, source, purchase, settled, held, at_ms)
        values (1, 1, 'grant', 5, 'purchase', 'pur_paid', 5, 0, 0);";

/// Puts a ledger of an earlier schema where a new one was made.
fn turn_back(dir: &Path, schema: usize) {
    let path = dir.join("ledger.sqlite3");
    let new = Connection::open(&path).unwrap();
    let settings: Vec<(String, String)> = new
        .prepare("select name, value from settings")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    drop(new);
    std::fs::remove_file(&path).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(&STEPS[..schema].concat()).unwrap();
    for (name, value) in settings {
        old.execute("insert into settings values (?1, ?2)", [name, value]).unwrap();
    }
    old.execute_batch(PURCHASES).unwrap();
    old.execute_batch(SPENDS).unwrap();
    old.pragma_update(None, "application_id", 0x6372_6564).unwrap();
    old.pragma_update(None, "user_version", schema).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_the_first_schema_goes_on_with_its_purchases() {
    let dir = tempfile::tempdir().unwrap();
    let clock = creditpackd::clock::Clock::standing_at(crate::ledger_book::START_MS);
    Ledger::create(dir.path(), &key(), &clock).unwrap();
    turn_back(dir.path(), 1);
    let ledger = open(dir.path(), &clock, Mode::Test).unwrap();
    let book = Book { dir, clock, ledger };

    let known = book.ledger.purchase("pur_open".into()).await.unwrap().unwrap();
    assert_eq!(known.order.list_price, known.order.price, "nothing was promoted then");
    assert_eq!((known.order.price.amount_minor, known.order.promotion), (800, None));
    let session = "cs_1".to_owned();
    let paid = PurchaseEvent { event: Some("evt_1".into()), session, outcome: Outcome::Paid };
    let settled = book.ledger.settle_purchase("pur_open".into(), paid).await.unwrap();
    assert!(
        matches!(settled, Settled::Changed { purchase: it, .. } if it.status == PurchaseStatus::Paid)
    );
    assert_eq!(book.snapshot().await.settled, 15);
    let new = created(book.ledger.create_purchase(purchase_request(1)).await.unwrap());
    assert_eq!((new.order.account, new.order.credits), (account(), Credits::new(15).unwrap()));
    // What was paid before receipts were kept has one as soon as somebody asks for it.
    for (purchase, has) in [("pur_paid", true), ("pur_open", true), ("pur_none", false)] {
        let receipt = book.ledger.purchase_receipt(purchase.into()).await.unwrap();
        assert_eq!(receipt.is_some(), has, "{purchase}");
        let again = book.ledger.purchase_receipt(purchase.into()).await.unwrap();
        assert_eq!(receipt, again);
    }
    let audited = audit(book.dir.path(), |_, _| {}).unwrap();
    assert_eq!((audited.entries, audited.purchases), (6, 3), "what was there is chained too");
    // The next start finds nothing to do.
    let book = book.reopen();
    assert_eq!(book.entries().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_every_schema_without_chains_is_chained_and_goes_on() {
    for schema in 1..=STEPS.len() {
        let dir = tempfile::tempdir().unwrap();
        let clock = creditpackd::clock::Clock::standing_at(crate::ledger_book::START_MS);
        Ledger::create(dir.path(), &key(), &clock).unwrap();
        turn_back(dir.path(), schema);
        let ledger = open(dir.path(), &clock, Mode::Test).unwrap();
        let held = "019b76da-a800-7000-8000-000000000002".parse().unwrap();
        let buyer = creditpack::AccountId::new("u_2").unwrap();
        let captured = ledger.capture(buyer, held, None).await.unwrap();
        assert_eq!(captured.entry.unwrap().settled, 1);
        let audited = audit(dir.path(), |_, _| {}).unwrap();
        assert_eq!((audited.accounts, audited.entries, audited.ops), (2, 6, 2), "of {schema}");
        ledger.shutdown().await;
        let changed = Connection::open(dir.path().join("ledger.sqlite3")).unwrap();
        let refused = changed.execute("update entries set reason = 'other'", []).unwrap_err();
        assert!(refused.to_string().contains("entries_are_never_updated"), "of {schema}");
    }
}
