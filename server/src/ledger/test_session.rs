//! Payment sessions of test mode: what a payment provider would keep, kept here instead.

/// Whether the buyer is done with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// The buyer may still choose.
    Open,
    /// The buyer chose to pay, now or later.
    Complete,
    /// The buyer left, or the time ran out.
    Expired,
}

/// How far the payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// Nothing has been paid.
    Unpaid,
    /// It is paid.
    Paid,
    /// It was declined for good.
    Failed,
}

/// A payment session of test mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSession {
    /// Its id, as a provider would have made it.
    pub id: String,
    /// Which purchase it pays.
    pub purchase: String,
    /// Whether the buyer is done with it.
    pub status: SessionStatus,
    /// How far the payment is.
    pub payment: PaymentStatus,
    /// When the backend has something left to do for it: a payment chosen to come later is paid
    /// then, a delayed webhook is sent then. None once nothing is left.
    pub due_at_ms: Option<u64>,
    /// When it was made.
    pub created_at_ms: u64,
}
