//! What one program keeps, as it is put together from its files.

use std::collections::BTreeMap;
use std::mem;
use std::path::{Path, PathBuf};

use otr::PrivateKey;
use otr::keyfile::{
    Account, AccountKey, KnownFingerprint, Trust, read_fingerprints, read_private_keys,
};
use xmpp::{Route, Server};
use zeroize::Zeroizing;

use super::{Imported, ImportedKey, ScanError, file};
use crate::message::{BareJid, Fingerprint, ImportError, ImportId, Program};

/// XMPP's ports, with STARTTLS and with TLS from the first byte.
const PORT: u16 = 5222;
const PORT_DIRECT_TLS: u16 = 5223;

/// What one program keeps.
pub(super) struct Collector {
    program: Program,
    accounts: BTreeMap<BareJid, Kept>,
    troubles: Vec<ScanError>,
}

#[derive(Default)]
struct Kept {
    server: Server,
    route: Option<Route>,
    password: Option<Zeroizing<String>>,
    key: Option<PrivateKey>,
    contacts: BTreeMap<(BareJid, Fingerprint), bool>,
}

/// An account as a program writes it down. What is empty or `None` is not said there.
#[derive(Default)]
pub(super) struct Login {
    /// With or without a resource.
    pub(super) address: String,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) direct_tls: bool,
    pub(super) route: Option<Route>,
    pub(super) password: Zeroizing<String>,
}

/// Why an entry is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// It is not of XMPP, or of an account that is gone.
    Unrelated,
    /// It should have an address, and has none.
    Damaged,
}

impl Collector {
    pub(super) fn new(program: Program) -> Self {
        Self { program, accounts: BTreeMap::new(), troubles: Vec::new() }
    }

    /// Notes that a file was not read, or only in part.
    pub(super) fn trouble(&mut self, path: &Path, why: ImportError) {
        let trouble = ScanError { program: self.program, path: path.to_owned(), why };
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// Notes that a file holds something else, or only in part what it should.
    pub(super) fn damaged(&mut self, path: &Path) {
        self.trouble(path, ImportError::Damaged);
    }

    /// Reads a file if there is one.
    pub(super) fn read(&mut self, path: &Path) -> Option<Zeroizing<Vec<u8>>> {
        file::read(path).unwrap_or_else(|why| {
            self.trouble(path, why);
            None
        })
    }

    /// What is in a folder, if there is one.
    pub(super) fn list(&mut self, folder: &Path) -> Vec<PathBuf> {
        file::list(folder).unwrap_or_else(|why| {
            self.trouble(folder, why);
            Vec::new()
        })
    }

    /// Takes in an account and gives its address. If it is known already, that is completed.
    ///
    /// # Errors
    /// [`Stray::Damaged`] without a sound address.
    pub(super) fn login(&mut self, mut login: Login) -> Result<BareJid, Stray> {
        let id = own_address(&login.address)?;
        let kept = self.accounts.entry(id.clone()).or_default();
        if kept.server == Server::Discover {
            kept.server = login.server();
        }
        if kept.route.is_none() {
            kept.route = login.route.take();
        }
        if kept.password.is_none() && !login.password.is_empty() {
            kept.password = Some(mem::take(&mut login.password));
        }
        Ok(id)
    }

    /// Takes in the account's own key. Of several the last counts, as it does for libotr.
    pub(super) fn key(&mut self, account: BareJid, key: PrivateKey) {
        self.accounts.entry(account).or_default().key = Some(key);
    }

    /// Reads `otr.private_key` or the like. `owner` says whose an entry is.
    pub(super) fn private_keys(
        &mut self,
        path: &Path,
        owner: impl Fn(&Account) -> Result<BareJid, Stray>,
    ) {
        let Some(bytes) = self.read(path) else { return };
        let Ok(contents) = read_private_keys(&bytes) else { return self.damaged(path) };
        let mut is_sound = contents.skipped.is_empty();
        for AccountKey { account, key } in contents.entries {
            match owner(&account) {
                Ok(id) => self.key(id, key),
                Err(Stray::Unrelated) => {}
                Err(Stray::Damaged) => is_sound = false,
            }
        }
        if !is_sound {
            self.damaged(path);
        }
    }

    /// Reads `otr.fingerprints` or the like. `owner` says whose an entry is.
    pub(super) fn fingerprints(
        &mut self,
        path: &Path,
        owner: impl FnMut(&Account) -> Result<BareJid, Stray>,
    ) {
        let Some(bytes) = self.read(path) else { return };
        let Ok(contents) = read_fingerprints(&bytes) else { return self.damaged(path) };
        let taken = self.contacts(contents.entries, owner);
        if taken.is_err() || !contents.skipped.is_empty() {
            self.damaged(path);
        }
    }

    /// Takes in the keys of contacts. Of two entries that speak of the same in the same words the
    /// later counts, as it does for libotr. One key in several words, as with several resources, is
    /// verified if it was once.
    ///
    /// # Errors
    /// [`Stray::Damaged`] if an entry is, after taking all others.
    pub(super) fn contacts(
        &mut self,
        entries: Vec<KnownFingerprint>,
        mut owner: impl FnMut(&Account) -> Result<BareJid, Stray>,
    ) -> Result<(), Stray> {
        let mut latest: BTreeMap<(Account, String, Fingerprint), Trust> = BTreeMap::new();
        for KnownFingerprint { contact, account, fingerprint, trust } in entries {
            latest.insert((account, contact, fingerprint), trust);
        }
        let mut taken = Ok(());
        for ((account, contact, fingerprint), trust) in latest {
            let pair = owner(&account).and_then(|id| Ok((id, address(&contact)?)));
            match pair {
                Ok((id, contact)) => {
                    let contacts = &mut self.accounts.entry(id).or_default().contacts;
                    *contacts.entry((contact, fingerprint)).or_default() |= trust.is_verification();
                }
                Err(Stray::Unrelated) => {}
                Err(Stray::Damaged) => taken = Err(Stray::Damaged),
            }
        }
        taken
    }

    /// All that was put on the shelf.
    pub(super) fn clear(self) -> (Vec<Imported>, Vec<ScanError>) {
        let accounts = self.accounts.into_iter().map(|(account, kept)| Imported {
            id: ImportId { program: self.program, account },
            server: kept.server,
            route: kept.route,
            password: kept.password,
            key: kept.key,
            contacts: kept
                .contacts
                .into_iter()
                .map(|((contact, fingerprint), verified)| ImportedKey {
                    contact,
                    fingerprint,
                    verified,
                })
                .collect(),
        });
        (accounts.collect(), self.troubles)
    }
}

impl Login {
    /// Where it signs in. A host that is none is not tried.
    fn server(&self) -> Server {
        let host = self.host.trim();
        let is_host = !host.contains(|c: char| c.is_control() || c.is_whitespace());
        if host.is_empty() || !is_host {
            return Server::Discover;
        }
        let usual = if self.direct_tls { PORT_DIRECT_TLS } else { PORT };
        let port = self.port.filter(|port| *port != 0).unwrap_or(usual);
        Server::At { host: host.to_owned(), port, direct_tls: self.direct_tls }
    }
}

/// Entries of these protocols, whose accounts are called by their addresses.
pub(super) fn of_protocol(
    protocols: &'static [&'static str],
) -> impl Fn(&Account) -> Result<BareJid, Stray> {
    move |account| {
        if protocols.contains(&account.protocol.as_str()) {
            own_address(&account.name)
        } else {
            Err(Stray::Unrelated)
        }
    }
}

/// The address of an account: somebody's, not a server's.
pub(super) fn own_address(text: &str) -> Result<BareJid, Stray> {
    address(text).and_then(|id| if id.node().is_some() { Ok(id) } else { Err(Stray::Damaged) })
}

/// An address without its resource, which may be empty.
fn address(text: &str) -> Result<BareJid, Stray> {
    let bare = text.split_once('/').map_or(text, |(bare, _)| bare);
    bare.parse().map_err(|_| Stray::Damaged)
}
