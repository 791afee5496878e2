//! Which key a server has.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// The SHA-256 of a server's public key as it stands in its certificate (`SubjectPublicKeyInfo`,
/// RFC 7469 §2.4). It stays when a certificate is renewed with the same key. Written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServerKey([u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the SHA-256 of a key")]
pub struct ParseServerKeyError;

impl ServerKey {
    /// Of a key in DER.
    pub(crate) fn of(public_key_info: &[u8]) -> Self {
        Self(Sha256::digest(public_key_info).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKey({self})")
    }
}

impl FromStr for ServerKey {
    type Err = ParseServerKeyError;

    /// Reads what [`Display`](fmt::Display) wrote, in either case.
    ///
    /// # Errors
    ///
    /// [`ParseServerKeyError`] for anything but 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(ParseServerKeyError);
        }
        let mut key = [0; 32];
        for (at, byte) in key.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(ParseServerKeyError)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(ParseServerKeyError);
            }
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseServerKeyError)?;
        }
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else_is() {
        let key = ServerKey::of(b"a key");
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(key.to_string().to_uppercase().parse(), Ok(key));
        let text = key.to_string();
        for bad in
            ["", &text[1..], &format!("{text}0"), &format!("+{}", &text[1..]), &"ж".repeat(32)]
        {
            assert_eq!(bad.parse::<ServerKey>(), Err(ParseServerKeyError), "{bad}");
        }
    }
}
