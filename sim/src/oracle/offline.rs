//! What may be promised while there is no connection.

use creditpack::{Credits, OpId};

use super::{Violation, Watch, broken, signed};
use crate::backend::Backend;

impl Watch {
    /// A spend is taken offline: with all that the backend has never heard of it is within the bound.
    ///
    /// # Errors
    ///
    /// The page promised more than it may.
    pub fn may_promise(
        &self,
        credits: Credits,
        bound: Credits,
        backend: &Backend,
    ) -> Result<(), Violation> {
        let unheard = self.own.iter().filter(|own| !backend.has_heard_of(own.op));
        let promised: i64 = unheard.map(|own| own.credits).sum();
        if promised + signed(credits) > signed(bound) {
            let detail = format!("{credits} promised offline besides {promised}, of {bound}");
            return broken("offline", detail);
        }
        Ok(())
    }

    /// A spend is refused offline: with all that is not over it is beyond the bound.
    ///
    /// # Errors
    ///
    /// The page could have taken it.
    pub fn must_promise(&self, credits: Credits, bound: Credits) -> Result<(), Violation> {
        let open: i64 = self.own.iter().map(|own| own.credits).sum();
        if open + signed(credits) <= signed(bound) {
            let detail = format!("{credits} refused offline besides {open}, of {bound}");
            return broken("offline", detail);
        }
        Ok(())
    }

    /// Whether the page itself sees to an op that is not over.
    pub fn sees_to(&self, op: OpId) -> bool {
        self.own.iter().any(|own| own.op == op && own.theirs.is_none())
    }
}
