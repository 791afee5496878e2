//! What the person decided about a key of the contact.

use std::time::SystemTime;

/// How somebody made sure that a key is a contact's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// They answered our question.
    Question,
    /// Both entered the same secret.
    SharedSecret,
    /// The key codes were compared.
    Compared,
    /// It was verified in another program and brought over.
    Imported,
}

/// What speaks against a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// The key codes were compared, and differ.
    Differs,
    /// A question or a shared secret did not match.
    NotMatched,
    /// The person took back what they had decided for it.
    Withdrawn,
}

/// What a person decided about a key. Only one that is accepted or verified gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nothing yet, and another key of the contact was known when it came up.
    Undecided,
    /// Nothing yet; it was the first of the contact, and is accepted as such.
    First,
    /// To go on with it, though nobody vouched for it.
    Accepted {
        /// When.
        at: SystemTime,
    },
    /// The person made sure.
    Verified {
        /// By what.
        proof: Proof,
        /// When.
        at: SystemTime,
    },
    /// The person tried to make sure, and it may not be the contact's.
    Doubted {
        /// Why.
        doubt: Doubt,
        /// When.
        at: SystemTime,
    },
}

impl Trust {
    /// Whether the person made sure.
    #[must_use]
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Verified { .. })
    }
}
