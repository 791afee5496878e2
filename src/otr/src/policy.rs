//! What a conversation may do by itself (OTRv3, "Policies").

use core::fmt;

use crate::version::Version;

/// Every flag there is.
const ALL_BITS: u8 = (1 << 6) - 1;

/// A set of flags, and the four sets that clients know by name. Version 1 does not exist here.
///
/// The [guide](crate::guide#which-policy) says which to choose.
/// ```
/// use otr::Policy;
/// let policy = Policy::ALWAYS.without(Policy::ALLOW_V2).without(Policy::ERROR_START_AKE);
/// assert!(policy.contains(Policy::REQUIRE_ENCRYPTION) && !policy.contains(Policy::ALLOW_V2));
/// ```
///
/// There is no policy by default: [`Policy::NEVER`] would be a client without OTR.
/// ```compile_fail
/// let policy = otr::Policy::default();
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy(u8);

impl Policy {
    /// Speak version 2.
    pub const ALLOW_V2: Self = Self(1);
    /// Speak version 3.
    pub const ALLOW_V3: Self = Self(1 << 1);
    /// Send no text in clear, not even if no version is allowed, and mark what comes in clear
    /// ([`Security::PlainInPrivate`](crate::Security::PlainInPrivate)).
    pub const REQUIRE_ENCRYPTION: Self = Self(1 << 2);
    /// Tell in the blanks behind a plain text that we could speak in private, until a plain text
    /// comes back that says nothing of it.
    pub const SEND_WHITESPACE_TAG: Self = Self(1 << 3);
    /// Start when the other tells so; beside a private conversation, once a minute.
    pub const WHITESPACE_START_AKE: Self = Self(1 << 4);
    /// Start when the other reports an error, at most once a minute. Errors are not authenticated:
    /// with this, anybody can make us send a query.
    pub const ERROR_START_AKE: Self = Self(1 << 5);

    /// OTR is off: text passes untouched, both ways.
    pub const NEVER: Self = Self(0);
    /// Only when one of the two asks.
    pub const MANUAL: Self = Self::ALLOW_V2.with(Self::ALLOW_V3);
    /// As soon as both can.
    pub const OPPORTUNISTIC: Self = Self::MANUAL
        .with(Self::SEND_WHITESPACE_TAG)
        .with(Self::WHITESPACE_START_AKE)
        .with(Self::ERROR_START_AKE);
    /// Nothing but private conversations.
    pub const ALWAYS: Self = Self::MANUAL
        .with(Self::REQUIRE_ENCRYPTION)
        .with(Self::WHITESPACE_START_AKE)
        .with(Self::ERROR_START_AKE);

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags but not those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The flags as a number to be kept: the same in every version of this library.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From the number that was kept; `None` if it holds flags that do not exist.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !ALL_BITS == 0 { Some(Self(bits)) } else { None }
    }

    /// Whether we may speak `version`.
    pub(crate) const fn allows(self, version: Version) -> bool {
        match version {
            Version::V2 => self.contains(Self::ALLOW_V2),
            Version::V3 => self.contains(Self::ALLOW_V3),
        }
    }

    /// Whether there is any version to speak.
    pub(crate) fn is_enabled(self) -> bool {
        Version::ALL.into_iter().any(|version| self.allows(version))
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Policy, &str); 6] = [
            (Policy::ALLOW_V2, "ALLOW_V2"),
            (Policy::ALLOW_V3, "ALLOW_V3"),
            (Policy::REQUIRE_ENCRYPTION, "REQUIRE_ENCRYPTION"),
            (Policy::SEND_WHITESPACE_TAG, "SEND_WHITESPACE_TAG"),
            (Policy::WHITESPACE_START_AKE, "WHITESPACE_START_AKE"),
            (Policy::ERROR_START_AKE, "ERROR_START_AKE"),
        ];
        f.debug_set()
            .entries(
                NAMES.into_iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| name),
            )
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A18
    #[test]
    fn the_named_sets_hold_the_flags_of_the_specification() {
        assert!(!Policy::NEVER.is_enabled());
        assert!(Policy::MANUAL.is_enabled());
        assert!(!Policy::MANUAL.contains(Policy::ERROR_START_AKE));
        assert!(Policy::OPPORTUNISTIC.contains(Policy::SEND_WHITESPACE_TAG));
        assert!(!Policy::OPPORTUNISTIC.contains(Policy::REQUIRE_ENCRYPTION));
        assert!(Policy::ALWAYS.contains(Policy::REQUIRE_ENCRYPTION));
        assert!(!Policy::ALWAYS.contains(Policy::SEND_WHITESPACE_TAG));
    }

    #[test]
    fn a_flag_can_be_added_and_taken() {
        let policy = Policy::MANUAL.with(Policy::REQUIRE_ENCRYPTION).without(Policy::ALLOW_V3);
        assert!(!policy.allows(Version::V3) && policy.allows(Version::V2));
        assert!(policy.contains(Policy::REQUIRE_ENCRYPTION));
    }
}
