//! A certificate authority of one's own.

use std::path::{Path, PathBuf};

use crate::Scratch;
use crate::openssl::{make_authority, make_certificate, make_key, show_along};

/// How long a certificate is good.
const DAYS: i32 = 30;

/// An authority nobody else knows, and one certificate issued by it, which shows by whom.
#[derive(Debug)]
pub struct Certificates {
    names: Vec<String>,
    scratch: Scratch,
}

impl Certificates {
    /// Makes both, for `localhost`.
    ///
    /// # Panics
    /// When `openssl` is missing or refuses.
    #[must_use]
    pub fn issue() -> Self {
        Self::issue_for(&["localhost"])
    }

    /// Makes both, for these names.
    ///
    /// # Panics
    /// When `openssl` is missing or refuses.
    #[must_use]
    pub fn issue_for(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let certificates = Self { names, scratch: Scratch::new("ca") };
        certificates.replace();
        certificates
    }

    /// Makes another authority of the same name, and a certificate by it.
    ///
    /// # Panics
    /// When `openssl` refuses.
    pub fn replace(&self) {
        make_authority(self.scratch.path());
        self.renew();
    }

    /// Makes a new key and a certificate for it by the same authority.
    ///
    /// # Panics
    /// When `openssl` refuses.
    pub fn renew(&self) {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let folder = self.scratch.path();
        make_key(folder, "server");
        make_certificate(folder, "server", &names, DAYS);
        show_along(folder, "server", "ca");
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// The authority's certificate, in PEM: what a client has to trust.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.scratch.file("ca.crt")
    }

    /// The server's certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.scratch.file("server.crt")
    }

    /// The server's private key, in PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.scratch.file("server.key")
    }
}
