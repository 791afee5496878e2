//! From network text to message and back: `?OTR:` base64 `.` and the header of every message.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Malformed, Reader, Writer, symbols};
use crate::data::IGNORE_UNREADABLE;
use crate::fragment;
use crate::instance::InstanceTag;
use crate::version::Version;

/// What opens an encoded message.
pub(crate) const PREFIX: &str = "?OTR:";
/// Version, type and two instance tags.
const HEADER_BYTES_MAX: usize = 11;

/// The kinds of encoded messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageType {
    DhCommit,
    Data,
    DhKey,
    RevealSignature,
    Signature,
}

impl MessageType {
    const fn byte(self) -> u8 {
        match self {
            Self::DhCommit => 0x02,
            Self::Data => 0x03,
            Self::DhKey => 0x0a,
            Self::RevealSignature => 0x11,
            Self::Signature => 0x12,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x02 => Some(Self::DhCommit),
            0x03 => Some(Self::Data),
            0x0a => Some(Self::DhKey),
            0x11 => Some(Self::RevealSignature),
            0x12 => Some(Self::Signature),
            _ => None,
        }
    }
}

/// Version, type and the two ends of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) version: Version,
    pub(crate) message_type: MessageType,
    /// [`InstanceTag::UNTAGGED`] in what comes in version 2.
    pub(crate) sender: InstanceTag,
    /// `None`: whoever reads it, and always in what comes in version 2.
    pub(crate) receiver: Option<InstanceTag>,
}

impl Header {
    /// Of a message of ours.
    pub(crate) const fn new(
        version: Version,
        message_type: MessageType,
        sender: InstanceTag,
        receiver: Option<InstanceTag>,
    ) -> Self {
        Self { version, message_type, sender, receiver }
    }

    /// `Ok(None)`: of a version or type that we do not know, to be ignored.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Malformed> {
        let number = reader.short()?;
        let message_type = MessageType::from_byte(reader.byte()?);
        let version = Version::ALL.into_iter().find(|version| version.number() == number);
        let (Some(version), Some(message_type)) = (version, message_type) else {
            return Ok(None);
        };
        let (sender, receiver) = match version {
            Version::V2 => (InstanceTag::UNTAGGED, None),
            Version::V3 => {
                let sender = InstanceTag::new(reader.int()?).ok_or(Malformed)?;
                let receiver = match reader.int()? {
                    0 => None,
                    tag => Some(InstanceTag::new(tag).ok_or(Malformed)?),
                };
                (sender, receiver)
            }
        };
        Ok(Some(Self { version, message_type, sender, receiver }))
    }

    pub(crate) fn write(self) -> Writer {
        self.write_with_room(0)
    }

    /// With room for so many bytes behind it.
    pub(crate) fn write_with_room(self, bytes: usize) -> Writer {
        let writer = Writer::new()
            .with_room(bytes.saturating_add(HEADER_BYTES_MAX))
            .short(self.version.number())
            .byte(self.message_type.byte());
        match self.version {
            Version::V2 => writer,
            Version::V3 => {
                writer.int(self.sender.get()).int(self.receiver.map_or(0, InstanceTag::get))
            }
        }
    }
}

/// The network text of a message.
pub(crate) fn encode(message: &[u8]) -> String {
    let length = base64::encoded_len(message.len(), true).unwrap_or_default();
    let mut text = String::with_capacity(length.saturating_add(PREFIX.len()).saturating_add(1));
    text.push_str(PREFIX);
    symbols::encode(message, &mut text);
    text.push('.');
    text
}

/// The message in a network text that holds `?OTR:`. Bytes outside the alphabet are skipped, as
/// line breaks may have been added on the way; what surrounds the message is ignored.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    // Nearly all are nothing but a message. A dot within is no symbol, and refused.
    let bare = text.strip_prefix(PREFIX).and_then(|text| text.strip_suffix('.'));
    if let Some(message) = bare.and_then(|text| symbols::decode(text.as_bytes())) {
        return Ok(message);
    }
    let (_, text) = text.split_once(PREFIX).ok_or(Malformed)?;
    let (text, _) = text.split_once('.').ok_or(Malformed)?;
    STANDARD.decode(text).or_else(|_| {
        let symbols: Vec<u8> = text
            .bytes()
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
            .collect();
        STANDARD.decode(symbols).map_err(|_| Malformed)
    })
}

/// Which client an encoded message or a fragment claims to be from. Nothing proves it; version 2
/// does not tell.
#[must_use]
pub fn sender_instance(wire: &str) -> Option<InstanceTag> {
    if let Some(sender) = fragment::sender(wire) {
        return Some(sender);
    }
    // 4 symbols are 3 bytes: version, type and sender are the first 7 bytes.
    let (_, symbols) = wire.split_once(PREFIX)?;
    let head = STANDARD.decode(symbols.get(..12)?).ok()?;
    let mut reader = Reader::new(&head);
    if reader.short().ok()? != Version::V3.number() {
        return None;
    }
    reader.byte().ok()?;
    InstanceTag::new(reader.int().ok()?)
}

/// Whether a data message, whole, says by its flag that it carries nothing to read (OTRv3, "Data
/// Message", IGNORE_UNREADABLE), as heartbeats and the end of a session do. Nothing proves it.
#[must_use]
pub fn carries_nothing(wire: &str) -> bool {
    flags(wire).is_some_and(|flags| flags & IGNORE_UNREADABLE != 0)
}

fn flags(wire: &str) -> Option<u8> {
    // The flags stand behind version, type and, in version 3, both instance tags.
    let (_, symbols) = wire.split_once(PREFIX)?;
    let head = STANDARD.decode(symbols.get(..16)?).ok()?;
    let mut reader = Reader::new(&head);
    let header = Header::read(&mut reader).ok()??;
    if header.message_type != MessageType::Data {
        return None;
    }
    reader.byte().ok()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn header() -> Header {
        Header {
            version: Version::V3,
            message_type: MessageType::Data,
            sender: InstanceTag::new(0x100).unwrap(),
            receiver: InstanceTag::new(0xffff_ffff),
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let bytes = header().write().into_bytes();
        assert_eq!(bytes, [0, 3, 3, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(Header::read(&mut Reader::new(&bytes)), Ok(Some(header())));
        assert_eq!(sender_instance(&encode(&bytes)), InstanceTag::new(0x100));
    }

    // otr3 A77
    #[test]
    fn small_tags_are_malformed() {
        for bytes in [[0, 3, 3, 0, 0, 0, 0xff, 0, 0, 1, 0], [0, 3, 3, 0, 0, 1, 0, 0, 0, 0, 1]] {
            assert_eq!(Header::read(&mut Reader::new(&bytes)), Err(Malformed));
        }
        let any = [0, 3, 2, 0, 0, 1, 0, 0, 0, 0, 0];
        assert_eq!(Header::read(&mut Reader::new(&any)).unwrap().unwrap().receiver, None);
    }

    // otr3 A6
    #[test]
    fn other_versions_and_types_are_ignored() {
        for bytes in [[0, 4, 3], [0, 1, 3], [0, 3, 4], [0, 2, 4]] {
            assert_eq!(Header::read(&mut Reader::new(&bytes)), Ok(None));
        }
    }

    // otr3 A88
    #[test]
    fn a_header_of_version_2_has_no_tags() {
        let ours = InstanceTag::new(0x100).unwrap();
        let header = Header::new(Version::V2, MessageType::Data, ours, Some(InstanceTag::UNTAGGED));
        let bytes = header.write().into_bytes();
        assert_eq!(bytes, [0, 2, 3]);
        let read = Header::read(&mut Reader::new(&bytes)).unwrap().unwrap();
        assert_eq!((read.version, read.message_type), (Version::V2, MessageType::Data));
        assert_eq!((read.sender, read.receiver), (InstanceTag::UNTAGGED, None));
        assert_eq!(sender_instance(&encode(&[0, 2, 3, 0, 0, 1, 0, 0, 0])), None);
    }

    // otr3 A4
    #[test]
    fn wrappers_and_line_breaks_are_skipped() {
        let bytes = header().write().into_bytes();
        let text = encode(&bytes);
        assert_eq!(decode(&format!("<b>{text}</b>")), Ok(bytes.clone()));
        let (head, tail) = text.split_at(9);
        assert_eq!(decode(&format!("{head}\r\n {tail}")), Ok(bytes));
        assert_eq!(decode(text.trim_end_matches('.')), Err(Malformed));
    }

    // otr3 B: CVE-2012-3461
    #[test]
    fn an_empty_or_broken_body_is_malformed_or_empty() {
        assert_eq!(decode("?OTR:===."), Err(Malformed));
        assert_eq!(decode("?OTR:."), Ok(Vec::new()));
        assert_eq!(decode("?OTR:AAM."), Err(Malformed));
    }

    #[test]
    fn a_data_message_says_by_its_flag_that_nothing_is_in_it() {
        for version in Version::ALL {
            for (flags, is_empty) in [(0, false), (IGNORE_UNREADABLE, true), (0xFE, false)] {
                let header = Header { version, ..header() };
                let wire = encode(&header.write().byte(flags).bytes(&[0; 8]).into_bytes());
                assert_eq!(carries_nothing(&wire), is_empty, "{version:?} {flags}");
            }
        }
        for other in ["hello", "?OTR:", "?OTR:AAMD", "?OTRv3?"] {
            assert!(!carries_nothing(other), "{other}");
        }
    }
}
