//! Stanzas that come once more, from a program of their author that does not exist.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::neighbours::{Then, next_message};

/// The program that does not exist.
pub(super) const NOBODY: u32 = 0x777;
/// How an encoded message of version 3 begins.
const BEGIN: &str = "?OTR:AAM";

/// Puts a copy of each message in version 3 behind it.
pub(super) fn double(read: &mut Vec<u8>) -> Then {
    let Ok(text) = std::str::from_utf8(read) else { return Then::Go };
    let mut doubled = String::new();
    let mut at = 0;
    while let Some(range) = next_message(text, at) {
        let message = text.get(range.clone()).unwrap_or_default();
        doubled.push_str(text.get(at..range.end).unwrap_or_default());
        doubled.extend(copied(message));
        at = range.end;
    }
    let rest = text.get(at..).unwrap_or_default();
    if rest.contains("<message") {
        return Then::Wait;
    }
    doubled.push_str(rest);
    *read = doubled.into_bytes();
    Then::Go
}

/// The same stanza with another instance tag inside.
fn copied(stanza: &str) -> Option<String> {
    let begin = stanza.find(BEGIN)? + "?OTR:".len();
    let (before, body) = stanza.split_at_checked(begin)?;
    let (body, after) = body.split_once('.')?;
    let mut message = BASE64_STANDARD.decode(body).ok()?;
    message.get_mut(3..7)?.copy_from_slice(&NOBODY.to_be_bytes());
    Some(format!("{before}{}.{after}", BASE64_STANDARD.encode(message)))
}
