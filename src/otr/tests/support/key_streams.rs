//! What an outsider who knows the texts sees of the keys: each message under its own key stream,
//! and the MAC keys that are given away.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::decode;

/// The MAC of a data message.
pub fn hmac_sha1(key: &[u8], text: &[u8]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// A data message of either version, in its parts.
pub struct DataParts {
    pub whole: Vec<u8>,
    /// Where the encrypted text stands.
    pub encrypted: std::ops::Range<usize>,
    /// Where the MAC stands, behind all that it covers.
    pub mac_at: usize,
    /// The MAC keys that it reveals.
    pub revealed: Vec<[u8; 20]>,
}

impl DataParts {
    /// `None` of anything but a whole data message.
    pub fn of(wire: &str) -> Option<Self> {
        if !wire.starts_with("?OTR:") {
            return None;
        }
        let whole = decode(wire);
        let header = match whole.get(..3)? {
            [0, 3, 3] => 11,
            [0, 2, 3] => 3,
            _ => return None,
        };
        let length = |at: usize| {
            let bytes = whole.get(at..at + 4)?.try_into().ok()?;
            usize::try_from(u32::from_be_bytes(bytes)).ok()
        };
        // Flags and two key ids; the next key; the counter.
        let key = header + 1 + 8;
        let data = key + 4 + length(key)? + 8;
        let mac_at = data + 4 + length(data)?;
        let revealed = whole.get(mac_at + 24..)?.as_chunks().0.to_vec();
        Some(Self { encrypted: data + 4..mac_at, mac_at, revealed, whole })
    }

    /// The instance tag of whoever wrote it.
    pub fn set_sender(&mut self, tag: u32) {
        if self.whole.get(1) == Some(&3) {
            self.whole[3..7].copy_from_slice(&tag.to_be_bytes());
        }
    }
}

/// The beginnings of all key streams under which known texts went out.
#[derive(Default)]
pub struct KeyStreams(HashMap<[u8; 16], String>);

impl KeyStreams {
    /// Takes a text of at least 16 bytes, and the message that it went out in. Panics if another
    /// went out under the same stream: who knows one of two such texts reads the other.
    pub fn note(&mut self, text: &str, wire: &str) {
        let parts = DataParts::of(wire).unwrap();
        let encrypted = &parts.whole[parts.encrypted];
        let stream = std::array::from_fn(|at| encrypted[at] ^ text.as_bytes()[at]);
        let other = self.0.insert(stream, text.to_owned());
        assert_eq!(other, None, "under the same key stream as {text:?}");
    }
}
