//! The sentences for notices: what happened in a conversation, each told once in the timeline.

use std::time::SystemTime;

use engine::{ClaimedError, Notice, Proof};

use crate::t;
use crate::time_format;

/// How much a notice wants to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something good, or a fact.
    Quiet,
    /// Something to think about.
    Warning,
}

/// How loudly it is told.
pub(super) const fn tone(notice: &Notice) -> Tone {
    match notice {
        Notice::PrivateStarted { .. }
        | Notice::PrivateRefreshed
        | Notice::EndedByUs
        | Notice::Verified(_)
        | Notice::KeyAccepted
        | Notice::NewerVersionAgain => Tone::Quiet,
        Notice::EndedByContact
        | Notice::KeyChanged { .. }
        | Notice::KeyDiffers
        | Notice::NotVerified
        | Notice::NotProved
        | Notice::AskedUnaccepted
        | Notice::TrustWithdrawn
        | Notice::Unreadable
        | Notice::ForOtherDevice
        | Notice::QuestionLost
        | Notice::ErrorClaimed(_)
        | Notice::NotBlocked(_)
        | Notice::NotKept
        | Notice::Unanswered
        | Notice::SetupFailed
        | Notice::TooManyApps
        | Notice::AnswerCopied
        | Notice::DowngradeRefused
        | Notice::OlderVersionAllowed => Tone::Warning,
    }
}

/// The sentence for something that happens now.
pub(crate) fn words_now(notice: &Notice, name: &str) -> String {
    words(notice, name, SystemTime::now())
}

/// The sentence; `name` is the contact's.
pub(super) fn words(notice: &Notice, name: &str, at: SystemTime) -> String {
    let time = time_format::clock(at);
    match notice {
        Notice::PrivateStarted { verified: true, .. } => t!("notice-started-verified", name = name),
        Notice::PrivateStarted { new_key: true, .. } => t!("notice-started-new-key", name = name),
        Notice::PrivateStarted { .. } => t!("notice-started"),
        Notice::PrivateRefreshed => t!("notice-refreshed"),
        Notice::EndedByUs => t!("notice-ended-by-us"),
        Notice::EndedByContact => t!("notice-ended-by-contact", name = name),
        Notice::KeyChanged { other_verified: true, .. } => {
            t!("notice-key-changed-verified", name = name)
        }
        Notice::KeyChanged { other_verified: false, .. } => t!("notice-key-changed", name = name),
        Notice::KeyAccepted => t!("notice-key-accepted", name = name, time = time),
        Notice::KeyDiffers => t!("notice-key-differs", name = name, time = time),
        Notice::NotVerified => t!("notice-not-verified", name = name, time = time),
        Notice::NotProved => t!("notice-not-proved", name = name, time = time),
        Notice::AskedUnaccepted => t!("notice-asked-unaccepted", name = name),
        Notice::Verified(Proof::Question) => t!("notice-verified-question", time = time),
        Notice::Verified(Proof::SharedSecret) => t!("notice-verified-secret", time = time),
        Notice::Verified(Proof::Compared) => t!("notice-verified-compared", time = time),
        Notice::Verified(Proof::Imported) => t!("notice-verified-imported"),
        Notice::TrustWithdrawn => t!("notice-trust-withdrawn", name = name),
        Notice::Unreadable => t!("notice-unreadable", name = name),
        Notice::ErrorClaimed(error) => claimed(*error, name),
        Notice::NotKept => t!("notice-not-kept", name = name),
        Notice::NotBlocked(_) => t!("notice-not-blocked", name = name),
        Notice::ForOtherDevice => t!("notice-other-device", name = name),
        Notice::QuestionLost => t!("notice-question-lost", name = name),
        Notice::Unanswered => t!("notice-unanswered", name = name),
        Notice::SetupFailed => t!("notice-setup-failed", name = name),
        Notice::TooManyApps => t!("notice-too-many-apps", name = name),
        Notice::AnswerCopied => t!("notice-answer-copied", name = name),
        Notice::DowngradeRefused => t!("notice-downgrade-refused", name = name),
        Notice::OlderVersionAllowed => t!("notice-older-allowed", name = name),
        Notice::NewerVersionAgain => t!("notice-newer-again", name = name),
    }
}

/// What somebody says went wrong, in our words: theirs could be anybody's.
fn claimed(error: ClaimedError, name: &str) -> String {
    match error {
        ClaimedError::Unreadable => t!("error-claimed-unreadable", name = name),
        ClaimedError::NotPrivate => t!("error-claimed-not-private", name = name),
        ClaimedError::Malformed => t!("error-claimed-malformed", name = name),
        ClaimedError::NotEncrypted => t!("error-claimed-not-encrypted", name = name),
        ClaimedError::Other => t!("error-claimed-other", name = name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::strip_isolates;

    #[test]
    fn an_error_is_told_as_somebodys_and_in_our_words() {
        let all = [
            ClaimedError::Unreadable,
            ClaimedError::NotPrivate,
            ClaimedError::Malformed,
            ClaimedError::NotEncrypted,
            ClaimedError::Other,
        ];
        let told: std::collections::BTreeSet<_> = all
            .into_iter()
            .map(|error| {
                strip_isolates(&words(&Notice::ErrorClaimed(error), "Bob", SystemTime::now()))
            })
            .collect();
        assert_eq!(told.len(), all.len(), "each has words of its own: {told:?}");
        for text in told {
            assert!(text.contains("Bob’s app, or somebody on the way"), "{text}");
        }
    }

    #[test]
    fn a_verification_says_how_and_when() {
        let now = SystemTime::now();
        let text = strip_isolates(&words(&Notice::Verified(Proof::Question), "Bob", now));
        assert_eq!(text, format!("Verified with a question, {}.", time_format::clock(now)));
    }
}
