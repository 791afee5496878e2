//! The tables, how they came to be, and the settings that keep them unreadable.

use std::fmt::Write;

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::VaultError;

/// Bytes of the database's key. SQLCipher takes it as it is, so opening costs no key derivation.
pub(crate) const KEY_BYTES: usize = 32;

/// What leads from each version to the next; the database's `user_version` counts those done.
/// Written once, then only appended to: old profiles replay them.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE account (
        jid TEXT PRIMARY KEY,
        host TEXT,
        port INTEGER,
        direct_tls INTEGER,
        instance_tag INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE contact_key (
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        fingerprint BLOB NOT NULL,
        proof TEXT,
        verified_at INTEGER,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        PRIMARY KEY (account, contact, fingerprint)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE intent (
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        intent TEXT NOT NULL,
        PRIMARY KEY (account, contact)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE outbox (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        text TEXT NOT NULL,
        at INTEGER NOT NULL,
        meant_for BLOB,
        plain_allowed INTEGER NOT NULL
    ) STRICT;
"];

/// Gives the database its key and proves that it opens it.
///
/// # Errors
/// [`VaultError::Damaged`] if it does not.
pub(crate) fn unlock(database: &Connection, key: &[u8; KEY_BYTES]) -> Result<(), VaultError> {
    // Room for all of it, so that no growing leaves a copy behind.
    let mut statement = Zeroizing::new(String::with_capacity(2 * KEY_BYTES + 64));
    // First, so that the memory which the key passes through is wiped too.
    database.execute_batch("PRAGMA cipher_memory_security = ON")?;
    statement.push_str("PRAGMA key = \"x'");
    for byte in key {
        // Writing to a string cannot fail.
        let _ = write!(statement, "{byte:02x}");
    }
    statement.push_str("'\"");
    database.execute_batch(&statement)?;
    database.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

/// Settles how the database writes, and brings its tables up to date.
///
/// # Errors
/// [`VaultError::Damaged`] if a newer Sotto wrote it.
pub(crate) fn prepare(database: &mut Connection) -> Result<(), VaultError> {
    // What is deleted is overwritten. A write-ahead log would keep old pages around (encrypted, but
    // whole) until a checkpoint, so it is a rollback journal, and that is cut to nothing each time.
    database.execute_batch(
        "PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;
         PRAGMA journal_mode = TRUNCATE;
         PRAGMA synchronous = FULL;",
    )?;
    migrate(database)
}

fn migrate(database: &mut Connection) -> Result<(), VaultError> {
    let version: u32 = database.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = version as usize;
    if done > MIGRATIONS.len() {
        return Err(VaultError::Damaged);
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(done) {
        let transaction = database.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
