//! What the caller can do wrong. Whatever a peer does wrong is an event instead.

use thiserror::Error;

use crate::fingerprint::Fingerprint;

/// Why a text was not sent. Nothing went out, in clear or otherwise, and nothing was kept: the caller
/// still has the text and its [`Audience`](crate::Audience).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The text is for the contact alone and there is no private conversation: keep it, start one,
    /// and send it with the same audience at [`Event::SessionStarted`](crate::Event).
    #[error("there is no private conversation")]
    NotPrivate,
    /// The conversation is private, but with the owner of this key, for whom the text is not: keep
    /// it and ask the person. Only if they agree, send it for [`Audience::Key`](crate::Audience) of
    /// this key.
    #[error("the private conversation is with another key than the text is meant for")]
    OtherKey(Fingerprint),
    /// The peer has left the private conversation: keep the text and ask the person whether to end
    /// the conversation or to start it again.
    #[error("the other side has ended the private conversation")]
    Finished,
    /// The client that holds the private conversation has gone
    /// ([`Conversation::set_present`](crate::Conversation::set_present)): keep the text until it
    /// is back, or start a conversation with another.
    #[error("the other side's program has gone")]
    Absent,
    /// The policy, or the person ([`Conversation::set_wanted`](crate::Conversation::set_wanted)),
    /// wants a private conversation first: start one, and send again then.
    #[error("a text in clear is not wanted here")]
    EncryptionRequired,
    /// The text holds a NUL character, which separates text from records inside a message.
    #[error("the text holds a NUL character")]
    NulInText,
    /// There is no text. In private it would be a mere sign of life.
    #[error("the text is empty")]
    Empty,
    /// In clear, the text does not fit in one network message of so many bytes
    /// ([`Config::fragment_bytes_max`](crate::Config::fragment_bytes_max)), and nothing can cut it
    /// but the caller.
    #[error("in clear, a text has at most {0} bytes here")]
    TooLongInClear(usize),
    /// In clear, the text has a line break, which this network does not carry
    /// ([`LineBreaks`](crate::LineBreaks)).
    #[error("in clear, a text has no line breaks here")]
    LineBreak,
    /// The text has more bytes than a message can carry:
    /// [`TEXT_BYTES_MAX`](crate::TEXT_BYTES_MAX).
    #[error("the text is too long")]
    TooLong,
    /// In clear, a text with `?OTR` in it would be taken for a command and lost.
    #[error("the text would be taken for a protocol message")]
    Reserved,
}

/// There is no private conversation with this instance, and was none since we ended the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there is no private conversation with this instance")]
pub struct UnknownInstance;

/// Why nothing private can be sent that is not a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSession {
    NotPrivate,
    OtherKey(Fingerprint),
    Absent,
}

impl From<NoSession> for RecordError {
    fn from(reason: NoSession) -> Self {
        match reason {
            NoSession::NotPrivate => Self::NotPrivate,
            NoSession::OtherKey(key) => Self::OtherKey(key),
            NoSession::Absent => Self::Absent,
        }
    }
}

impl From<NoSession> for SmpError {
    fn from(reason: NoSession) -> Self {
        match reason {
            NoSession::NotPrivate => Self::NotPrivate,
            NoSession::OtherKey(key) => Self::OtherKey(key),
            NoSession::Absent => Self::Absent,
        }
    }
}

/// Why a record was not sent. Nothing went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// There is no private conversation to send it in.
    #[error("there is no private conversation")]
    NotPrivate,
    /// The private conversation is with the owner of this key, who was not meant.
    #[error("the private conversation is with another key than was meant")]
    OtherKey(Fingerprint),
    /// The client that holds the private conversation has gone
    /// ([`Conversation::set_present`](crate::Conversation::set_present)).
    #[error("the other side's program has gone")]
    Absent,
    /// The text holds a NUL character, which separates text from records inside a message.
    #[error("the text holds a NUL character")]
    NulInText,
    /// Types up to 8 are the protocol's own: there is a call for each that a client needs.
    #[error("the protocol needs records of this type itself")]
    Reserved,
    /// A record, or the text before it, has more bytes than a message can carry.
    #[error("the record or its text is too long")]
    TooLong,
}

/// Why a verification did not start or go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SmpError {
    /// There is no private conversation to verify.
    #[error("there is no private conversation")]
    NotPrivate,
    /// The private conversation is with the owner of this key, who was not meant: show the person
    /// whom they would ask.
    #[error("the private conversation is with another key than was meant")]
    OtherKey(Fingerprint),
    /// The client that holds the private conversation has gone
    /// ([`Conversation::set_present`](crate::Conversation::set_present)).
    #[error("the other side's program has gone")]
    Absent,
    /// Nothing was entered: that both sides press Enter proves nothing.
    #[error("the secret is empty")]
    EmptySecret,
    /// The request was withdrawn, answered, replaced by another, or made in another conversation.
    #[error("nobody waits for this answer any more")]
    StaleRequest,
    /// The question holds a NUL character.
    #[error("the question holds a NUL character")]
    NulInQuestion,
    /// The question has more bytes than a record can carry.
    #[error("the question is too long")]
    QuestionTooLong,
}

/// Why bytes are not a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Too short, too long, or of another type.
    #[error("these bytes are not a DSA key")]
    Malformed,
    /// p must have 1024 bits and q 160.
    #[error("the key has another size than 1024 and 160 bits")]
    Size,
    /// The numbers do not belong together: y is not g to the x, or one is out of range.
    #[error("the numbers of the key do not belong together")]
    Inconsistent,
}
