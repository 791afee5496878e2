//! Who can read what is typed next: an icon, a word and a colour for each answer.

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
        Padlock::Waiting | Padlock::Unanswered => Icon::Hourglass,
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
        Padlock::Starting | Padlock::Waiting | Padlock::Unanswered => Tone::Muted,
        Padlock::Private(_) => Tone::Accent,
        Padlock::Verified(_) => Tone::Good,
        Padlock::Finished | Padlock::Doubted(_) => Tone::Danger,
    }
}

/// The words, with the contact's name where they need it.
#[must_use]
pub fn words(padlock: Padlock, name: &str) -> String {
    match padlock {
        Padlock::NotPrivate => t!("padlock-not-private"),
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
