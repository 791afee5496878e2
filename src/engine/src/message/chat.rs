//! What the window is told of one conversation.

use std::time::SystemTime;

use super::{
    ArchivePlace, Avatar, ContactInfo, Fingerprint, MessageId, OlderVersion, Outgoing, Padlock,
    Proof, Provenance, RequestFailure, RequestId,
};

/// What is said beside a text of theirs: what it is called, and which earlier one it corrects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// Outside of the encryption (XEP-0308, XEP-0359): of a private text nobody knows who says so.
    Outside {
        /// Names it; unlike any other of theirs, if nobody cheats.
        id: Option<MessageId>,
        /// The earlier message that it is said to correct.
        replaces: Option<MessageId>,
    },
    /// Inside of the encryption, where the owner of the key says so.
    Inside {
        /// Names it.
        id: MessageId,
        /// The earlier message that it corrects.
        replaces: Option<MessageId>,
    },
}

impl Default for Label {
    fn default() -> Self {
        Self::Outside { id: None, replaces: None }
    }
}

impl Label {
    /// What the text is called.
    #[must_use]
    pub const fn id(&self) -> Option<&MessageId> {
        match self {
            Self::Outside { id, .. } => id.as_ref(),
            Self::Inside { id, .. } => Some(id),
        }
    }

    /// Which earlier one it corrects.
    #[must_use]
    pub const fn replaces(&self) -> Option<&MessageId> {
        match self {
            Self::Outside { replaces, .. } | Self::Inside { replaces, .. } => replaces.as_ref(),
        }
    }
}

/// What an error says that somebody sent in the contact's name (OTRv3, "Error Message"). Anybody on
/// the way can write one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimedError {
    /// Their program could not read a private message.
    Unreadable,
    /// Their program knows of no private conversation.
    NotPrivate,
    /// A message broke the protocol's form.
    Malformed,
    /// Their program could not encrypt what they wrote.
    NotEncrypted,
    /// Something else.
    Other,
}

impl ClaimedError {
    /// By the words that programs use. libotr 4.1.1, which Pidgin, Profanity and Psi+ use, writes
    /// "You transmitted an unreadable encrypted message", "... a malformed data message", "You sent
    /// encrypted data to ..., who wasn't expecting it" and "Error occurred encrypting message".
    pub(crate) fn of(words: &str) -> Self {
        let words = words.to_lowercase();
        let say = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        if say(&["unreadable"]) {
            Self::Unreadable
        } else if say(&["expecting", "not in private", "not in encrypted"]) {
            Self::NotPrivate
        } else if say(&["malformed"]) {
            Self::Malformed
        } else if say(&["encrypting"]) {
            Self::NotEncrypted
        } else {
            Self::Other
        }
    }
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
    /// Beside the program that texts go to, another one of the contact is private with us, with
    /// this new key that waits for a decision; `None`: none any more.
    NewKeyBeside(Option<Fingerprint>),
    /// Whether version 2 of the protocol may be spoken changed; at first it is refused.
    OlderVersion(OlderVersion),
    /// They wrote.
    Received {
        /// What they wrote; text, never markup.
        text: String,
        /// How it travelled.
        provenance: Provenance,
        /// When it was sent, as far as known.
        at: SystemTime,
        /// What stands beside the text.
        label: Label,
        /// Where it belongs, if it is from the archive; else at the end.
        place: Option<ArchivePlace>,
    },
    /// All that was received until now is kept until it is read: until
    /// [`ChatCommand::Read`](super::ChatCommand::Read) gives this number back, also when Sotto ends.
    Unread(u64),
    /// This stood in the composer when Sotto ended.
    Draft(String),
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
        /// Where it belongs, if it is from the archive; else at the end.
        place: Option<ArchivePlace>,
    },
    /// A message of ours appeared or moved on.
    Outgoing(Outgoing),
    /// A message of ours was taken back.
    Discarded(MessageId),
    /// Something happened that the history tells in words.
    Notice(Notice),
    /// The same, in an earlier life of the program, and nobody has seen it.
    EarlierNotice {
        /// What.
        notice: Notice,
        /// When.
        at: SystemTime,
        /// Where it belongs among what else is told of that life.
        place: ArchivePlace,
    },
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
    /// They came with another key than those that are known.
    KeyChanged {
        /// The new key.
        fingerprint: Fingerprint,
        /// Whether one of those is verified.
        other_verified: bool,
    },
    /// The person goes on with a key that was new or doubted.
    KeyAccepted,
    /// The person compared key codes, and they differ.
    KeyDiffers,
    /// They could not be verified: it did not match.
    NotVerified,
    /// We answered their question, and it did not match: we could not be verified.
    NotProved,
    /// Somebody whose key waits for a decision asked us to prove who we are: nothing was shown.
    AskedUnaccepted,
    /// They were verified.
    Verified(Proof),
    /// Trust in their key was withdrawn.
    TrustWithdrawn,
    /// A message from them could not be read.
    Unreadable,
    /// Somebody says that something went wrong, perhaps their program.
    ErrorClaimed(ClaimedError),
    /// A private message for another of our devices.
    ForOtherDevice,
    /// The server does not keep them away from us, or not let them through again.
    NotBlocked(RequestFailure),
    /// They wrote more than is kept before they are accepted, or before it is read; what follows is
    /// not.
    NotKept,
    /// Their program did not answer our offer to go private.
    Unanswered,
    /// The exchange of keys failed.
    SetupFailed,
    /// They asked us to prove who we are, and that can't be answered any more.
    QuestionLost,
    /// More of their programs were in private with us than there is room for: one gave way.
    TooManyApps,
    /// Somebody on the way copies what their program says, under another name.
    AnswerCopied,
    /// Version 2 of the protocol was refused to a contact who has spoken version 3.
    DowngradeRefused,
    /// The person allowed version 2 to a contact who has spoken version 3.
    OlderVersionAllowed,
    /// Version 3 is spoken again, so version 2 is allowed no longer.
    NewerVersionAgain,
}

impl Notice {
    /// Whether it tells of something that the contact did and that is nowhere else: then it waits
    /// until somebody has seen it.
    #[must_use]
    pub const fn waits_to_be_seen(&self) -> bool {
        match self {
            Self::Unreadable
            | Self::ForOtherDevice
            | Self::AskedUnaccepted
            | Self::QuestionLost
            | Self::NotProved
            | Self::AnswerCopied
            | Self::DowngradeRefused
            | Self::NotKept => true,
            Self::PrivateStarted { .. }
            | Self::PrivateRefreshed
            | Self::EndedByUs
            | Self::EndedByContact
            | Self::KeyChanged { .. }
            | Self::KeyAccepted
            | Self::KeyDiffers
            | Self::NotVerified
            | Self::Verified(_)
            | Self::TrustWithdrawn
            | Self::ErrorClaimed(_)
            | Self::NotBlocked(_)
            | Self::Unanswered
            | Self::SetupFailed
            | Self::TooManyApps
            | Self::OlderVersionAllowed
            | Self::NewerVersionAgain => false,
        }
    }
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
    /// It did not match: they may be somebody else.
    Failed,
    /// Our answer did not match: they could not make sure of us.
    NotProved,
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
    /// Too many attempts in a row did not match: told after the one that was too many, and of each
    /// that comes before its time, of which nothing goes out. What they asked still waits.
    Paused {
        /// When the next attempt is possible.
        until: SystemTime,
    },
}

/// Who learnt what from a verification that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationResult {
    /// We made sure of them: their key is verified now.
    WeLearnt(Proof),
    /// They made sure of us; we know no more of them than before.
    TheyLearnt,
}
