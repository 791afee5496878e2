//! Messages in pieces, for networks with small messages (OTRv3, "Fragmentation").

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZero;

use crate::instance::InstanceTag;
use crate::timestamp::Timestamp;
use crate::version::Version;

/// A message put together has at most so many bytes.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Messages of one peer that are under way at the same time.
pub(crate) const BUFFERS_MAX: usize = 8;
/// A message that got no piece for so long is given up.
pub(crate) const BUFFER_LIFE_MS: u64 = 5 * 60 * 1000;

/// One piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment<'a> {
    /// `None` in the form of version 2.
    pub(crate) sender: Option<InstanceTag>,
    /// `None`: any client, and always in the form of version 2.
    pub(crate) receiver: Option<InstanceTag>,
    /// From 1.
    index: u16,
    count: u16,
    piece: &'a str,
}

/// Why a text is no fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FragmentError {
    /// Numbers or commas are wrong: to be ignored.
    Illegal,
    /// An instance tag is too small.
    Tag,
}

impl<'a> Fragment<'a> {
    /// Reads the first fragment in `text`.
    pub(crate) fn parse(text: &'a str) -> Result<Self, FragmentError> {
        let (_, rest) = text.split_once("?OTR").ok_or(FragmentError::Illegal)?;
        let (ends, rest) = match rest.strip_prefix('|') {
            Some(rest) => {
                let (sender, rest) = rest.split_once('|').ok_or(FragmentError::Illegal)?;
                let (receiver, rest) = rest.split_once(',').ok_or(FragmentError::Illegal)?;
                (Some((hex(sender)?, hex(receiver)?)), rest)
            }
            None => (None, rest.strip_prefix(',').ok_or(FragmentError::Illegal)?),
        };
        let (index, rest) = rest.split_once(',').ok_or(FragmentError::Illegal)?;
        let (count, rest) = rest.split_once(',').ok_or(FragmentError::Illegal)?;
        let (piece, _) = rest.split_once(',').ok_or(FragmentError::Illegal)?;
        let (index, count) = (decimal(index)?, decimal(count)?);
        if index == 0 || index > count || piece.is_empty() {
            return Err(FragmentError::Illegal);
        }
        let (sender, receiver) = match ends {
            None => (None, None),
            Some((sender, receiver)) => {
                let sender = InstanceTag::new(sender).ok_or(FragmentError::Tag)?;
                let receiver = match receiver {
                    0 => None,
                    tag => Some(InstanceTag::new(tag).ok_or(FragmentError::Tag)?),
                };
                (Some(sender), receiver)
            }
        };
        Ok(Self { sender, receiver, index, count, piece })
    }
}

fn hex(digits: &str) -> Result<u32, FragmentError> {
    number(digits, 16)
}

fn decimal(digits: &str) -> Result<u16, FragmentError> {
    number(digits, 10)?.try_into().map_err(|_| FragmentError::Illegal)
}

/// Digits only, with any number of leading zeroes.
fn number(digits: &str, radix: u32) -> Result<u32, FragmentError> {
    if digits.starts_with('+') {
        return Err(FragmentError::Illegal);
    }
    u32::from_str_radix(digits, radix).map_err(|_| FragmentError::Illegal)
}

/// Which client a fragment of version 3 claims to be from.
pub(crate) fn sender(wire: &str) -> Option<InstanceTag> {
    Fragment::parse(wire).ok()?.sender
}

/// Cuts `message`, which is ASCII, into network messages of at most `bytes_max`, headers included.
/// Their number is limited to 65,535: a `bytes_max` that would need more is exceeded.
pub(crate) fn split(
    message: String,
    bytes_max: Option<NonZero<usize>>,
    version: Version,
    sender: InstanceTag,
    receiver: Option<InstanceTag>,
) -> Vec<String> {
    let Some(bytes_max) = bytes_max.filter(|max| message.len() > max.get()) else {
        return vec![message];
    };
    let piece_bytes_min = message.len().div_ceil(usize::from(u16::MAX));
    let ends = match version {
        Version::V2 => String::new(),
        Version::V3 => format!("|{sender}|{:08x}", receiver.map_or(0, InstanceTag::get)),
    };
    // `?OTR`, the ends, `,%05u,%05u,` and the final comma: 36 bytes, or 18 in version 2.
    let header_bytes = ends.len().saturating_add(18);
    let piece_bytes = bytes_max.get().saturating_sub(header_bytes).max(piece_bytes_min);
    let count = message.len().div_ceil(piece_bytes);
    let pieces = message.as_bytes().chunks(piece_bytes);
    let numbered = (1..=count).zip(pieces).map(|(index, piece)| {
        let piece = String::from_utf8_lossy(piece);
        format!("?OTR{ends},{index:05},{count:05},{piece},")
    });
    numbered.collect()
}

/// A message that lacks pieces.
struct Buffer {
    sender: Option<InstanceTag>,
    index: u16,
    count: u16,
    text: String,
    touched: Timestamp,
}

/// Puts messages together, one for each client of the peer.
#[derive(Default)]
pub(crate) struct Assembler(Vec<Buffer>);

impl Assembler {
    /// Takes the next piece; the whole message, once it is there.
    pub(crate) fn add(&mut self, fragment: Fragment<'_>, now: Timestamp) -> Option<String> {
        self.expire(now);
        let Fragment { sender, index, count, piece, .. } = fragment;
        let stored = self.take(sender);
        let text = if index == 1 {
            String::from(piece)
        } else {
            let is_next = |b: &Buffer| b.count == count && b.index.checked_add(1) == Some(index);
            let mut buffer = stored.filter(is_next)?;
            buffer.text.push_str(piece);
            buffer.text
        };
        if text.len() > MESSAGE_BYTES_MAX {
            return None;
        }
        if index == count {
            return Some(text);
        }
        if self.0.len() >= BUFFERS_MAX {
            self.0.remove(0);
        }
        self.0.push(Buffer { sender, index, count, text, touched: now });
        None
    }

    /// Whether no message is under way.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An unfragmented message came from `sender`: its pieces are void.
    pub(crate) fn reset(&mut self, sender: Option<InstanceTag>) {
        drop(self.take(sender));
    }

    fn take(&mut self, sender: Option<InstanceTag>) -> Option<Buffer> {
        let position = self.0.iter().position(|buffer| buffer.sender == sender)?;
        Some(self.0.remove(position))
    }

    fn expire(&mut self, now: Timestamp) {
        self.0.retain(|buffer| now.millis_since(buffer.touched) < BUFFER_LIFE_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn tag(tag: u32) -> InstanceTag {
        InstanceTag::new(tag).unwrap()
    }

    fn assemble(pieces: &[&str]) -> Option<String> {
        let mut assembler = Assembler::default();
        pieces.iter().filter_map(|text| assembler.add(Fragment::parse(text).ok()?, NOW)).last()
    }

    // otr3 A81
    #[test]
    fn tags_and_numbers_may_have_leading_zeroes_or_not() {
        let long = Fragment::parse("?OTR|00000100|00000000,00001,00002,a,").unwrap();
        assert_eq!(Ok(long), Fragment::parse("?OTR|100|0,1,2,a,"));
        assert_eq!((long.sender, long.receiver), (Some(tag(0x100)), None));
        assert_eq!(sender("?OTR|100|0,1,2,a,"), Some(tag(0x100)));
        assert_eq!(sender("x?OTR,1,2,a,y"), None);
    }

    // otr3 A82
    #[test]
    fn illegal_fragments_are_ignored() {
        for text in [
            "?OTR|100|0,0,2,a,",
            "?OTR|100|0,3,2,a,",
            "?OTR|100|0,1,65536,a,",
            "?OTR|100|0,1,2,a",
            "?OTR|100|0,1,2,,",
            "?OTR|100|0,+1,2,a,",
            "?OTR|100,1,2,a,",
            "?OTR,1,a,",
        ] {
            assert_eq!(Fragment::parse(text), Err(FragmentError::Illegal), "{text}");
        }
        assert_eq!(
            assemble(&["?OTR|100|0,1,2,a,", "?OTR|100|0,0,2,x,", "?OTR|100|0,2,2,b,"]).as_deref(),
            Some("ab")
        );
    }

    // otr3 A83
    #[test]
    fn small_tags_are_malformed() {
        for text in ["?OTR|0|100,1,1,a,", "?OTR|ff|100,1,1,a,", "?OTR|100|ff,1,1,a,"] {
            assert_eq!(Fragment::parse(text), Err(FragmentError::Tag));
        }
    }

    // otr3 A83
    #[test]
    fn pieces_must_come_in_order_and_belong_together() {
        let [one, two, three] = ["?OTR|100|0,1,3,a,", "?OTR|100|0,2,3,b,", "?OTR|100|0,3,3,c,"];
        assert_eq!(assemble(&[one, two, three]).as_deref(), Some("abc"));
        assert_eq!(assemble(&[one, three, two]), None);
        assert_eq!(assemble(&[one, two, two, three]), None);
        assert_eq!(assemble(&[one, two, one, two, three]).as_deref(), Some("abc"));
        assert_eq!(assemble(&[one, "?OTR|100|0,2,4,b,", three]), None);
        assert_eq!(assemble(&["?OTR|100|0,1,1,a,"]).as_deref(), Some("a"));
        assert_eq!(assemble(&["text ?OTR|100|0,1,1,a, text"]).as_deref(), Some("a"));
        assert_eq!(assemble(&["?OTR,1,2,a,", "?OTR,2,2,b,"]).as_deref(), Some("ab"));
    }

    // otr3 A80
    #[test]
    fn clients_do_not_disturb_each_other() {
        let pieces =
            ["?OTR|100|0,1,2,a,", "?OTR|101|0,1,2,x,", "?OTR|100|0,2,2,b,", "?OTR|101|0,2,2,y,"];
        assert_eq!(assemble(&pieces[..3]).as_deref(), Some("ab"));
        assert_eq!(assemble(&pieces).as_deref(), Some("xy"));
    }

    // otr3 A84
    #[test]
    fn a_whole_message_voids_the_pieces_of_its_sender_only() {
        let mut assembler = Assembler::default();
        let add =
            |assembler: &mut Assembler, text| assembler.add(Fragment::parse(text).unwrap(), NOW);
        assert_eq!(add(&mut assembler, "?OTR|100|0,1,2,a,"), None);
        assembler.reset(Some(tag(0x101)));
        assert_eq!(add(&mut assembler, "?OTR|100|0,2,2,b,").as_deref(), Some("ab"));
        assert_eq!(add(&mut assembler, "?OTR|100|0,1,2,a,"), None);
        assembler.reset(Some(tag(0x100)));
        assert_eq!(add(&mut assembler, "?OTR|100|0,2,2,b,"), None);
    }

    // otr3 A85
    #[test]
    fn memory_and_patience_are_limited() {
        let mut assembler = Assembler::default();
        for sender in 0..=BUFFERS_MAX {
            let text = format!("?OTR|{:x}|0,1,2,a,", 0x100 + sender);
            assert_eq!(assembler.add(Fragment::parse(&text).unwrap(), NOW), None);
        }
        assert_eq!(assembler.0.len(), BUFFERS_MAX);
        let first = Fragment::parse("?OTR|100|0,2,2,b,").unwrap();
        assert_eq!(assembler.add(first, NOW), None);
        let last = Fragment::parse("?OTR|108|0,2,2,b,").unwrap();
        assert_eq!(assembler.add(last, Timestamp::from_millis(BUFFER_LIFE_MS)), None);

        let big = format!("?OTR|100|0,1,2,{},", "a".repeat(MESSAGE_BYTES_MAX));
        assert_eq!(assembler.add(Fragment::parse(&big).unwrap(), NOW), None);
        assert_eq!(assembler.add(Fragment::parse("?OTR|100|0,2,2,b,").unwrap(), NOW), None);
    }

    // otr3 A85
    #[test]
    fn a_message_may_be_a_mebibyte_long_and_not_longer() {
        let whole = |bytes: usize| {
            let first = format!("?OTR|100|0,1,2,{},", "a".repeat(bytes - 1));
            assemble(&[&first, "?OTR|100|0,2,2,b,"]).map(|text| text.len())
        };
        assert_eq!(whole(1_048_576), Some(1_048_576));
        assert_eq!(whole(1_048_577), None);
    }

    // otr3 A85
    #[test]
    fn a_piece_is_awaited_for_five_minutes() {
        for (millis, is_awaited) in [(299_999, true), (300_000, false)] {
            let mut assembler = Assembler::default();
            let mut add = |text, now| assembler.add(Fragment::parse(text).unwrap(), now);
            assert_eq!(add("?OTR|100|0,1,2,a,", NOW), None);
            let text = add("?OTR|100|0,2,2,b,", Timestamp::from_millis(millis));
            assert_eq!(text.is_some(), is_awaited);
        }
    }

    // otr3 A86
    #[test]
    fn what_just_fits_is_not_cut() {
        let pieces = |bytes| {
            split("m".repeat(bytes), NonZero::new(100), Version::V3, tag(0x100), None).len()
        };
        assert_eq!((pieces(100), pieces(101)), (1, 2));
    }

    // otr3 A81, A86
    #[test]
    fn a_cut_message_fits_and_no_piece_is_empty() {
        let message = "m".repeat(1000);
        for bytes_max in [1, 36, 37, 41, 61, 136, 999, 1000] {
            let bytes_max = NonZero::new(bytes_max).unwrap();
            let pieces = split(
                message.clone(),
                Some(bytes_max),
                Version::V3,
                tag(0x100),
                InstanceTag::new(0x200),
            );
            assert!(pieces.iter().all(|piece| piece.len() <= bytes_max.get().max(37)));
            if pieces.len() > 1 {
                assert!(pieces[0].starts_with("?OTR|00000100|00000200,00001,"));
                let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
                assert_eq!(assemble(&pieces).as_ref(), Some(&message));
            }
        }
    }

    // otr3 A81, A88
    #[test]
    fn a_message_of_version_2_is_cut_without_tags() {
        let message = "m".repeat(1000);
        for bytes_max in [18, 19, 20, 118, 999] {
            let pieces =
                split(message.clone(), NonZero::new(bytes_max), Version::V2, tag(0x100), None);
            assert!(pieces.iter().all(|piece| piece.len() <= bytes_max.max(19)));
            assert!(pieces[0].starts_with("?OTR,00001,"));
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(assemble(&pieces).as_ref(), Some(&message));
        }
    }

    // otr3 A86
    #[test]
    fn there_are_never_more_than_65535_pieces() {
        let bytes_max = NonZero::new(37);
        assert_eq!(split("m".repeat(65535), bytes_max, Version::V3, tag(0x100), None).len(), 65535);
        assert_eq!(split("m".repeat(65536), bytes_max, Version::V3, tag(0x100), None).len(), 32768);
    }
}
