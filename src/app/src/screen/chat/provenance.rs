//! How the protection of a single message is shown: icon, word and colour. It is fixed when the message
//! is sent or received. Also decides which message may correct which.

use engine::Provenance;

use crate::icon::Icon;
use crate::t;
use crate::theme::Tone;

/// The icon; the same outlines as the padlock's.
pub(super) const fn icon(provenance: Provenance) -> Icon {
    match provenance {
        Provenance::Plain => Icon::LockOpen,
        Provenance::PlainInPrivate => Icon::Warning,
        Provenance::Unaccepted(_) => Icon::Question,
        Provenance::Private(_) => Icon::LockUnverified,
        Provenance::Verified(_) => Icon::LockVerified,
    }
}

/// The colour.
pub(super) const fn tone(provenance: Provenance) -> Tone {
    match provenance {
        Provenance::Plain => Tone::Warning,
        Provenance::PlainInPrivate | Provenance::Unaccepted(_) => Tone::Danger,
        Provenance::Private(_) => Tone::Accent,
        Provenance::Verified(_) => Tone::Success,
    }
}

/// Whether a message may take the place of an earlier one because something outside of the
/// encryption says so: only where nothing was encrypted in the first place.
pub(super) const fn may_replace(later: Provenance, former: Provenance) -> bool {
    match (later, former) {
        (Provenance::Plain, Provenance::Plain | Provenance::PlainInPrivate) => true,
        (
            Provenance::Plain,
            Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_),
        )
        | (Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_), _)
        // It has to be seen where it came.
        | (Provenance::PlainInPrivate, _) => false,
    }
}

/// Whether it may because its author says so inside of the encryption: in the place of what the
/// owner of the same key wrote, and not any more while that key was verified and now is not.
pub(super) fn may_replace_inside(later: Provenance, former: Provenance) -> bool {
    match (later, former) {
        (
            Provenance::Verified(key),
            Provenance::Unaccepted(known)
            | Provenance::Private(known)
            | Provenance::Verified(known),
        )
        | (Provenance::Private(key), Provenance::Unaccepted(known) | Provenance::Private(known))
        | (Provenance::Unaccepted(key), Provenance::Unaccepted(known)) => key == known,
        (Provenance::Private(_), Provenance::Verified(_))
        | (Provenance::Unaccepted(_), Provenance::Private(_) | Provenance::Verified(_))
        | (_, Provenance::Plain | Provenance::PlainInPrivate)
        | (Provenance::Plain | Provenance::PlainInPrivate, _) => false,
    }
}

/// The word.
pub(super) fn word(provenance: Provenance) -> String {
    match provenance {
        Provenance::Plain | Provenance::PlainInPrivate => t!("provenance-plain"),
        Provenance::Unaccepted(_) => t!("provenance-unaccepted"),
        Provenance::Private(_) => t!("provenance-private"),
        Provenance::Verified(_) => t!("provenance-verified"),
    }
}

/// What stands above a text that may not be the contact's; for any other its word.
pub(super) fn warning(provenance: Provenance) -> String {
    match provenance {
        Provenance::PlainInPrivate => t!("provenance-plain-in-private"),
        Provenance::Unaccepted(_) => t!("provenance-unaccepted-warning"),
        Provenance::Plain | Provenance::Private(_) | Provenance::Verified(_) => word(provenance),
    }
}

/// The word, what it means, and which key; for the hint under the pointer.
pub(super) fn explained(provenance: Provenance) -> String {
    match provenance {
        Provenance::Plain => t!("provenance-plain-hint"),
        Provenance::PlainInPrivate => t!("provenance-plain-in-private"),
        Provenance::Unaccepted(key) => t!("provenance-unaccepted-hint", key = key.to_string()),
        Provenance::Private(key) => t!("provenance-private-hint", key = key.to_string()),
        Provenance::Verified(key) => t!("provenance-verified-hint", key = key.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use engine::Fingerprint;

    use super::*;

    #[test]
    fn only_the_owner_of_the_same_key_takes_the_place_of_a_private_message() {
        let (key, other) = (Fingerprint::V3([1; 20]), Fingerprint::V3([2; 20]));
        let mut all = vec![Provenance::Plain, Provenance::PlainInPrivate];
        for key in [key, other] {
            all.extend([Provenance::Private(key), Provenance::Verified(key)]);
        }
        for later in &all {
            for former in &all {
                let (outside, inside) =
                    (may_replace(*later, *former), may_replace_inside(*later, *former));
                assert!(!outside || later.key().is_none(), "{later:?} moves to {former:?}");
                assert!(!outside || former.key().is_none(), "{later:?} hides {former:?}");
                assert!(!inside || later.key().is_some(), "{later:?} is not inside");
                assert!(!inside || later.key() == former.key(), "{later:?} hides {former:?}");
            }
        }
        assert!(may_replace(Provenance::Plain, Provenance::PlainInPrivate));
        assert!(!may_replace(Provenance::PlainInPrivate, Provenance::Plain));
        assert!(may_replace_inside(Provenance::Verified(key), Provenance::Private(key)));
        assert!(may_replace_inside(Provenance::Private(key), Provenance::Unaccepted(key)));
        assert!(!may_replace_inside(Provenance::Private(key), Provenance::Verified(key)));
        assert!(!may_replace_inside(Provenance::Unaccepted(key), Provenance::Private(key)));
    }
}
