//! Where a list that is read page by page goes on.

use super::{Purchase, TestSession};

/// The place of a row in a list that is ordered by time, then by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The row's time.
    pub at_ms: u64,
    /// The row's id.
    pub id: String,
}

impl Place {
    /// Before every row.
    pub fn start() -> Self {
        Self::default()
    }
}

impl From<&Purchase> for Place {
    fn from(purchase: &Purchase) -> Self {
        Self { at_ms: purchase.created_at_ms, id: purchase.order.purchase.clone() }
    }
}

impl From<&TestSession> for Place {
    fn from(session: &TestSession) -> Self {
        Self { at_ms: session.due_at_ms.unwrap_or_default(), id: session.id.clone() }
    }
}
