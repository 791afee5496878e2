//! How well a connection is protected.

use std::fmt;
use std::str::FromStr;

use crate::ServerKey;

/// What protects a connection, once we have signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// The route of the connection.
    pub via: Via,
    /// The version of TLS; only AEAD ciphers are ever used.
    pub tls: TlsVersion,
    /// The server's public key; `None` if it cannot be parsed, which never happens with a pinned
    /// key. It differs from [`Account::pinned_key`](crate::Account) if the pinned issuer has
    /// renewed that: then this one is pinned from now on, with the same issuer.
    pub key: Option<ServerKey>,
    /// How we signed in; pass it back in [`Account::known_strength`](crate::Account) next time.
    pub strength: AuthStrength,
}

/// The route of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Without a proxy.
    Direct,
    /// Through Tor.
    Tor,
    /// Through the configured proxy.
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

/// A channel binding type (RFC 5056): what SCRAM ties the sign-in to, so that a man in the middle
/// fails even with a valid certificate. Weaker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelBindingType {
    /// `tls-server-end-point`, the server's certificate (RFC 5929 §4). Who has its private key can
    /// still be in the middle.
    ServerEndPoint,
    /// `tls-exporter`, the TLS connection itself (RFC 9266).
    Exporter,
}

impl ChannelBindingType {
    /// All types, best first.
    const ALL: [Self; 2] = [Self::Exporter, Self::ServerEndPoint];

    /// The name in GS2 headers and in XEP-0440.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServerEndPoint => "tls-server-end-point",
            Self::Exporter => "tls-exporter",
        }
    }
}

/// The strength of a SASL mechanism. Written as its name; `SCRAM-SHA-256-PLUS` alone means binding
/// by `tls-exporter`, any other type follows after a space.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthStrength(pub(crate) AuthMethod);

/// A SASL mechanism that we use.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum AuthMethod {
    /// PLAIN (RFC 4616): the server receives the password.
    Plain,
    /// SCRAM (RFC 5802): both sides prove that they know the password.
    Scram { hash: Hash, binding: Option<ChannelBindingType> },
}

/// The text names no mechanism that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a mechanism of ours")]
pub struct ParseAuthStrengthError;

impl AuthStrength {
    /// PLAIN, the weakest.
    pub(crate) const PLAIN: Self = Self(AuthMethod::Plain);

    /// All mechanisms, best first: by channel binding type, then by hash.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let bindings = ChannelBindingType::ALL.map(Some).into_iter().chain([None]);
        let hashes = [Hash::Sha512, Hash::Sha256, Hash::Sha1];
        bindings
            .flat_map(move |binding| hashes.map(|hash| Self::scram(hash, binding)))
            .chain([Self::PLAIN])
    }

    pub(crate) const fn scram(hash: Hash, binding: Option<ChannelBindingType>) -> Self {
        Self(AuthMethod::Scram { hash, binding })
    }

    /// The mechanism's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            AuthMethod::Plain => "PLAIN",
            AuthMethod::Scram { hash: Hash::Sha1, binding: None } => "SCRAM-SHA-1",
            AuthMethod::Scram { hash: Hash::Sha1, binding: Some(_) } => "SCRAM-SHA-1-PLUS",
            AuthMethod::Scram { hash: Hash::Sha256, binding: None } => "SCRAM-SHA-256",
            AuthMethod::Scram { hash: Hash::Sha256, binding: Some(_) } => "SCRAM-SHA-256-PLUS",
            AuthMethod::Scram { hash: Hash::Sha512, binding: None } => "SCRAM-SHA-512",
            AuthMethod::Scram { hash: Hash::Sha512, binding: Some(_) } => "SCRAM-SHA-512-PLUS",
        }
    }

    /// The channel binding type, if the mechanism uses one.
    #[must_use]
    pub const fn binding(self) -> Option<ChannelBindingType> {
        match self.0 {
            AuthMethod::Plain => None,
            AuthMethod::Scram { binding, .. } => binding,
        }
    }

    /// Whether this is PLAIN: the server received the password and proved nothing.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self.0, AuthMethod::Plain)
    }

    /// Whether hash or channel binding type is weaker than the other's.
    pub(crate) fn is_weaker_than(self, other: Self) -> bool {
        match (self.0, other.0) {
            (_, AuthMethod::Plain) => false,
            (AuthMethod::Plain, AuthMethod::Scram { .. }) => true,
            (AuthMethod::Scram { hash, .. }, AuthMethod::Scram { hash: other_hash, .. }) => {
                hash < other_hash || self.binding() < other.binding()
            }
        }
    }
}

impl fmt::Display for AuthStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.binding() {
            Some(binding @ ChannelBindingType::ServerEndPoint) => write!(f, " {}", binding.name()),
            Some(ChannelBindingType::Exporter) | None => Ok(()),
        }
    }
}

impl fmt::Debug for AuthStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Strength({self})")
    }
}

impl FromStr for AuthStrength {
    type Err = ParseAuthStrengthError;

    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// [`ParseAuthStrengthError`] for the name of any mechanism we do not use.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|strength| strength.to_string() == text).ok_or(ParseAuthStrengthError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_again() {
        for strength in AuthStrength::all() {
            assert_eq!(strength.to_string().parse(), Ok(strength));
        }
        let bound = AuthStrength::scram(Hash::Sha256, Some(ChannelBindingType::Exporter));
        assert_eq!("SCRAM-SHA-256-PLUS".parse(), Ok(bound));
        for other in ["LOGIN", "SCRAM-SHA-256 tls-server-end-point", "PLAIN tls-exporter"] {
            assert_eq!(other.parse::<AuthStrength>(), Err(ParseAuthStrengthError), "{other}");
        }
    }

    #[test]
    fn weaker_is_a_weaker_hash_or_a_weaker_binding() {
        let weaker = |a: &str, b: &str| {
            a.parse::<AuthStrength>().unwrap().is_weaker_than(b.parse::<AuthStrength>().unwrap())
        };
        assert!(weaker("SCRAM-SHA-1", "SCRAM-SHA-256"));
        assert!(weaker("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"));
        assert!(weaker("SCRAM-SHA-512", "SCRAM-SHA-256-PLUS"));
        assert!(weaker("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS tls-server-end-point"));
        assert!(weaker("SCRAM-SHA-512-PLUS tls-server-end-point", "SCRAM-SHA-1-PLUS"));
        assert!(!weaker("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1-PLUS tls-server-end-point"));
        assert!(AuthStrength::all().all(|other| other == AuthStrength::PLAIN
            || AuthStrength::PLAIN.is_weaker_than(other)
                && !other.is_weaker_than(AuthStrength::PLAIN)));
        assert!(!weaker("PLAIN", "PLAIN"));
        assert!(!weaker("SCRAM-SHA-256", "SCRAM-SHA-256"));
        assert!(!weaker("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"));
    }
}
