//! The pinned key of a server.

use std::fmt;
use std::str::FromStr;

use crate::{ParseServerKeyError, ServerKey};

/// The only key that is accepted from a server, in any certificate. The issuer of the certificate
/// in which the person saw it may renew that certificate with another key, which is then pinned
/// instead.
///
/// Written as the key, a space and the issuer's key, or as the key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PinnedKey {
    /// The server's public key.
    pub key: ServerKey,
    /// The public key of its certificate's issuer; `None` if the server did not present the
    /// issuer's certificate, or if its certificate is self-signed.
    pub issuer: Option<ServerKey>,
}

impl fmt::Display for PinnedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, issuer } = self;
        write!(f, "{key}")?;
        issuer.map_or(Ok(()), |issuer| write!(f, " {issuer}"))
    }
}

impl FromStr for PinnedKey {
    type Err = ParseServerKeyError;

    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// [`ParseServerKeyError`] for anything but one key or two.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, issuer) = match text.split_once(' ') {
            Some((key, issuer)) => (key, Some(issuer.parse()?)),
            None => (text, None),
        };
        Ok(Self { key: key.parse()?, issuer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_its_issuer_and_without() {
        let (key, other) = (ServerKey::of(b"a key"), ServerKey::of(b"another"));
        for issuer in [None, Some(other)] {
            let trusted = PinnedKey { key, issuer };
            assert_eq!(trusted.to_string().parse(), Ok(trusted));
        }
        assert_eq!(key.to_string().parse(), Ok(PinnedKey { key, issuer: None }));
        for bad in [format!("{key} "), format!(" {key}"), format!("{key} {other} {key}")] {
            assert_eq!(bad.parse::<PinnedKey>(), Err(ParseServerKeyError), "{bad}");
        }
    }
}
