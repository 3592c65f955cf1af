//! Secret keys and signing keys.

use rusqlite::{Connection, params};

use super::super::keys::{SecretKey, TokenKey};
use super::super::store::StoreError;
use super::{Transaction, rows};

impl Transaction<'_> {
    /// Keeps a new signing key.
    pub(crate) fn add_token_key(&mut self, key: &TokenKey) -> Result<(), StoreError> {
        let sql = "insert into token_keys (kid, pkcs8, created_at_ms, retired_at_ms) \
            values (?1, ?2, ?3, ?4)";
        let params = params![key.kid, key.pkcs8, key.created_at_ms, key.retired_at_ms];
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

/// Keeps a new secret key.
pub(super) fn add_secret(
    connection: &Connection,
    key: &SecretKey,
    now_ms: u64,
) -> rusqlite::Result<()> {
    let sql = "insert into secret_keys (id, name, sha256, created_at_ms) values (?1, ?2, ?3, ?4)";
    connection.execute(sql, params![key.id, key.name, key.sha256, now_ms])?;
    Ok(())
}

/// Secret keys that are not revoked.
pub(super) fn secret(connection: &Connection) -> Result<Vec<SecretKey>, StoreError> {
    let sql = "select id, name, sha256 from secret_keys where revoked_at_ms is null order by id";
    rows::every(connection, sql, [], |columns| {
        Ok(SecretKey { id: columns.take()?, name: columns.take()?, sha256: columns.take()? })
    })
}

/// Signing keys, newest first.
pub(super) fn token(connection: &Connection) -> Result<Vec<TokenKey>, StoreError> {
    let sql = "select kid, pkcs8, created_at_ms, retired_at_ms from token_keys \
        order by created_at_ms desc, kid desc";
    rows::every(connection, sql, [], |columns| {
        Ok(TokenKey {
            kid: columns.take()?,
            pkcs8: columns.take()?,
            created_at_ms: columns.take()?,
            retired_at_ms: columns.take()?,
        })
    })
}
