//! Secret keys and signing keys.

use rusqlite::{Connection, params};

use super::super::keys::{KeyLine, Scopes, SecretKey, TokenKey};
use super::super::store::StoreError;
use super::{Transaction, rows};

impl Transaction<'_> {
    /// Keeps a new secret key.
    pub(crate) fn add_secret_key(&mut self, key: &SecretKey) -> Result<(), StoreError> {
        Ok(add_secret(self.connection, key, self.now_ms)?)
    }

    /// Accepts a secret key no longer; says whether it was accepted.
    pub(crate) fn revoke_secret_key(&mut self, id: &str) -> Result<bool, StoreError> {
        let sql = "update secret_keys set revoked_at_ms = ?2 \
            where id = ?1 and revoked_at_ms is null";
        Ok(self.connection.prepare_cached(sql)?.execute(params![id, self.now_ms])? > 0)
    }

    /// Notes when a secret key was last used.
    pub(crate) fn note_key_use(&mut self, id: &str, at_ms: u64) -> Result<(), StoreError> {
        let sql = "update secret_keys set last_used_at_ms = max(ifnull(last_used_at_ms, 0), ?2) \
            where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id, at_ms])?;
        Ok(())
    }

    /// Keeps a new signing key.
    pub(crate) fn add_token_key(&mut self, key: &TokenKey) -> Result<(), StoreError> {
        let sql = "insert into token_keys (kid, pkcs8, created_at_ms, retired_at_ms) \
            values (?1, ?2, ?3, ?4)";
        let params = params![key.kid, key.pkcs8, key.created_at_ms, key.retired_at_ms];
        self.connection.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }

    /// Has every signing key stop signing.
    pub(crate) fn retire_token_keys(&mut self) -> Result<(), StoreError> {
        let sql = "update token_keys set retired_at_ms = ?1 where retired_at_ms is null";
        self.connection.prepare_cached(sql)?.execute([self.now_ms])?;
        Ok(())
    }

    /// Forgets signing keys that stopped signing at `at_ms` or before, secrets and all.
    pub(crate) fn forget_token_keys(&mut self, at_ms: u64) -> Result<(), StoreError> {
        self.forgetting(|connection| {
            let sql = "delete from token_keys where retired_at_ms <= ?1";
            connection.prepare_cached(sql)?.execute([at_ms])?;
            Ok(())
        })
    }

    /// Signing keys, newest first.
    pub(crate) fn token_keys(&self) -> Result<Vec<TokenKey>, StoreError> {
        token(self.connection)
    }
}

/// Keeps a new secret key.
pub(super) fn add_secret(
    connection: &Connection,
    key: &SecretKey,
    now_ms: u64,
) -> rusqlite::Result<()> {
    let sql = "insert into secret_keys (id, name, sha256, created_at_ms, scopes) \
        values (?1, ?2, ?3, ?4, ?5)";
    let params = params![key.id, key.name, key.sha256, now_ms, key.scopes.to_string()];
    connection.execute(sql, params)?;
    Ok(())
}

/// Secret keys that are not revoked.
pub(super) fn secret(connection: &Connection) -> Result<Vec<SecretKey>, StoreError> {
    let sql = "select id, name, sha256, scopes from secret_keys \
        where revoked_at_ms is null order by id";
    rows::every(connection, sql, [], |columns| {
        Ok(SecretKey {
            id: columns.take()?,
            name: columns.take()?,
            sha256: columns.take()?,
            scopes: Scopes::parse(&columns.take::<String>()?),
        })
    })
}

/// What is told of every secret key, oldest first.
pub(super) fn lines(connection: &Connection) -> Result<Vec<KeyLine>, StoreError> {
    let sql = "select id, name, scopes, created_at_ms, last_used_at_ms, revoked_at_ms \
        from secret_keys order by created_at_ms, id";
    rows::every(connection, sql, [], |columns| {
        Ok(KeyLine {
            id: columns.take()?,
            name: columns.take()?,
            scopes: columns.take()?,
            created_at_ms: columns.take()?,
            last_used_at_ms: columns.take()?,
            revoked_at_ms: columns.take()?,
        })
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
