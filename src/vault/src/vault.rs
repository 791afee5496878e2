//! The database and the secrets beside it. What can be asked of it is with each kind of record.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::profile::{self, ProfileLock};
use crate::schema;
use crate::{SecretId, SecretStore, VaultError};

/// A contact of an account: both bare JIDs, named so that they are not swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer<'a> {
    /// Ours.
    pub account: &'a str,
    /// Theirs.
    pub contact: &'a str,
}

/// Everything of one profile that rests. Each method is one transaction: done and on the disk when
/// it returns, or not done at all.
pub struct Vault {
    // Closed before the profile is given up: fields drop in this order.
    database: Mutex<Connection>,
    secrets: Arc<dyn SecretStore>,
    _lock: Option<ProfileLock>,
}

impl Vault {
    /// Whether anything rests in the directory `profile`, wherever its key is.
    ///
    /// # Errors
    /// [`VaultError::System`].
    pub fn is_in(profile: &Path) -> Result<bool, VaultError> {
        Ok(profile::is_written(&profile::database_in(profile))?)
    }

    /// Opens what rests in the directory `profile`; makes it at the first start, which is known by
    /// there being neither a database nor its key.
    ///
    /// # Errors
    /// [`VaultError::InUse`] if the profile is open already; [`VaultError::KeyMissing`] if there is
    /// a database and its key is not in `secrets`, [`VaultError::DatabaseMissing`] if there is the
    /// key and no database (what is there is left as it is);
    /// [`VaultError::Damaged`] if the key does not open the database, or a newer Sotto wrote it;
    /// [`VaultError::DiskFull`], [`VaultError::System`], and whatever `secrets` answers.
    pub fn open(profile: &Path, secrets: Arc<dyn SecretStore>) -> Result<Self, VaultError> {
        let lock = ProfileLock::take(profile)?;
        let path = profile::database_in(profile);
        match (profile::is_written(&path)?, database_key(secrets.as_ref())?) {
            (true, Some(key)) => Self::unlock(&path, &key, secrets, lock),
            (true, None) => Err(VaultError::KeyMissing),
            (false, Some(_)) => Err(VaultError::DatabaseMissing),
            (false, None) => Self::make(&path, secrets, lock),
        }
    }

    /// Begins with an empty database where one of key and database is missing, as the person
    /// decided. A database without its key is set aside under another name, a key without its
    /// database stays and is used: a backup may bring the other half back. Where both are there,
    /// this is [`open`](Self::open).
    ///
    /// # Errors
    /// As [`open`](Self::open), but for the two that it is the answer to.
    pub fn begin_anew(profile: &Path, secrets: Arc<dyn SecretStore>) -> Result<Self, VaultError> {
        let lock = ProfileLock::take(profile)?;
        let path = profile::database_in(profile);
        match (profile::is_written(&path)?, database_key(secrets.as_ref())?) {
            (_, Some(key)) => Self::unlock(&path, &key, secrets, lock),
            (true, None) => {
                profile::set_aside(&path)?;
                Self::make(&path, secrets, lock)
            }
            (false, None) => Self::make(&path, secrets, lock),
        }
    }

    /// A first database, under a new key. If it can't be written, the next start is the first one.
    fn make(
        path: &Path,
        secrets: Arc<dyn SecretStore>,
        lock: ProfileLock,
    ) -> Result<Self, VaultError> {
        let key: Key = Zeroizing::new(rand::random());
        secrets.save(&SecretId::DatabaseKey, key.as_slice())?;
        let made = Self::unlock(path, &key, Arc::clone(&secrets), lock);
        if made.is_err() {
            // The first error is the one to tell. What is left over is asked about at the next start.
            let _ = fs::remove_file(path);
            let _ = secrets.delete(&SecretId::DatabaseKey);
        }
        made
    }

    fn unlock(
        path: &Path,
        key: &Key,
        secrets: Arc<dyn SecretStore>,
        lock: ProfileLock,
    ) -> Result<Self, VaultError> {
        // Made here, as SQLite would let others read it. Its journal takes the same mode.
        drop(profile::open_private(path)?);
        let mut database = Connection::open(path)?;
        schema::unlock(&database, key)?;
        schema::prepare(&mut database)?;
        Ok(Self { database: Mutex::new(database), secrets, _lock: Some(lock) })
    }

    /// A vault that touches no disk and is forgotten with the value: for practice, for tests, and
    /// where a person wants nothing kept. Pass [`MemorySecrets`](crate::MemorySecrets), lest the
    /// secrets stay.
    ///
    /// # Errors
    /// [`VaultError::System`].
    pub fn in_memory(secrets: Arc<dyn SecretStore>) -> Result<Self, VaultError> {
        let mut database = Connection::open_in_memory()?;
        schema::prepare(&mut database)?;
        Ok(Self { database: Mutex::new(database), secrets, _lock: None })
    }

    /// The database. A panic while it was held rolled its transaction back, so it can be used on.
    pub(crate) fn database(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn secrets(&self) -> &dyn SecretStore {
        self.secrets.as_ref()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

type Key = Zeroizing<[u8; schema::KEY_BYTES]>;

/// The key at rest, if there is one.
fn database_key(secrets: &dyn SecretStore) -> Result<Option<Key>, VaultError> {
    let Some(key) = secrets.load(&SecretId::DatabaseKey)? else { return Ok(None) };
    let key = key.as_slice().try_into().map_err(|_| VaultError::Damaged)?;
    Ok(Some(Zeroizing::new(key)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{AccountRecord, MemorySecrets, OutboxRecord, ServerRecord, UnreadRecord};

    const PEER: Peer<'_> =
        Peer { account: "juliet@capulet.example", contact: "romeo@montague.example" };
    const TEXT: &str = "deny thy father and refuse thy name";

    fn message() -> OutboxRecord {
        OutboxRecord {
            account: PEER.account.to_owned(),
            contact: PEER.contact.to_owned(),
            id: "a1b2c3d4".to_owned(),
            text: Zeroizing::new(TEXT.to_owned()),
            at: std::time::UNIX_EPOCH,
            meant_for: Some(vec![0xAB; 20]),
            plain_allowed: false,
            replaces: None,
            failure: None,
            resent: true,
        }
    }

    fn files(directory: &Path) -> Vec<PathBuf> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn secrets() -> Arc<MemorySecrets> {
        Arc::new(MemorySecrets::default())
    }

    #[test]
    fn the_room_of_a_flood_is_given_back() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        let size = || {
            let sizes = files(profile.path()).into_iter();
            sizes.map(|file| fs::metadata(file).unwrap().len()).sum::<u64>()
        };
        let vault = Vault::open(profile.path(), secrets.clone()).unwrap();
        let text = |number| UnreadRecord {
            account: PEER.account.to_owned(),
            contact: PEER.contact.to_owned(),
            number,
            text: Zeroizing::new("x".repeat(64 * 1_024)),
            at: std::time::UNIX_EPOCH,
            way: "plain".to_owned(),
            key: None,
            id: None,
            replaces: None,
            place: None,
        };
        vault.keep_unread(&(1..=100).map(text).collect::<Vec<_>>()).unwrap();
        vault.read_until(PEER, 99).unwrap();
        drop(vault);
        assert!(size() > 6 << 20);
        let vault = Vault::open(profile.path(), secrets).unwrap();
        assert!(size() < 1 << 20, "{}", size());
        assert_eq!(vault.unread_of(PEER).unwrap().len(), 1);
    }

    #[test]
    fn what_was_put_in_is_there_after_closing_and_opening() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        let vault = Vault::open(profile.path(), secrets.clone()).unwrap();
        vault.put(&message()).unwrap();
        drop(vault);
        let vault = Vault::open(profile.path(), secrets).unwrap();
        assert_eq!(vault.outbox().unwrap(), [message()]);
    }

    #[test]
    fn no_file_holds_anything_readable_not_even_half_way() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        let vault = Vault::open(profile.path(), secrets.clone()).unwrap();
        vault.put(&message()).unwrap();
        vault.save_setting("a setting", "its value").unwrap();
        let key = secrets.load(&SecretId::DatabaseKey).unwrap().unwrap();
        // A transaction left open keeps the journal full.
        let database = vault.database();
        database.execute_batch("BEGIN; UPDATE outbox SET text = text || text").unwrap();
        database.cache_flush().unwrap();
        let journal = profile.path().join("sotto.db-journal");
        assert!(fs::metadata(&journal).unwrap().len() > 0, "nothing to look into");
        let readable: [&[u8]; 6] = [
            b"SQLite format",
            TEXT.as_bytes(),
            PEER.account.as_bytes(),
            b"its value",
            b"CREATE TABLE",
            &key,
        ];
        for file in files(profile.path()) {
            let bytes = fs::read(&file).unwrap();
            for part in readable {
                assert!(!contains(&bytes, part), "{} holds {part:?}", file.display());
            }
        }
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_journal_is_empty_after_each_change() {
        let profile = tempfile::tempdir().unwrap();
        let vault = Vault::open(profile.path(), secrets()).unwrap();
        vault.put(&message()).unwrap();
        vault.remove(&message().id).unwrap();
        let journal = fs::metadata(profile.path().join("sotto.db-journal")).unwrap();
        assert_eq!(journal.len(), 0);
    }

    #[test]
    fn a_database_without_its_key_is_left_alone() {
        let profile = tempfile::tempdir().unwrap();
        drop(Vault::open(profile.path(), secrets()).unwrap());
        let before = fs::read(profile.path().join("sotto.db")).unwrap();
        let others = secrets();
        let refused = Vault::open(profile.path(), others.clone()).unwrap_err();
        assert_eq!(refused, VaultError::KeyMissing);
        assert_eq!(fs::read(profile.path().join("sotto.db")).unwrap(), before);
        assert!(others.load(&SecretId::DatabaseKey).unwrap().is_none());
    }

    #[test]
    fn a_key_without_its_database_is_told_and_left_alone() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        secrets.save(&SecretId::DatabaseKey, &[7; schema::KEY_BYTES]).unwrap();
        for empty in [false, true] {
            if empty {
                fs::write(profile.path().join("sotto.db"), b"").unwrap();
            }
            let refused = Vault::open(profile.path(), secrets.clone()).unwrap_err();
            assert_eq!(refused, VaultError::DatabaseMissing);
        }
        let kept = secrets.load(&SecretId::DatabaseKey).unwrap().unwrap();
        assert_eq!(*kept, [7; schema::KEY_BYTES]);
    }

    #[test]
    fn beginning_anew_keeps_the_half_that_is_there() {
        let profile = tempfile::tempdir().unwrap();
        let first = secrets();
        let vault = Vault::open(profile.path(), first.clone()).unwrap();
        vault.put(&message()).unwrap();
        drop(vault);
        let path = profile.path().join("sotto.db");
        let database = fs::read(&path).unwrap();
        let key = first.load(&SecretId::DatabaseKey).unwrap().unwrap();

        // With both, nothing is begun.
        let vault = Vault::begin_anew(profile.path(), first.clone()).unwrap();
        assert_eq!(vault.outbox().unwrap(), [message()]);
        drop(vault);

        // Without the database: under the same key, so that a backup opens again.
        fs::remove_file(&path).unwrap();
        let vault = Vault::begin_anew(profile.path(), first.clone()).unwrap();
        assert!(vault.outbox().unwrap().is_empty());
        drop(vault);
        assert_eq!(first.load(&SecretId::DatabaseKey).unwrap().unwrap(), key);
        fs::write(&path, &database).unwrap();
        assert_eq!(Vault::open(profile.path(), first).unwrap().outbox().unwrap(), [message()]);

        // Without the key, twice: each database is set aside and neither is lost.
        let before: Vec<_> = (0..2)
            .map(|_| {
                let before = fs::read(&path).unwrap();
                let vault = Vault::begin_anew(profile.path(), secrets()).unwrap();
                assert!(vault.outbox().unwrap().is_empty());
                before
            })
            .collect();
        for (number, before) in (1..).zip(before) {
            let aside = profile.path().join(format!("sotto.db.set-aside-{number}"));
            assert_eq!(fs::read(aside).unwrap(), before);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_first_database_that_could_not_be_made_leaves_a_first_start() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        // Nothing can be opened as a file there.
        let path = profile.path().join("sotto.db");
        std::os::unix::fs::symlink("nowhere/at-all", &path).unwrap();
        Vault::open(profile.path(), secrets.clone()).unwrap_err();
        assert!(secrets.load(&SecretId::DatabaseKey).unwrap().is_none());
        Vault::open(profile.path(), secrets).unwrap();
    }

    #[test]
    fn a_database_that_was_never_written_does_not_miss_its_key() {
        let profile = tempfile::tempdir().unwrap();
        fs::write(profile.path().join("sotto.db"), b"").unwrap();
        Vault::open(profile.path(), secrets()).unwrap();
    }

    #[test]
    fn a_key_that_does_not_fit_is_damage_and_changes_nothing() {
        let profile = tempfile::tempdir().unwrap();
        drop(Vault::open(profile.path(), secrets()).unwrap());
        let before = fs::read(profile.path().join("sotto.db")).unwrap();
        for wrong in [vec![7; schema::KEY_BYTES], vec![7; 5]] {
            let secrets = secrets();
            secrets.save(&SecretId::DatabaseKey, &wrong).unwrap();
            let refused = Vault::open(profile.path(), secrets).unwrap_err();
            assert_eq!(refused, VaultError::Damaged);
        }
        assert_eq!(fs::read(profile.path().join("sotto.db")).unwrap(), before);
    }

    #[test]
    fn a_changed_byte_is_damage() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        drop(Vault::open(profile.path(), secrets.clone()).unwrap());
        let path = profile.path().join("sotto.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes[1000] ^= 1;
        fs::write(&path, bytes).unwrap();
        let refused = Vault::open(profile.path(), secrets).unwrap_err();
        assert_eq!(refused, VaultError::Damaged);
    }

    #[test]
    fn a_profile_that_is_open_is_in_use_until_it_is_closed() {
        let profile = tempfile::tempdir().unwrap();
        let secrets = secrets();
        let vault = Vault::open(profile.path(), secrets.clone()).unwrap();
        let refused = Vault::open(profile.path(), secrets.clone()).unwrap_err();
        assert_eq!(refused, VaultError::InUse);
        vault.put(&message()).unwrap();
        drop(vault);
        Vault::open(profile.path(), secrets).unwrap();
    }

    #[test]
    fn a_full_database_takes_nothing_and_loses_nothing() {
        let profile = tempfile::tempdir().unwrap();
        let vault = Vault::open(profile.path(), secrets()).unwrap();
        vault.put(&message()).unwrap();
        vault.database().execute_batch("PRAGMA max_page_count = 1").unwrap();
        let mut long = message();
        long.id = "another".to_owned();
        long.text = Zeroizing::new(TEXT.repeat(10_000));
        assert_eq!(vault.put(&long), Err(VaultError::DiskFull));
        assert_eq!(vault.outbox().unwrap(), [message()]);
        vault.remove(&message().id).unwrap();
        assert!(vault.outbox().unwrap().is_empty());
    }

    #[test]
    fn a_vault_in_memory_takes_everything() {
        let vault = Vault::in_memory(secrets()).unwrap();
        vault.put(&message()).unwrap();
        vault.save_password(PEER.account, "wherefore").unwrap();
        assert_eq!(vault.outbox().unwrap(), [message()]);
        assert_eq!(vault.password(PEER.account).unwrap().unwrap().as_str(), "wherefore");
    }

    #[test]
    fn a_vault_can_be_shared_between_threads() {
        let vault = Vault::in_memory(secrets()).unwrap();
        std::thread::scope(|scope| {
            for instance_tag in 0x100..0x110 {
                let vault = &vault;
                scope.spawn(move || {
                    let jid = format!("{instance_tag}@capulet.example");
                    let server = ServerRecord::Discover;
                    vault.save_account(&AccountRecord { jid, server, instance_tag }).unwrap();
                });
            }
        });
        assert_eq!(vault.accounts().unwrap().len(), 0x10);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let profile = directory.path().join("below").join("profile");
        let vault = Vault::open(&profile, secrets()).unwrap();
        vault.put(&message()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&profile), 0o700);
        let files = files(&profile);
        assert!(files.len() >= 3, "database, journal, lock");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}
