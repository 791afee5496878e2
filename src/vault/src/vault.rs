//! The database and the secrets beside it. What can be asked of it is with each kind of record.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::profile::{self, ProfileLock};
use crate::schema;
use crate::{SecretId, SecretStore, VaultError};

/// A contact of an account: both bare JIDs, named so that they are not swapped.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Opens what rests in the directory `profile`, or makes it.
    ///
    /// # Errors
    /// [`VaultError::InUse`] if the profile is open already; [`VaultError::KeyMissing`] if there is
    /// a database and its key is not in `secrets` (both are left as they are);
    /// [`VaultError::Damaged`] if the key does not open the database, or a newer Sotto wrote it;
    /// [`VaultError::DiskFull`], [`VaultError::System`], and whatever `secrets` answers.
    pub fn open(profile: &Path, secrets: Arc<dyn SecretStore>) -> Result<Self, VaultError> {
        let lock = ProfileLock::take(profile)?;
        let path = profile.join("sotto.db");
        let key = database_key(is_written(&path)?, secrets.as_ref())?;
        // Made here, as SQLite would let others read it. Its journal takes the same mode.
        drop(profile::open_private(&path)?);
        let mut database = Connection::open(&path)?;
        schema::unlock(&database, &key)?;
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

/// Whether there is a database. An empty file is what a crash leaves of one being made.
fn is_written(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The key at rest, or a new one for a database yet to be written. A key that is there is never
/// replaced: its database may only be away, and come back with a backup.
fn database_key(
    database_is_written: bool,
    secrets: &dyn SecretStore,
) -> Result<Zeroizing<[u8; schema::KEY_BYTES]>, VaultError> {
    if let Some(key) = secrets.load(&SecretId::DatabaseKey)? {
        let key = key.as_slice().try_into().map_err(|_| VaultError::Damaged)?;
        return Ok(Zeroizing::new(key));
    }
    if database_is_written {
        return Err(VaultError::KeyMissing);
    }
    let key: Zeroizing<[u8; schema::KEY_BYTES]> = Zeroizing::new(rand::random());
    secrets.save(&SecretId::DatabaseKey, key.as_slice())?;
    Ok(key)
}
