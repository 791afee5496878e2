//! What the window is told of one conversation.

use std::time::SystemTime;

use super::{Avatar, ContactInfo, Fingerprint, MessageId, Proof, RequestFailure, RequestId};

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
    /// An earlier message of ours that this one corrects.
    pub replaces: Option<MessageId>,
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
    /// Readable, and it, or one before it, may have arrived already: the server is asked first.
    Settling,
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
    /// The contact has another picture that may be shown, or none.
    AvatarChanged(Option<Avatar>),
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
        /// Names it; unlike any other of theirs, if they do not cheat.
        id: Option<MessageId>,
        /// An earlier message of theirs that this one corrects (XEP-0308).
        replaces: Option<MessageId>,
    },
    /// They write, or stopped.
    Writing(bool),
    /// Another device of ours sent them this, readable on the way (XEP-0280, XEP-0313).
    SentElsewhere {
        /// What; text, never markup.
        text: String,
        /// When, as far as known.
        at: SystemTime,
        /// Names it.
        id: Option<MessageId>,
        /// An earlier message of ours that this one corrects.
        replaces: Option<MessageId>,
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
    /// The server does not keep them away from us, or not let them through again.
    NotBlocked(RequestFailure),
    /// They wrote more than is kept before they are accepted; what follows is not.
    NotKept,
    /// Their program did not answer our offer to go private.
    Unanswered,
    /// The exchange of keys failed.
    SetupFailed,
    /// More of their programs were in private with us than there is room for: one gave way.
    TooManyApps,
    /// Somebody on the way copies what their program says, under another name.
    AnswerCopied,
    /// Version 2 of the protocol was refused to a contact who has spoken version 3.
    DowngradeRefused,
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
    /// Nobody was asked: the conversation is with another key by now than the screen showed.
    OtherKey,
    /// Nothing went out: an answer of nothing proves nothing.
    NothingTyped,
}

/// Who learnt what from a verification that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationResult {
    /// We made sure of them: their key is verified now.
    WeLearnt(Proof),
    /// They made sure of us; we know no more of them than before.
    TheyLearnt,
}
