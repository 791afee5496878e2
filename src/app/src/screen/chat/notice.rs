//! What the history tells in words: one plain sentence for each notice.

use std::time::SystemTime;

use engine::{Notice, Proof};

use super::when;
use crate::t;
use crate::text::foreign;

/// Longest error of the contact's program that is shown, in characters.
const ERROR_SHOWN_MAX: usize = 200;

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
        | Notice::ForOtherDevice => Tone::Quiet,
        Notice::EndedByContact
        | Notice::KeyChanged { .. }
        | Notice::NotVerified
        | Notice::TrustWithdrawn
        | Notice::Unreadable
        | Notice::ContactError(_)
        | Notice::NotBlocked(_)
        | Notice::NotKept
        | Notice::Unanswered
        | Notice::SetupFailed
        | Notice::TooManyApps
        | Notice::AnswerCopied
        | Notice::DowngradeRefused => Tone::Warning,
    }
}

/// The sentence for something that happens now.
pub(crate) fn words_now(notice: &Notice, name: &str) -> String {
    words(notice, name, SystemTime::now())
}

/// The sentence; `name` is the contact's.
pub(super) fn words(notice: &Notice, name: &str, at: SystemTime) -> String {
    let time = when::clock(at);
    match notice {
        Notice::PrivateStarted { verified: true, .. } => t!("notice-started-verified", name = name),
        Notice::PrivateStarted { new_key: true, .. } => t!("notice-started-new-key", name = name),
        Notice::PrivateStarted { .. } => t!("notice-started"),
        Notice::PrivateRefreshed => t!("notice-refreshed"),
        Notice::EndedByUs => t!("notice-ended-by-us"),
        Notice::EndedByContact => t!("notice-ended-by-contact", name = name),
        Notice::KeyChanged { .. } => t!("notice-key-changed", name = name),
        Notice::NotVerified => t!("notice-not-verified", name = name),
        Notice::Verified(Proof::Question) => t!("notice-verified-question", time = time),
        Notice::Verified(Proof::SharedSecret) => t!("notice-verified-secret", time = time),
        Notice::Verified(Proof::Compared) => t!("notice-verified-compared", time = time),
        Notice::Verified(Proof::Imported) => t!("notice-verified-imported"),
        Notice::TrustWithdrawn => t!("notice-trust-withdrawn", name = name),
        Notice::Unreadable => t!("notice-unreadable", name = name),
        Notice::ContactError(error) => {
            t!("notice-contact-error", name = name, error = foreign::line(error, ERROR_SHOWN_MAX))
        }
        Notice::NotKept => t!("notice-not-kept", name = name),
        Notice::NotBlocked(_) => t!("notice-not-blocked", name = name),
        Notice::ForOtherDevice => t!("notice-other-device", name = name),
        Notice::Unanswered => t!("notice-unanswered", name = name),
        Notice::SetupFailed => t!("notice-setup-failed", name = name),
        Notice::TooManyApps => t!("notice-too-many-apps", name = name),
        Notice::AnswerCopied => t!("notice-answer-copied", name = name),
        Notice::DowngradeRefused => t!("notice-downgrade-refused", name = name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain;

    #[test]
    fn an_error_of_their_program_is_told_as_theirs() {
        let notice = Notice::ContactError("<b>boom</b>".to_owned());
        let text = words(&notice, "Bob", SystemTime::now());
        assert!(text.contains("Bob") && text.contains("<b>boom</b>"), "{text}");
        assert_eq!(tone(&notice), Tone::Warning);
    }

    #[test]
    fn a_verification_says_how_and_when() {
        let now = SystemTime::now();
        let text = plain(&words(&Notice::Verified(Proof::Question), "Bob", now));
        assert_eq!(text, format!("Verified with a question, {}.", when::clock(now)));
    }
}
