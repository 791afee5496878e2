//! How a message travelled: an icon, a word and a colour, fixed for ever.

use engine::Provenance;

use crate::icon::Icon;
use crate::t;
use crate::theme::Tone;

/// The icon; the same outlines as the padlock's.
pub(super) const fn icon(provenance: Provenance) -> Icon {
    match provenance {
        Provenance::Plain => Icon::LockOpen,
        Provenance::PlainInPrivate => Icon::Warning,
        Provenance::Private(_) => Icon::LockUnverified,
        Provenance::Verified(_) => Icon::LockVerified,
    }
}

/// The colour.
pub(super) const fn tone(provenance: Provenance) -> Tone {
    match provenance {
        Provenance::Plain => Tone::Warning,
        Provenance::PlainInPrivate => Tone::Danger,
        Provenance::Private(_) => Tone::Accent,
        Provenance::Verified(_) => Tone::Good,
    }
}

/// The word.
pub(super) fn word(provenance: Provenance) -> String {
    match provenance {
        Provenance::Plain | Provenance::PlainInPrivate => t!("provenance-plain"),
        Provenance::Private(_) => t!("provenance-private"),
        Provenance::Verified(_) => t!("provenance-verified"),
    }
}

/// The word, what it means, and which key; for the hint under the pointer.
pub(super) fn explained(provenance: Provenance) -> String {
    match provenance {
        Provenance::Plain => t!("provenance-plain-hint"),
        Provenance::PlainInPrivate => t!("provenance-plain-in-private"),
        Provenance::Private(key) => t!("provenance-private-hint", key = key.to_string()),
        Provenance::Verified(key) => t!("provenance-verified-hint", key = key.to_string()),
    }
}
