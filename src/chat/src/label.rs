//! What stands beside a text of the contact.

use crate::message::MessageId;

/// What is said beside a text of theirs: what it is called, and which earlier one it corrects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// Outside of the encryption (XEP-0308, XEP-0359): of a private text nobody knows who says so.
    Outside {
        /// Names it; unlike any other of theirs, if nobody cheats.
        id: Option<MessageId>,
        /// The earlier message that it is said to correct.
        replaces: Option<MessageId>,
    },
    /// Inside of the encryption, where the owner of the key says so.
    Inside {
        /// Names it.
        id: MessageId,
        /// The earlier message that it corrects.
        replaces: Option<MessageId>,
    },
}

impl Default for Label {
    fn default() -> Self {
        Self::Outside { id: None, replaces: None }
    }
}

impl Label {
    /// What the text is called.
    #[must_use]
    pub const fn id(&self) -> Option<&MessageId> {
        match self {
            Self::Outside { id, .. } => id.as_ref(),
            Self::Inside { id, .. } => Some(id),
        }
    }

    /// Which earlier one it corrects.
    #[must_use]
    pub const fn replaces(&self) -> Option<&MessageId> {
        match self {
            Self::Outside { replaces, .. } | Self::Inside { replaces, .. } => replaces.as_ref(),
        }
    }
}
