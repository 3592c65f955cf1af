//! Whole credits, and the balance they add up to.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The largest amount of credits, and the largest distance of a balance from zero: 2^53-1, the
/// largest integer that JavaScript counts exactly.
pub const CREDITS_MAX: u64 = (1 << 53) - 1;

/// An amount of whole credits, 0 to 2^53-1.
///
/// ```
/// # use creditpack::Credits;
/// assert_eq!(Credits::new(15)?.get(), 15);
/// assert!(Credits::new(1 << 53).is_err());
/// # Ok::<(), creditpack::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64")]
pub struct Credits(u64);

impl Credits {
    /// No credits.
    pub const ZERO: Self = Self(0);
    /// One credit.
    pub const ONE: Self = Self(1);

    /// `amount` whole credits.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `credits` if `amount` is over 2^53-1.
    pub const fn new(amount: u64) -> Result<Self, Error> {
        if amount > CREDITS_MAX {
            return Err(Error::invalid("credits", "must be at most 9007199254740991"));
        }
        Ok(Self(amount))
    }

    /// The amount as a plain number of whole credits.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this is no credits at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount as a signed number of whole credits, to be added to a balance.
    pub const fn signed(self) -> i64 {
        // Lossless: CREDITS_MAX is far below i64::MAX.
        self.0.cast_signed()
    }

    /// This many credits, `quantity` times.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `quantity` if the product is over 2^53-1.
    pub fn times(self, quantity: u32) -> Result<Self, Error> {
        self.0
            .checked_mul(u64::from(quantity))
            .and_then(|product| Self::new(product).ok())
            .ok_or(Error::invalid("quantity", "makes more credits than can be counted"))
    }

    /// What is left after taking `other`, or `None` if that is more than there is.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Both amounts together, or `None` over 2^53-1.
    pub fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }
}

impl TryFrom<u64> for Credits {
    type Error = Error;

    fn try_from(amount: u64) -> Result<Self, Error> {
        Self::new(amount)
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an account owns and what of it is promised, both in whole credits.
///
/// `settled` is negative only when credits were clawed back after they had been spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    settled: i64,
    held: Credits,
}

impl Balance {
    /// Nothing settled, nothing held.
    pub const ZERO: Self = Self { settled: 0, held: Credits::ZERO };

    /// A balance of `settled` credits of which `held` are promised.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming `settled` or `available` if one of them leaves +-(2^53-1).
    pub fn new(settled: i64, held: Credits) -> Result<Self, Error> {
        if settled.unsigned_abs() > CREDITS_MAX {
            return Err(Error::invalid("settled", "must stay within 9007199254740991 of zero"));
        }
        if (settled - held.signed()).unsigned_abs() > CREDITS_MAX {
            return Err(Error::invalid("available", "must stay within 9007199254740991 of zero"));
        }
        Ok(Self { settled, held })
    }

    /// Credits owned, held ones included.
    pub const fn settled(self) -> i64 {
        self.settled
    }

    /// Credits promised to work that still runs.
    pub const fn held(self) -> Credits {
        self.held
    }

    /// Credits free to promise: settled minus held.
    pub const fn available(self) -> i64 {
        self.settled - self.held.signed()
    }

    /// Whether `cost` fits into what is available. Spending all of it fits.
    pub const fn covers(self, cost: Credits) -> bool {
        cost.signed() <= self.available()
    }

    /// The balance after `settled` and `held` changed by so many credits.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a sum leaves its range, or if less would be held than nothing.
    pub fn change(self, settled: i64, held: i64) -> Result<Self, Error> {
        let held = self
            .held
            .get()
            .checked_add_signed(held)
            .ok_or(Error::invalid("held", "must not become negative"))?;
        Self::new(self.settled.saturating_add(settled), Credits::new(held)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_never_leaves_its_range() {
        let full = Balance::new(CREDITS_MAX.cast_signed(), Credits::ZERO).unwrap();
        assert!(full.change(1, 0).is_err());
        assert!(Balance::ZERO.change(0, -1).is_err());
        let indebted = Balance::new(-CREDITS_MAX.cast_signed(), Credits::ZERO).unwrap();
        assert!(indebted.change(0, 1).is_err(), "available would leave the range");
    }

    #[test]
    fn spending_exactly_what_is_available_fits() {
        let balance = Balance::new(10, Credits::new(4).unwrap()).unwrap();
        assert_eq!(balance.available(), 6);
        assert!(balance.covers(Credits::new(6).unwrap()));
        assert!(!balance.covers(Credits::new(7).unwrap()));
    }

    #[test]
    fn products_and_sums_are_checked() {
        let most = Credits::new(CREDITS_MAX).unwrap();
        assert!(most.times(2).is_err());
        assert_eq!(most.plus(Credits::ONE), None);
        assert_eq!(Credits::ZERO.minus(Credits::ONE), None);
    }
}
