//! What a person decided about a contact's key.

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

/// Whether a key is known to be the contact's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Nobody vouched for it.
    Unverified,
    /// The person made sure.
    Verified {
        /// By what.
        proof: Proof,
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
