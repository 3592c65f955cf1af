//! What is known of a person besides their ledger.

use creditpack::AccountId;
use rusqlite::params;

use super::super::administration::Erased;
use super::super::store::StoreError;
use super::Transaction;
use super::rows::{self, Columns};

impl Transaction<'_> {
    /// Forgets what an account's purchases tell of the buyer, and every mail about them: one that is
    /// not sent yet never is. Entries are as they were.
    ///
    /// The pages that buyers return to may name them too. Of a purchase that is still being paid
    /// they are kept, as the buyer has to get back.
    pub(crate) fn erase(&mut self, id: &AccountId) -> Result<Erased, StoreError> {
        self.forgetting(|connection| {
            let addresses = "update purchases set success_url = '', cancel_url = '', url = null \
                where account = (select key from accounts where account = ?1) \
                and status not in ('open', 'processing') and success_url <> ''";
            connection.prepare_cached(addresses)?.execute(params![id.as_str()])?;
            let personal = "update purchases set email = null, locale = null \
                where account = (select key from accounts where account = ?1) \
                and (email is not null or locale is not null)";
            let told = connection.prepare_cached(personal)?.execute(params![id.as_str()])?;
            // Why one was not sent may name the address, and what it is called there leads to it.
            let mails = "delete from outbox where purchase in (select purchase from purchases \
                where account = (select key from accounts where account = ?1))";
            connection.prepare_cached(mails)?.execute(params![id.as_str()])?;
            let all = "select purchase from purchases \
                where account = (select key from accounts where account = ?1)";
            let name = |columns: &mut Columns<'_>| columns.take::<String>();
            let purchases = rows::every(connection, all, params![id.as_str()], name)?;
            Ok(Erased { told, purchases })
        })
    }
}
