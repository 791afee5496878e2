//! What can be seen of a message without keys.

use otr::TextKind;

/// What begins a piece of a message; of which, only the first tells.
const PIECE_MARKS: [&str; 2] = ["?OTR,", "?OTR|"];
/// What begins a message, and then data: version 3 or 2, and the type 3, in base64.
const WHOLE_MARK: &str = "?OTR:";
const DATA_MARKS: [&str; 2] = ["?OTR:AAMD", "?OTR:AAID"];

/// Whether only the owner of keys can read it: data, whole or in pieces. An exchange of keys is
/// not.
#[must_use]
pub fn is_private(body: &str) -> bool {
    let has = |marks: &[&str]| marks.iter().any(|mark| body.contains(mark));
    // A piece from the middle may be of anything.
    let is_marked = has(&DATA_MARKS) || (has(&PIECE_MARKS) && !body.contains(WHOLE_MARK));
    is_marked && TextKind::of(body) == TextKind::Protocol
}

/// Whether it has to keep its place among what only the owner of keys can read: that, or an
/// exchange of keys.
#[must_use]
pub fn is_of_a_session(body: &str) -> bool {
    let has = |mark: &&str| body.contains(*mark);
    let is_marked = PIECE_MARKS.iter().chain(&[WHOLE_MARK]).any(has);
    is_marked && TextKind::of(body) == TextKind::Protocol
}
