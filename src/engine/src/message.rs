//! The whole contract between window and engine: one enum each way.

use std::fmt;
use std::time::{Duration, SystemTime};

pub use otr::Fingerprint;
pub use vault::{Proof, Trust};
pub use xmpp::BareJid;
use zeroize::Zeroizing;

/// Text that must not be printed or kept: passwords, answers, shared secrets. Wiped on drop.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps what was typed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One account's conversation with one contact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId {
    /// Ours.
    pub account: BareJid,
    /// Theirs.
    pub contact: BareJid,
}

/// Names one message of ours, from the composer to the receipt (XEP-0359 origin-id).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// A new one: 128 random bits in hexadecimal.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()))
    }

    /// As it stands in a stanza.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for MessageId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

/// Names one verification the contact asked for. An answer to an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub u64);

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

/// How to find the server of an account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Server {
    /// Ask the DNS (RFC 6120 §3.2, XEP-0368).
    #[default]
    Discover,
    /// The person knows better.
    At {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether TLS is spoken from the first byte; otherwise STARTTLS.
        direct_tls: bool,
    },
}

/// Asked by the window.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open the vault; answered by [`Event::VaultOpened`] or [`Event::VaultFailed`]. Accounts that
    /// rest in it are signed in at once.
    OpenVault(VaultChoice),
    /// Sign in, and remember the account once it worked.
    SignIn {
        /// Whose.
        account: BareJid,
        /// Its password.
        password: Secret,
        /// Where.
        server: Server,
    },
    /// Try again now, without waiting for the next attempt.
    Reconnect(BareJid),
    /// End private conversations, go offline, forget the password and the account.
    SignOut(BareJid),
    /// Open a practice account with a partner inside the program.
    StartPractice(PracticeScript),
    /// Let the practice partner do something.
    Practice(PracticeAct),
    /// Leave practice; forgets it.
    StopPractice,
    /// Add a contact and ask to see their presence.
    AddContact(ChatId),
    /// Accept a contact who asked to see our presence.
    AcceptContact(ChatId),
    /// Refuse a contact who asked to see our presence.
    DeclineContact(ChatId),
    /// Remove a contact from the list.
    RemoveContact(ChatId),
    /// The person looks at this conversation: it may go private by itself.
    OpenChat(ChatId),
    /// Send what the person typed; held, never downgraded, if it cannot go at that level.
    SendMessage {
        /// To whom.
        chat: ChatId,
        /// Made by the window.
        id: MessageId,
        /// What was typed.
        text: String,
        /// The padlock the person saw while pressing Enter.
        seen: Padlock,
    },
    /// Send a held or failed message again, under the padlock seen now.
    Retry {
        /// Where.
        chat: ChatId,
        /// Which.
        id: MessageId,
        /// The padlock the person saw.
        seen: Padlock,
    },
    /// Take a held or failed message back.
    Discard {
        /// Where.
        chat: ChatId,
        /// Which.
        id: MessageId,
    },
    /// Want this conversation private, and start now.
    GoPrivate(ChatId),
    /// Leave private knowingly; from now on what is typed is readable by the servers. What was
    /// held stays held until retried or discarded.
    EndPrivate(ChatId),
    /// Ask the contact a question, or for the secret both know.
    Verify {
        /// Whom.
        chat: ChatId,
        /// The question; `None` for a shared secret.
        question: Option<String>,
        /// The answer or the secret.
        secret: Secret,
    },
    /// Answer the contact's question, or enter the shared secret they ask for.
    Answer {
        /// Whom.
        chat: ChatId,
        /// Which request this answers.
        request: RequestId,
        /// What was typed.
        secret: Secret,
    },
    /// Stop verifying and tell the contact.
    CancelVerification(ChatId),
    /// The person compared this key, or withdraws what they said of it.
    SetTrust {
        /// Whose key.
        chat: ChatId,
        /// Which.
        fingerprint: Fingerprint,
        /// `Compared` to verify, `None` to withdraw.
        proof: Option<Proof>,
    },
    /// Accept a new key of a verified contact for now, unverified; what was held goes to it.
    AcceptKey {
        /// Whose.
        chat: ChatId,
        /// Exactly which key was shown.
        fingerprint: Fingerprint,
    },
    /// Forget a key that is not in use.
    ForgetKey {
        /// Whose.
        chat: ChatId,
        /// Which.
        fingerprint: Fingerprint,
    },
}

/// What a practice partner says; chosen by the window, since words are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeScript {
    /// The partner's name.
    pub name: String,
    /// Said once when the conversation is private.
    pub greeting: String,
    /// Said in turn to whatever is written; never empty.
    pub replies: Vec<String>,
    /// Said by [`PracticeAct::WritePlainly`].
    pub plain_line: String,
    /// Asked by [`PracticeAct::AskQuestion`].
    pub question: String,
    /// The right answer to it, and what the partner answers to every question of ours.
    pub answer: String,
}

/// What a practice partner can be asked to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PracticeAct {
    /// Ask us a verification question.
    AskQuestion,
    /// Leave the private conversation.
    LeavePrivate,
    /// Lose the session without a word, as after a crash.
    LoseSession,
    /// Write something that is not private.
    WritePlainly,
    /// Come back with a new key.
    ChangeKey,
    /// Go offline.
    GoAway,
    /// Come online.
    ComeBack,
}

/// Told to the window, in order.
#[derive(Clone, Debug)]
pub enum Event {
    /// The vault is open; these accounts rest in it and are being signed in.
    VaultOpened {
        /// The accounts.
        accounts: Vec<BareJid>,
    },
    /// The vault did not open; the person chooses.
    VaultFailed(VaultFailure),
    /// Something could not be written down. It still holds in memory.
    NotSaved(VaultFailure),
    /// How an account stands.
    Account {
        /// Which.
        account: BareJid,
        /// How.
        state: AccountState,
    },
    /// The account's own key code; the key is made at first sign-in.
    OwnKey {
        /// Whose.
        account: BareJid,
        /// Its key code.
        fingerprint: Fingerprint,
    },
    /// The account has been forgotten.
    AccountRemoved(BareJid),
    /// All contacts of an account, anew.
    Roster {
        /// Whose.
        account: BareJid,
        /// All of them.
        contacts: Vec<ContactInfo>,
    },
    /// Every key known, anew.
    Keys(Vec<KeyRow>),
    /// Something about one conversation.
    Chat(ChatId, ChatEvent),
}

/// Why the vault did not open, or would not take something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultFailure {
    /// No keyring service answers.
    NoKeyring,
    /// The keyring is locked and was not unlocked.
    KeyringLocked,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// The database's key is not in the keyring, so what it holds can't be read.
    KeyMissing,
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
}

/// Why a connection is gone or could not be made; passes with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfflineReason {
    /// The host name does not resolve.
    HostUnknown {
        /// The name.
        host: String,
    },
    /// Nothing answers there.
    Unreachable {
        /// Where.
        host: String,
    },
    /// The server went away.
    ConnectionLost,
    /// The server is shutting down.
    ServerShutdown,
    /// The server did not speak as expected.
    Protocol(String),
}

/// Why signing in failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInFailure {
    /// Wrong password or no such account.
    WrongPassword,
    /// The certificate does not verify; the sentence of the TLS library.
    CertificateRefused {
        /// Where.
        host: String,
        /// What is wrong with it.
        reason: CertificateProblem,
    },
    /// The server offers no encryption.
    NoTls,
    /// The server offers no way to sign in that we accept.
    NoMechanism,
    /// The server could not prove that it knows the password.
    ServerNotGenuine,
    /// The same account signed in elsewhere with our resource.
    Conflict,
    /// The account is known on this server but may not sign in.
    AccountDisabled,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Issued by nobody the system trusts.
    UnknownIssuer,
    /// Expired, or not yet valid.
    Expired,
    /// Made for another name.
    WrongName,
    /// Revoked.
    Revoked,
    /// Anything else.
    Invalid,
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
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Availability {
    /// Not connected, or not shown to us.
    #[default]
    Offline,
    /// Connected, not at the keyboard.
    Away,
    /// Asks not to be disturbed.
    Busy,
    /// There.
    Online,
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

/// Who can read what is typed next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Padlock {
    /// Everybody on the way: the person chose so, or never wanted otherwise.
    #[default]
    NotPrivate,
    /// Nobody yet: private is wanted and being set up.
    Starting,
    /// Nobody yet: private is wanted, the contact is away (or we are offline).
    Waiting,
    /// Nobody yet: private is wanted, the contact's program does not answer.
    Unanswered,
    /// The holder of this key, whoever that is.
    Private(Fingerprint),
    /// The contact.
    Verified(Fingerprint),
    /// Nobody: the contact left. Closed until the person chooses.
    Finished,
    /// Nobody yet: a verified contact came with this new key.
    KeyChanged(Fingerprint),
}

impl Padlock {
    /// Whether what is typed next may travel readable by the servers.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::NotPrivate)
    }

    /// The key of the session, when there is one.
    #[must_use]
    pub const fn fingerprint(self) -> Option<Fingerprint> {
        match self {
            Self::Private(fingerprint)
            | Self::Verified(fingerprint)
            | Self::KeyChanged(fingerprint) => Some(fingerprint),
            Self::NotPrivate
            | Self::Starting
            | Self::Waiting
            | Self::Unanswered
            | Self::Finished => None,
        }
    }
}

/// How one message travelled; fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Readable on the way.
    Plain,
    /// Readable on the way, though the conversation was private: beware.
    PlainInPrivate,
    /// Encrypted to or from an unverified key.
    Private(Fingerprint),
    /// Encrypted to or from a verified key.
    Verified(Fingerprint),
}

/// A message of ours, as it stands. A later one with the same id replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Made by the window.
    pub id: MessageId,
    /// What was typed.
    pub text: String,
    /// When.
    pub at: SystemTime,
    /// Where it is.
    pub delivery: Delivery,
    /// Whether it was sent more than once.
    pub resent: bool,
}

/// Where a message of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Kept here, on nobody's wire.
    Held(HeldReason),
    /// Handed to the connection.
    Queued(Provenance),
    /// The server has it.
    Sent(Provenance),
    /// The contact's program has it.
    Delivered(Provenance),
    /// It did not arrive; Retry, Edit or Discard.
    Failed {
        /// How it travelled.
        provenance: Provenance,
        /// Why.
        reason: FailReason,
    },
}

/// Why a message is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldReason {
    /// Goes out when private.
    GoingPrivate,
    /// Goes out privately when the contact is back.
    ContactAway,
    /// Goes out when we are online.
    Offline,
    /// The contact left the private conversation.
    Finished,
    /// The key is not the one it was meant for.
    KeyChanged,
    /// The contact's program does not answer.
    Unanswered,
    /// The padlock changed between looking and sending, or privacy was given up since.
    PadlockChanged,
}

/// Why a message failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailReason {
    /// The server could not deliver it.
    Undeliverable,
    /// The contact's program could not read it.
    Unreadable,
    /// It may or may not have arrived before the connection was lost.
    Unsure,
    /// It cannot be sent as it is (a NUL, or far too long).
    Unsendable,
}

/// Something about one conversation.
#[derive(Clone, Debug)]
pub enum ChatEvent {
    /// The contact's name, presence or subscription changed, or the contact is new.
    Info(ContactInfo),
    /// The contact is gone from the list.
    Removed,
    /// The padlock changed.
    PadlockChanged(Padlock),
    /// They wrote.
    Received {
        /// What they wrote; text, never markup.
        text: String,
        /// How it travelled.
        provenance: Provenance,
        /// When it was sent, as far as known.
        at: SystemTime,
    },
    /// A message of ours appeared or moved on.
    Outgoing(Outgoing),
    /// A message of ours was taken back.
    Discarded(MessageId),
    /// Something happened that the history tells in words.
    Notice(Notice),
    /// Verification moved on.
    Verification(Verification),
}

/// Something the history tells in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A private conversation started.
    PrivateStarted {
        /// With this key.
        fingerprint: Fingerprint,
        /// Whether it was verified before.
        verified: bool,
        /// Whether this key was never seen before.
        new_key: bool,
    },
    /// Keys were exchanged anew.
    PrivateRefreshed,
    /// We ended it.
    EndedByUs,
    /// They ended it.
    EndedByContact,
    /// The session was lost with the connection.
    SessionLost,
    /// A verified contact came with another key.
    KeyChanged {
        /// The new key.
        fingerprint: Fingerprint,
    },
    /// They could not be verified: it did not match.
    NotVerified,
    /// They were verified.
    Verified(Proof),
    /// Trust in their key was withdrawn.
    TrustWithdrawn,
    /// A message from them could not be read.
    Unreadable,
    /// Their program reports an error; its words, untrusted.
    ContactError(String),
    /// A private message for another of our devices.
    ForOtherDevice,
    /// Their program did not answer our offer to go private.
    Unanswered,
    /// The exchange of keys failed.
    SetupFailed,
}

/// Where a verification stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// They want to make sure of us.
    Requested {
        /// To be given back with the answer.
        request: RequestId,
        /// The question; `None` when they ask for a shared secret.
        question: Option<String>,
    },
    /// Ours is under way.
    InProgress,
    /// It matched.
    Succeeded(VerificationResult),
    /// It did not match.
    Failed,
    /// They cancelled.
    CancelledByContact,
    /// It ended with the private conversation, or something went wrong; try again.
    Interrupted,
    /// There is no private conversation to verify.
    NotPrivate,
    /// The answer came too late: a newer request replaced it.
    Outdated,
}

/// Who learnt what from a verification that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationResult {
    /// We made sure of them: their key is verified now.
    WeLearnt(Proof),
    /// They made sure of us; we know no more of them than before.
    TheyLearnt,
}
