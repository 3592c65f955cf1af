//! The rules of an operation.

use alloc::format;

use super::{Found, check_label, counted};
use crate::catalog::Operation;

/// Longest lifetime of a hold: one day, in seconds.
const HOLD_LIFETIME_S_MAX: u64 = 24 * 60 * 60;

pub(super) fn check(operation: &Operation, found: &mut Found) {
    let at = |field| format!("operations.{}.{field}", operation.id);
    check_label(&operation.label, || at("label"), found);
    counted::check(&at("counted"), &operation.counted, found);
    if operation.credits.is_zero() {
        let remedy = "write a whole number of credits, such as 5";
        found.add(at("credits"), "must be at least 1", remedy);
    }
    let lifetimes = [
        ("hold_unclaimed_s", operation.hold_unclaimed_s),
        ("hold_claimed_s", operation.hold_claimed_s),
    ];
    for (field, lifetime_s) in lifetimes {
        if !(1..=HOLD_LIFETIME_S_MAX).contains(&lifetime_s) {
            let remedy = "write whole seconds, such as 600";
            found.add(at(field), "must be 1 to 86400 seconds", remedy);
        }
    }
}
