//! What other XMPP programs of this computer keep: accounts, their OTR keys and those of contacts.
//!
//! Read only: nothing is written, created or locked there. Not here: what is taken over, which the
//! person decides.

mod collector;
mod coyim;
mod file;
mod gajim;
mod pidgin;
mod profanity;
mod proxy;
mod psi;
#[cfg(test)]
mod testing;
mod xml;

use std::fmt;
use std::path::PathBuf;

use otr::PrivateKey;
use xmpp::{Route, Server};
use zeroize::Zeroizing;

use crate::message::{BareJid, Fingerprint, ImportError, ImportId, Program, Secret, UserDirs};
use collector::Collector;

/// What was found, and what was not read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// By program, then by address; no account of a program comes twice.
    pub(crate) accounts: Vec<Imported>,
    /// By program; no file comes twice for the same reason.
    pub(crate) troubles: Vec<ScanError>,
}

/// An account with all that is known of it there.
pub(crate) struct Imported {
    pub(crate) id: ImportId,
    pub(crate) server: Server,
    /// `None` where nobody can tell which way it goes.
    pub(crate) route: Option<Route>,
    pub(crate) password: Option<Zeroizing<String>>,
    pub(crate) key: Option<PrivateKey>,
    pub(crate) contacts: Vec<ImportedKey>,
}

/// A contact's key as it is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImportedKey {
    pub(crate) contact: BareJid,
    pub(crate) fingerprint: Fingerprint,
    /// Whether it was verified there, in a word that we know.
    pub(crate) verified: bool,
}

/// Something that was not read, or only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScanError {
    pub(crate) program: Program,
    pub(crate) path: PathBuf,
    pub(crate) why: ImportError,
}

/// Looks through the homes of all programs. Blocking: call it off the async workers. `passphrase`
/// opens what is sealed, which takes about a second and 256 MiB.
pub(crate) fn look(homes: &UserDirs, passphrase: Option<&Secret>) -> Found {
    let mut found = Found::default();
    found.add(Program::Pidgin, |shelf| pidgin::look(shelf, homes));
    found.add(Program::Gajim, |shelf| gajim::look(shelf, homes));
    found.add(Program::Profanity, |shelf| profanity::look(shelf, homes));
    found.add(Program::Psi, |shelf| psi::look(shelf, homes));
    found.add(Program::CoyIm, |shelf| coyim::look(shelf, homes, passphrase));
    found
}

impl Found {
    fn add(&mut self, program: Program, look: impl FnOnce(&mut Collector)) {
        let mut shelf = Collector::new(program);
        look(&mut shelf);
        let (accounts, troubles) = shelf.clear();
        self.accounts.extend(accounts);
        self.troubles.extend(troubles);
    }
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imported")
            .field("id", &self.id)
            .field("server", &self.server)
            .field("route", &self.route)
            .field("has_password", &self.password.is_some())
            .field("has_key", &self.key.is_some())
            .field("contacts", &self.contacts)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{Home, key};
    use super::*;

    const PIDGIN: &str = "<account version='1.0'><account><protocol>prpl-jabber</protocol>\
        <name>alice@example.org/</name><password>open sesame</password></account></account>";

    #[test]
    fn where_no_program_was_nothing_is_found_and_nothing_is_made() {
        let home = Home::new();
        let found = home.look();
        assert!(found.accounts.is_empty() && found.troubles.is_empty(), "{found:?}");
        assert_eq!(home.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn every_program_that_knows_an_account_tells_of_it() {
        let home = Home::new();
        home.write(".purple/accounts.xml", PIDGIN);
        home.write(".local/share/profanity/accounts", "[alice@example.org]\n");
        let found = home.look();
        let programs: Vec<_> = found.accounts.iter().map(|it| it.id.program).collect();
        assert_eq!(programs, [Program::Pidgin, Program::Profanity]);
    }

    #[test]
    fn no_secret_is_printed() {
        let home = Home::new();
        home.write(".purple/accounts.xml", PIDGIN);
        home.write_key(".purple/otr.private_key", "alice@example.org/", "prpl-jabber");
        let found = home.look();
        assert!(found.accounts[0].password.is_some() && found.accounts[0].key.is_some());
        let printed = format!("{found:?}");
        assert!(!printed.contains("sesame"), "{printed}");
        assert!(!printed.contains(&key().fingerprint().to_string()), "{printed}");
    }
}
