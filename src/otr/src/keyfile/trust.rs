//! How much a contact's key was trusted elsewhere.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

/// What another client noted about a fingerprint. Any text means trust there; we tell apart how it
/// came about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// No text: the key was seen, and not verified.
    Untrusted,
    /// `verified`: Pidgin, Adium, Gajim.
    Verified,
    /// `smp`: a shared secret or an answered question.
    Smp,
    /// `manual`: somebody said so.
    Manual,
    /// `trusted`: Profanity.
    Trusted,
    /// Another text, that is kept as it is.
    Other(String),
}

impl Trust {
    /// The text in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Untrusted => "",
            Self::Verified => "verified",
            Self::Smp => "smp",
            Self::Manual => "manual",
            Self::Trusted => "trusted",
            Self::Other(text) => text,
        }
    }

    /// Whether the person may be offered to take this over as verified, rather than to verify
    /// anew. What another text meant to its writer is unknown.
    #[must_use]
    pub const fn is_verification(&self) -> bool {
        match self {
            Self::Verified | Self::Smp | Self::Trusted => true,
            Self::Untrusted | Self::Manual | Self::Other(_) => false,
        }
    }
}

impl From<&str> for Trust {
    fn from(text: &str) -> Self {
        match text {
            "" => Self::Untrusted,
            "verified" => Self::Verified,
            "smp" => Self::Smp,
            "manual" => Self::Manual,
            "trusted" => Self::Trusted,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 C
    #[test]
    fn every_word_of_trust_is_kept_and_known_ones_are_told_apart() {
        for (text, trust, is_verification) in [
            ("", Trust::Untrusted, false),
            ("verified", Trust::Verified, true),
            ("smp", Trust::Smp, true),
            ("manual", Trust::Manual, false),
            ("trusted", Trust::Trusted, true),
            ("Verified", Trust::Other("Verified".to_owned()), false),
            ("by Bob\tin Rome", Trust::Other("by Bob\tin Rome".to_owned()), false),
        ] {
            assert_eq!(Trust::from(text), trust);
            assert_eq!(trust.as_str(), text);
            assert_eq!(trust.is_verification(), is_verification, "{text}");
        }
    }
}
