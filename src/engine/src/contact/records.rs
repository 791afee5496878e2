//! The form of names and receipts, which two Sottos tell each other inside of the encryption (OTRv3,
//! "TLV Records"): JSON. The numbers of the records stand in
//! `docs/decisions/0010-inside-or-somebodys-word.md`.
//!
//! Not here: when they are sent, and what they change (the conversation).

use chat::records::{Named, Receipt, RecordCodec, VERSION};
use serde::{Deserialize, Serialize};

use crate::message::MessageId;

/// No record is longer.
const VALUE_BYTES_MAX: usize = 49_152;
/// No id is longer.
const ID_BYTES_MAX: usize = 64;
/// So many texts are confirmed at once.
const IDS_MAX: usize = 64;

/// JSON.
pub(super) struct Json;

#[derive(Serialize, Deserialize)]
struct NameForm {
    v: u8,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    receipt: bool,
}

impl RecordCodec for Json {
    fn write_name(&self, named: &Named) -> Option<Vec<u8>> {
        let ids = || std::iter::once(&named.id).chain(&named.replaces);
        if !ids().all(|id| is_id(id.as_str())) {
            return None;
        }
        written(&NameForm {
            v: VERSION,
            id: named.id.as_str().to_owned(),
            replaces: named.replaces.as_ref().map(|id| id.as_str().to_owned()),
            receipt: named.receipt == Receipt::Wanted,
        })
    }

    fn read_name(&self, value: &[u8]) -> Option<Named> {
        let NameForm { v, id, replaces, receipt } = read(value)?;
        let replaces = match replaces {
            Some(replaces) => Some(message_id(replaces)?),
            None => None,
        };
        let receipt = if receipt { Receipt::Wanted } else { Receipt::Unwanted };
        (v == VERSION).then_some(Named { id: message_id(id)?, replaces, receipt })
    }

    fn write_receipts(&self, ids: &[&MessageId]) -> Option<Vec<u8>> {
        let ids = ids.iter().map(|id| id.as_str().to_owned()).collect();
        written(&ReceiptsForm { v: VERSION, ids })
    }

    fn read_receipts(&self, value: &[u8]) -> Option<Vec<MessageId>> {
        let ReceiptsForm { v, ids } = read(value)?;
        (v == VERSION).then(|| ids.into_iter().take(IDS_MAX).filter_map(message_id).collect())
    }
}

#[derive(Serialize, Deserialize)]
struct ReceiptsForm {
    v: u8,
    ids: Vec<String>,
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
    fn a_name_is_read_as_it_was_written() {
        for (replaces, receipt) in [(None, Receipt::Wanted), (Some(id("b")), Receipt::Unwanted)] {
            let named = Named { id: id("a"), replaces, receipt };
            assert_eq!(Json.read_name(&Json.write_name(&named).unwrap()), Some(named));
        }
        let more = br#"{"v":1,"x":[1],"id":"a","x":2}"#;
        let named = Named { id: id("a"), replaces: None, receipt: Receipt::Unwanted };
        assert_eq!(Json.read_name(more), Some(named), "what is not known is passed over");
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
            assert_eq!(Json.read_name(none.as_bytes()), None, "{none}");
        }
        let longest = format!(r#"{{"v":1,"id":"{}"}}"#, "x".repeat(ID_BYTES_MAX));
        assert!(Json.read_name(longest.as_bytes()).is_some());
        let padded = format!("{longest}{}", " ".repeat(VALUE_BYTES_MAX - longest.len()));
        assert!(Json.read_name(padded.as_bytes()).is_some());
        assert!(Json.read_name(format!("{padded} ").as_bytes()).is_none(), "beyond all measure");
        let unreadable = Named { id: id("a b"), replaces: None, receipt: Receipt::Wanted };
        assert_eq!(Json.write_name(&unreadable), None);
    }

    #[test]
    fn no_more_than_so_many_are_confirmed_at_once() {
        assert_eq!(
            Json.read_receipts(&Json.write_receipts(&[&id("a"), &id("b")]).unwrap()),
            Some(vec![id("a"), id("b")])
        );
        let many: Vec<_> = (0..=IDS_MAX).map(|number| id(&number.to_string())).collect();
        let many: Vec<_> = many.iter().collect();
        assert_eq!(
            Json.read_receipts(&Json.write_receipts(&many).unwrap()).unwrap().len(),
            IDS_MAX
        );
        for none in ["", r#"{"v":2,"ids":[]}"#, r#"{"v":1,"ids":"a"}"#] {
            assert_eq!(Json.read_receipts(none.as_bytes()), None, "{none}");
        }
    }
}
