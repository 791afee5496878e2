//! What two programs like ours tell each other beside the text, inside of the encryption (OTRv3, "TLV
//! Records"): which records there are, and what they say. The numbers stand in
//! `docs/decisions/0010-inside-or-somebodys-word.md`.
//!
//! Not here: the form of names and receipts, which a [`RecordCodec`] knows.

use crate::message::MessageId;

/// Says which records are understood. Everything else is sent only to who has said so: potr 1.0.2
/// drops the text beside a record that it does not know.
pub const HELLO: u16 = 0x5300;
/// Confirms texts.
pub const RECEIPTS: u16 = 0x5303;
/// Beside a text: what it is called, and what it corrects.
pub const NAME: u16 = 0x5304;

/// The version of each that we write. A later one is ignored.
pub const VERSION: u8 = 1;
/// So many kinds are read of a hello.
const KINDS_MAX: usize = 64;

/// Writes and reads the values of records.
pub trait RecordCodec: Send + Sync {
    /// The value of [`NAME`]; `None` if others could not read it.
    fn write_name(&self, named: &Named) -> Option<Vec<u8>>;
    /// Reads it; `None` if it is none, or one of a later version.
    fn read_name(&self, value: &[u8]) -> Option<Named>;
    /// The value of [`RECEIPTS`] that confirms these texts.
    fn write_receipts(&self, ids: &[&MessageId]) -> Option<Vec<u8>>;
    /// Which texts are confirmed, as many as one may confirm.
    fn read_receipts(&self, value: &[u8]) -> Option<Vec<MessageId>>;
}

/// What a text is called by its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub id: MessageId,
    /// The earlier text that it corrects.
    pub replaces: Option<MessageId>,
    /// Whether the author wants to hear that it arrived.
    pub receipt: Receipt,
}

/// Whether the author wants to hear that it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Yes.
    Wanted,
    /// No.
    Unwanted,
}

/// What a program does of it, as its hello says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abilities {
    /// It reads names of texts, and confirms what it gets.
    Confirms,
    /// It reads names of texts; its person wants nobody to know what arrived.
    Names,
    /// Nothing that we do.
    Nothing,
}

impl Abilities {
    /// What a hello says, if it is one.
    #[must_use]
    pub fn read(value: &[u8]) -> Option<Self> {
        let (version, kinds) = value.split_first()?;
        if *version != VERSION || kinds.len() > KINDS_MAX * 3 || kinds.len() % 3 != 0 {
            return None;
        }
        let does = |number: u16| {
            let [high, low] = number.to_be_bytes();
            let is_it = |kind: &[u8]| matches!(kind, [h, l, version] if (*h, *l) == (high, low) && *version >= VERSION);
            kinds.chunks_exact(3).any(is_it)
        };
        Some(match (does(NAME), does(RECEIPTS)) {
            (true, true) => Self::Confirms,
            (true, false) => Self::Names,
            (false, _) => Self::Nothing,
        })
    }

    /// The hello that says so: a version, then of each kind its number and highest version.
    #[must_use]
    pub fn hello(self) -> Vec<u8> {
        let kinds: &[u16] = match self {
            Self::Confirms => &[RECEIPTS, NAME],
            Self::Names => &[NAME],
            Self::Nothing => &[],
        };
        let kinds = kinds.iter().flat_map(|kind| {
            let [high, low] = kind.to_be_bytes();
            [high, low, VERSION]
        });
        std::iter::once(VERSION).chain(kinds).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_says_which_records_are_understood() {
        assert_eq!(Abilities::Confirms.hello(), [1, 0x53, 0x03, 1, 0x53, 0x04, 1]);
        for abilities in [Abilities::Confirms, Abilities::Names, Abilities::Nothing] {
            assert_eq!(Abilities::read(&abilities.hello()), Some(abilities));
        }
        let later = [1, 0x53, 0x01, 7, 0x53, 0x04, 9, 0x53, 0x03, 2, 0x99, 0x99, 1];
        assert_eq!(Abilities::read(&later), Some(Abilities::Confirms));
        let without = [1, 0x53, 0x04, 0, 0x53, 0x03, 1];
        assert_eq!(Abilities::read(&without), Some(Abilities::Nothing));
        for none in [&[][..], &[2], &[1, 0x53], &[0, 0x53, 0x04, 1]] {
            assert_eq!(Abilities::read(none), None, "{none:?}");
        }
        let (most, more) = ([&[1][..], &[0; KINDS_MAX * 3]].concat(), vec![1; KINDS_MAX * 3 + 4]);
        assert_eq!(Abilities::read(&most), Some(Abilities::Nothing));
        assert_eq!(Abilities::read(&more), None);
    }
}
