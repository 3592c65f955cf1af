//! The schema's rules by name. Decisions keep all of them; whatever breaks one is undone.

use std::fmt;

/// A rule of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    /// L2: nothing less than nothing is held.
    HeldNeverNegative,
    /// L1: one entry for each version of an account.
    VersionOnce,
    /// L1: an entry stays as it is.
    EntriesStay,
    /// L1: an entry binds the one before it.
    EntriesLinked,
    /// L4: one purchase, one grant.
    OneGrantPerPurchase,
    /// L4: one verdict for each op.
    OpOnce,
    /// A webhook event takes effect once.
    EventOnce,
    /// One checkout of that id for each account.
    CheckoutOnce,
    /// A payment session pays one purchase.
    SessionOnce,
    /// One grant of that id.
    GrantOnce,
    /// L4: one refund or dispute, one clawback.
    ReversalOnce,
    /// A purchase is paid once, by a payment of its own.
    PaymentOnce,
    /// Never more is taken back than was granted, nor than is claimed.
    TakenWithinGrant,
    /// One refund of an op of that id.
    OpRefundOnce,
    /// Any other.
    Other,
}

/// What SQLite says of a broken rule, up to where it differs: checks and triggers by their name,
/// unique keys by their columns.
const MESSAGES: [(&str, Constraint); 18] = [
    ("CHECK constraint failed: held_never_negative", Constraint::HeldNeverNegative),
    ("UNIQUE constraint failed: entries.account, entries.version", Constraint::VersionOnce),
    ("entries_are_never_updated", Constraint::EntriesStay),
    ("entries_are_never_deleted", Constraint::EntriesStay),
    ("entries_are_linked", Constraint::EntriesLinked),
    ("CHECK constraint failed: chain_is_a_sha256", Constraint::EntriesLinked),
    ("UNIQUE constraint failed: entries.purchase", Constraint::OneGrantPerPurchase),
    ("UNIQUE constraint failed: ops.account, ops.op", Constraint::OpOnce),
    ("UNIQUE constraint failed: webhook_events.event", Constraint::EventOnce),
    ("UNIQUE constraint failed: purchases.account", Constraint::CheckoutOnce),
    ("UNIQUE constraint failed: purchases.session", Constraint::SessionOnce),
    ("UNIQUE constraint failed: grants.id", Constraint::GrantOnce),
    ("UNIQUE constraint failed: reversals.reversal", Constraint::ReversalOnce),
    ("UNIQUE constraint failed: payments.purchase", Constraint::PaymentOnce),
    ("UNIQUE constraint failed: payments.payment", Constraint::PaymentOnce),
    ("CHECK constraint failed: taken_within_grant", Constraint::TakenWithinGrant),
    ("CHECK constraint failed: taken_within_claim", Constraint::TakenWithinGrant),
    ("UNIQUE constraint failed: op_refunds.id", Constraint::OpRefundOnce),
];

impl Constraint {
    pub(crate) fn of_message(message: &str) -> Self {
        MESSAGES
            .iter()
            .find(|(start, _)| message.starts_with(start))
            .map_or(Self::Other, |(_, constraint)| *constraint)
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeldNeverNegative => "less than nothing would be held",
            Self::VersionOnce => "an account would have two entries of one version",
            Self::EntriesStay => "an entry would change",
            Self::EntriesLinked => "an entry would not bind the one before it",
            Self::OneGrantPerPurchase => "a purchase would grant twice",
            Self::OpOnce => "an op would have two verdicts",
            Self::EventOnce => "a webhook event would take effect twice",
            Self::CheckoutOnce => "an account would have two checkouts of one id",
            Self::SessionOnce => "a payment session would pay two purchases",
            Self::GrantOnce => "two grants would have one id",
            Self::ReversalOnce => "a refund or dispute would claw back twice",
            Self::PaymentOnce => "a purchase would be paid twice",
            Self::TakenWithinGrant => "more would be taken back than was granted",
            Self::OpRefundOnce => "two refunds would have one id",
            Self::Other => "a row would have no sense",
        })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::ledger::sqlite::schema::MIGRATIONS;
    use crate::ledger::store::StoreError;

    /// Two rows that every table refers to, then a statement that breaks a rule.
    fn check(statement: &str, expected: Constraint) {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(&MIGRATIONS.concat()).unwrap();
        database.execute_batch(ROWS).unwrap();
        let error = database.execute_batch(statement).unwrap_err();
        match StoreError::from(error) {
            StoreError::Constraint(found) => assert_eq!(found, expected, "{statement}"),
            other => panic!("{statement}: {other}"),
        }
    }

    const ROWS: &str = "
        insert into accounts (key, account) values (1, 'a');
        insert into entries (account, version, kind, credits, purchase, settled, held, at_ms, chain)
            values (1, 1, 'grant', 5, 'p', 5, 0, 0, zeroblob(32));
        insert into ops (account, op, state, version, touched, at_ms)
            values (1, zeroblob(16), 'cancelled', 1, 1, 0);
        insert into purchases (purchase, account, checkout, pack, quantity, credits, amount_minor,
            currency, body_sha256, success_url, cancel_url, expires_at_ms, status, session,
            created_at_ms, changed_at_ms)
            values ('p', 1, 'c', 'x', 1, 5, 1, 'usd', x'', '', '', 0, 'open', 's', 0, 0);
        insert into webhook_events (event, purchase, at_ms) values ('e', 'p', 0);
        insert into grants (id, account, version) values ('g', 1, 1);
        insert into payments (purchase, payment, amount, currency, credits)
            values ('p', 'pi', 1, 'usd', 5);
        insert into reversals (reversal, purchase, kind, state, amount, currency, claimed, at_ms)
            values ('re', 'p', 'refund', 'in_force', 1, 'usd', 5, 0);
        insert into op_refunds (id, account, version) values ('r', 1, 1);";

    #[test]
    fn the_schema_says_every_rule_again_by_name() {
        check("update accounts set held = -1", Constraint::HeldNeverNegative);
        check("update entries set credits = 6", Constraint::EntriesStay);
        check("delete from entries", Constraint::EntriesStay);
        let entry = "insert into entries (account, version, kind, credits, purchase, settled, \
            held, at_ms, chain)";
        for chain in ["null", "zeroblob(31)"] {
            let unlinked = format!("{entry} values (1, 2, 'hold', 1, null, 5, 1, 0, {chain})");
            check(&unlinked, Constraint::EntriesLinked);
        }
        check(
            &format!("{entry} values (1, 1, 'hold', 1, null, 5, 1, 0, zeroblob(32))"),
            Constraint::VersionOnce,
        );
        check(
            &format!("{entry} values (1, 2, 'grant', 5, 'p', 10, 0, 0, zeroblob(32))"),
            Constraint::OneGrantPerPurchase,
        );
        check(
            "insert into ops (account, op, state, version, touched, at_ms) \
                values (1, zeroblob(16), 'held', 1, 1, 0)",
            Constraint::OpOnce,
        );
        check(
            "insert into webhook_events (event, purchase, at_ms) values ('e', 'p', 1)",
            Constraint::EventOnce,
        );
        check(
            "insert into grants (id, account, version) values ('g', 1, 1)",
            Constraint::GrantOnce,
        );
        let again = |table: &str| format!("insert into {table} select * from {table}");
        check(&again("reversals"), Constraint::ReversalOnce);
        check(&again("payments"), Constraint::PaymentOnce);
        check("update payments set taken = 6", Constraint::TakenWithinGrant);
        check("update payments set taken = -1", Constraint::TakenWithinGrant);
        check("update reversals set taken = 6", Constraint::TakenWithinGrant);
        check(
            "insert into op_refunds (id, account, version) values ('r', 1, 1)",
            Constraint::OpRefundOnce,
        );
        let copy = |checkout: &str, session: &str| {
            format!(
                "insert into purchases (purchase, account, checkout, pack, quantity, credits, \
                amount_minor, currency, body_sha256, success_url, cancel_url, expires_at_ms, \
                status, session, created_at_ms, changed_at_ms) \
                select 'q', account, {checkout}, pack, quantity, credits, amount_minor, currency, \
                body_sha256, success_url, cancel_url, expires_at_ms, status, {session}, \
                created_at_ms, changed_at_ms from purchases"
            )
        };
        check(&copy("checkout", "'s2'"), Constraint::CheckoutOnce);
        check(&copy("'c2'", "session"), Constraint::SessionOnce);
    }
}
