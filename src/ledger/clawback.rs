//! Money that comes back, and the credits that go with it.
//!
//! A refund or a dispute is a *reversal* of a purchase's payment. While it is in force it claims its
//! part of the credits that the purchase granted; once it is undone (the refund failed, the dispute
//! was won) what it took returns, and never more.

use alloc::string::String;

use super::Account;
use crate::credits::Credits;
use crate::entry::{Entry, EntryKind};
use crate::error::Error;
use crate::wire::PurchaseStatus;
use crate::words::words;

words! {
    /// What becomes of claimed credits that were spent already.
    pub enum ClawbackPolicy {
        /// All that is claimed is taken: what is available may become negative, and spends are
        /// refused until that is paid.
        Debt = "debt",
        /// At most what is available is taken; the rest is forgiven for good.
        Clamp = "clamp",
    }
}

words! {
    /// How money comes back.
    pub enum ReversalKind {
        /// The seller gives it back.
        Refund = "refund",
        /// The buyer's bank takes it back.
        Dispute = "dispute",
    }
}

words! {
    /// How far a reversal is. What is told late, twice or out of order is taken as the furthest
    /// that was told: the order of these is the order in which they can follow.
    pub enum ReversalState {
        /// A dispute was opened; no money has moved.
        Flagged = "flagged",
        /// The money is back with the buyer, or on its way.
        InForce = "in_force",
        /// It came to nothing: the money is the seller's after all.
        Undone = "undone",
    }
}

/// What was paid for a purchase, and what it granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What was paid, all in all, in the provider's minor units.
    pub amount: u64,
    /// What the purchase granted.
    pub granted: Credits,
}

/// A refund or a dispute of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reversal {
    /// Which of the two.
    pub kind: ReversalKind,
    /// How far it is.
    pub state: ReversalState,
    /// How much money it moves, in the provider's minor units.
    pub amount: u64,
    /// The credits it is entitled to; none before it is in force.
    pub claimed: Credits,
    /// The credits it took: what it claimed, but for what was forgiven.
    pub taken: Credits,
}

impl Payment {
    /// The credits that go back when `reversed` minor units do, all in all: in proportion to what was
    /// paid, rounded down in the buyer's favour, and all that was granted once everything is back.
    ///
    /// ```
    /// # use creditpack::{Credits, ledger::Payment};
    /// let payment = Payment { amount: 900, granted: Credits::new(15)? };
    /// assert_eq!(payment.credits_for(300).get(), 5);
    /// assert_eq!(payment.credits_for(299).get(), 4);
    /// assert_eq!(payment.credits_for(1_000).get(), 15);
    /// # Ok::<(), creditpack::Error>(())
    /// ```
    pub fn credits_for(self, reversed: u64) -> Credits {
        if reversed >= self.amount {
            return if reversed == 0 { Credits::ZERO } else { self.granted };
        }
        let part = part(self.granted.get(), reversed, self.amount);
        // A part of credits is no more than the credits.
        Credits::new(part).unwrap_or(self.granted)
    }

    /// The credits that a reversal of `amount` claims as it comes into force beside `others`.
    ///
    /// All that are in force claim together what their sum is worth, so that rounding never adds up
    /// and the claims never exceed the grant.
    pub fn claim(self, amount: u64, others: &[Reversal]) -> Credits {
        let (reversed, claimed) = self.in_force(others);
        self.credits_for(reversed.saturating_add(amount)).minus(claimed).unwrap_or_default()
    }

    /// Undoes the reversal at `which` of a payment's `reversals`, and says how many credits return.
    ///
    /// It gives up what those still in force are not entitled to without it, at most all that it took.
    /// What it took of theirs, because it was told before them, is theirs from now on.
    ///
    /// Where partial refunds were told in between, one credit each may be left to rounding; the next
    /// claim takes that much less.
    pub fn undo(self, reversals: &mut [Reversal], which: usize) -> Credits {
        let Some(undone) = reversals.get_mut(which) else { return Credits::ZERO };
        undone.state = ReversalState::Undone;
        let Reversal { claimed, taken, .. } = *undone;
        let (reversed, claimed_by_others) = self.in_force(reversals);
        let missing = self.credits_for(reversed).minus(claimed_by_others).unwrap_or_default();
        let claim_left = claimed.min(missing);
        let given_up = claimed.minus(claim_left).unwrap_or_default();
        let returned = taken.min(given_up);
        let taken_left = taken.minus(returned).unwrap_or_default();
        reversals[which].claimed = given_up;
        reversals[which].taken = returned;
        self.hand_over(reversals, claim_left, taken_left);
        returned
    }

    /// Leaves a claim to those in force, first to each as much as it lacks by itself.
    fn hand_over(self, reversals: &mut [Reversal], mut claim: Credits, mut taken: Credits) {
        for everything in [false, true] {
            for heir in reversals.iter_mut().filter(|it| it.state == ReversalState::InForce) {
                let own = self.credits_for(heir.amount).minus(heir.claimed).unwrap_or_default();
                let share = if everything { claim } else { claim.min(own) };
                let of_taken = taken.min(share);
                heir.claimed = heir.claimed.plus(share).unwrap_or(self.granted);
                heir.taken = heir.taken.plus(of_taken).unwrap_or(self.granted);
                claim = claim.minus(share).unwrap_or_default();
                taken = taken.minus(of_taken).unwrap_or_default();
            }
        }
    }

    /// How much money is reversed by those in force, and the credits they claim for it.
    fn in_force(self, reversals: &[Reversal]) -> (u64, Credits) {
        let in_force = reversals.iter().filter(|it| it.state == ReversalState::InForce);
        in_force.fold((0, Credits::ZERO), |(reversed, claimed), reversal| {
            let claimed = claimed.plus(reversal.claimed).unwrap_or(self.granted);
            (reversed.saturating_add(reversal.amount), claimed)
        })
    }

    /// What a paid purchase's status is under these `reversals`.
    pub fn status(self, reversals: &[Reversal]) -> PurchaseStatus {
        use ReversalState::{InForce, Undone};
        let of = |kind| reversals.iter().filter(move |reversal| reversal.kind == kind);
        if of(ReversalKind::Dispute).any(|dispute| dispute.state != Undone) {
            return PurchaseStatus::Disputed;
        }
        let refunds = of(ReversalKind::Refund).filter(|refund| refund.state == InForce);
        match refunds.fold(0, |sum: u64, refund| sum.saturating_add(refund.amount)) {
            0 => PurchaseStatus::Paid,
            refunded if refunded >= self.amount => PurchaseStatus::Refunded,
            _ => PurchaseStatus::PartiallyRefunded,
        }
    }
}

/// Takes credits back that a reversal of `purchase` claims; the entry's `credits` are those taken,
/// its `owed` what the account lacks to nothing afterwards.
///
/// No entry where nothing is taken: nothing was claimed, or all of it was spent and is forgiven.
///
/// # Errors
///
/// [`Error::Invalid`] if the balance would leave its range.
pub fn claw_back(
    account: Account,
    purchase: String,
    kind: ReversalKind,
    claimed: Credits,
    policy: ClawbackPolicy,
    now_ms: u64,
) -> Result<Option<Entry>, Error> {
    let taken = match policy {
        ClawbackPolicy::Debt => claimed,
        ClawbackPolicy::Clamp => claimed.min(positive(account.balance.available())),
    };
    if taken.is_zero() {
        return Ok(None);
    }
    let mut entry = account.entry(EntryKind::Clawback, taken, (-taken.signed(), 0), now_ms)?;
    entry.purchase = Some(purchase);
    entry.reason = Some(kind.as_str().into());
    entry.owed = Some(positive(-entry.available));
    Ok(Some(entry))
}

/// Returns what a clawback of `purchase` took, or a part of it. No entry where that is nothing.
///
/// # Errors
///
/// As [`claw_back`].
pub fn reinstate(
    account: Account,
    purchase: String,
    returned: Credits,
    now_ms: u64,
) -> Result<Option<Entry>, Error> {
    if returned.is_zero() {
        return Ok(None);
    }
    let mut entry =
        account.entry(EntryKind::Reinstate, returned, (returned.signed(), 0), now_ms)?;
    entry.purchase = Some(purchase);
    Ok(Some(entry))
}

/// `credits` if they are more than none.
fn positive(credits: i64) -> Credits {
    u64::try_from(credits).ok().and_then(|credits| Credits::new(credits).ok()).unwrap_or_default()
}

/// `whole` x `share` / `of`, rounded down, for `share` < `of`: bit by bit from the highest, so that
/// nothing exceeds 64 bits while `of` is at most 2^61.
const fn part(whole: u64, share: u64, of: u64) -> u64 {
    let (mut quotient, mut rest, mut bit) = (0, 0, u64::BITS - whole.leading_zeros());
    while bit > 0 {
        bit -= 1;
        rest = rest * 2 + if whole >> bit & 1 == 1 { share } else { 0 };
        quotient = quotient * 2 + rest / of;
        rest %= of;
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_exact_however_large() {
        let most = crate::credits::CREDITS_MAX;
        for (whole, share, of) in [
            (15, 299, 900),
            (most, most - 1, most),
            (1, 1, 2),
            (0, 1, 2),
            (most, 1, most),
            (7, 0, 3),
        ] {
            let exact = u128::from(whole) * u128::from(share) / u128::from(of);
            assert_eq!(u128::from(part(whole, share, of)), exact, "{whole} x {share} / {of}");
        }
    }
}
