//! What is known of a person besides their ledger.

use creditpack::AccountId;
use rusqlite::params;

use super::super::store::StoreError;
use super::Transaction;

impl Transaction<'_> {
    /// Forgets what an account's purchases tell of the buyer; says of how many they did. Entries
    /// are as they were.
    ///
    /// The pages that buyers return to may name them too. Of a purchase that is still being paid
    /// they are kept, as the buyer has to get back.
    pub(crate) fn erase(&mut self, id: &AccountId) -> Result<usize, StoreError> {
        super::overwriting(self.connection, || {
            let addresses = "update purchases set success_url = '', cancel_url = '', url = null \
                where account = (select key from accounts where account = ?1) \
                and status not in ('open', 'processing') and success_url <> ''";
            self.connection.prepare_cached(addresses)?.execute(params![id.as_str()])?;
            let personal = "update purchases set email = null, locale = null \
                where account = (select key from accounts where account = ?1) \
                and (email is not null or locale is not null)";
            Ok(self.connection.prepare_cached(personal)?.execute(params![id.as_str()])?)
        })
    }
}
