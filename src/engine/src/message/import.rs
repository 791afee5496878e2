//! Accounts that another program of this computer keeps.

use std::path::PathBuf;

use super::{BareJid, Fingerprint, Server};

/// A program whose accounts can be brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Program {
    /// Pidgin or Finch.
    Pidgin,
    /// Gajim with its OTR plugin.
    Gajim,
    /// Profanity.
    Profanity,
    /// Psi or Psi+ with its OTR plugin.
    Psi,
    /// CoyIM.
    CoyIm,
}

/// Where a person's programs keep their things; see the crate `directories`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDirs {
    /// The person's own folder.
    pub home: PathBuf,
    /// For settings: `~/.config`, or as the system has it.
    pub config: PathBuf,
    /// For data: `~/.local/share`, or as the system has it.
    pub data: PathBuf,
}

/// Which account of which program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImportId {
    /// Of this program.
    pub program: Program,
    /// This account.
    pub account: BareJid,
}

/// An account as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportableAccount {
    /// Whose it is.
    pub id: ImportId,
    /// Where it signs in there.
    pub server: Server,
    /// Whether its password is kept there so that it can be read.
    pub has_password: bool,
    /// Its own key there, by which contacts know the person.
    pub key: Option<Fingerprint>,
    /// How many keys of contacts are known there.
    pub contact_keys: usize,
    /// How many of them were verified there.
    pub verified: usize,
    /// Whether the account has a key here already, which stays.
    pub has_key_here: bool,
}

/// Why something of another program was not read. It is left as it is in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportError {
    /// A file cannot be read.
    Unreadable,
    /// A file holds something else, or only in part what it should.
    Damaged,
    /// A file is sealed with a passphrase.
    Sealed,
}
