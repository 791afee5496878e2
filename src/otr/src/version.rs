//! Versions of the protocol.

/// A protocol version that this library speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Version 2: no instance tags.
    V2,
    /// Version 3.
    V3,
}

impl Version {
    /// Best first.
    pub(crate) const ALL: [Self; 2] = [Self::V3, Self::V2];

    /// The byte identifier in queries.
    pub(crate) const fn id(self) -> char {
        match self {
            Self::V2 => '2',
            Self::V3 => '3',
        }
    }

    /// The SHORT that opens every encoded message.
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }
}
