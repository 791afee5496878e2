//! The tables, how they came to be, and the settings that keep them unreadable.

use std::fmt::Write;

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::VaultError;

/// Bytes of the database's key. SQLCipher takes it as it is, so opening costs no key derivation.
pub(crate) const KEY_BYTES: usize = 32;

/// Nearly a page: longer rows spread over several.
const ROW_BYTES: u32 = 3_800;

/// So many free pages are worth writing the rest anew: 4 MiB.
const FREE_PAGES: u32 = 1_024;

/// What leads from each version to the next; the database's `user_version` counts those done.
/// Written once, then only appended to: old profiles replay them.
const MIGRATIONS: &[&str] = &[
    "
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
",
    "
    CREATE TABLE note (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (account, name)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO note (account, name, value)
        SELECT substr(pair, 1, instr(pair, ' ') - 1),
               'v3-seen ' || substr(pair, instr(pair, ' ') + 1),
               value
        FROM (SELECT substr(name, 9) AS pair, value FROM setting WHERE name LIKE 'v3-seen %');
    DELETE FROM setting WHERE name LIKE 'v3-seen %';

    ALTER TABLE outbox ADD COLUMN replaces TEXT;
",
    "
    CREATE INDEX outbox_of_contact ON outbox (account, contact);
",
    // Until then a key that was not verified was taken as the contact's, whatever others were
    // known: only one that was the first is so still.
    "
    CREATE TABLE decided_key (
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        fingerprint BLOB NOT NULL,
        decision TEXT NOT NULL,
        decided_at INTEGER,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        PRIMARY KEY (account, contact, fingerprint)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO decided_key
        SELECT account, contact, fingerprint,
               CASE WHEN proof IS NOT NULL THEN proof
                    WHEN EXISTS (
                        SELECT 1 FROM contact_key AS other
                        WHERE other.account = key.account AND other.contact = key.contact
                          AND other.fingerprint <> key.fingerprint
                          AND (other.proof IS NOT NULL OR other.first_seen <= key.first_seen)
                    ) THEN 'undecided'
                    ELSE 'first' END,
               verified_at, first_seen, last_seen
        FROM contact_key AS key;
    DROP TABLE contact_key;
    ALTER TABLE decided_key RENAME TO contact_key;
",
    "
    ALTER TABLE contact_key ADD COLUMN distrusted INTEGER NOT NULL DEFAULT FALSE;
    UPDATE contact_key SET distrusted = TRUE WHERE decision IN ('differs', 'not matched');
",
    "
    ALTER TABLE outbox ADD COLUMN failed INTEGER NOT NULL DEFAULT FALSE;
",
    // What a failed one is told as, when it is told again.
    "
    ALTER TABLE outbox ADD COLUMN failure TEXT;

    CREATE TABLE unread (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        text TEXT NOT NULL,
        at INTEGER NOT NULL,
        way TEXT NOT NULL,
        key BLOB,
        id TEXT,
        replaces TEXT,
        place TEXT
    ) STRICT;
    CREATE INDEX unread_of_contact ON unread (account, contact);

    CREATE TABLE draft (
        account TEXT NOT NULL,
        contact TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (account, contact)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE shown_message (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        name INTEGER NOT NULL,
        at INTEGER
    ) STRICT;
    CREATE INDEX shown_message_of_account ON shown_message (account, place);
",
    "
    ALTER TABLE outbox ADD COLUMN resent INTEGER NOT NULL DEFAULT FALSE;
",
];

/// Gives the database its key and proves that it opens it.
///
/// # Errors
/// [`VaultError::Damaged`] if it does not.
pub(crate) fn unlock(database: &Connection, key: &[u8; KEY_BYTES]) -> Result<(), VaultError> {
    // Room for all of it, so that no growing leaves a copy behind.
    let mut statement = Zeroizing::new(String::with_capacity(2 * KEY_BYTES + 64));
    // First, so that the memory which the key passes through is wiped too. SQLCipher would print
    // failures that are told as errors anyway.
    database.execute_batch("PRAGMA cipher_memory_security = ON; PRAGMA cipher_log_level = NONE")?;
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
    migrate(database)?;
    give_back_room(database)
}

/// A flood that was read leaves its room in the file. If that is much, and most of the file, the
/// rest is written anew without it.
fn give_back_room(database: &Connection) -> Result<(), VaultError> {
    let count = |name: &str| database.query_row(name, [], |row| row.get::<_, u32>(0));
    let (free, pages) = (count("PRAGMA freelist_count")?, count("PRAGMA page_count")?);
    if free >= FREE_PAGES && free > pages / 2 {
        // On a full disk it stays as it is.
        let _ = database.execute_batch("VACUUM");
    }
    Ok(())
}

/// SQLite puts each row together on a page of its own, which it keeps: the words of the last one
/// stay there when the row is long deleted. A row of zeroes takes their place, and is never written.
///
/// # Errors
/// What the database says.
pub(crate) fn wipe_last_row(database: &mut Connection) -> Result<(), VaultError> {
    let transaction = database.transaction()?;
    transaction.execute(
        "INSERT INTO unread (account, contact, text, at, way, key)
         VALUES ('', '', '', 0, '', zeroblob(?1))",
        [ROW_BYTES],
    )?;
    transaction.rollback()?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use rusqlite::types::{FromSql, Value};

    use super::*;

    #[test]
    fn a_database_of_a_newer_sotto_is_refused_and_left_alone() {
        let mut database = Connection::open_in_memory().unwrap();
        prepare(&mut database).unwrap();
        let newer = u32::try_from(MIGRATIONS.len() + 1).unwrap();
        database.pragma_update(None, "user_version", newer).unwrap();
        assert_eq!(prepare(&mut database), Err(VaultError::Damaged));
        let version: u32 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, newer);
    }

    #[test]
    fn each_migration_runs_once() {
        let mut database = Connection::open_in_memory().unwrap();
        prepare(&mut database).unwrap();
        database.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')", []).unwrap();
        prepare(&mut database).unwrap();
        let rows: u32 =
            database.query_row("SELECT count(*) FROM setting", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn the_settings_that_keep_it_unreadable_hold() {
        let directory = tempfile::tempdir().unwrap();
        let mut database = Connection::open(directory.path().join("sotto.db")).unwrap();
        unlock(&database, &[7; KEY_BYTES]).unwrap();
        prepare(&mut database).unwrap();
        let setting = |name: &str| -> String {
            let question = format!("PRAGMA {name}");
            let answer: Value = database.query_row(&question, [], |row| row.get(0)).unwrap();
            if let Value::Integer(number) = answer {
                number.to_string()
            } else {
                String::column_result((&answer).into()).unwrap()
            }
        };
        assert_eq!(setting("secure_delete"), "1");
        assert_eq!(setting("temp_store"), "2");
        assert_eq!(setting("journal_mode"), "truncate");
        assert_eq!(setting("cipher_memory_security"), "1");
        assert!(!setting("cipher_version").is_empty());
        assert_eq!(setting("cipher_use_hmac"), "1");
    }

    #[test]
    fn what_a_first_version_kept_is_still_there() {
        let mut database = Connection::open_in_memory().unwrap();
        database.execute_batch(MIGRATIONS[0]).unwrap();
        database.pragma_update(None, "user_version", 1).unwrap();
        database
            .execute_batch(
                "INSERT INTO setting (name, value) VALUES
                     ('v3-seen juliet@capulet.example romeo@montague.example', 'yes'),
                     ('theme', 'dark');
                 INSERT INTO outbox (id, account, contact, text, at, plain_allowed)
                     VALUES ('a', 'juliet@capulet.example', '', 'good night', 0, 0);",
            )
            .unwrap();
        prepare(&mut database).unwrap();
        let text = |question: &str| -> String {
            database.query_row(question, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(
            text("SELECT account || '|' || name || '|' || value FROM note"),
            "juliet@capulet.example|v3-seen romeo@montague.example|yes"
        );
        assert_eq!(text("SELECT group_concat(name) FROM setting"), "theme");
        assert_eq!(text("SELECT text FROM outbox WHERE replaces IS NULL"), "good night");
    }

    #[test]
    fn of_keys_that_were_never_asked_about_only_the_first_of_a_contact_stays_accepted() {
        let mut database = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..2] {
            database.execute_batch(migration).unwrap();
        }
        database.pragma_update(None, "user_version", 2).unwrap();
        database
            .execute_batch(
                "INSERT INTO contact_key
                     (account, contact, fingerprint, proof, verified_at, first_seen, last_seen)
                 VALUES ('juliet', 'romeo', x'01', NULL, NULL, 1, 9),
                        ('juliet', 'romeo', x'02', NULL, NULL, 2, 9),
                        ('juliet', 'paris', x'03', NULL, NULL, 1, 9),
                        ('juliet', 'paris', x'04', 'compared', 5, 2, 9),
                        ('juliet', 'nurse', x'05', NULL, NULL, 1, 9),
                        ('juliet', 'friar', x'06', NULL, NULL, 1, 9),
                        ('juliet', 'friar', x'07', NULL, NULL, 1, 9);",
            )
            .unwrap();
        prepare(&mut database).unwrap();
        let decisions: String = database
            .query_row(
                "SELECT group_concat(hex(fingerprint) || ' ' || decision, ', ')
                 FROM (SELECT * FROM contact_key ORDER BY fingerprint)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(
            decisions,
            "01 first, 02 undecided, 03 undecided, 04 compared, 05 first, 06 undecided, \
             07 undecided"
        );
        let at: u32 = database
            .query_row("SELECT sum(decided_at) FROM contact_key", [], |row| row.get(0))
            .unwrap();
        assert_eq!(at, 5);
    }

    #[test]
    fn a_key_that_was_doubted_is_distrusted_and_no_other() {
        let mut database = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..4] {
            database.execute_batch(migration).unwrap();
        }
        database.pragma_update(None, "user_version", 4).unwrap();
        for decision in ["undecided", "first", "accepted", "compared", "differs", "not matched"] {
            let insert = "INSERT INTO contact_key VALUES ('juliet', ?1, x'01', ?1, NULL, 1, 1)";
            database.execute(insert, [decision]).unwrap();
        }
        prepare(&mut database).unwrap();
        let distrusted: String = database
            .query_row(
                "SELECT group_concat(contact, ', ') FROM contact_key WHERE distrusted",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(distrusted, "differs, not matched");
    }

    /// In a database without a key, as only there can the file be looked into.
    #[test]
    fn what_was_deleted_is_gone_from_the_file() {
        const TEXT: &str = "deny thy father and refuse thy name";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("readable.db");
        let mut database = Connection::open(&path).unwrap();
        prepare(&mut database).unwrap();
        let is_there = || {
            std::fs::read_dir(directory.path()).unwrap().any(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                bytes.windows(TEXT.len()).any(|window| window == TEXT.as_bytes())
            })
        };
        // Once within a page, once over many, as those are deleted in different ways.
        for text in [TEXT.to_owned(), TEXT.repeat(1000)] {
            let insert = "INSERT INTO outbox (id, account, contact, text, at, plain_allowed)
                          VALUES ('a', '', '', ?1, 0, 0)";
            database.execute(insert, [text]).unwrap();
            assert!(is_there(), "nothing to look for");
            database.execute("DELETE FROM outbox", []).unwrap();
            assert!(!is_there());
        }
    }
}
