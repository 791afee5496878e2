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

/// Whether a message that travelled so may take the place of one that travelled as `former`: never
/// one less protected, nor one of another key that nobody verified.
pub(super) fn may_replace(later: Provenance, former: Provenance) -> bool {
    match (later, former) {
        (Provenance::Verified(_), _) => true,
        (Provenance::Private(_), Provenance::Plain | Provenance::PlainInPrivate) => true,
        (Provenance::Private(key), Provenance::Private(known)) => key == known,
        (Provenance::Plain, Provenance::Plain | Provenance::PlainInPrivate) => true,
        (Provenance::Private(_), Provenance::Verified(_))
        | (Provenance::Plain, Provenance::Private(_) | Provenance::Verified(_))
        // It has to be seen where it came.
        | (Provenance::PlainInPrivate, _) => false,
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

#[cfg(test)]
mod tests {
    use engine::Fingerprint;

    use super::*;

    #[test]
    fn only_what_is_as_protected_takes_the_place_of_a_message() {
        let (key, other) = (Fingerprint::from_bytes([1; 20]), Fingerprint::from_bytes([2; 20]));
        let (private, verified) = (Provenance::Private(key), Provenance::Verified(key));
        assert!(may_replace(Provenance::Plain, Provenance::Plain));
        assert!(may_replace(private, Provenance::Plain));
        assert!(may_replace(private, private));
        assert!(may_replace(verified, private));
        assert!(!may_replace(Provenance::Plain, private));
        assert!(!may_replace(Provenance::Plain, verified));
        assert!(!may_replace(private, verified));
        assert!(!may_replace(Provenance::Private(other), private));
        assert!(!may_replace(Provenance::PlainInPrivate, Provenance::Plain));
    }
}
