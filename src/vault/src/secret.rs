//! Where secrets rest: what is asked of such a place, and the one that forgets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::VaultError;

/// Names one secret.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretId {
    /// The key of the database: 32 random bytes.
    DatabaseKey,
    /// The password of an account (bare JID); UTF-8.
    Password(String),
    /// The private OTR key of an account (bare JID), in whatever form the engine gave.
    OtrKey(String),
}

impl SecretId {
    /// What names it within one profile, for ever: stored secrets are found by it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::DatabaseKey => "database-key".to_owned(),
            Self::Password(account) => format!("password/{account}"),
            Self::OtrKey(account) => format!("otr-key/{account}"),
        }
    }
}

impl fmt::Debug for SecretId {
    /// Whose it is stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DatabaseKey => "DatabaseKey",
            Self::Password(_) => "Password(…)",
            Self::OtrKey(_) => "OtrKey(…)",
        })
    }
}

/// A place where secrets rest. Every call may block, even on the person: keep them off async
/// workers.
pub trait SecretStore: Send + Sync {
    /// The secret, or `None` if there is none.
    ///
    /// # Errors
    /// [`VaultError::NoKeyring`], [`VaultError::KeyringLocked`], [`VaultError::Damaged`] if what
    /// rests there is not what was saved, [`VaultError::System`].
    fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;

    /// Keeps a secret, in place of the former one.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`VaultError::DiskFull`]. The former secret then still holds.
    fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError>;

    /// Forgets a secret; one that is not there is fine.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn delete(&self, id: &SecretId) -> Result<(), VaultError>;
}

/// Secrets by name, wiped when they go.
pub(crate) type Secrets = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// Keeps secrets only as long as it lives: for practice, for tests, and where a person wants
/// nothing kept.
#[derive(Default)]
pub struct MemorySecrets(Mutex<Secrets>);

impl MemorySecrets {
    fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for MemorySecrets {
    fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.secrets().get(&id.name()).cloned())
    }

    fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError> {
        self.secrets().insert(id.name(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn delete(&self, id: &SecretId) -> Result<(), VaultError> {
        self.secrets().remove(&id.name());
        Ok(())
    }
}

impl fmt::Debug for MemorySecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemorySecrets(…)")
    }
}

/// What every store must do, asked of each by its own tests.
#[cfg(test)]
pub(crate) fn behaves_like_a_store(store: &dyn SecretStore) {
    let account = || "juliet@capulet.example".to_owned();
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let ids = [SecretId::DatabaseKey, SecretId::Password(account()), SecretId::OtrKey(account())];
    for id in &ids {
        assert!(store.load(id).unwrap().is_none());
        store.delete(id).unwrap();
    }
    for (id, secret) in ids.iter().zip([all_bytes.as_slice(), b"", b"third"]) {
        store.save(id, b"former").unwrap();
        store.save(id, secret).unwrap();
    }
    assert_eq!(*store.load(&ids[0]).unwrap().unwrap(), all_bytes);
    assert_eq!(*store.load(&ids[1]).unwrap().unwrap(), b"");
    assert_eq!(*store.load(&ids[2]).unwrap().unwrap(), b"third");
    store.delete(&ids[1]).unwrap();
    assert!(store.load(&ids[1]).unwrap().is_none());
    assert_eq!(*store.load(&ids[2]).unwrap().unwrap(), b"third");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_a_store() {
        behaves_like_a_store(&MemorySecrets::default());
    }

    #[test]
    fn a_secrets_name_does_not_say_whose_in_logs() {
        let printed = format!("{:?}", SecretId::Password("juliet@capulet.example".into()));
        assert!(!printed.contains("juliet"));
    }
}
