//! What the window asks.

use super::{
    Availability, BareJid, ChatId, Console, Fingerprint, ForeignId, Form, Manners, MessageId,
    Padlock, Proof, RequestId, Route, Secret, Server, TrustedKey,
};

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

/// Asked by the window.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open the vault; answered by [`Event::VaultOpened`] or [`Event::VaultFailed`]. Accounts that
    /// rest in it are signed in at once.
    OpenVault(VaultChoice),
    /// The same where [`VaultFailure::KeyMissing`](super::VaultFailure::KeyMissing) or
    /// [`VaultFailure::DatabaseMissing`](super::VaultFailure::DatabaseMissing) came of it: begins
    /// with an empty database. The half that is there is kept.
    BeginAnew(VaultChoice),
    /// Sign in, and remember the account once it worked.
    SignIn {
        /// Whose.
        account: BareJid,
        /// Its password.
        password: Secret,
        /// Where.
        server: Server,
        /// Which way.
        route: Route,
        /// The key of its server that the person already trusts, as from making the account;
        /// `None` leaves that as it is.
        trusted_key: Option<Box<TrustedKey>>,
    },
    /// Try again now, without waiting for the next attempt.
    Reconnect(BareJid),
    /// Sign in at another place or on another way from now on; answered as [`Self::SignIn`] is.
    Move {
        /// Which account.
        account: BareJid,
        /// Where.
        server: Server,
        /// Which way.
        route: Route,
    },
    /// Trust exactly this key of the account's server from now on, whatever certificate it comes
    /// in, and no other until its issuer renews it; then try again. `None` goes back to
    /// certificates.
    TrustServer {
        /// Which account.
        account: BareJid,
        /// The key that was shown.
        key: Option<TrustedKey>,
    },
    /// Sign in once more weakly than before, after [`SignInFailure::Downgraded`].
    ///
    /// [`SignInFailure::Downgraded`]: super::SignInFailure::Downgraded
    AcceptWeaker(BareJid),
    /// Show the server of an account the password itself, which it takes in no other way; see
    /// [`SignInFailure::NoMechanism`].
    ///
    /// [`SignInFailure::NoMechanism`]: super::SignInFailure::NoMechanism
    AllowPlain(BareJid),
    /// Tell contacts so much of what the person does; answered by [`Event::Manners`].
    ///
    /// [`Event::Manners`]: super::Event::Manners
    SetManners {
        /// With which account.
        account: BareJid,
        /// How much.
        manners: Manners,
    },
    /// Show what goes over the stream, by [`Event::Traffic`].
    ///
    /// [`Event::Traffic`]: super::Event::Traffic
    SetConsole {
        /// Whose.
        account: BareJid,
        /// How much of it.
        console: Console,
    },
    /// Read a gap of the archive after all; answered by [`Event::ArchiveGap`].
    ///
    /// [`Event::ArchiveGap`]: super::Event::ArchiveGap
    FetchGap {
        /// Whose.
        account: BareJid,
        /// The gap's number.
        gap: u64,
    },
    /// Change the password at the server and here; answered by [`Event::PasswordChanged`].
    ///
    /// [`Event::PasswordChanged`]: super::Event::PasswordChanged
    ChangePassword {
        /// Whose.
        account: BareJid,
        /// The new one.
        password: Secret,
    },
    /// Remove the account from its server, for ever, and from here; answered by
    /// [`Event::AccountRemoved`] or [`Event::AccountKept`].
    ///
    /// [`Event::AccountRemoved`]: super::Event::AccountRemoved
    /// [`Event::AccountKept`]: super::Event::AccountKept
    DeleteAccount(BareJid),
    /// Ask a server for its form for new accounts; answered by [`Event::Registration`], as the
    /// next two are. A former form is given up.
    ///
    /// [`Event::Registration`]: super::Event::Registration
    OpenRegistration {
        /// Its domain.
        domain: BareJid,
        /// Where it is.
        server: Server,
        /// Which way.
        route: Route,
        /// The key to trust, as in [`Self::TrustServer`].
        trusted_key: Option<Box<TrustedKey>>,
    },
    /// Send the form, filled in.
    Register(Form),
    /// Ask for the form anew, as with another picture.
    AskFormAgain,
    /// Make no account after all.
    CloseRegistration,
    /// Look for accounts of other programs on this computer; answered by [`Event::Elsewhere`].
    /// Nothing of theirs is changed.
    ///
    /// [`Event::Elsewhere`]: super::Event::Elsewhere
    LookElsewhere {
        /// Opens what is sealed there.
        passphrase: Option<Secret>,
    },
    /// Take over the key of such an account, unless it has one here, and what was known of its
    /// contacts' keys; answered by [`Event::BroughtOver`], or [`Event::NotSaved`].
    ///
    /// [`Event::BroughtOver`]: super::Event::BroughtOver
    /// [`Event::NotSaved`]: super::Event::NotSaved
    BringOver(ForeignId),
    /// Forget what was found: there are keys and passwords in it.
    LeaveElsewhere,
    /// Whether the person looks at a window of ours, so that servers may hold back what can wait.
    SetActive(bool),
    /// Text is drawn so large from now on, in percent of the usual; kept for the next start, if
    /// anything is, and told by [`Event::TextSize`].
    ///
    /// [`Event::TextSize`]: super::Event::TextSize
    SetTextSize(u16),
    /// Show ourselves so to contacts, with every account; kept for the next start, if anything is,
    /// and told by [`Event::Shown`]. `Offline` hides us.
    ///
    /// [`Event::Shown`]: super::Event::Shown
    SetAvailability(Availability),
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
    /// Refuse all of these who asked to see our presence, or wrote.
    DeclineAll(Vec<ChatId>),
    /// Remove a contact from the list.
    RemoveContact(ChatId),
    /// Give a contact another name, and put them into other groups.
    SetContact {
        /// Whom.
        chat: ChatId,
        /// How they are to be called; `None` takes the name away.
        name: Option<String>,
        /// The groups they are to be in, and in no other.
        groups: Vec<String>,
    },
    /// Have the server keep this person away from us, ending what we say in private first.
    Block(ChatId),
    /// Let them through again.
    Unblock(ChatId),
    /// The person looks at this conversation. If that lasts for a second, whoever was private with
    /// us before is asked to be so again. Nobody else is asked: to look is not to speak.
    OpenChat(ChatId),
    /// The person looks at this conversation no longer.
    LeaveChat(ChatId),
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
        /// An earlier message of ours that this one corrects (XEP-0308).
        replaces: Option<MessageId>,
    },
    /// The person writes, or stopped; told to whom may know. The first word makes the conversation
    /// go private, where that is wanted.
    Writing {
        /// To whom.
        chat: ChatId,
        /// Whether they write.
        writing: bool,
    },
    /// The person has read what was received until the [`ChatEvent::Unread`] of this number: it is
    /// wiped from where it rests.
    ///
    /// [`ChatEvent::Unread`]: super::ChatEvent::Unread
    Read {
        /// Of whom.
        chat: ChatId,
        /// The number.
        number: u64,
    },
    /// This stands in the composer now; it is there again after a new start.
    SaveDraft {
        /// To whom.
        chat: ChatId,
        /// What; empty if nothing does.
        text: Secret,
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
    /// Want this conversation private, and start now, if they are there.
    GoPrivate(ChatId),
    /// The same though they look away: they are asked once, where they were heard of last.
    TryNow(ChatId),
    /// Speak version 2 of the protocol with a contact who has spoken version 3, or do so no longer;
    /// see [`OlderVersion`](super::OlderVersion). The former goes private at once; the latter ends
    /// what is private in version 2.
    AllowOlderVersion {
        /// With whom.
        chat: ChatId,
        /// Whether the person allows it, knowing what it means.
        allowed: bool,
    },
    /// Leave private knowingly; from now on what is typed is readable by the servers. What was
    /// held stays held until retried or discarded.
    EndPrivate(ChatId),
    /// Ask the contact a question, or for the secret both know.
    Verify {
        /// Whom.
        chat: ChatId,
        /// Whose key the person saw: nobody else is asked.
        key: Fingerprint,
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
    /// The person compared this key, or takes back whatever they decided about it.
    SetTrust {
        /// Whose key.
        chat: ChatId,
        /// Which.
        fingerprint: Fingerprint,
        /// `Compared` to verify, `None` to withdraw.
        proof: Option<Proof>,
    },
    /// Go on with a key that is new or doubted, unverified; what it made wait goes to it. This is
    /// kept until it is taken back by [`Self::SetTrust`], [`Self::DoubtKey`] or
    /// [`Self::ForgetKey`], or a verification that does not match.
    AcceptKey {
        /// Whose.
        chat: ChatId,
        /// Exactly which key was shown.
        fingerprint: Fingerprint,
    },
    /// The person compared this key, and the codes differ: it gets nothing before they decide.
    DoubtKey {
        /// Whose.
        chat: ChatId,
        /// Exactly which key was shown.
        fingerprint: Fingerprint,
    },
    /// Forget a key that is not in use, and all that was decided about it.
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
    /// What it answers in turn to messages that are not private.
    pub plain_replies: Vec<String>,
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

/// Whom a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// A contact of an account.
    Contact(&'a ChatId),
    /// An account.
    Account(&'a BareJid),
    /// Neither, or several.
    Nobody,
}

impl<'a> Whom<'a> {
    /// The conversation, if it is about one.
    #[must_use]
    pub const fn chat(self) -> Option<&'a ChatId> {
        match self {
            Self::Contact(chat) => Some(chat),
            Self::Account(_) | Self::Nobody => None,
        }
    }

    /// The account, be it about that or about a contact of it.
    #[must_use]
    pub const fn account(self) -> Option<&'a BareJid> {
        match self {
            Self::Contact(chat) => Some(&chat.account),
            Self::Account(account) => Some(account),
            Self::Nobody => None,
        }
    }
}

impl Command {
    /// Whom it is about.
    #[must_use]
    pub const fn whom(&self) -> Whom<'_> {
        match self {
            Self::SignIn { account, .. }
            | Self::Reconnect(account)
            | Self::Move { account, .. }
            | Self::TrustServer { account, .. }
            | Self::AcceptWeaker(account)
            | Self::AllowPlain(account)
            | Self::SetManners { account, .. }
            | Self::SetConsole { account, .. }
            | Self::ChangePassword { account, .. }
            | Self::FetchGap { account, .. }
            | Self::DeleteAccount(account)
            | Self::SignOut(account) => Whom::Account(account),
            Self::AddContact(chat)
            | Self::AcceptContact(chat)
            | Self::DeclineContact(chat)
            | Self::RemoveContact(chat)
            | Self::SetContact { chat, .. }
            | Self::Block(chat)
            | Self::Unblock(chat)
            | Self::OpenChat(chat)
            | Self::LeaveChat(chat)
            | Self::SendMessage { chat, .. }
            | Self::Writing { chat, .. }
            | Self::Read { chat, .. }
            | Self::SaveDraft { chat, .. }
            | Self::Retry { chat, .. }
            | Self::Discard { chat, .. }
            | Self::GoPrivate(chat)
            | Self::TryNow(chat)
            | Self::AllowOlderVersion { chat, .. }
            | Self::EndPrivate(chat)
            | Self::Verify { chat, .. }
            | Self::Answer { chat, .. }
            | Self::CancelVerification(chat)
            | Self::SetTrust { chat, .. }
            | Self::AcceptKey { chat, .. }
            | Self::DoubtKey { chat, .. }
            | Self::ForgetKey { chat, .. } => Whom::Contact(chat),
            Self::OpenVault(_)
            | Self::BeginAnew(_)
            | Self::OpenRegistration { .. }
            | Self::Register(_)
            | Self::AskFormAgain
            | Self::CloseRegistration
            | Self::LookElsewhere { .. }
            | Self::BringOver(_)
            | Self::LeaveElsewhere
            | Self::SetActive(_)
            | Self::SetTextSize(_)
            | Self::SetAvailability(_)
            | Self::StartPractice(_)
            | Self::Practice(_)
            | Self::StopPractice
            | Self::DeclineAll(_) => Whom::Nobody,
        }
    }
}
