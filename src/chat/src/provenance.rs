//! How well a text is protected on its way: what it demands, and how it travelled.

use otr::{Audience, Fingerprint};

use crate::message::HeldReason;
use crate::padlock::Padlock;

/// How one message travelled; fixed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Readable on the way.
    Plain,
    /// Readable on the way, though the conversation was private: beware.
    PlainInPrivate,
    /// Encrypted from a key that is new or doubted, and that the person has not accepted.
    Unaccepted(Fingerprint),
    /// Encrypted to or from an unverified key.
    Private(Fingerprint),
    /// Encrypted to or from a verified key.
    Verified(Fingerprint),
}

impl Provenance {
    /// Whose key it was encrypted to or from.
    #[must_use]
    pub const fn key(self) -> Option<Fingerprint> {
        match self {
            Self::Unaccepted(key) | Self::Private(key) | Self::Verified(key) => Some(key),
            Self::Plain | Self::PlainInPrivate => None,
        }
    }
}

/// The least that a text of ours demands of the way it travels: fixed by the padlock that the person
/// saw when typing it, and changed by nothing but the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredProtection {
    /// May be readable on the way: the person saw that.
    Plain,
    /// Only encrypted; if a key was seen, only to that key.
    Private(Option<Fingerprint>),
    /// Only encrypted to this key, and only while it is verified.
    Verified(Fingerprint),
}

impl RequiredProtection {
    /// What a person demands who saw `padlock` when the last session had the key `last`.
    #[must_use]
    pub const fn seen(padlock: Padlock, last: Option<Fingerprint>) -> Self {
        match padlock {
            Padlock::NotPrivate => Self::Plain,
            Padlock::Unasked
            | Padlock::Starting
            | Padlock::Waiting
            | Padlock::Unanswered
            | Padlock::Finished => Self::Private(last),
            Padlock::Private(key) | Padlock::KeyChanged(key) | Padlock::Doubted(key) => {
                Self::Private(Some(key))
            }
            Padlock::Verified(key) => Self::Verified(key),
        }
    }

    /// The key it is meant for, if one was seen.
    #[must_use]
    pub const fn key(self) -> Option<Fingerprint> {
        match self {
            Self::Plain => None,
            Self::Private(key) => key,
            Self::Verified(key) => Some(key),
        }
    }

    /// For whom the text is, as it is kept with it. Whether a key is verified is not kept: that is
    /// known of the key.
    #[must_use]
    pub const fn audience(self) -> Audience {
        match (self, self.key()) {
            (Self::Plain, _) => Audience::Everybody,
            (Self::Private(_) | Self::Verified(_), None) => Audience::Contact,
            (Self::Private(_) | Self::Verified(_), Some(key)) => Audience::Key(key),
        }
    }

    /// What a text demands that was kept for `audience`, where `is_verified` says so of the key.
    pub fn of(audience: Audience, is_verified: impl FnOnce(Fingerprint) -> bool) -> Self {
        match audience {
            Audience::Everybody => Self::Plain,
            Audience::Contact => Self::Private(None),
            Audience::Key(key) if is_verified(key) => Self::Verified(key),
            Audience::Key(key) => Self::Private(Some(key)),
        }
    }

    /// Whether a text may travel so.
    ///
    /// # Errors
    /// Why it stays.
    pub fn admits(self, way: Provenance) -> Result<(), HeldReason> {
        match (self, way) {
            (Self::Plain, Provenance::Plain) => Ok(()),
            (Self::Private(_) | Self::Verified(_), Provenance::Plain) => {
                Err(HeldReason::PadlockChanged)
            }
            // Nothing of ours travels so.
            (_, Provenance::PlainInPrivate | Provenance::Unaccepted(_)) => {
                Err(HeldReason::PadlockChanged)
            }
            // The key is the right one, but it is verified no more.
            (Self::Verified(meant), Provenance::Private(key)) if meant == key => {
                Err(HeldReason::PadlockChanged)
            }
            (Self::Verified(_), Provenance::Private(_)) => Err(HeldReason::KeyChanged),
            (_, Provenance::Private(key) | Provenance::Verified(key)) => match self.key() {
                Some(meant) if meant != key => Err(HeldReason::KeyChanged),
                Some(_) | None => Ok(()),
            },
        }
    }

    /// How a text that demands this travelled, if it did: what leaves in private knows its key.
    #[must_use]
    pub fn travelled(self) -> Option<Provenance> {
        match self {
            Self::Plain => Some(Provenance::Plain),
            Self::Private(key) => key.map(Provenance::Private),
            Self::Verified(key) => Some(Provenance::Verified(key)),
        }
    }

    /// How a text that demands this travelled to this key.
    #[must_use]
    pub const fn provenance(self, key: Fingerprint) -> Provenance {
        match self {
            Self::Verified(_) => Provenance::Verified(key),
            Self::Plain | Self::Private(_) => Provenance::Private(key),
        }
    }
}
