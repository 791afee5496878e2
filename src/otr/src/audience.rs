//! For whom a text was written.

use crate::fingerprint::Fingerprint;

/// For whom a text was written. The person decides it at the moment of pressing Enter, by what the
/// window shows then ([`Conversation::audience`](crate::Conversation::audience)); it is kept with
/// the text and stays the same at every attempt to send it. So a text that was meant for one key goes neither to another nor out
/// in clear, whatever has happened to the conversation since.
///
/// ```
/// # use otr::Fingerprint;
/// use otr::Audience;
/// # let (key, another) = (Fingerprint::V3([1; 20]), Fingerprint::V3([2; 20]));
/// assert!(Audience::Key(key) != Audience::Key(another));
/// // A text that waits is kept with its audience: `None` for any key, for example.
/// assert_eq!(Audience::Key(key).key(), Some(key));
/// assert_eq!(Audience::Contact.key(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anybody may read it: it was written where the window said *not private*. It still goes out
    /// encrypted if the conversation is private by then, and not at all while the person wants
    /// privacy.
    Everybody,
    /// The contact in private, by a key that was not known yet: it was written while the first
    /// private conversation was being set up. It goes to the first key that comes; but if keys
    /// were verified ([`crate::Conversation::set_trusted`]), only to one of them.
    Contact,
    /// The owner of this key alone.
    Key(Fingerprint),
}

impl Audience {
    /// The only key that may read it, if that is known.
    #[must_use]
    pub const fn key(self) -> Option<Fingerprint> {
        match self {
            Self::Everybody | Self::Contact => None,
            Self::Key(fingerprint) => Some(fingerprint),
        }
    }

    /// As bytes, to be kept with the text: the kind, and the key or zeroes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 21] {
        let (kind, Fingerprint::V3(key)) = match self {
            Self::Everybody => (0, Fingerprint::NOBODY),
            Self::Contact => (1, Fingerprint::NOBODY),
            Self::Key(fingerprint) => (2, fingerprint),
        };
        let mut bytes = [kind; 21];
        if let Some(place) = bytes.last_chunk_mut() {
            *place = key;
        }
        bytes
    }

    /// From the bytes that were kept; `None` if they were made by nobody: nothing may be sent then.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, key) = bytes.split_first()?;
        let key = Fingerprint::from_bytes(key)?;
        match kind {
            0 if key == Fingerprint::NOBODY => Some(Self::Everybody),
            1 if key == Fingerprint::NOBODY => Some(Self::Contact),
            2 => Some(Self::Key(key)),
            _ => None,
        }
    }

    /// Whether the owner of `fingerprint` may read it, when those of `trusted` are verified.
    pub(crate) fn admits(self, fingerprint: Fingerprint, trusted: &[Fingerprint]) -> bool {
        match self {
            Self::Everybody => true,
            Self::Contact => trusted.is_empty() || trusted.contains(&fingerprint),
            Self::Key(meant) => meant == fingerprint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Fingerprint = Fingerprint::V3([1; 20]);
    const NEW: Fingerprint = Fingerprint::V3([2; 20]);

    // otr3 A75
    #[test]
    fn a_text_for_one_key_admits_no_other() {
        for trusted in [&[][..], &[OLD], &[NEW], &[OLD, NEW]] {
            assert!(Audience::Key(OLD).admits(OLD, trusted));
            assert!(!Audience::Key(OLD).admits(NEW, trusted));
        }
    }

    // otr3 A75
    #[test]
    fn a_first_text_goes_to_any_key_until_one_is_verified() {
        assert!(Audience::Contact.admits(NEW, &[]));
        assert!(Audience::Contact.admits(OLD, &[OLD]));
        assert!(!Audience::Contact.admits(NEW, &[OLD]));
    }
}
