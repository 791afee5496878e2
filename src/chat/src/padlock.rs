//! How a conversation stands: who can read what is typed next.

use otr::Fingerprint;

use crate::message::HeldReason;
use crate::provenance::Provenance;

/// Who can read what is typed next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Padlock {
    /// Everybody on the way: the person chose so, or never wanted otherwise.
    #[default]
    NotPrivate,
    /// Nobody yet: private is wanted, and the contact was not asked, as long as nothing is written.
    Unasked,
    /// Nobody yet: private is wanted and being set up.
    Starting,
    /// Nobody yet: private is wanted, the contact is away (or we are offline).
    Waiting,
    /// Nobody yet: private is wanted, the contact's program does not answer.
    Unanswered,
    /// The holder of this key, whoever that is.
    Private(Fingerprint),
    /// The contact.
    Verified(Fingerprint),
    /// Nobody: the contact left. Closed until the person chooses.
    Finished,
    /// Nobody yet: the contact came with this new key, where another one is known.
    KeyChanged(Fingerprint),
    /// Nobody yet: the person was told that this key may not be the contact's.
    Doubted(Fingerprint),
}

impl Padlock {
    /// Whether what is typed next may travel readable by the servers.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::NotPrivate)
    }

    /// The key of the session, when there is one.
    #[must_use]
    pub const fn fingerprint(self) -> Option<Fingerprint> {
        match self {
            Self::Private(fingerprint)
            | Self::Verified(fingerprint)
            | Self::KeyChanged(fingerprint)
            | Self::Doubted(fingerprint) => Some(fingerprint),
            Self::NotPrivate
            | Self::Unasked
            | Self::Starting
            | Self::Waiting
            | Self::Unanswered
            | Self::Finished => None,
        }
    }

    /// How a text that leaves at this moment would travel.
    ///
    /// # Errors
    /// Why none may leave.
    pub const fn travels(self) -> Result<Provenance, HeldReason> {
        match self {
            Self::NotPrivate => Ok(Provenance::Plain),
            Self::Private(key) => Ok(Provenance::Private(key)),
            Self::Verified(key) => Ok(Provenance::Verified(key)),
            Self::Unasked | Self::Starting => Err(HeldReason::GoingPrivate),
            Self::Waiting => Err(HeldReason::ContactAway),
            Self::Unanswered => Err(HeldReason::Unanswered),
            Self::Finished => Err(HeldReason::Finished),
            Self::KeyChanged(_) => Err(HeldReason::KeyChanged),
            Self::Doubted(_) => Err(HeldReason::Doubted),
        }
    }
}
