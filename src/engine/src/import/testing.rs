//! A home in which other programs left something.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use otr::PrivateKey;
use otr::keyfile::{Account, AccountKey, write_private_keys};
use tempfile::TempDir;

use super::{Found, Imported, look};
use crate::message::{ImportError, Secret, UserDirs};

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(&mut rand::rng()));

/// A key code in digits, and as libotr writes it.
pub(super) const DIGITS: &str = "0123456789abcdef0123456789abcdef01234567";

/// Somebody's key, the same one all over.
pub(super) fn key() -> &'static PrivateKey {
    &KEY
}

pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes [`key`] down as libotr does.
    pub(super) fn write_key(&self, name: &str, account: &str, protocol: &str) {
        let account = Account { name: account.to_owned(), protocol: protocol.to_owned() };
        let key = AccountKey { account, key: key().clone() };
        self.write(name, write_private_keys(&[key]).unwrap().as_bytes());
    }

    pub(super) fn look(&self) -> Found {
        self.look_with(None)
    }

    pub(super) fn look_with(&self, passphrase: Option<&str>) -> Found {
        let home = self.path().to_owned();
        let config = if cfg!(windows) { home.clone() } else { home.join(".config") };
        let homes = UserDirs { data: home.join(".local").join("share"), config, home };
        look(&homes, passphrase.map(|text| Secret::new(text.to_owned())).as_ref())
    }
}

impl Found {
    /// The only account, where nothing went wrong.
    pub(super) fn only(&self) -> &Imported {
        assert_eq!(self.troubles, []);
        let [account] = self.accounts.as_slice() else { panic!("{:?}", self.accounts) };
        account
    }

    /// The addresses of all accounts.
    pub(super) fn addresses(&self) -> Vec<&str> {
        self.accounts.iter().map(|it| it.id.account.as_str()).collect()
    }

    /// What went wrong with which file.
    pub(super) fn faults(&self) -> Vec<(PathBuf, ImportError)> {
        self.troubles.iter().map(|it| (it.path.clone(), it.why)).collect()
    }
}

impl Imported {
    /// The password, in the open.
    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|it| it.as_str())
    }

    /// Each contact with whether its key is verified.
    pub(super) fn known(&self) -> Vec<(&str, bool)> {
        self.contacts.iter().map(|it| (it.contact.as_str(), it.verified)).collect()
    }
}
