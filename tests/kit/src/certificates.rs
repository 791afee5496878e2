//! A certificate authority of one's own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Scratch, program, run};

/// An authority nobody else knows, and one certificate for `localhost` issued by it, which shows
/// by whom.
#[derive(Debug)]
pub struct Certificates {
    scratch: Scratch,
}

impl Certificates {
    /// Makes both.
    ///
    /// # Panics
    /// When `openssl` is missing or refuses.
    #[must_use]
    pub fn issue() -> Self {
        let scratch = Scratch::new("ca");
        scratch.write(
            "leaf.ext",
            "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n\
             keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n",
        );
        let certificates = Self { scratch };
        certificates.replace();
        certificates
    }

    /// Makes another authority of the same name, and a certificate by it.
    ///
    /// # Panics
    /// When `openssl` refuses.
    pub fn replace(&self) {
        self.openssl("ecparam -name prime256v1 -genkey -noout -out ca.key");
        self.openssl(
            "req -x509 -new -key ca.key -days 30 -subj /CN=stories -out ca.crt \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        );
        self.renew();
    }

    /// Makes a new key and a certificate for it by the same authority.
    ///
    /// # Panics
    /// When `openssl` refuses.
    pub fn renew(&self) {
        self.openssl("ecparam -name prime256v1 -genkey -noout -out localhost.key");
        self.openssl("req -new -key localhost.key -subj /CN=localhost -out localhost.csr");
        self.openssl(
            "x509 -req -in localhost.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \
             -sha256 -extfile leaf.ext -out leaf.crt",
        );
        let read = |name| fs::read_to_string(self.scratch.file(name)).expect("openssl wrote it");
        self.scratch.write("localhost.crt", read("leaf.crt") + &read("ca.crt"));
    }

    fn openssl(&self, arguments: &str) {
        let arguments = arguments.split_whitespace();
        run(Command::new(program("openssl")).args(arguments).current_dir(self.scratch.path()));
    }

    /// The authority's certificate, in PEM: what a client has to trust.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.scratch.file("ca.crt")
    }

    /// The server's certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.scratch.file("localhost.crt")
    }

    /// The server's private key, in PEM.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.scratch.file("localhost.key")
    }
}
