//! Secrets in the keyring of the desktop: Secret Service, Keychain or Credential Manager.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as KeyringError};
use zeroize::Zeroizing;

use crate::profile;
use crate::{SecretId, SecretStore, VaultError};

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;
#[cfg(all(unix, not(target_os = "macos")))]
use zbus_secret_service_keyring_store::Store;

/// What the keyring's own program shows these entries under.
const SERVICE: &str = "Sotto";

/// Credential Manager copies entries to other machines of a domain unless told otherwise.
#[cfg(windows)]
const MODIFIERS: &[(&str, &str)] = &[("persistence", "Local")];
#[cfg(not(windows))]
const MODIFIERS: &[(&str, &str)] = &[];

/// Secrets in the desktop's keyring, apart for each profile. Connects anew for each call (some ten
/// milliseconds), as a keyring restarted meanwhile no longer knows the old connection.
pub struct KeyringSecrets {
    profile: String,
}

impl KeyringSecrets {
    /// Finds the keyring and makes sure that it takes, gives back and forgets an entry: reading
    /// alone proves nothing, as a service without a keyring answers "no such entry". Waits for the
    /// person if the desktop asks them to unlock it.
    ///
    /// Makes the profile directory, and in it `profile.id`, which tells the entries of one profile
    /// from those of another wherever the directory is moved.
    ///
    /// # Errors
    /// [`VaultError::NoKeyring`], [`VaultError::KeyringLocked`], [`VaultError::System`],
    /// [`VaultError::DiskFull`].
    pub fn open(profile: &Path) -> Result<Self, VaultError> {
        let keyring = Self { profile: profile::id(profile)? };
        keyring.probe()?;
        Ok(keyring)
    }

    fn probe(&self) -> Result<(), VaultError> {
        let canary: [u8; 16] = rand::random();
        let expected = BASE64_STANDARD.encode(canary);
        // By process, as a second one may be about to learn that the profile is in use.
        let entry = self.entry(&format!("canary/{}", std::process::id()))?;
        entry.set_password(&expected).map_err(failure)?;
        let found = entry.get_password().map_err(failure)?;
        entry.delete_credential().map_err(failure)?;
        if found == expected { Ok(()) } else { Err(VaultError::NoKeyring) }
    }

    fn entry(&self, name: &str) -> Result<Entry, VaultError> {
        let store = Store::new().map_err(|_| VaultError::NoKeyring)?;
        let modifiers: HashMap<&str, &str> = MODIFIERS.iter().copied().collect();
        let user = format!("{}/{name}", self.profile);
        store.build(SERVICE, &user, Some(&modifiers)).map_err(failure)
    }
}

impl SecretStore for KeyringSecrets {
    fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let text = match self.entry(&id.name())?.get_password() {
            Ok(text) => Zeroizing::new(text),
            Err(KeyringError::NoEntry) => return Ok(None),
            Err(error) => return Err(failure(error)),
        };
        let secret = BASE64_STANDARD.decode(text.as_bytes()).map_err(|_| VaultError::Damaged)?;
        Ok(Some(Zeroizing::new(secret)))
    }

    /// In base64, as KWallet takes nothing but UTF-8.
    fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError> {
        let text = Zeroizing::new(BASE64_STANDARD.encode(secret));
        self.entry(&id.name())?.set_password(&text).map_err(failure)
    }

    fn delete(&self, id: &SecretId) -> Result<(), VaultError> {
        match self.entry(&id.name())?.delete_credential() {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(failure(error)),
        }
    }
}

impl fmt::Debug for KeyringSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyringSecrets(…)")
    }
}

/// Quotes the system only: some of these errors carry the secret.
fn failure(error: KeyringError) -> VaultError {
    if let KeyringError::NoStorageAccess(cause) = error {
        service_failure(cause.as_ref()).unwrap_or(VaultError::KeyringLocked)
    } else if let KeyringError::PlatformFailure(cause) = error {
        service_failure(cause.as_ref()).unwrap_or_else(|| VaultError::System(cause.to_string()))
    } else if let KeyringError::TooLong(_, limit) = error {
        VaultError::System(format!("the keyring takes at most {limit} bytes"))
    } else if matches!(error, KeyringError::NoEntry | KeyringError::NotSupportedByStore(_)) {
        // It took an entry and does not know it, or does not take any.
        VaultError::NoKeyring
    } else {
        VaultError::Damaged
    }
}

type Cause = dyn std::error::Error + Send + Sync;

/// Tells a keyring that is not there from one that is locked, which the errors above mix up.
#[cfg(all(unix, not(target_os = "macos")))]
fn service_failure(cause: &Cause) -> Option<VaultError> {
    use secret_service::Error;

    let error = cause.downcast_ref::<Error>()?;
    if matches!(error, Error::NoResult | Error::Unavailable) {
        // No default keyring, and nobody to ask the person to make one.
        Some(VaultError::NoKeyring)
    } else if matches!(error, Error::Locked | Error::Prompt | Error::PromptDisconnected) {
        Some(VaultError::KeyringLocked)
    } else {
        None
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn service_failure(_cause: &Cause) -> Option<VaultError> {
    None
}
