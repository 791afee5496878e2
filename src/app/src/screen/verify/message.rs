//! The messages of the dialog's update, and its actions for the chat.

use engine::{Command, Fingerprint, Secret};
use iced::widget::Id;

/// How a contact is verified: with SMP (a question, or a shared secret) or by comparing fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationMethod {
    /// A question only they can answer.
    Question,
    /// A secret both know.
    Shared,
    /// Key codes, read aloud.
    Compare,
}

/// What a person does on the sheet.
#[derive(Clone, Debug)]
pub enum Message {
    /// Chose a method.
    Choose(VerificationMethod),
    /// Wants to choose again.
    Back,
    /// Typed the question.
    QuestionTyped(String),
    /// Typed an answer or a secret.
    SecretTyped(Secret),
    /// Wants to see, or hide, what is typed.
    Reveal,
    /// Sends the question or the secret.
    Ask,
    /// Opens what the contact asks.
    OpenRequest,
    /// Answers what the contact asked.
    Answer,
    /// The key codes match; exactly this one was shown.
    Match(Fingerprint),
    /// They differ; exactly this one was shown.
    Differ(Fingerprint),
    /// Stops it.
    Cancel,
    /// Declines what the contact asks.
    Decline,
    /// Closes the sheet; what is under way goes on.
    Close,
    /// Brings the sheet back.
    Show,
}

/// What the conversation has to do about it.
#[derive(Debug)]
#[must_use]
pub(crate) enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Move the focus there.
    Focus(Id),
}

/// What the conversation tells about a verification whose sheet is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pending {
    /// The contact asks something.
    Request,
    /// One is under way.
    UnderWay,
    /// There is a result.
    Result,
}

impl Message {
    /// Whether it only changes a text, or how it is shown.
    pub(crate) const fn is_typing(&self) -> bool {
        matches!(self, Self::QuestionTyped(_) | Self::SecretTyped(_) | Self::Reveal)
    }
}
