//! The doors of the fuzz targets. Each takes any bytes, and panics if something breaks that must
//! hold for all of them.
//!
//! What the targets found, and what other clients were found with, lies in `corpus/`: the tests
//! below go through it with the same functions.

mod carrier;
mod dice;
mod files;
mod party;
mod script;

use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZero;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::conversation::{Config, Conversation};
use crate::crypto::{PrivateKey, SmallNumbers};
use crate::data::DataMessage;
use crate::fragment::{self, Assembler, Fragment, MESSAGE_BYTES_MAX};
use crate::html;
use crate::incoming::Incoming;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security};
use crate::policy::Policy;
use crate::query;
use crate::timestamp::Timestamp;
use crate::tlv;
use crate::version::Version;
use crate::watch::Watch;
use crate::wire::{self, Header, Reader};
pub use carrier::carrier;
use dice::Dice;
pub use files::keyfile;
pub use script::two_parties;

/// Parts the texts of one input: no network carries it.
const SEPARATOR: u8 = 0x1e;

const TAG: Option<InstanceTag> = InstanceTag::new(0xa11);

/// Keys, for three people.
const KEYS: [&[u8]; 3] = [
    include_bytes!("../tests/vectors/alice.key3"),
    include_bytes!("../tests/vectors/bob.key3"),
    include_bytes!("../tests/vectors/carol.key3"),
];

/// The keys, read once and with real numbers.
fn keys() -> &'static [PrivateKey] {
    static READ: OnceLock<Vec<PrivateKey>> = OnceLock::new();
    READ.get_or_init(|| {
        KEYS.iter().filter_map(|bytes| PrivateKey::from_bytes(bytes).ok()).collect()
    })
}

/// While it lives, exchanges of keys take microseconds, and all that is encrypted is watched.
fn in_small_numbers() -> (SmallNumbers, Watch) {
    assert_eq!(keys().len(), KEYS.len());
    (SmallNumbers::begin(), Watch::begin())
}

fn conversation(key: usize, tag: InstanceTag, policy: Policy, seed: u64) -> Option<Conversation> {
    let key = keys().get(key)?.clone();
    Some(Conversation::new(Config::new(key, tag, Dice::new(seed)).policy(policy)))
}

/// An encoded message of version 3 with other tags.
fn retagged(wire: &str, sender: u32, receiver: u32) -> Option<String> {
    let mut message = wire::decode(wire).ok()?;
    if !message.starts_with(&[0, 3]) {
        return None;
    }
    message.get_mut(3..7)?.copy_from_slice(&sender.to_be_bytes());
    message.get_mut(7..11)?.copy_from_slice(&receiver.to_be_bytes());
    Some(wire::encode(&message))
}

/// Texts from the network to one of ours. The first byte chooses the policy; a text that begins
/// with `=` is a message still to be encoded.
pub fn receive(data: &[u8]) {
    let Some(((first, texts), tag)) = data.split_first().zip(TAG) else { return };
    let policies = [Policy::MANUAL, Policy::OPPORTUNISTIC, Policy::ALWAYS, Policy::ALLOW_V2];
    let Some(policy) = policies.get(usize::from(first & 3)) else { return };
    let Some(mut conversation) = conversation(0, tag, *policy, 1) else { return };
    let mut now = Timestamp::from_millis(1_000_000);
    if first & 4 != 0 {
        drop(conversation.start(now));
    }
    // Of all that came: a plain text, too, can come in pieces.
    let mut bytes = 0;
    for text in texts.split(|byte| *byte == SEPARATOR) {
        let wire = match text.strip_prefix(b"=") {
            Some(message) => wire::encode(message),
            None => String::from_utf8_lossy(text).into_owned(),
        };
        bytes += wire.len();
        for output in conversation.receive(&wire, now) {
            match output {
                Output::Send { wire, .. } => assert!(wire.as_str().len() < 8192),
                Output::Event(Event::Text { text, security }) => {
                    assert!(!matches!(security, Security::Private { .. }));
                    assert!(text.len() <= bytes);
                }
                Output::Event(_) => {}
            }
        }
        assert_eq!(conversation.message_state(), MessageState::Plaintext);
        now = now.plus_millis(700);
    }
}

/// A message, or a text that should hold one.
pub fn wire(data: &[u8]) {
    let text = wire::encode(data);
    assert_eq!(wire::decode(&text).as_deref(), Ok(data));
    let mut body = Reader::new(data);
    if let Ok(Some(header)) = Header::read(&mut body) {
        let written = header.write().into_bytes();
        assert!(data.starts_with(&written));
        let sender = Some(header.sender).filter(|_| header.version == Version::V3);
        assert_eq!(wire::sender_instance(&text), sender);
        if let Ok(message) = DataMessage::read(data, body) {
            assert!(message.encrypted.len() < message.authenticated.len());
            assert!(data.starts_with(message.authenticated));
        }
    }
    fields(data);
    unencoded(&String::from_utf8_lossy(data));
}

/// Whatever field is read, what is left gets shorter, and what was read comes out of it.
fn fields(data: &[u8]) {
    let mut reader = Reader::new(data);
    while let Ok(kind) = reader.byte() {
        let before = reader.rest();
        let field = match kind % 4 {
            0 => reader.data(),
            1 => reader.mpi(),
            2 => reader.minimal_mpi(),
            _ => reader.bytes(usize::from(kind / 4)),
        };
        let taken = before.len().checked_sub(reader.rest().len());
        let length = field.map_or(0, <[u8]>::len);
        assert!(taken.is_some_and(|taken| length <= taken));
    }
}

/// What a text is taken for.
fn unencoded(text: &str) {
    let incoming = Incoming::classify(text);
    if let Ok(message) = wire::decode(text) {
        assert!(message.len() < text.len());
        let again = wire::encode(&message);
        assert_eq!(wire::decode(&again), Ok(message));
    }
    let _ = wire::sender_instance(text);
    if let Some(plain) = html::decode(text) {
        assert!(plain.len() <= text.len().saturating_mul(3));
    }
    if let Some(plain) = html::decode(&html::escape(text)) {
        assert_eq!(plain, text);
    }
    match incoming {
        Incoming::Tagged(left, _) => {
            assert_eq!(query::strip_tag(text).map(|(left, _)| left), Some(left.clone()));
            assert!(left.len() + 16 <= text.len());
        }
        Incoming::Error(words) => assert!(words.len() < text.len()),
        Incoming::Plain => assert!(!text.contains("?OTR")),
        Incoming::Fragment => fragments(core::iter::once(text)),
        Incoming::Encoded | Incoming::Query(_) | Incoming::Unrecognized => {}
    }
}

/// Pieces of messages; and a message to be cut, as long as its first two bytes say.
pub fn fragment(data: &[u8]) {
    let texts = data.split(|byte| *byte == SEPARATOR);
    let texts: Vec<_> = texts.map(String::from_utf8_lossy).collect();
    fragments(texts.iter().map(AsRef::as_ref));

    let Some(([low, high, ends], message)) = data.split_first_chunk() else { return };
    let message = STANDARD.encode(message);
    let bytes_max = NonZero::new(usize::from(u16::from_le_bytes([*low, *high])));
    let (version, receiver) = match ends & 3 {
        0 => (Version::V3, None),
        1 => (Version::V2, None),
        _ => (Version::V3, InstanceTag::new(0xb0b)),
    };
    let Some(sender) = TAG else { return };
    let pieces = fragment::split(message.clone(), bytes_max, version, sender, receiver);
    let is_whole = bytes_max.is_none_or(|max| message.len() <= max.get());
    assert_eq!(pieces.len() == 1 && pieces.first() == Some(&message), is_whole);
    if is_whole {
        return;
    }
    let header_bytes = match version {
        Version::V2 => 18,
        Version::V3 => 36,
    };
    let piece_bytes = message.len().div_ceil(usize::from(u16::MAX));
    let bytes_max = bytes_max.map_or(0, NonZero::get).max(header_bytes + piece_bytes);
    assert!(pieces.iter().all(|piece| piece.len() <= bytes_max));
    let mut assembler = Assembler::default();
    let mut whole = None;
    for piece in &pieces {
        assert_eq!(whole, None, "before the last piece");
        let piece = Fragment::parse(piece);
        assert!(piece.is_ok_and(|piece| piece.receiver == receiver));
        whole = piece.ok().and_then(|piece| assembler.add(piece, Timestamp::default()));
    }
    assert_eq!(whole, Some(message));
}

fn fragments<'a>(texts: impl Iterator<Item = &'a str>) {
    let mut assembler = Assembler::default();
    let (mut now, mut bytes) = (Timestamp::default(), 0);
    for text in texts {
        bytes += text.len();
        assert_eq!(fragment::sender(text), Fragment::parse(text).ok().and_then(|f| f.sender));
        if let Ok(piece) = Fragment::parse(text) {
            let whole = assembler.add(piece, now);
            assert!(whole.is_none_or(|whole| whole.len() <= MESSAGE_BYTES_MAX.min(bytes)));
        } else {
            assembler.reset(None);
            now = now.plus_millis(100_000);
        }
    }
}

/// What a data message held.
pub fn tlv(data: &[u8]) {
    let (text, tlvs) = tlv::split(data);
    assert!(!text.contains('\0'));
    assert!(tlvs.iter().map(|tlv| tlv.value.len()).sum::<usize>() <= data.len());
    let joined = tlv::join(&text, &tlvs);
    if core::str::from_utf8(data).is_ok() && data.contains(&0) && tlvs.len() < 64 {
        assert!(data.starts_with(&joined));
    }
    assert_eq!(tlv::split(&joined), (text, tlvs));
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::{fs, panic};

    use super::*;

    /// Gives every file of a target's corpus to its door.
    fn replay(name: &str, door: fn(&[u8])) {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> = entries.collect();
        paths.sort();
        assert!(!paths.is_empty());
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            let survived = panic::catch_unwind(|| door(&bytes));
            assert!(survived.is_ok(), "{}", path.display());
        }
    }

    #[test]
    fn the_corpus_of_received_texts_is_survived() {
        replay("receive", receive);
    }

    #[test]
    fn the_corpus_of_messages_is_survived() {
        replay("wire", wire);
    }

    #[test]
    fn the_corpus_of_pieces_is_survived() {
        replay("fragment", fragment);
    }

    #[test]
    fn the_corpus_of_records_is_survived() {
        replay("tlv", tlv);
    }

    #[test]
    fn the_corpus_of_key_files_is_survived() {
        replay("keyfile", keyfile);
    }

    #[test]
    fn the_corpus_of_scripts_is_survived() {
        replay("two_parties", two_parties);
    }
}
