//! What an entry did, told from its kind alone: for whoever checks the balances that it carries.

use super::Account;
use crate::entry::{Entry, EntryKind};
use crate::error::Error;

impl Account {
    /// The account after `entry` took effect, whatever version and balances the entry says of itself.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming the balance that would leave its range.
    pub fn replay(self, entry: &Entry) -> Result<Self, Error> {
        let credits = entry.credits.signed();
        let returned = entry.returned.unwrap_or_default().signed();
        let (settled, held) = match entry.kind {
            EntryKind::Grant | EntryKind::Refund | EntryKind::Reinstate => (credits, 0),
            EntryKind::Debit | EntryKind::Clawback | EntryKind::Adjust => (-credits, 0),
            EntryKind::Hold => (0, credits),
            EntryKind::Release => (0, -credits),
            EntryKind::Capture => (-credits, -credits - returned),
        };
        let balance = self.balance.change(settled, held)?;
        Ok(Self { version: self.version.next(), balance })
    }
}
