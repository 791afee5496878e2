//! What the window is told of the vault, of accounts and of contacts.

use std::time::{Duration, SystemTime};

use super::{
    ArchiveGap, Availability, BareJid, ChatEvent, ChatId, Fingerprint, Flow, Form, ImportError,
    ImportId, ImportableAccount, OfflineReason, Program, RegistrationFailure, RequestFailure,
    Route, Secret, Security, Server, Setting, SignInFailure, Trust,
};

/// Told to the window, in order.
#[derive(Clone, Debug)]
pub enum Event {
    /// Of the vault.
    Vault(VaultEvent),
    /// Told after [`VaultEvent::Opened`]: so something was in the life before.
    Setting(Setting),
    /// Of an account.
    Account(BareJid, AccountEvent),
    /// Making a new account moved on.
    Registration(Registration),
    /// Of what other programs of this computer keep.
    Import(ImportEvent),
    /// Every key known, anew.
    Keys(Vec<KeyRow>),
    /// Something about one conversation.
    Chat(ChatId, ChatEvent),
}

/// Of the vault.
#[derive(Clone, Debug)]
pub enum VaultEvent {
    /// It is open; these accounts rest in it and are being signed in, those that can be read.
    Opened {
        /// The accounts.
        accounts: Vec<BareJid>,
    },
    /// Told after [`Self::Opened`]: nothing of this session is kept, as the person chose or for
    /// want of a place.
    KeepsNothing,
    /// It did not open; the person chooses.
    Failed(VaultFailure),
    /// Something could not be written down. It still holds in memory.
    NotSaved(VaultFailure),
}

/// Of an account.
#[derive(Clone, Debug)]
pub enum AccountEvent {
    /// How it stands.
    State(AccountState),
    /// Its own key code; the key is made at first sign-in.
    OwnKey(Fingerprint),
    /// Where it signs in, which way, and whether one key of its server is trusted.
    Place {
        /// Where.
        server: Server,
        /// Which way.
        route: Route,
        /// Whether one key alone is trusted, as the person said.
        key_is_pinned: bool,
    },
    /// Signed in, and so well protected.
    Secured(Security),
    /// How much contacts are told.
    PrivacySettings(PrivacySettings),
    /// Something went over the stream.
    Traffic {
        /// Which way.
        direction: Flow,
        /// What, in XML; text of others, to be shown as such.
        xml: String,
        /// How many before it are not told, because there were too many at once.
        dropped: u64,
    },
    /// The password was changed at the server and here, or not: after [`RequestFailure::Lost`] or
    /// [`RequestFailure::TimedOut`] nobody knows.
    PasswordChanged(Result<(), RequestFailure>),
    /// The server did not remove the account, or did not say so; it stays here.
    NotDeleted(RequestFailure),
    /// Everybody whom the server keeps away from us, anew; whole servers are left out. Told only of
    /// servers that can.
    Blocked(Vec<BareJid>),
    /// More strangers came than there is room for; so much of them was not kept so far.
    NotKept(NotKept),
    /// It has been forgotten.
    Removed,
    /// All its contacts, anew.
    Roster(Vec<ContactInfo>),
    /// A stretch of its archive is not read, or is by now; a later one of the same number replaces
    /// it. All are told at each sign-in, oldest first.
    ArchiveGap(ArchiveGap),
}

/// Of what other programs of this computer keep.
#[derive(Clone, Debug)]
pub enum ImportEvent {
    /// What there is.
    Found {
        /// Their accounts.
        accounts: Vec<ImportableAccount>,
        /// What was not read.
        troubles: Vec<(Program, ImportError)>,
    },
    /// What another program knew of an account is known here now. It is not signed in.
    Imported {
        /// Which.
        id: ImportId,
        /// Where it signs in.
        server: Server,
        /// Which way it goes there, as far as that is known.
        route: Option<Route>,
        /// Its password, where it could be read.
        password: Option<Secret>,
        /// Whether its own key was taken over: not if there was none, or if it has one here.
        own_key: bool,
    },
}

/// Why the vault did not open, or would not take something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultFailure {
    /// No keyring service answers.
    NoKeyring,
    /// The keyring is locked and was not unlocked.
    KeyringLocked,
    /// A keyring is there, but has not answered in time: it may be asking for its password. If it
    /// answers later, the vault opens, unless another choice was made meanwhile.
    KeyringSilent {
        /// Whether something rests on this computer to which it has the key.
        kept: bool,
    },
    /// The passphrase is wrong.
    WrongPassphrase,
    /// The database's key is not in the keyring, so what it holds can't be read.
    KeyMissing,
    /// The database is not there, though its key is.
    DatabaseMissing,
    /// The disk is full.
    DiskFull,
    /// Another Sotto has this profile open.
    InUse,
    /// The database is damaged or made by a newer Sotto.
    Damaged,
    /// The operating system said no; its words.
    System(String),
}

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Connecting or signing in.
    Connecting,
    /// Online.
    Online,
    /// Not connected; tried again by itself.
    Offline {
        /// Why.
        reason: OfflineReason,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// Not tried again until the person does something.
    Refused(SignInFailure),
    /// What is kept of it can't be read, so it was not started; nothing of it is changed.
    /// [`VaultFailure::KeyMissing`] if its password is gone.
    Unreadable(VaultFailure),
}

/// How much contacts who see our presence are told of what the person does. Strangers learn
/// nothing in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacySettings {
    /// That a message of theirs arrived (XEP-0184).
    pub receipts: bool,
    /// That the person writes to them (XEP-0085). It travels in the clear.
    pub writing: bool,
    /// That their pictures are looked at (XEP-0084, XEP-0153): their server sees it.
    pub pictures: bool,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self { receipts: true, writing: false, pictures: true }
    }
}

/// What of strangers was not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotKept {
    /// Requests to see our presence. The server tells them again at the next sign-in.
    pub requests: u64,
    /// Messages.
    pub messages: u64,
    /// Addresses that can't be read: nothing that comes from them is shown, listed or not.
    pub addresses: u64,
}

/// Where making a new account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The server's form, to be filled in and given back.
    Form(Form),
    /// There is an account; it can be signed in to.
    Done,
    /// It did not work. The form that was shown may be sent again, if one was.
    Failed(RegistrationFailure),
}

/// A contact as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactInfo {
    /// Who.
    pub contact: BareJid,
    /// The name we gave them, if any.
    pub name: Option<String>,
    /// Whether they are there.
    pub availability: Availability,
    /// Whether they let us see that.
    pub subscription: Subscription,
    /// Whether the server keeps them away from us.
    pub blocked: bool,
    /// In which groups we put them.
    pub groups: Vec<String>,
}

/// Who sees whose presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Nobody.
    #[default]
    None,
    /// We asked and wait.
    Asked,
    /// They ask us: accept or decline.
    Requested,
    /// They are not on the list and wrote to us: accept, decline or block.
    Wrote,
    /// One way only, to or from.
    OneWay,
    /// Both ways.
    Both,
}

/// One key of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Whose.
    pub chat: ChatId,
    /// Its key code.
    pub fingerprint: Fingerprint,
    /// What the person decided.
    pub trust: Trust,
    /// When it first came up.
    pub first_seen: SystemTime,
    /// When it last came up.
    pub last_seen: SystemTime,
    /// Whether a private conversation uses it right now.
    pub in_use: bool,
}
