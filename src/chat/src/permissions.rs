//! What we know of the contact from the contact list, and what they may know of us.

use std::fmt;
use std::ops::BitOr;

/// A set of flags; none of them is set at first.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// The person has this contact on the list, or spoke to them; strangers get no answer.
    pub const ACCEPTED: Self = Self(1);
    /// We see their presence; if not, they may be there.
    pub const SEE_PRESENCE: Self = Self(1 << 1);
    /// They see ours; only then do they learn anything more.
    pub const PRESENCE_SEEN: Self = Self(1 << 2);
    /// They learn that a message arrived.
    pub const SEND_RECEIPTS: Self = Self(1 << 3);
    /// They learn that the person writes.
    pub const SEND_TYPING: Self = Self(1 << 4);
    /// We show ourselves as offline to everybody, though we are not.
    pub const INVISIBLE: Self = Self(1 << 5);
    /// The server keeps them away from us (XEP-0191).
    pub const BLOCKED: Self = Self(1 << 6);

    const NAMES: [(Self, &str); 7] = [
        (Self::ACCEPTED, "ACCEPTED"),
        (Self::SEE_PRESENCE, "SEE_PRESENCE"),
        (Self::PRESENCE_SEEN, "PRESENCE_SEEN"),
        (Self::SEND_RECEIPTS, "SEND_RECEIPTS"),
        (Self::SEND_TYPING, "SEND_TYPING"),
        (Self::INVISIBLE, "INVISIBLE"),
        (Self::BLOCKED, "BLOCKED"),
    ];

    /// These and `flags`, if `is_set`.
    #[must_use]
    pub const fn with_if(self, is_set: bool, flags: Self) -> Self {
        if is_set { Self(self.0 | flags.0) } else { self }
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag));
        f.debug_set().entries(set.map(|(_, name)| name)).finish()
    }
}
