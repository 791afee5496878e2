//! How well a connection is protected.

use std::fmt;
use std::str::FromStr;

use crate::ServerKey;

/// What protects a connection, once we have signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// Which way it goes.
    pub via: Via,
    /// Which version of TLS; ciphers without authentication (AEAD) are never used.
    pub tls: TlsVersion,
    /// The server's key: `None` only if it cannot be read, and then it was not trusted as such.
    /// Another than [`Account::trusted_key`](crate::Account) if its issuer has renewed that: then
    /// this one is trusted from now on, along with the same issuer.
    pub key: Option<ServerKey>,
    /// How we signed in; to be given back in [`Account::known_strength`](crate::Account) next time.
    pub strength: Strength,
}

/// Which way a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Straight.
    Direct,
    /// Through Tor.
    Tor,
    /// Through the proxy that was given.
    Proxy,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

/// The hash under SCRAM (RFC 5802, RFC 7677); weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// How strong a way to sign in is. Written as the name of its mechanism, such as
/// `SCRAM-SHA-256-PLUS`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Strength(pub(crate) Way);

/// A way to sign in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// The server is shown the password (RFC 4616).
    Plain,
    /// Both prove that they know it.
    Scram { hash: Hash, bound: bool },
}

/// A text that names no mechanism we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a mechanism of ours")]
pub struct NotAStrength;

impl Strength {
    /// All there are, best first: bound before unbound, then by hash.
    pub(crate) const ALL: [Self; 7] = [
        Self::scram(Hash::Sha512, true),
        Self::scram(Hash::Sha256, true),
        Self::scram(Hash::Sha1, true),
        Self::scram(Hash::Sha512, false),
        Self::scram(Hash::Sha256, false),
        Self::scram(Hash::Sha1, false),
        Self::PLAIN,
    ];
    /// The weakest: no proof, but the password itself.
    pub(crate) const PLAIN: Self = Self(Way::Plain);

    pub(crate) const fn scram(hash: Hash, bound: bool) -> Self {
        Self(Way::Scram { hash, bound })
    }

    /// The mechanism's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Way::Plain => "PLAIN",
            Way::Scram { hash: Hash::Sha1, bound: false } => "SCRAM-SHA-1",
            Way::Scram { hash: Hash::Sha1, bound: true } => "SCRAM-SHA-1-PLUS",
            Way::Scram { hash: Hash::Sha256, bound: false } => "SCRAM-SHA-256",
            Way::Scram { hash: Hash::Sha256, bound: true } => "SCRAM-SHA-256-PLUS",
            Way::Scram { hash: Hash::Sha512, bound: false } => "SCRAM-SHA-512",
            Way::Scram { hash: Hash::Sha512, bound: true } => "SCRAM-SHA-512-PLUS",
        }
    }

    /// Whether the sign-in is tied to the encrypted connection, so that nobody can stand in
    /// between, not even with a certificate that verifies.
    #[must_use]
    pub const fn is_bound(self) -> bool {
        matches!(self.0, Way::Scram { bound: true, .. })
    }

    /// Whether the server was shown the password, and proved nothing itself.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self.0, Way::Plain)
    }

    /// Whether this is weaker than the other in any respect.
    pub(crate) fn is_weaker_than(self, other: Self) -> bool {
        match (self.0, other.0) {
            (_, Way::Plain) => false,
            (Way::Plain, Way::Scram { .. }) => true,
            (Way::Scram { hash, bound }, Way::Scram { hash: other, bound: other_bound }) => {
                hash < other || (other_bound && !bound)
            }
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Strength({self})")
    }
}

impl FromStr for Strength {
    type Err = NotAStrength;

    /// Reads a mechanism's name.
    ///
    /// # Errors
    ///
    /// [`NotAStrength`] for the name of any mechanism we do not use.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|strength| strength.name() == name).ok_or(NotAStrength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again() {
        for strength in Strength::ALL {
            assert_eq!(strength.to_string().parse(), Ok(strength));
        }
        assert_eq!("LOGIN".parse::<Strength>(), Err(NotAStrength));
    }

    #[test]
    fn weaker_is_a_weaker_hash_or_a_lost_binding() {
        let weaker = |a: &str, b: &str| {
            a.parse::<Strength>().unwrap().is_weaker_than(b.parse::<Strength>().unwrap())
        };
        assert!(weaker("SCRAM-SHA-1", "SCRAM-SHA-256"));
        assert!(weaker("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"));
        assert!(weaker("SCRAM-SHA-512", "SCRAM-SHA-256-PLUS"));
        assert!(Strength::ALL.into_iter().all(|other| other == Strength::PLAIN
            || Strength::PLAIN.is_weaker_than(other) && !other.is_weaker_than(Strength::PLAIN)));
        assert!(!weaker("PLAIN", "PLAIN"));
        assert!(!weaker("SCRAM-SHA-256", "SCRAM-SHA-256"));
        assert!(!weaker("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"));
    }
}
