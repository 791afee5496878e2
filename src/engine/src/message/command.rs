//! What the window asks.

use super::{
    Availability, BareJid, ChatCommand, ChatId, Console, Form, ImportId, PinnedKey, PracticeAct,
    PracticeScript, PrivacySettings, Route, Secret, Server,
};

/// Asked by the window.
#[derive(Clone, Debug)]
pub enum Command {
    /// About the vault.
    Vault(VaultCommand),
    /// How an account connects: these begin and end what an account runs.
    Connection(BareJid, ConnectionCommand),
    /// Of an account that runs.
    Account(BareJid, AccountCommand),
    /// About somebody on the contact list, or who wants to be on it.
    Contact(ChatId, ContactCommand),
    /// Refuse all of these who asked to see our presence, or wrote.
    DeclineAll(Vec<ChatId>),
    /// In a conversation.
    Chat(ChatId, ChatCommand),
    /// About a new account on a server (XEP-0077).
    Registration(RegistrationCommand),
    /// About accounts of other programs on this computer.
    Import(ImportCommand),
    /// About practice.
    Practice(PracticeCommand),
    /// Something is to be otherwise from now on; kept for the next start, if anything is.
    Set(Setting),
    /// Whether the person looks at a window of ours, so that servers may hold back what can wait
    /// (XEP-0352).
    SetActive(bool),
}

impl Command {
    /// The conversation or contact it is about.
    #[must_use]
    pub const fn chat(&self) -> Option<&ChatId> {
        match self {
            Self::Contact(chat, _) | Self::Chat(chat, _) => Some(chat),
            Self::Vault(_)
            | Self::Connection(..)
            | Self::Account(..)
            | Self::DeclineAll(_)
            | Self::Registration(_)
            | Self::Import(_)
            | Self::Practice(_)
            | Self::Set(_)
            | Self::SetActive(_) => None,
        }
    }

    /// The account it is about, be it about that or about a contact of it.
    #[must_use]
    pub const fn account(&self) -> Option<&BareJid> {
        match self {
            Self::Connection(account, _) | Self::Account(account, _) => Some(account),
            Self::Contact(chat, _) | Self::Chat(chat, _) => Some(&chat.account),
            Self::Vault(_)
            | Self::DeclineAll(_)
            | Self::Registration(_)
            | Self::Import(_)
            | Self::Practice(_)
            | Self::Set(_)
            | Self::SetActive(_) => None,
        }
    }
}

/// About the vault.
#[derive(Clone, Debug)]
pub enum VaultCommand {
    /// Open it; answered by [`VaultEvent::Opened`](super::VaultEvent::Opened) or
    /// [`VaultEvent::Failed`](super::VaultEvent::Failed). Accounts that rest in it are signed in at
    /// once.
    Open(VaultChoice),
    /// The same where [`VaultFailure::KeyMissing`](super::VaultFailure::KeyMissing) or
    /// [`VaultFailure::DatabaseMissing`](super::VaultFailure::DatabaseMissing) came of it: begins
    /// with an empty database. The half that is there is kept.
    BeginAnew(VaultChoice),
}

/// Where secrets are to rest.
#[derive(Clone, Debug)]
pub enum VaultChoice {
    /// The system's keyring.
    Keyring,
    /// A file sealed with a passphrase, where no keyring answers.
    Sealed {
        /// What the person typed.
        passphrase: Secret,
    },
    /// Nowhere: everything is forgotten when Sotto closes.
    Memory,
}

/// How an account connects; answered by [`AccountEvent::State`](super::AccountEvent::State).
#[derive(Clone, Debug)]
pub enum ConnectionCommand {
    /// Sign in, and remember the account once it worked.
    SignIn {
        /// Its password.
        password: Secret,
        /// Where.
        server: Server,
        /// Which way.
        route: Route,
        /// The key of its server that the person already trusts, as from making the account;
        /// `None` leaves that as it is.
        trusted_key: Option<Box<PinnedKey>>,
    },
    /// End private conversations, go offline, forget the password and the account.
    SignOut,
    /// Try again now, without waiting for the next attempt.
    Reconnect,
    /// Sign in at another place or on another way from now on.
    Move {
        /// Where.
        server: Server,
        /// Which way.
        route: Route,
    },
    /// Trust exactly this key of the account's server from now on, whatever certificate it comes
    /// in, and no other until its issuer renews it; then try again. `None` goes back to
    /// certificates.
    TrustServer(Option<PinnedKey>),
    /// Sign in once more weakly than before, after [`SignInFailure::Downgraded`].
    ///
    /// [`SignInFailure::Downgraded`]: super::SignInFailure::Downgraded
    AcceptWeaker,
    /// Show the server of an account the password itself, which it takes in no other way; see
    /// [`SignInFailure::NoMechanism`].
    ///
    /// [`SignInFailure::NoMechanism`]: super::SignInFailure::NoMechanism
    AllowPlain,
}

/// Asked of an account that runs.
#[derive(Clone, Debug)]
pub enum AccountCommand {
    /// Tell contacts so much of what the person does; answered by
    /// [`AccountEvent::PrivacySettings`](super::AccountEvent::PrivacySettings).
    SetPrivacySettings(PrivacySettings),
    /// Show so much of what goes over the stream, by
    /// [`AccountEvent::Traffic`](super::AccountEvent::Traffic).
    SetConsole(Console),
    /// Read the gap of the archive of this number after all; answered by
    /// [`AccountEvent::ArchiveGap`](super::AccountEvent::ArchiveGap).
    FetchGap(u64),
    /// Change the password to this at the server and here; answered by
    /// [`AccountEvent::PasswordChanged`](super::AccountEvent::PasswordChanged).
    ChangePassword(Secret),
    /// Remove the account from its server, for ever, and from here; answered by
    /// [`AccountEvent::Removed`](super::AccountEvent::Removed) or
    /// [`AccountEvent::NotDeleted`](super::AccountEvent::NotDeleted).
    Delete,
}

/// About somebody on the contact list, or who wants to be on it.
#[derive(Clone, Debug)]
pub enum ContactCommand {
    /// Add them and ask to see their presence.
    Add,
    /// Accept who asked to see our presence.
    Accept,
    /// Refuse who asked to see our presence.
    Decline,
    /// Remove them from the list.
    Remove,
    /// Give them another name, and put them into other groups.
    Edit {
        /// How they are to be called; `None` takes the name away.
        name: Option<String>,
        /// The groups they are to be in, and in no other.
        groups: Vec<String>,
    },
    /// Have the server keep this person away from us, ending what we say in private first.
    Block,
    /// Let them through again.
    Unblock,
}

/// About a new account on a server; answered by [`Event::Registration`](super::Event::Registration).
#[derive(Clone, Debug)]
pub enum RegistrationCommand {
    /// Ask a server for its form for new accounts. A former form is given up.
    Open {
        /// Its domain.
        domain: BareJid,
        /// Where it is.
        server: Server,
        /// Which way.
        route: Route,
        /// The key to trust, as in [`ConnectionCommand::TrustServer`].
        trusted_key: Option<Box<PinnedKey>>,
    },
    /// Send the form, filled in.
    Submit(Form),
    /// Ask for the form anew, as with another picture.
    RefreshForm,
    /// Make no account after all.
    Close,
}

/// About accounts of other programs on this computer. Nothing of theirs is changed.
#[derive(Clone, Debug)]
pub enum ImportCommand {
    /// Look for them; answered by [`ImportEvent::Found`](super::ImportEvent::Found).
    Scan {
        /// Opens what is sealed there.
        passphrase: Option<Secret>,
    },
    /// Take over the key of such an account, unless it has one here, and what was known of its
    /// contacts' keys; answered by [`ImportEvent::Imported`](super::ImportEvent::Imported), or
    /// [`VaultEvent::NotSaved`](super::VaultEvent::NotSaved).
    Import(ImportId),
    /// Forget what was found: there are keys and passwords in it.
    Discard,
}

/// About practice.
#[derive(Clone, Debug)]
pub enum PracticeCommand {
    /// Open a practice account with a partner inside the program.
    Start(PracticeScript),
    /// Let the practice partner do something.
    Act(PracticeAct),
    /// Leave practice; forgets it.
    Stop,
}

/// What the person may have otherwise. It is set by [`Command::Set`], and told by
/// [`Event::Setting`](super::Event::Setting) as it was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// How large text is drawn, in percent of the usual.
    TextSize(u16),
    /// What contacts are shown of us, by every account. `Offline` hides us.
    Availability(Availability),
}
