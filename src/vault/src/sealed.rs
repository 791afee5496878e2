//! Secrets in one file under a passphrase, for desktops without a keyring.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use crate::envelope::{Cost, Envelope};
use crate::profile;
use crate::secret::Secrets;
use crate::{SecretId, SecretStore, VaultError};

/// Secrets in `secrets.sealed` of a profile. Written whole at every change; a crash or a full disk
/// leaves the file as it was.
pub struct SealedSecrets {
    path: PathBuf,
    envelope: Envelope,
    secrets: Mutex<Secrets>,
}

impl SealedSecrets {
    /// Whether a profile has a sealed file already: its passphrase is to be asked for, not chosen.
    #[must_use]
    pub fn exist(profile: &Path) -> bool {
        path_in(profile).exists()
    }

    /// Opens the sealed file of a profile, or makes it, with the directory. Takes a moment and
    /// 64 MiB on purpose.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`]; [`VaultError::Damaged`] if not even the right one helps;
    /// [`VaultError::DiskFull`], [`VaultError::System`].
    pub fn open(profile: &Path, passphrase: &str) -> Result<Self, VaultError> {
        Self::open_at(profile, passphrase, Cost::REAL)
    }

    /// `cost` is that of a new file; one that is there brings its own.
    fn open_at(profile: &Path, passphrase: &str, cost: Cost) -> Result<Self, VaultError> {
        let path = path_in(profile);
        match fs::read(&path) {
            Ok(bytes) => {
                let (envelope, text) = Envelope::open(&bytes, passphrase)?;
                let secrets = decode(&text).ok_or(VaultError::Damaged)?;
                Ok(Self { path, envelope, secrets: Mutex::new(secrets) })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                profile::make(profile)?;
                let envelope = Envelope::new(passphrase, cost)?;
                let sealed = Self { path, envelope, secrets: Mutex::default() };
                sealed.write(&sealed.secrets())?;
                Ok(sealed)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Memory follows the disk: what could not be written is not there.
    fn change(&self, change: impl FnOnce(&mut Secrets)) -> Result<(), VaultError> {
        let mut secrets = self.secrets();
        let mut changed = secrets.clone();
        change(&mut changed);
        self.write(&changed)?;
        *secrets = changed;
        Ok(())
    }

    fn write(&self, secrets: &Secrets) -> Result<(), VaultError> {
        let sealed = self.envelope.seal(&encode(secrets)?)?;
        Ok(profile::replace(&self.path, &sealed)?)
    }
}

impl SecretStore for SealedSecrets {
    fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.secrets().get(&id.name()).cloned())
    }

    fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError> {
        self.change(|secrets| {
            secrets.insert(id.name(), Zeroizing::new(secret.to_vec()));
        })
    }

    fn delete(&self, id: &SecretId) -> Result<(), VaultError> {
        if !self.secrets().contains_key(&id.name()) {
            return Ok(());
        }
        self.change(|secrets| {
            secrets.remove(&id.name());
        })
    }
}

impl fmt::Debug for SealedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecrets(…)")
    }
}

fn path_in(profile: &Path) -> PathBuf {
    profile.join("secrets.sealed")
}

/// Names and secrets in turn, each after its length (4 bytes, big endian).
fn encode(secrets: &Secrets) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let fields = || secrets.iter().flat_map(|(name, secret)| [name.as_bytes(), secret.as_slice()]);
    // All the room at once: growing would leave a readable copy behind.
    let room = fields().map(|field| 4 + field.len()).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    for field in fields() {
        let length = u32::try_from(field.len())
            .map_err(|_| VaultError::System("the secret is too long".to_owned()))?;
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(field);
    }
    Ok(text)
}

fn decode(mut text: &[u8]) -> Option<Secrets> {
    let mut secrets = Secrets::new();
    while !text.is_empty() {
        let name = field(&mut text)?;
        let secret = field(&mut text)?;
        let name = str::from_utf8(name).ok()?.to_owned();
        secrets.insert(name, Zeroizing::new(secret.to_vec()));
    }
    Some(secrets)
}

fn field<'a>(text: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = text.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (field, rest) = rest.split_at_checked(length)?;
    *text = rest;
    Some(field)
}
