//! What a data message carries: a text, and records behind it (OTRv3, "Data Message").

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use crate::wire::{Malformed, Reader, Writer};

/// The length of a record's value is a SHORT.
pub(crate) const VALUE_BYTES_MAX: usize = 0xffff;
/// A record's type and length.
const HEADER_BYTES: usize = 4;
/// Messages with records of the caller's own are multiples of this long.
const BLOCK_BYTES: usize = 256;
/// Records of one message that are looked at; nobody sends more than a few.
const TLVS_MAX: usize = 64;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tlv {
    pub(crate) kind: TlvKind,
    pub(crate) value: Vec<u8>,
}

/// What a record is, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlvKind {
    Disconnected,
    Smp1,
    Smp2,
    Smp3,
    Smp4,
    SmpAbort,
    /// With a question.
    Smp1Q,
    ExtraKey,
    /// To hide the length of the text.
    Padding,
    /// A type that the protocol does not know.
    Other(u16),
}

impl TlvKind {
    const fn number(self) -> u16 {
        match self {
            Self::Disconnected => 1,
            Self::Smp1 => 2,
            Self::Smp2 => 3,
            Self::Smp3 => 4,
            Self::Smp4 => 5,
            Self::SmpAbort => 6,
            Self::Smp1Q => 7,
            Self::ExtraKey => 8,
            Self::Padding => 0,
            Self::Other(number) => number,
        }
    }

    pub(crate) const fn from_number(number: u16) -> Self {
        match number {
            0 => Self::Padding,
            1 => Self::Disconnected,
            2 => Self::Smp1,
            3 => Self::Smp2,
            4 => Self::Smp3,
            5 => Self::Smp4,
            6 => Self::SmpAbort,
            7 => Self::Smp1Q,
            8 => Self::ExtraKey,
            _ => Self::Other(number),
        }
    }
}

impl Tlv {
    pub(crate) const fn empty(kind: TlvKind) -> Self {
        Self { kind, value: Vec::new() }
    }
}

/// What makes a plaintext with these records a multiple of [`BLOCK_BYTES`] long, so that its length
/// does not tell what they hold.
pub(crate) fn padding(text: &str, tlvs: &[Tlv]) -> Tlv {
    let records = tlvs.iter().map(|tlv| HEADER_BYTES.saturating_add(tlv.value.len()));
    let bytes = records.fold(text.len().saturating_add(1), usize::saturating_add);
    let beyond = bytes.saturating_add(HEADER_BYTES) % BLOCK_BYTES;
    let missing = BLOCK_BYTES.saturating_sub(beyond);
    Tlv { kind: TlvKind::Padding, value: vec![0; missing % BLOCK_BYTES] }
}

/// The plaintext of a data message. The NUL is always there, as libotr does it.
pub(crate) fn join(text: &str, tlvs: &[Tlv]) -> Vec<u8> {
    let room = text.len().saturating_add(1);
    let mut writer = Writer::new().with_room(room).bytes(text.as_bytes()).byte(0);
    for Tlv { kind, value } in tlvs {
        // Ours are far below 64 KiB: SMP messages of at most 11 numbers and a limited question.
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        let value = value.get(..usize::from(length)).unwrap_or(value);
        writer = writer.short(kind.number()).short(length).bytes(value);
    }
    writer.into_bytes()
}

/// The text and the records of a plaintext. A truncated last record is ignored, as are more than
/// anybody sends, and what is not UTF-8 is replaced.
pub(crate) fn split(plaintext: &[u8]) -> (String, Vec<Tlv>) {
    let text = CStr::from_bytes_until_nul(plaintext).map_or(plaintext, CStr::to_bytes);
    let records = plaintext.get(text.len().saturating_add(1)..).unwrap_or_default();
    // What is whole is looked at once, in words and not in bytes.
    let text = core::str::from_utf8(text)
        .map_or_else(|_| String::from_utf8_lossy(text).into_owned(), String::from);
    let mut reader = Reader::new(records);
    let mut tlvs = Vec::new();
    while tlvs.len() < TLVS_MAX
        && let Ok((number, value)) = record(&mut reader)
    {
        tlvs.push(Tlv { kind: TlvKind::from_number(number), value: value.to_vec() });
    }
    (text, tlvs)
}

fn record<'a>(reader: &mut Reader<'a>) -> Result<(u16, &'a [u8]), Malformed> {
    let number = reader.short()?;
    let length = reader.short()?;
    Ok((number, reader.bytes(usize::from(length))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A50
    #[test]
    fn text_and_records_are_parted_by_a_nul() {
        assert_eq!(join("", &[]), [0]);
        assert_eq!(split(b"hello"), ("hello".into(), vec![]));
        assert_eq!(split(b"hello\0"), ("hello".into(), vec![]));
        let tlv = Tlv { kind: TlvKind::Smp1, value: vec![9, 0] };
        let bytes = join("é", core::slice::from_ref(&tlv));
        assert_eq!(split(&bytes), ("é".into(), vec![tlv]));
    }

    // otr3 A50, A57
    #[test]
    fn unknown_records_are_passed_over_and_a_truncated_one_ignored() {
        let bytes = b"hi\0\0\x63\0\x01x\0\0\0\x02yy\0\x01\0\0\0\x02\0\x05z";
        let (text, tlvs) = split(bytes);
        assert_eq!(text, "hi");
        let kinds: Vec<TlvKind> = tlvs.iter().map(|tlv| tlv.kind).collect();
        assert_eq!(kinds, [TlvKind::Other(0x63), TlvKind::Padding, TlvKind::Disconnected]);
    }

    #[test]
    fn padding_makes_every_plaintext_a_multiple_of_one_length() {
        for length in 0..2 * BLOCK_BYTES {
            let record = Tlv { kind: TlvKind::Other(0x5300), value: vec![7; length] };
            let text = "x".repeat(length / 3);
            let padded = [record.clone(), padding(&text, core::slice::from_ref(&record))];
            let bytes = join(&text, &padded);
            assert_eq!(bytes.len() % BLOCK_BYTES, 0, "{length}");
            assert!(bytes.len() < join(&text, &[record]).len() + BLOCK_BYTES + HEADER_BYTES);
        }
    }

    #[test]
    fn of_very_many_records_the_first_are_read() {
        let bytes = join("", &vec![Tlv::empty(TlvKind::Padding); TLVS_MAX + 1]);
        assert_eq!(split(&bytes).1.len(), TLVS_MAX);
    }

    #[test]
    fn a_type_is_written_as_it_was_read() {
        for number in 0..20 {
            assert_eq!(TlvKind::from_number(number).number(), number);
        }
    }

    // otr3 A58
    #[test]
    fn an_abort_may_carry_bytes() {
        let (_, tlvs) = split(b"\0\0\x06\0\x04\0\0\0\0");
        assert_eq!(tlvs[0].kind, TlvKind::SmpAbort);
    }
}
