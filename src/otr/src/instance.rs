//! The number that tells apart two clients of one account (OTRv3, "Instance Tags").

use core::fmt;
use core::str::FromStr;

use rand_core::CryptoRng;

/// An instance tag: at least 0x100, and the same for as long as the account lives on this machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceTag(u32);

impl InstanceTag {
    /// The smallest that is valid.
    const MIN: u32 = 0x100;

    /// Stands for whichever client speaks version 2, which knows no instance tags: to us a contact
    /// has one such client. Never on the wire.
    pub const UNTAGGED: Self = Self(0);

    /// `None` below 0x100.
    #[must_use]
    pub const fn new(tag: u32) -> Option<Self> {
        if tag < Self::MIN { None } else { Some(Self(tag)) }
    }

    /// A new one, to be kept with the account.
    #[must_use]
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        loop {
            if let Some(tag) = Self::new(rng.next_u32()) {
                return tag;
            }
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for InstanceTag {
    /// Eight lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// The text is no instance tag: not one to eight hexadecimal digits, or below 0x100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instance tag has eight hexadecimal digits, and is at least 00000100")]
pub struct ParseInstanceTagError;

impl FromStr for InstanceTag {
    type Err = ParseInstanceTagError;

    /// Reads up to eight hexadecimal digits of either case.
    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let tag = is_number.then(|| u32::from_str_radix(digits, 16).ok()).flatten();
        tag.and_then(Self::new).ok_or(ParseInstanceTagError)
    }
}

impl fmt::Debug for InstanceTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceTag({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A77
    #[test]
    fn tags_below_0x100_are_not_valid() {
        assert_eq!(InstanceTag::new(0), None);
        assert_eq!(InstanceTag::new(0xff), None);
        assert_eq!(InstanceTag::new(0x100).map(InstanceTag::get), Some(0x100));
    }

    #[test]
    fn a_random_tag_is_valid() {
        let tag = InstanceTag::random(&mut rand::rng());
        assert!(tag.get() >= 0x100);
    }
}
