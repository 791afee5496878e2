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
    /// [`VaultError::KeyMissing`] if there is no sealed file but a database, whose key another file
    /// or place has: none is made then; [`VaultError::DiskFull`], [`VaultError::System`].
    pub fn open(profile: &Path, passphrase: &str) -> Result<Self, VaultError> {
        if !Self::exist(profile) && profile::is_written(&profile::database_in(profile))? {
            return Err(VaultError::KeyMissing);
        }
        Self::open_at(profile, passphrase, Cost::REAL)
    }

    /// The same, but makes the file whatever lies beside it, as the person decided.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for [`VaultError::KeyMissing`].
    pub fn begin_anew(profile: &Path, passphrase: &str) -> Result<Self, VaultError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::tests::CHEAP;
    use crate::secret::behaves_like_a_store;

    fn open(profile: &Path, passphrase: &str) -> Result<SealedSecrets, VaultError> {
        SealedSecrets::open_at(profile, passphrase, CHEAP)
    }

    fn password() -> SecretId {
        SecretId::Password("juliet@capulet.example".to_owned())
    }

    #[test]
    fn a_sealed_file_is_a_store() {
        let profile = tempfile::tempdir().unwrap();
        behaves_like_a_store(&open(profile.path(), "wherefore").unwrap());
    }

    #[test]
    fn secrets_are_there_after_closing_and_opening() {
        let profile = tempfile::tempdir().unwrap();
        assert!(!SealedSecrets::exist(profile.path()));
        let sealed = open(profile.path(), "wherefore").unwrap();
        assert!(SealedSecrets::exist(profile.path()));
        sealed.save(&password(), b"Montague").unwrap();
        sealed.save(&SecretId::DatabaseKey, b"").unwrap();
        let sealed = open(profile.path(), "wherefore").unwrap();
        assert_eq!(*sealed.load(&password()).unwrap().unwrap(), b"Montague");
        assert_eq!(*sealed.load(&SecretId::DatabaseKey).unwrap().unwrap(), b"");
        sealed.delete(&password()).unwrap();
        let sealed = open(profile.path(), "wherefore").unwrap();
        assert!(sealed.load(&password()).unwrap().is_none());
    }

    #[test]
    fn a_wrong_passphrase_changes_nothing_and_is_not_damage() {
        let profile = tempfile::tempdir().unwrap();
        open(profile.path(), "wherefore").unwrap().save(&password(), b"Montague").unwrap();
        let before = fs::read(path_in(profile.path())).unwrap();
        let refused = open(profile.path(), "therefore").unwrap_err();
        assert_eq!(refused, VaultError::WrongPassphrase);
        assert_eq!(fs::read(path_in(profile.path())).unwrap(), before);
        fs::write(path_in(profile.path()), &before[1..]).unwrap();
        assert_eq!(open(profile.path(), "wherefore").unwrap_err(), VaultError::Damaged);
    }

    #[test]
    fn a_new_file_costs_a_guesser_the_real_price() {
        let profile = tempfile::tempdir().unwrap();
        drop(SealedSecrets::open(profile.path(), "wherefore").unwrap());
        let bytes = fs::read(path_in(profile.path())).unwrap();
        let Cost { memory_kib, passes, lanes } = Cost::REAL;
        let written = [memory_kib, passes, lanes].map(u32::to_be_bytes).concat();
        assert_eq!(&bytes[16..28], written);
    }

    #[test]
    fn beside_a_database_no_file_is_made_unless_the_person_says_so() {
        let profile = tempfile::tempdir().unwrap();
        fs::write(profile::database_in(profile.path()), b"somebody's").unwrap();
        let refused = SealedSecrets::open(profile.path(), "wherefore").unwrap_err();
        assert_eq!(refused, VaultError::KeyMissing);
        assert!(!SealedSecrets::exist(profile.path()));
        SealedSecrets::begin_anew(profile.path(), "wherefore").unwrap();
        SealedSecrets::open(profile.path(), "wherefore").unwrap();
    }

    #[test]
    fn nothing_in_the_file_is_readable() {
        let profile = tempfile::tempdir().unwrap();
        open(profile.path(), "wherefore").unwrap().save(&password(), b"Montague").unwrap();
        let bytes = fs::read(path_in(profile.path())).unwrap();
        for part in ["Montague", "juliet", "password", "wherefore"] {
            assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
        }
    }

    #[test]
    fn a_crash_while_saving_leaves_the_former_file() {
        let profile = tempfile::tempdir().unwrap();
        open(profile.path(), "wherefore").unwrap().save(&password(), b"Montague").unwrap();
        // As far as a process may have come: half a file under the other name.
        let whole = fs::read(path_in(profile.path())).unwrap();
        let half = profile.path().join("secrets.sealed.new");
        fs::write(&half, &whole[..whole.len() / 2]).unwrap();
        let sealed = open(profile.path(), "wherefore").unwrap();
        assert_eq!(*sealed.load(&password()).unwrap().unwrap(), b"Montague");
        sealed.save(&password(), b"Capulet").unwrap();
        assert!(!half.exists());
        let sealed = open(profile.path(), "wherefore").unwrap();
        assert_eq!(*sealed.load(&password()).unwrap().unwrap(), b"Capulet");
    }

    #[test]
    fn what_could_not_be_written_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let profile = directory.path().join("profile");
        let sealed = open(&profile, "wherefore").unwrap();
        sealed.save(&password(), b"Montague").unwrap();
        fs::rename(&profile, directory.path().join("away")).unwrap();
        sealed.save(&password(), b"Capulet").unwrap_err();
        sealed.delete(&password()).unwrap_err();
        assert_eq!(*sealed.load(&password()).unwrap().unwrap(), b"Montague");
        fs::rename(directory.path().join("away"), &profile).unwrap();
        sealed.save(&password(), b"Capulet").unwrap();
    }

    #[test]
    fn lengths_that_lie_are_damage() {
        assert!(decode(&[0, 0, 0]).is_none());
        assert!(decode(&[0, 0, 0, 2, b'a']).is_none());
        assert!(decode(&[0, 0, 0, 1, b'a', 0xFF, 0xFF, 0xFF, 0xFF]).is_none());
        assert!(decode(&[0, 0, 0, 1, 0xFF, 0, 0, 0, 0]).is_none());
        assert!(decode(&[0, 0, 0, 1, b'a', 0, 0, 0, 0]).is_some());
    }
}
