//! How private a conversation is (OTRv3, "Message state").

use core::fmt;

use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::version::Version;

/// What would happen to a text that is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It would go out in clear, or be refused if the policy forbids that.
    Plaintext,
    /// Only the owner of this key could read it. If that client has gone, it would be refused
    /// ([`Conversation::set_present`](crate::Conversation::set_present)).
    Encrypted {
        /// The client it would go to.
        instance: InstanceTag,
        /// The version that is spoken with it.
        version: Version,
        /// The peer's long-term key.
        fingerprint: Fingerprint,
        /// The session.
        ssid: Ssid,
    },
    /// It would be refused: the peer has left the private conversation, we have not.
    Finished {
        /// The client that left.
        instance: InstanceTag,
        /// The version that was spoken with it.
        version: Version,
        /// Its long-term key.
        fingerprint: Fingerprint,
    },
}

impl MessageState {
    /// The long-term key of the client that texts go to, or went to until it left.
    #[must_use]
    pub const fn fingerprint(self) -> Option<Fingerprint> {
        match self {
            Self::Plaintext => None,
            Self::Encrypted { fingerprint, .. } | Self::Finished { fingerprint, .. } => {
                Some(fingerprint)
            }
        }
    }

    /// That client.
    #[must_use]
    pub const fn instance(self) -> Option<InstanceTag> {
        match self {
            Self::Plaintext => None,
            Self::Encrypted { instance, .. } | Self::Finished { instance, .. } => Some(instance),
        }
    }

    /// The version of the protocol that the session is, or was, in.
    #[must_use]
    pub const fn version(self) -> Option<Version> {
        match self {
            Self::Plaintext => None,
            Self::Encrypted { version, .. } | Self::Finished { version, .. } => Some(version),
        }
    }

    /// Whether a text that is sent now goes out encrypted.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Encrypted { .. })
    }
}

/// One half of the session id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SsidHalf {
    /// The first four bytes.
    First,
    /// The last four bytes.
    Second,
}

/// The secure session id: two people who know each other's voice can read their bold half aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ssid {
    bytes: [u8; 8],
    bold: SsidHalf,
}

impl Ssid {
    pub(crate) const fn new(bytes: [u8; 8], bold: SsidHalf) -> Self {
        Self { bytes, bold }
    }

    /// The eight bytes; the same on both sides.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.bytes
    }

    /// Which half is ours to read aloud, and shown bold; the other on the other side.
    #[must_use]
    pub const fn bold(&self) -> SsidHalf {
        self.bold
    }

    /// The two halves, each to be shown as eight hexadecimal digits (`{:08x}`).
    #[must_use]
    pub const fn halves(&self) -> (u32, u32) {
        let [a, b, c, d, e, f, g, h] = self.bytes;
        (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    }
}

impl fmt::Display for Ssid {
    /// Both halves in hexadecimal with a blank between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.halves();
        write!(f, "{first:08x} {second:08x}")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    // otr3 A34
    #[test]
    fn the_session_id_is_shown_as_two_numbers() {
        let ssid = Ssid::new([0xf6, 0x1f, 0xe3, 0xe8, 0x05, 0x59, 0x75, 0x6c], SsidHalf::Second);
        assert_eq!(ssid.to_string(), "f61fe3e8 0559756c");
        assert_eq!(ssid.bold(), SsidHalf::Second);
    }
}
