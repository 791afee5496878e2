//! The short name of a long-term key, that two people can compare.

use core::fmt;
use core::str::FromStr;

/// By the version of the protocol, which says what keys there are. The `Display` form is what people
/// compare; [`Fingerprint::as_bytes`] is what programs keep.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fingerprint {
    /// In versions 2 and 3: SHA-1 over the public key's MPIs (OTRv3, "Public keys, signatures, and
    /// fingerprints").
    V3([u8; 20]),
}

impl Fingerprint {
    /// Stands for a key that nobody has: what is meant for it goes out to nobody.
    pub const NOBODY: Self = Self::V3([0; 20]);

    /// From the bytes that were kept; `None` if no version has fingerprints of so many.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self::V3).ok()
    }

    /// The bytes, to be kept: 20 in versions 2 and 3.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::V3(bytes) => bytes,
        }
    }
}

impl fmt::Display for Fingerprint {
    /// In versions 2 and 3: five groups of eight upper-case hexadecimal digits, as every OTR client shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.as_bytes().iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text was not 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key code has 40 hexadecimal digits")]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads 40 hexadecimal digits of either case; blanks between them are skipped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 20];
        let mut digits = text
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
        for byte in &mut bytes {
            let (Some(Some(high)), Some(Some(low))) = (digits.next(), digits.next()) else {
                return Err(ParseFingerprintError);
            };
            *byte = high << 4 | low;
        }
        if digits.next().is_some() { Err(ParseFingerprintError) } else { Ok(Self::V3(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown() {
        let fingerprint = Fingerprint::V3(core::array::from_fn(|i| i as u8 * 13));
        assert_eq!(fingerprint.to_string().len(), 44);
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(fingerprint.to_string().to_lowercase().parse(), Ok(fingerprint));
    }

    #[test]
    fn a_fingerprint_is_kept_as_bytes_and_no_other_length_is_one() {
        let fingerprint = Fingerprint::V3(core::array::from_fn(|i| i as u8 * 13));
        assert_eq!(Fingerprint::from_bytes(fingerprint.as_bytes()), Some(fingerprint));
        for length in [0, 1, 19, 21, 56] {
            assert_eq!(Fingerprint::from_bytes(&[0; 56][..length]), None, "{length}");
        }
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for text in ["", "00", "0g00000000000000000000000000000000000000"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(ParseFingerprintError));
        }
        assert!("0".repeat(41).parse::<Fingerprint>().is_err());
        assert!("0".repeat(42).parse::<Fingerprint>().is_err());
    }
}
