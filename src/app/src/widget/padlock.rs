//! How a chat's privacy state is shown: icon, words and colour for each padlock.

use engine::Padlock;

use crate::icon::Icon;
use crate::t;
use crate::theme::Tone;

/// The icon: each has an outline of its own.
#[must_use]
pub const fn icon(padlock: Padlock) -> Icon {
    match padlock {
        Padlock::NotPrivate => Icon::LockOpen,
        Padlock::Starting => Icon::Ring,
        Padlock::Unasked | Padlock::Waiting | Padlock::Unanswered => Icon::Hourglass,
        Padlock::Private(_) => Icon::LockUnverified,
        Padlock::Verified(_) => Icon::LockVerified,
        Padlock::Finished => Icon::LockStruck,
        Padlock::KeyChanged(_) => Icon::Warning,
        Padlock::Doubted(_) => Icon::Question,
    }
}

/// The colour.
#[must_use]
pub const fn tone(padlock: Padlock) -> Tone {
    match padlock {
        Padlock::NotPrivate | Padlock::KeyChanged(_) => Tone::Warning,
        Padlock::Unasked | Padlock::Starting | Padlock::Waiting | Padlock::Unanswered => {
            Tone::Muted
        }
        Padlock::Private(_) => Tone::Accent,
        Padlock::Verified(_) => Tone::Success,
        Padlock::Finished | Padlock::Doubted(_) => Tone::Danger,
    }
}

/// The words, with the contact's name where they need it.
#[must_use]
pub fn words(padlock: Padlock, name: &str) -> String {
    match padlock {
        Padlock::NotPrivate => t!("padlock-not-private"),
        Padlock::Unasked => t!("padlock-unasked"),
        Padlock::Starting => t!("padlock-starting"),
        Padlock::Waiting => t!("padlock-waiting", name = name),
        Padlock::Unanswered => t!("padlock-unanswered", name = name),
        Padlock::Private(_) => t!("padlock-private"),
        Padlock::Verified(_) => t!("padlock-verified"),
        Padlock::Finished => t!("padlock-finished", name = name),
        Padlock::KeyChanged(_) => t!("padlock-key-changed", name = name),
        Padlock::Doubted(_) => t!("padlock-doubted", name = name),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use engine::Fingerprint;

    use super::*;

    const KEY: Fingerprint = Fingerprint::V3([7; 20]);

    #[test]
    fn each_padlock_differs_in_words_and_each_answer_in_shape() {
        // These wait for somebody, and nobody can read what waits.
        let waiting = [Padlock::Waiting, Padlock::Unanswered, Padlock::Unasked];
        let answers = [
            Padlock::NotPrivate,
            Padlock::Starting,
            Padlock::Private(KEY),
            Padlock::Verified(KEY),
            Padlock::Finished,
            Padlock::KeyChanged(KEY),
            Padlock::Doubted(KEY),
        ];
        let words_of = |padlock: &Padlock| words(*padlock, "Bob");
        let all: HashSet<_> = answers.iter().chain(&waiting).map(words_of).collect();
        assert_eq!(all.len(), answers.len() + waiting.len());
        let shapes: HashSet<_> = answers.iter().chain(&waiting[..1]).map(|it| icon(*it)).collect();
        assert_eq!(shapes.len(), answers.len() + 1);
        // The colour of a verified key is that of nothing else.
        let as_verified = |it: &&Padlock| tone(**it) == tone(Padlock::Verified(KEY));
        assert_eq!(answers.iter().chain(&waiting).filter(as_verified).count(), 1);
    }
}
