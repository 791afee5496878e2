//! What a conversation answers: things to send, and things to tell.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::data::ExtraKey;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::{MessageState, Ssid};
use crate::smp::{SmpRequest, SmpRole};

/// One consequence of a call. They come in the order in which they happened, and are to be dealt
/// with in that order: a text may follow the last message of the exchange whose keys it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Give this to the network.
    Send {
        /// One network message. It is no longer than
        /// [`Config::fragment_bytes_max`](crate::Config::fragment_bytes_max) says, and holds line
        /// breaks only where [`LineBreaks`](crate::LineBreaks) allows them.
        wire: WireText,
        /// The client it is meant for; `None`: the one that was just heard, if this answers it,
        /// else every client of the peer. [`InstanceTag::UNTAGGED`] is the one that the session in
        /// version 2 is with.
        to: Option<InstanceTag>,
    },
    /// Tell this to the user, or act on it.
    Event(Event),
}

/// A message as it travels. Plain texts travel as they are, so `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct WireText(String);

impl WireText {
    pub(crate) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, taken out.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for WireText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WireText({} bytes)", self.0.len())
    }
}

/// How a text came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// In clear, and nothing else was to be expected.
    Plain,
    /// In clear, while the conversation is private, was ended by the peer, or has to be private by
    /// [`Policy::REQUIRE_ENCRYPTION`](crate::Policy::REQUIRE_ENCRYPTION): anybody may have written
    /// it.
    PlainInPrivate,
    /// From the owner of this key.
    Private {
        /// The client that sent it.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
}

/// Something happened. Events with an instance and a fingerprint are authenticated, and so is
/// [`Event::HeartbeatReceived`]; the others may have been caused by anybody on the network.
///
/// A new kind of event is a breaking change on purpose, so that no client overlooks it: match them
/// all. The [guide](crate::guide#what-to-do-with-each-output-and-each-event) does.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// A text came.
    Text {
        /// The text: UTF-8, possibly HTML; not to be trusted as markup.
        text: String,
        /// How it came.
        security: Security,
    },

    /// A private conversation began: send what waits for it
    /// ([`Conversation::send`](crate::Conversation::send)).
    SessionStarted {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// The session.
        ssid: Ssid,
    },
    /// A private conversation got new session keys; the long-term key is the same.
    SessionRefreshed {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// The new session.
        ssid: Ssid,
    },
    /// A private conversation goes on with **another long-term key**: perhaps another person.
    SessionKeyChanged {
        /// The client it is with.
        instance: InstanceTag,
        /// The key from now on.
        fingerprint: Fingerprint,
        /// The key until now.
        previous: Fingerprint,
        /// The new session.
        ssid: Ssid,
    },
    /// The peer left the private conversation. Nothing is sent to that client until we end it or
    /// start anew.
    SessionFinished {
        /// The client that left.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
    /// More clients of the contact are private with us than we keep: this one gave way, and was told
    /// that we left. Of those that are not the one chosen by name, first one that has left, then one
    /// whose key is not trusted, then any; of several the one heard longest ago. If it is the one
    /// that has just come, there is no other event of it.
    SessionDisplaced {
        /// The client that gave way.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
    /// We left the private conversation: texts go out in clear again.
    SessionEnded,
    /// Of several programs of the contact, texts go to another one from now on, which has
    /// **another long-term key**: show it. What was written for the key before still goes to that.
    /// It comes last of what a message led to. After calls of the client's own
    /// ([`Conversation::set_present`](crate::Conversation::set_present) and its like) there is none:
    /// ask [`Conversation::message_state`](crate::Conversation::message_state).
    RecipientChanged(MessageState),

    /// The peer wants to verify. Answer with [`crate::Conversation::answer`].
    SmpRequested {
        /// The client that asks.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// What the answer must name.
        request: SmpRequest,
        /// The peer's question; `None`: a secret that both know.
        question: Option<String>,
    },
    /// The verification made a step.
    SmpInProgress {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
    /// Both sides entered the same secret.
    SmpSucceeded {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// Who asked: the answer to the peer's own question proves us to them, not them to us.
        role: SmpRole,
    },
    /// The two sides entered different secrets.
    SmpFailed {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// Who asked.
        role: SmpRole,
    },
    /// The verification was broken off: by the peer, or because both asked at the same time.
    SmpAborted {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
    /// The peer sent a false proof or nonsense; the verification was broken off.
    SmpCheated {
        /// The client it is with.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },

    /// The peer uses the extra symmetric key.
    ExtraKeyReceived {
        /// The client that uses it.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// The same key that the peer has.
        key: ExtraKey,
        /// What for: a number that both programs understand.
        purpose: u32,
        /// More about it, as the purpose wants it.
        data: Vec<u8>,
    },
    /// A record came whose type the protocol does not know.
    RecordReceived {
        /// The client that sent it.
        instance: InstanceTag,
        /// Its long-term key.
        fingerprint: Fingerprint,
        /// The type, above 8.
        number: u16,
        /// At most 65,535 bytes.
        value: Vec<u8>,
    },

    /// The peer says that something went wrong. Not authenticated.
    PeerError(String),
    /// A private message could not be read: wrong key, altered, or seen before.
    Unreadable,
    /// A message broke the format.
    Malformed,
    /// A message was for another of our clients.
    ForOtherInstance,
    /// Our own message came back to us.
    Reflected,
    /// The key exchange failed: a MAC or a signature was wrong.
    SetupFailed,
    /// An answer to our offer of keys came under two instance tags: somebody on the way copies
    /// what a program of the contact says. The two come to no common keys, and nothing that was
    /// private is lost; but one of the tags is nobody's, and texts for it may go nowhere.
    AnswerCopied,
    /// Version 2 was asked for, but the contact speaks version 3: an older program, or somebody on
    /// the way who prefers the weaker protocol. Nothing was answered.
    DowngradeRefused,
    /// A private message came, but there is no private conversation with its sender.
    NotInPrivate,
    /// The peer's client gave a sign of life, without text.
    HeartbeatReceived {
        /// The client it is from.
        instance: InstanceTag,
    },
    /// A message began like OTR but is none that we know.
    Unrecognized,
    /// [`Conversation::start`](crate::Conversation::start) asked nobody: there is no version to
    /// speak. Not an event of the network.
    NoVersion,
    /// We asked for a private conversation, or the peer began an exchange of keys, and nobody
    /// finished it. A session that stands is not touched, and a late answer still makes one.
    StartTimedOut,
}

impl Event {
    /// Whose doing it is, if that is authenticated: the client, and its long-term key.
    #[must_use]
    pub const fn peer(&self) -> Option<(InstanceTag, Fingerprint)> {
        match self {
            Self::Text { security: Security::Private { instance, fingerprint }, .. }
            | Self::SessionStarted { instance, fingerprint, .. }
            | Self::SessionRefreshed { instance, fingerprint, .. }
            | Self::SessionKeyChanged { instance, fingerprint, .. }
            | Self::SessionFinished { instance, fingerprint }
            | Self::SessionDisplaced { instance, fingerprint }
            | Self::SmpRequested { instance, fingerprint, .. }
            | Self::SmpInProgress { instance, fingerprint }
            | Self::SmpSucceeded { instance, fingerprint, .. }
            | Self::SmpFailed { instance, fingerprint, .. }
            | Self::SmpAborted { instance, fingerprint }
            | Self::SmpCheated { instance, fingerprint }
            | Self::ExtraKeyReceived { instance, fingerprint, .. }
            | Self::RecordReceived { instance, fingerprint, .. } => Some((*instance, *fingerprint)),
            Self::Text { security: Security::Plain | Security::PlainInPrivate, .. }
            | Self::SessionEnded
            | Self::RecipientChanged(_)
            | Self::PeerError(_)
            | Self::Unreadable
            | Self::Malformed
            | Self::ForOtherInstance
            | Self::Reflected
            | Self::SetupFailed
            | Self::AnswerCopied
            | Self::DowngradeRefused
            | Self::NotInPrivate
            | Self::HeartbeatReceived { .. }
            | Self::Unrecognized
            | Self::NoVersion
            | Self::StartTimedOut => None,
        }
    }
}

impl fmt::Debug for Event {
    /// The kind only: events carry what people say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { security: Security::Plain, .. } => "Text(Plain)",
            Self::Text { security: Security::PlainInPrivate, .. } => "Text(PlainInPrivate)",
            Self::Text { security: Security::Private { .. }, .. } => "Text(Private)",
            Self::SessionStarted { .. } => "SessionStarted",
            Self::SessionRefreshed { .. } => "SessionRefreshed",
            Self::SessionKeyChanged { .. } => "SessionKeyChanged",
            Self::SessionFinished { .. } => "SessionFinished",
            Self::SessionDisplaced { .. } => "SessionDisplaced",
            Self::SessionEnded => "SessionEnded",
            Self::RecipientChanged(_) => "RecipientChanged",
            Self::SmpRequested { .. } => "SmpRequested",
            Self::SmpInProgress { .. } => "SmpInProgress",
            Self::SmpSucceeded { .. } => "SmpSucceeded",
            Self::SmpFailed { .. } => "SmpFailed",
            Self::SmpAborted { .. } => "SmpAborted",
            Self::SmpCheated { .. } => "SmpCheated",
            Self::ExtraKeyReceived { .. } => "ExtraKeyReceived",
            Self::RecordReceived { .. } => "RecordReceived",
            Self::PeerError(_) => "PeerError",
            Self::Unreadable => "Unreadable",
            Self::Malformed => "Malformed",
            Self::ForOtherInstance => "ForOtherInstance",
            Self::Reflected => "Reflected",
            Self::SetupFailed => "SetupFailed",
            Self::AnswerCopied => "AnswerCopied",
            Self::DowngradeRefused => "DowngradeRefused",
            Self::NotInPrivate => "NotInPrivate",
            Self::HeartbeatReceived { .. } => "HeartbeatReceived",
            Self::Unrecognized => "Unrecognized",
            Self::NoVersion => "NoVersion",
            Self::StartTimedOut => "StartTimedOut",
        })
    }
}
