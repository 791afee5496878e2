//! What two Sottos tell each other beside the text, inside of the encryption: the form of their
//! records (OTRv3, "TLV Records"). The numbers stand in `docs/decisions/0010-inside-or-somebodys-word.md`.
//!
//! Not here: when they are sent, and what they change (the conversation).

use serde::{Deserialize, Serialize};

use crate::message::MessageId;

/// Says which records are understood. Everything else is sent only to who has said so: potr 1.0.2
/// drops the text beside a record that it does not know.
pub(super) const HELLO: u16 = 0x5300;
/// Confirms texts.
pub(super) const RECEIPTS: u16 = 0x5303;
/// Beside a text: what it is called, and what it corrects.
pub(super) const NAME: u16 = 0x5304;

/// The version of each that we write. A later one is ignored.
const VERSION: u8 = 1;
/// No record is longer.
const VALUE_BYTES_MAX: usize = 49_152;
/// So many kinds are read of a hello.
const KINDS_MAX: usize = 64;
/// No id is longer.
const ID_BYTES_MAX: usize = 64;
/// So many texts are confirmed at once.
const IDS_MAX: usize = 64;

/// What a program does of it, as its hello says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abilities {
    /// It reads names of texts, and confirms what it gets.
    Confirms,
    /// It reads names of texts; its person wants nobody to know what arrived.
    Names,
    /// Nothing that we do.
    Nothing,
}

impl Abilities {
    /// What a hello says, if it is one.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
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
    pub(super) fn hello(self) -> Vec<u8> {
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

/// What a text is called by its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(super) id: MessageId,
    pub(super) replaces: Option<MessageId>,
    pub(super) receipt: Receipt,
}

/// Whether the author wants to hear that it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    Wanted,
    Unwanted,
}

#[derive(Serialize, Deserialize)]
struct NameForm {
    v: u8,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    receipt: bool,
}

impl Named {
    /// The value of the record; `None` if others could not read it.
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let ids = || std::iter::once(&self.id).chain(&self.replaces);
        if !ids().all(|id| is_id(id.as_str())) {
            return None;
        }
        written(&NameForm {
            v: VERSION,
            id: self.id.as_str().to_owned(),
            replaces: self.replaces.as_ref().map(|id| id.as_str().to_owned()),
            receipt: self.receipt == Receipt::Wanted,
        })
    }

    /// Reads one; `None` if it is none, or one of a later version.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let NameForm { v, id, replaces, receipt } = read(value)?;
        let replaces = match replaces {
            Some(replaces) => Some(message_id(replaces)?),
            None => None,
        };
        let receipt = if receipt { Receipt::Wanted } else { Receipt::Unwanted };
        (v == VERSION).then_some(Self { id: message_id(id)?, replaces, receipt })
    }
}

#[derive(Serialize, Deserialize)]
struct ReceiptsForm {
    v: u8,
    ids: Vec<String>,
}

/// Confirms these texts.
pub(super) fn receipts(ids: &[&MessageId]) -> Option<Vec<u8>> {
    let ids = ids.iter().map(|id| id.as_str().to_owned()).collect();
    written(&ReceiptsForm { v: VERSION, ids })
}

/// Which texts are confirmed, as many as one may confirm.
pub(super) fn confirmed(value: &[u8]) -> Option<Vec<MessageId>> {
    let ReceiptsForm { v, ids } = read(value)?;
    (v == VERSION).then(|| ids.into_iter().take(IDS_MAX).filter_map(message_id).collect())
}

fn written(form: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(form).ok().filter(|value| value.len() <= VALUE_BYTES_MAX)
}

fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Option<T> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(value)
        .inspect_err(|error| tracing::debug!(%error, "a record is ignored"))
        .ok()
}

/// An id of theirs, if it is one.
fn message_id(id: String) -> Option<MessageId> {
    is_id(&id).then(|| MessageId::from(id))
}

/// Printable, without blanks, and short.
fn is_id(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> MessageId {
        MessageId::from(name.to_owned())
    }

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

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for (replaces, receipt) in [(None, Receipt::Wanted), (Some(id("b")), Receipt::Unwanted)] {
            let named = Named { id: id("a"), replaces, receipt };
            assert_eq!(Named::read(&named.write().unwrap()), Some(named));
        }
        let more = br#"{"v":1,"x":[1],"id":"a","x":2}"#;
        let named = Named { id: id("a"), replaces: None, receipt: Receipt::Unwanted };
        assert_eq!(Named::read(more), Some(named), "what is not known is passed over");
    }

    #[test]
    fn what_is_no_name_is_ignored() {
        let long = format!(r#"{{"v":1,"id":"{}"}}"#, "x".repeat(ID_BYTES_MAX + 1));
        for none in [
            "",
            "[]",
            r#"{"v":2,"id":"a"}"#,
            r#"{"id":"a"}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"id":""}"#,
            r#"{"v":1,"id":"a b"}"#,
            r#"{"v":1,"id":"é"}"#,
            r#"{"v":1,"id":"a","id":"b"}"#,
            r#"{"v":1,"id":"a","replaces":""}"#,
            r#"{"v":1,"id":"a"} x"#,
            &long,
        ] {
            assert_eq!(Named::read(none.as_bytes()), None, "{none}");
        }
        let longest = format!(r#"{{"v":1,"id":"{}"}}"#, "x".repeat(ID_BYTES_MAX));
        assert!(Named::read(longest.as_bytes()).is_some());
        let padded = format!("{longest}{}", " ".repeat(VALUE_BYTES_MAX - longest.len()));
        assert!(Named::read(padded.as_bytes()).is_some());
        assert!(Named::read(format!("{padded} ").as_bytes()).is_none(), "beyond all measure");
        let unreadable = Named { id: id("a b"), replaces: None, receipt: Receipt::Wanted };
        assert_eq!(unreadable.write(), None);
    }

    #[test]
    fn no_more_than_so_many_are_confirmed_at_once() {
        assert_eq!(
            confirmed(&receipts(&[&id("a"), &id("b")]).unwrap()),
            Some(vec![id("a"), id("b")])
        );
        let many: Vec<_> = (0..=IDS_MAX).map(|number| id(&number.to_string())).collect();
        let many: Vec<_> = many.iter().collect();
        assert_eq!(confirmed(&receipts(&many).unwrap()).unwrap().len(), IDS_MAX);
        for none in ["", r#"{"v":2,"ids":[]}"#, r#"{"v":1,"ids":"a"}"#] {
            assert_eq!(confirmed(none.as_bytes()), None, "{none}");
        }
    }
}
