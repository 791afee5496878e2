//! What the window is told of one conversation.

use std::time::SystemTime;

use super::{
    ArchivePlace, Avatar, ClaimedError, ContactInfo, Fingerprint, Label, MessageId, OlderVersion,
    Outgoing, Padlock, Proof, Provenance, RequestFailure, Verification,
};

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

impl From<::chat::Notice> for Notice {
    fn from(notice: ::chat::Notice) -> Self {
        use ::chat::Notice as Told;
        match notice {
            Told::PrivateStarted { fingerprint, verified, new_key } => {
                Self::PrivateStarted { fingerprint, verified, new_key }
            }
            Told::PrivateRefreshed => Self::PrivateRefreshed,
            Told::EndedByUs => Self::EndedByUs,
            Told::EndedByContact => Self::EndedByContact,
            Told::KeyChanged { fingerprint, other_verified } => {
                Self::KeyChanged { fingerprint, other_verified }
            }
            Told::KeyAccepted => Self::KeyAccepted,
            Told::KeyDiffers => Self::KeyDiffers,
            Told::NotVerified => Self::NotVerified,
            Told::NotProved => Self::NotProved,
            Told::AskedUnaccepted => Self::AskedUnaccepted,
            Told::Verified(proof) => Self::Verified(proof),
            Told::TrustWithdrawn => Self::TrustWithdrawn,
            Told::Unreadable => Self::Unreadable,
            Told::ErrorClaimed(error) => Self::ErrorClaimed(error),
            Told::ForOtherDevice => Self::ForOtherDevice,
            Told::Unanswered => Self::Unanswered,
            Told::SetupFailed => Self::SetupFailed,
            Told::QuestionLost => Self::QuestionLost,
            Told::TooManyApps => Self::TooManyApps,
            Told::AnswerCopied => Self::AnswerCopied,
            Told::DowngradeRefused => Self::DowngradeRefused,
            Told::OlderVersionAllowed => Self::OlderVersionAllowed,
            Told::NewerVersionAgain => Self::NewerVersionAgain,
        }
    }
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
