//! Errors that somebody claims in the contact's name.

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
    #[must_use]
    pub fn of(words: &str) -> Self {
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
